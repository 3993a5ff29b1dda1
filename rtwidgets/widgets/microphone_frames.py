"""``Frames``: what became of the frames of one recording on their way to the kernel.

Each frame has a number, so that a gap is seen; and the time of the capture clock at its first
sample, so that a delay is seen. The two clocks have no common zero: the fastest frame is taken
for on time, and the others are measured against it. Pure bookkeeping.
"""

from __future__ import annotations

__all__ = ["Frames"]

#: A frame that comes so much later than the fastest is late, in s.
LATE_S = 0.5
#: Two clocks run apart by no more than this, in s/s.
DRIFT = 0.0005


class Frames:
    """Counts of one recording; ``take`` every frame as it arrives."""

    def __init__(self) -> None:
        self.received = 0
        """Frames that are used."""
        self.lost = 0
        """Frames that had not come when a later one came."""
        self.out_of_order = 0
        """Frames that came after a later one, or twice; they are left out."""
        self.late = 0
        """Frames that came more than 0.5 s later than the fastest."""
        self.most_delay_s = 0.0
        """How much later the latest came than the fastest, in s."""
        self.last_seq = -1
        """The number of the newest frame."""
        self._fastest: float | None = None
        self._last_time = 0.0

    def switched(self) -> None:
        """Another device took over: its clock has another zero."""
        self._fastest = None

    def take(self, seq: int, time_s: float, arrived_s: float) -> int | None:
        """How many frames before this one are missing; ``None`` when it is to be left out."""
        if seq <= self.last_seq:
            self.out_of_order += 1
            return None
        missing = seq - self.last_seq - 1
        self.lost += missing
        self.received += 1
        self.last_seq = seq
        self._measure(time_s, arrived_s)
        return missing

    def _measure(self, time_s: float, arrived_s: float) -> None:
        way = arrived_s - time_s
        if self._fastest is None:
            self._fastest = way
        else:
            drift = DRIFT * max(0.0, time_s - self._last_time)
            self._fastest = min(self._fastest + drift, way)
        self._last_time = time_s
        delay = way - self._fastest
        self.most_delay_s = max(self.most_delay_s, delay)
        if delay > LATE_S:
            self.late += 1
