"""``SaidSound``: the sound that one turn says, and when its samples were there by the log.

The log of events has the time at which a frame really went out; when the turn gave it to the
connection is earlier, by as much as others had to send. Timeline and record read the log, so a
turn does as well, and all say the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..events.events_log import EventsLog
from ..history.peaks import BUCKET_MS, PeaksHistory
from ..history.sent_sound import end_of_speech, sample_at

__all__ = ["SaidSound", "sent_ms"]

#: Events that are looked at for one of ours, the newest first, so many at a time.
MOST, BATCH = 4096, 64


class SaidSound:
    """Pieces in their order; positions in ms of all sound of the connection, as servers count."""

    def __init__(self, start_ms: float, rate: int, before_ms: float = 0.0) -> None:
        """``before_ms`` is what was sent on connections before this one."""
        self.start_ms = start_ms
        self._peaks = PeaksHistory()
        # Buckets lie as in the peaks of all sound, so that both find the same end.
        self._from_ms = (before_ms + start_ms) // BUCKET_MS * BUCKET_MS - before_ms
        self._rate = rate
        before = round((start_ms - self._from_ms) * rate / 1000)
        self._peaks.add(np.zeros(before, np.int16), rate)
        self._ends: list[float] = []
        self._pieces: list[tuple[str, float]] = []

    def add(self, samples: NDArray[np.int16], until_ms: float, event_id: str, at_ms: float) -> None:
        """A piece is on its way, in the event of that id; ``at_ms`` holds where no log knows."""
        self._peaks.add(samples, self._rate)
        self._ends.append(until_ms - self._from_ms)
        self._pieces.append((event_id, at_ms))

    @property
    def until_ms(self) -> float:
        """The end of the last piece."""
        return self._ends[-1] + self._from_ms if self._ends else self.start_ms

    def at(self, log: EventsLog, position_ms: float) -> float | None:
        """When that moment was there, in ms on the log's clock; ``None`` where it is not ours."""
        if position_ms <= self.start_ms:
            return None
        return sample_at(position_ms - self._from_ms, self._ends, lambda i: self._sent(log, i))

    def end_of_speech(self, log: EventsLog, start_ms: float, end_ms: float) -> float | None:
        """When the speech between two positions was over; ``None`` where it is not ours."""
        if end_ms <= self.start_ms:
            return None
        start, end = max(start_ms, self.start_ms) - self._from_ms, end_ms - self._from_ms
        return end_of_speech(self._peaks, start, end, self._ends, lambda i: self._sent(log, i))

    def _sent(self, log: EventsLog, piece: int) -> float:
        event_id, at_ms = self._pieces[piece]
        found = sent_ms(log, event_id)
        return at_ms if found is None else found


def sent_ms(log: EventsLog, event_id: str) -> float | None:
    """When an event of ours went out, in ms on the log's clock; it is one of the last."""
    name, count = f'"{event_id}"'.encode(), len(log)
    for end in range(count, max(0, count - MOST), -BATCH):
        for event in reversed(log[max(0, end - BATCH) : end]):
            if event.sent and name in event.raw:
                return event.at_ms
    return None
