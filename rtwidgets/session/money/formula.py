"""How a price was worked out: so many tokens of each kind, times what a million of them costs.

The kinds are those of the reference, section 6.6: text, sound and pictures, fresh and cached,
in; text and sound, out. The price list does the sum by itself; a formula is shown only where
it comes to the same amount.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from msgspec import UNSET

from ...protocol.items import InputTokenDetails, Usage
from ...protocol.server_events import TranscriptionUsage
from .prices import UNKNOWN, price, rates, transcription_price

__all__ = ["KINDS", "Part", "counts", "dollars", "formula", "parts", "transcription_formula"]

#: Kind of token -> where its price stands in the list, the nearest first: a list that does
#: not tell pictures from text, or cached from fresh, counts both alike.
KINDS = {
    "text in": ("input_mtok",),
    "text in, cached": ("cache_read_mtok", "input_mtok"),
    "audio in": ("input_audio_mtok", "input_mtok"),
    "audio in, cached": ("cache_audio_read_mtok", "input_audio_mtok", "cache_read_mtok"),
    "image in": ("input_image_mtok", "input_mtok"),
    "image in, cached": (
        "cache_image_read_mtok",
        "cache_read_mtok",
        "input_image_mtok",
        "input_mtok",
    ),
    "text out": ("output_mtok",),
    "audio out": ("output_audio_mtok", "output_mtok"),
}
MILLION = 1_000_000


@dataclass(frozen=True)
class Part:
    """Tokens of one kind and their price."""

    kind: str
    """One of ``KINDS``."""
    tokens: int
    rate: Decimal
    """US dollars for a million."""

    @property
    def usd(self) -> Decimal:
        """What they cost."""
        return self.tokens * self.rate / MILLION

    def __str__(self) -> str:
        """``43 × $4.00``."""
        return f"{self.tokens:,} × {dollars(self.rate)}"


def counts(usage: Usage) -> dict[str, int]:
    """Tokens of each of ``KINDS``; together they are ``usage.total_tokens``."""
    taken, made = usage.input_token_details, usage.output_token_details
    cached = taken.cached_tokens_details
    # Text is what the details leave over: some servers give the sum alone.
    text = usage.input_tokens - taken.audio_tokens - taken.image_tokens
    text_cached = taken.cached_tokens - cached.audio_tokens - cached.image_tokens
    return {
        "text in": text - text_cached,
        "text in, cached": text_cached,
        "audio in": taken.audio_tokens - cached.audio_tokens,
        "audio in, cached": cached.audio_tokens,
        "image in": taken.image_tokens - cached.image_tokens,
        "image in, cached": cached.image_tokens,
        "text out": usage.output_tokens - made.audio_tokens,
        "audio out": made.audio_tokens,
    }


def parts(usage: Usage, model: str | None) -> tuple[Part, ...] | None:
    """The kinds that occur, with their prices; ``None`` where they do not make up the price."""
    whole, listed = price(usage, model), rates(model)
    if whole is None or listed is None:
        return None
    found = []
    for kind, tokens in counts(usage).items():
        if tokens:
            rate = next((listed[key] for key in KINDS[kind] if key in listed), None)
            if rate is None:
                return None
            found.append(Part(kind, tokens, rate))
    return tuple(found) if sum((part.usd for part in found), Decimal(0)) == whole.usd else None


def formula(usage: Usage, model: str | None) -> str:
    """``(43 × $4.00 + 18 × $16.00) / 1e6 = $0.00046``, or ``no price known``."""
    whole = price(usage, model)
    if whole is None:
        return UNKNOWN
    return _sum(parts(usage, model), whole.usd)


def transcription_formula(usage: TranscriptionUsage, model: str | None) -> str:
    """The same for what was written down: ``3 s × $1.02 / 3600 = $0.00085``."""
    whole = transcription_price(usage, model)
    if whole is None:
        return UNKNOWN
    if usage.seconds is UNSET:
        return _sum(parts(_as_response(usage), model), whole.usd)
    hour = whole.usd * 3600 / Decimal(str(usage.seconds)) if usage.seconds else Decimal(0)
    return f"{usage.seconds:g} s × {dollars(hour)} / 3600 = {dollars(whole.usd)}"


def _as_response(usage: TranscriptionUsage) -> Usage:
    """Tokens of a transcription, as if a response had used them."""
    details = usage.input_token_details
    sound = 0 if details is UNSET else details.get("audio_tokens", 0)
    return Usage(
        input_tokens=0 if usage.input_tokens is UNSET else usage.input_tokens,
        output_tokens=0 if usage.output_tokens is UNSET else usage.output_tokens,
        input_token_details=InputTokenDetails(audio_tokens=sound),
    )


def _sum(found: Iterable[Part] | None, usd: Decimal) -> str:
    if found is None:  # a price that depends on how much is bought
        return f"{dollars(usd)}, by the price list"
    terms = " + ".join(map(str, found)) or "0"
    return f"({terms}) / 1e6 = {dollars(usd)}"


def dollars(usd: Decimal) -> str:
    """An exact amount with two places at least: ``$4.00``, ``$0.0042616``."""
    text = f"{usd.normalize():f}"
    whole, _, places = text.partition(".")
    return f"${whole}.{places.ljust(2, '0')}"
