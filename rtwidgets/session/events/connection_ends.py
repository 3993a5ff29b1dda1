"""Where one connection of a talk ended and the next one began, on the session's one clock.

A talk may go on over another connection (``resume``, ``reconnect=True``). The log of events has
the beginning of each, ``session.created``; that one ended is no event of the wire, so the log
keeps it as a ``ConnectionEnd`` beside the events. ``breaks`` puts the two together. An end names
the beginning of its own connection: one that is left for another ends after that has begun, and
one that was tried in vain ends without ever having been the talk's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Struct

__all__ = ["Break", "ConnectionEnd", "breaks", "end_of"]

#: Files have times in whole µs, so that what came first may look later.
ROUNDED_MS = 1.0


class ConnectionEnd(Struct, frozen=True, kw_only=True):
    """One connection was over; times in ms on the session's clock."""

    begun_ms: float
    """When the socket was open."""
    at_ms: float
    reason: str
    expected: bool = False
    """We closed it ourselves."""


@dataclass(frozen=True)
class Break:
    """Nobody was connected from ``start`` to ``end`` (ms); the two are one where it went over."""

    start: float
    end: float
    words: str
    lost: bool
    """Nobody wanted it."""


def end_of(
    number: int, begun: Sequence[float], ends: Sequence[ConnectionEnd]
) -> ConnectionEnd | None:
    """How the connection ended whose session was the talk's ``number``-th, counted from 0."""
    after = begun[number - 1] if number else float("-inf")
    created = begun[number]
    for end in reversed(ends):  # those of attempts in vain are over before the session began
        if after < end.begun_ms <= created + ROUNDED_MS and end.at_ms >= created - ROUNDED_MS:
            return end
    return None


def breaks(begun: Sequence[float], ends: Sequence[ConnectionEnd], now: float) -> list[Break]:
    """Each time that the talk went on or was lost; ``begun`` are the times of its sessions."""
    found = []
    for number, at in enumerate(begun):
        end = end_of(number, begun, ends)
        if number + 1 == len(begun):
            if end is not None and not end.expected:
                words = f"Connection lost: {end.reason}"
                found.append(Break(end.at_ms, max(now, end.at_ms), words, lost=True))
            continue
        at = begun[number + 1]
        if end is None or end.at_ms >= at:
            found.append(Break(at, at, "Resumed in another session of the server", lost=False))
            continue
        what = "Closed" if end.expected else "Connection lost"
        words = f"{what}, resumed after {(at - end.at_ms) / 1000:.1f} s: {end.reason}"
        found.append(Break(end.at_ms, at, words, lost=not end.expected))
    return found
