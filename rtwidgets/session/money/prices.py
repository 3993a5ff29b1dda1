"""What usage costs, from the price list inside ``genai-prices``.

The package is imported when a price is first asked for: it takes 0.3 s, and most sessions
offline never need it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from msgspec import UNSET

from ...protocol.items import Usage
from ...protocol.server_events import TranscriptionUsage

__all__ = ["FREE", "UNKNOWN", "Price", "price", "rates", "transcription_price"]

FREE = "free (offline)"
UNKNOWN = "no price known"


@dataclass(frozen=True)
class Price:
    """An amount in US dollars, exact, and what it was worked out from."""

    usd: Decimal
    model: str
    """The model that the price list took it for."""

    def __add__(self, other: Price) -> Price:
        """The sum; the models are named together."""
        names = self.model if self.model == other.model else f"{self.model} + {other.model}"
        return Price(self.usd + other.usd, names)

    def __str__(self) -> str:
        """``$0.0043``: four places, more where it would otherwise read as nothing."""
        if self.usd and self.usd < Decimal("0.0001"):
            return f"${self.usd:.7f}"
        return f"${self.usd:.4f}"


@lru_cache(maxsize=4096)  # the list takes 0.3 ms, and a table asks for every row again
def price(usage: Usage, model: str | None) -> Price | None:
    """What ``usage`` costs with ``model``; ``None`` where the list has no price for it.

    Fresh and cached tokens of text, sound and pictures count apart (reference, section 6.6).
    """
    taken, made = usage.input_token_details, usage.output_token_details
    cached = taken.cached_tokens_details
    return _price(
        model,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        # Some servers give the sum alone; it is text unless they say otherwise.
        cache_read_tokens=taken.cached_tokens,
        input_audio_tokens=taken.audio_tokens,
        input_image_tokens=taken.image_tokens,
        cache_audio_read_tokens=cached.audio_tokens,
        cache_image_read_tokens=cached.image_tokens,
        output_audio_tokens=made.audio_tokens,
    )


def transcription_price(usage: TranscriptionUsage, model: str | None) -> Price | None:
    """What writing down the user's words cost: by the second or by the token."""
    if usage.seconds is not UNSET:
        return _price(model, audio_seconds=usage.seconds)
    details = usage.input_token_details
    return _price(
        model,
        input_tokens=0 if usage.input_tokens is UNSET else usage.input_tokens,
        output_tokens=0 if usage.output_tokens is UNSET else usage.output_tokens,
        input_audio_tokens=0 if details is UNSET else details.get("audio_tokens", 0),
    )


@cache
def rates(model: str | None) -> dict[str, Decimal] | None:
    """The list's prices for ``model``, by the list's names: ``input_mtok``, ``output_mtok``...

    ``None`` where it has no such model. Prices that depend on the amount are left out.
    """
    found = _look_up(model, input_tokens=1)
    if found is None:
        return None
    listed = vars(found.model_price).items()
    return {name: usd for name, usd in listed if isinstance(usd, Decimal)}


def _price(model: str | None, **counts: float) -> Price | None:
    found = _look_up(model, **counts)
    if found is None or (not found.total_price and any(counts.values())):
        # Or the list has the model, but counts it in another unit (seconds, tokens).
        return None
    return Price(found.total_price, found.model.id)


def _look_up(model: str | None, **counts: float) -> Any:
    if not model:
        return None
    calculate, usage_type = _price_list()
    try:
        return calculate(
            # Zeros are said as well: what is left out the list takes for not known.
            usage_type(**counts),
            model_ref=model,
            provider_id="openai",
        )
    except (LookupError, ValueError):
        return None


@cache
def _price_list() -> tuple[Any, Any]:
    from genai_prices import Usage as Counts
    from genai_prices import calc_price

    return calc_price, Counts
