"""``SentSound``: when each sample of the user's sound was there, and when speech in it ended.

A turn, the timeline and the record all count from the end of the user's speech, so one function
says when that was: ``end_of_speech``. A piece of sound was sent when its last sample was there, as
by a microphone; the samples before it were there that much earlier, though not before the piece
before was sent: a file goes out faster than it sounds::

    piece        ├────────────┤├────────────┤
    sent                      T1            T2
    this sample                      └─ was there at T2 - what follows it in its piece
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from .peaks import PeaksHistory

__all__ = ["SentSound", "end_of_speech", "sample_at"]

#: A server rounds: so far past the end is the end, in ms.
ROUNDED_MS = 25.0
#: What sums of floats leave over, in ms.
NOTHING_MS = 1e-6

Sent = Callable[[int], float]
"""When the piece of that number was sent."""


def sample_at(position_ms: float, ends_ms: Sequence[float], sent: Sent) -> float | None:
    """When the sample at a position was there, by the unit of ms of ``sent``.

    ``ends_ms`` are the positions at which the pieces end. ``None`` where it was not sent.
    """
    if not len(ends_ms) or position_ms - ends_ms[-1] > ROUNDED_MS:
        return None
    i = min(bisect_left(ends_ms, position_ms - NOTHING_MS), len(ends_ms) - 1)
    at = sent(i) - max(0.0, ends_ms[i] - position_ms)
    return max(at, sent(i - 1)) if i else at


def end_of_speech(
    peaks: PeaksHistory, start_ms: float, end_ms: float, ends_ms: Sequence[float], sent: Sent
) -> float | None:
    """When the last sample was there that is not silence next to the rest, of what a server
    took for speech: its own end includes the silence that it waited for."""
    loud = peaks.last_loud_ms(start_ms, end_ms)
    return sample_at(end_ms if loud is None else min(loud, end_ms), ends_ms, sent)


class SentSound:
    """All that was ever sent; positions in ms of it, times in ms on the session's clock."""

    def __init__(self) -> None:
        self.peaks = PeaksHistory()
        self.ends = array("d")
        self.times = array("d")

    def add(self, samples: NDArray[np.int16], rate: int, duration_ms: float, at_ms: float) -> None:
        """A piece was sent."""
        self.peaks.add(samples, rate)
        self.ends.append((self.ends[-1] if self.ends else 0.0) + duration_ms)
        self.times.append(at_ms)

    def at(self, position_ms: float) -> float | None:
        """When that moment of the sound was there."""
        return sample_at(position_ms, self.ends, self.times.__getitem__)

    def end_of_speech(self, start_ms: float, end_ms: float) -> float | None:
        """When the speech between two positions was over."""
        return end_of_speech(self.peaks, start_ms, end_ms, self.ends, self.times.__getitem__)

    def position_at(self, at_ms: float) -> float:
        """How much had been sent by then."""
        i = bisect_right(self.times, at_ms)
        return self.ends[i - 1] if i else 0.0
