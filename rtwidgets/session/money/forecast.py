"""``Forecast``: what the next turn will probably use and cost.

The whole conversation is read again for every response, so each turn costs more than the one
before. From the responses so far it is estimated, kind by kind (text, sound, pictures)::

    in     = what the last response read + what it said + what the user adds
    adds   = the mean of  in(n) - in(n-1) - out(n-1)  over the last turns, at least 0;
             after a single response its sound, which can only be the user's
    cached = as large a part as of the last response's tokens in
    out    = the mean of the last responses

It is an estimate: servers forget old sound, drop old items and empty their cache without
saying so (reference, sections 6.1, 6.2, 6.4), and transcription is not in it. What was used is
in ``session.usage``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ...protocol.items import CachedTokens, InputTokenDetails, OutputTokenDetails, Usage
from ...protocol.usage import UsageRow
from .formula import formula
from .prices import FREE, UNKNOWN, Price, price

__all__ = ["Forecast"]

#: Means are over so many of the last responses.
LOOK_BACK = 5


@dataclass(frozen=True)
class Forecast:
    """Estimated tokens and money of the next turn."""

    rows: Sequence[UsageRow]
    """The responses that it is made from; those that used nothing say nothing."""
    model: str | None
    free: bool

    @cached_property
    def usage(self) -> Usage:
        """The estimated tokens; all zeros before the first response."""
        known = [row.usage for row in self.rows if row.usage.total_tokens][-LOOK_BACK - 1 :]
        return _next(known) if known else Usage()

    @property
    def price(self) -> Price | None:
        """What they cost; ``None`` where nothing does, or no price is known."""
        return None if self.free else price(self.usage, self.model)

    @property
    def money(self) -> str:
        """The same in words."""
        if self.free:
            return FREE
        return UNKNOWN if self.price is None else f"about {self.price}"

    @property
    def formula(self) -> str:
        """How the money was worked out."""
        return FREE if self.free else formula(self.usage, self.model)

    @property
    def reason(self) -> str:
        """Why so many, in one sentence; empty where there is no estimate."""
        last = next((r.usage for r in reversed(self.rows) if r.usage.total_tokens), None)
        if last is None:
            return ""
        read, wrote = last.input_tokens, last.output_tokens
        added = self.usage.input_tokens - read - wrote
        new = f", and about {added:,} new ones as in the turns before" if added else ""
        return (
            f"It reads again what the last response read ({read:,} tokens) and wrote "
            f"({wrote:,}){new}; the same share of it counts as cached."
        )

    def __str__(self) -> str:
        """One sentence that says that it is an estimate."""
        usage = self.usage
        if not usage.total_tokens:
            return "no estimate of the next turn: no response has reported its tokens yet"
        cached = usage.input_token_details.cached_tokens
        return (
            f"the next turn, as an estimate: {usage.input_tokens:,} tokens in "
            f"({cached:,} cached), {usage.output_tokens:,} out, {self.money}"
        )

    __repr__ = __str__


def _next(known: list[Usage]) -> Usage:
    last = known[-1]
    cached_now = _cached(last)
    taken = {}
    for kind, tokens in _taken(last).items():
        said = _made(last).get(kind, 0)
        taken[kind] = tokens + said + _added(known, kind)
    cached = {
        kind: tokens * cached_now[kind] // _taken(last)[kind] if _taken(last)[kind] else 0
        for kind, tokens in taken.items()
    }
    recent = known[-LOOK_BACK:]
    made = {kind: _mean([_made(usage)[kind] for usage in recent]) for kind in ("text", "audio")}
    return Usage(
        total_tokens=sum(taken.values()) + sum(made.values()),
        input_tokens=sum(taken.values()),
        output_tokens=sum(made.values()),
        input_token_details=InputTokenDetails(
            text_tokens=taken["text"],
            audio_tokens=taken["audio"],
            image_tokens=taken["image"],
            cached_tokens=sum(cached.values()),
            cached_tokens_details=CachedTokens(
                text_tokens=cached["text"],
                audio_tokens=cached["audio"],
                image_tokens=cached["image"],
            ),
        ),
        output_token_details=OutputTokenDetails(
            text_tokens=made["text"], audio_tokens=made["audio"]
        ),
    )


def _added(known: list[Usage], kind: str) -> int:
    """What the user puts to the conversation in a turn."""
    if len(known) == 1:
        return _taken(known[0])[kind] if kind == "audio" else 0
    growth = [
        _taken(now)[kind] - _taken(before)[kind] - _made(before).get(kind, 0)
        for before, now in pairwise(known)
    ]
    return max(0, _mean(growth))


def _mean(numbers: Sequence[int]) -> int:
    return round(sum(numbers) / len(numbers))


def _taken(usage: Usage) -> dict[str, int]:
    taken = usage.input_token_details
    text = usage.input_tokens - taken.audio_tokens - taken.image_tokens
    return {"text": text, "audio": taken.audio_tokens, "image": taken.image_tokens}


def _cached(usage: Usage) -> dict[str, int]:
    taken = usage.input_token_details
    cached = taken.cached_tokens_details
    text = taken.cached_tokens - cached.audio_tokens - cached.image_tokens
    return {"text": text, "audio": cached.audio_tokens, "image": cached.image_tokens}


def _made(usage: Usage) -> dict[str, int]:
    sound = usage.output_token_details.audio_tokens
    return {"text": usage.output_tokens - sound, "audio": sound}
