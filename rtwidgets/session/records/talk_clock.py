"""``TalkClock``: the session's clock, made so long that everything that was said fits on it.

Theory of operation
===================

A microphone sends a frame when it has been recorded, so its sound lies just before that moment.
A file is sent faster than it sounds: three seconds go out in a few ms. On one clock with the
answer it has to last its three seconds all the same, so the clock is stretched there::

    session's clock   ──┤send├─answer──
    clock of the talk ──┤ three seconds ├─answer──

Whoever spoke in real time stretches nothing, and the two clocks are the same. All times are in
ms; a *position* is a time in all sound that was ever appended, as a server counts it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator

__all__ = ["Runs", "TalkClock"]

#: So late may a piece of a microphone come and still follow the one before it without a gap.
LATE_MS = 500.0
#: A microphone's frames run ahead of the clock by less than this.
AHEAD_MS = 100.0


class Runs:
    """Where stretches of a sound lie on a clock: ``(position, time)`` of each beginning."""

    def __init__(self) -> None:
        self._positions = array("d")
        self._times = array("d")

    def __len__(self) -> int:
        return len(self._positions)

    def __iter__(self) -> Iterator[tuple[float, float]]:
        return zip(self._positions, self._times, strict=True)

    def begin(self, position_ms: float, at_ms: float) -> None:
        """A stretch begins."""
        self._positions.append(position_ms)
        self._times.append(at_ms)

    def shift_last(self, by_ms: float) -> None:
        """Move the last stretch."""
        self._times[-1] += by_ms

    def at(self, position_ms: float) -> float:
        """When a position sounds; before the first stretch, when that begins."""
        i = max(0, bisect_right(self._positions, position_ms) - 1)
        if not self._positions:
            return 0.0
        return self._times[i] + max(0.0, position_ms - self._positions[i])

    @property
    def last_at(self) -> float:
        """When the last stretch begins."""
        return self._times[-1] if len(self._times) else 0.0


class TalkClock:
    """Follows what is sent; ask in the order of the events."""

    def __init__(self) -> None:
        self.position_ms = 0.0
        """All sound ever appended."""
        self.runs = Runs()
        self._stretch = 0.0
        self._head = 0.0  # where the user's sound ends, on the clock of the talk
        self._fresh = True

    def append(self, at_ms: float, duration_ms: float) -> float:
        """A piece of the user's sound was sent; where it begins on the clock of the talk."""
        start = at_ms + self._stretch - duration_ms
        if self._fresh or start - self._head > LATE_MS:
            self._head = max(self._head, start, 0.0)
            self.runs.begin(self.position_ms, self._head)
            self._fresh = False
        begun = self._head
        self._head += duration_ms
        self.position_ms += duration_ms
        return begun

    def now(self, at_ms: float, busy_until: float = 0.0) -> float:
        """When something else that happened at ``at_ms`` was, on the clock of the talk.

        Sound that was sent ahead of the clock stretches it. It was no microphone, so it did not
        speak into an answer either: what of the answer was still to sound until ``busy_until``
        is waited for.
        """
        now = at_ms + self._stretch
        if self._head - now <= AHEAD_MS:
            return now
        wait = busy_until - self.runs.last_at
        if wait > 0:
            self.runs.shift_last(wait)
            self._head += wait
        self._stretch = self._head - at_ms
        return self._head

    def wait(self, at_ms: float, until: float) -> float:
        """Something at ``at_ms`` tells that the talk has come to ``until``; when that is.

        A script does not wait until an answer was played, and goes on as if it had been.
        """
        if until - (at_ms + self._stretch) > AHEAD_MS:
            self._stretch = until - at_ms
        return at_ms + self._stretch

    def pause(self) -> None:
        """What is appended from here on is another sound."""
        self._fresh = True
