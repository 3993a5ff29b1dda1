"""When sound was where: the places of samples on a clock, and what of an answer was played when.

Theory of operation
===================

A sound has its own time (ms from its first sample), a session has a clock. The two run at the
same speed only while nothing is late: a microphone's frame comes 40 ms after the one before, a
file goes out a hundred times faster, a reply that runs dry waits. ``ClockMap`` keeps both as
stretches on which the relation is a straight line, and joins those that go on at the speed of
sound, so a talk without hitches is one stretch however long it is.

Whoever plays says what was played (``PlayLog.add``): a page's ``Speaker`` in increments, the
virtual speaker by its clock. The way from the kernel into the page and the page's way back are
no part of an answer's speed, so ``hop_ms`` is kept beside it.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["ClockMap", "PlayLog"]

#: Stretches that meet as closely as this, in ms, are one: messages come that unevenly.
JITTER_MS = 25.0

Floats = NDArray[np.float64]


class ClockMap:
    """Sound time (ms) ↔ clock (any unit of ms); stretches are added in order of both."""

    def __init__(self) -> None:
        self._clock0, self._clock1 = array("d"), array("d")
        self._sound0, self._sound1 = array("d"), array("d")

    def __len__(self) -> int:
        return len(self._clock0)

    def add(self, clock0: float, clock1: float, sound0: float, sound1: float) -> None:
        """The sound from ``sound0`` to ``sound1`` was there from ``clock0`` to ``clock1``."""
        if sound1 <= sound0:
            return
        if len(self):
            begun, over = self._clock0[-1], self._clock1[-1]
            since = sound1 - self._sound0[-1]
            follows = sound0 == self._sound1[-1]
            natural = abs((over - begun) - (self._sound1[-1] - self._sound0[-1])) < 1e-3
            if follows and natural and abs(begun + since - clock1) <= JITTER_MS:
                self._clock1[-1], self._sound1[-1] = begun + since, sound1
                return
            clock0 = max(clock0, over)
            clock1 = max(clock1, clock0)
        for ends, value in (
            (self._clock0, clock0),
            (self._clock1, clock1),
            (self._sound0, sound0),
            (self._sound1, sound1),
        ):
            ends.append(value)

    def add_sent(self, clock: float, sound0: float, sound1: float) -> None:
        """The same for a piece that was sent at ``clock``, when its last sample was there."""
        self.add(clock - (sound1 - sound0), clock, sound0, sound1)

    @property
    def start(self) -> float | None:
        """When the first sample was there; ``None`` before."""
        return self._clock0[0] if len(self) else None

    @property
    def end(self) -> float | None:
        """When the last sample was there."""
        return self._clock1[-1] if len(self) else None

    @property
    def sound_end(self) -> float:
        """Where the sound that was placed ends, in its own ms."""
        return self._sound1[-1] if len(self) else 0.0

    def clock(self, sound_ms: float) -> float | None:
        """When that moment of the sound was there; ``None`` where it never was."""
        ends = np.array(self._sound1)
        i = int(np.searchsorted(ends, sound_ms))
        if i >= ends.size:
            # A server rounds: a ms past the end is the end.
            return self.end if ends.size and sound_ms - self.sound_end < JITTER_MS else None
        share = (sound_ms - self._sound0[i]) / (self._sound1[i] - self._sound0[i])
        return float(self._clock0[i] + max(share, 0.0) * (self._clock1[i] - self._clock0[i]))

    def sound(self, clock: Floats) -> Floats:
        """Where in the sound each moment of the clock is; in a gap, where the sound waits."""
        if not len(self):
            return np.zeros_like(clock)
        begins, ends = np.array(self._clock0), np.array(self._clock1)
        first, last = np.array(self._sound0), np.array(self._sound1)
        i = np.minimum(np.searchsorted(ends, clock), ends.size - 1)
        length = np.maximum(ends[i] - begins[i], 1e-9)
        share = np.clip((clock - begins[i]) / length, 0.0, 1.0)
        placed: Floats = first[i] + share * (last[i] - first[i])
        return placed


class PlayLog:
    """Which part of each item sounded when; the clock counts seconds, filled from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: dict[str, ClockMap] = {}
        self._hops: dict[str, float] = {}
        self.catch_up: Callable[[], object] = lambda: None
        """A player that counts by the clock brings its account up to now."""

    def add(
        self, item_id: str, at_s: float, from_ms: float, to_ms: float, hop_ms: float | None = None
    ) -> None:
        """From ``at_s`` on an item sounded from ``from_ms`` to ``to_ms`` of its own time.

        ``hop_ms`` is the way from the kernel into the page that played it, where there is one.
        """
        with self._lock:
            if (known := self._items.get(item_id)) is None:
                known = self._items[item_id] = ClockMap()
            if hop_ms is not None:
                self._hops.setdefault(item_id, hop_ms)
            start = at_s * 1000
            known.add(start, start + to_ms - from_ms, from_ms, to_ms)

    def first_s(self, item_id: str) -> float | None:
        """When the first sample of an item sounded, in s; ``None`` where none did."""
        with self._lock:
            known = self._items.get(item_id)
            start = None if known is None else known.start
        return None if start is None else start / 1000

    def hop_ms(self, item_id: str) -> float | None:
        """The way into the page when an item began to sound, in ms."""
        return self._hops.get(item_id)

    def stretches(self, item_id: str) -> list[tuple[float, float, float, float]]:
        """``(clock0_s, clock1_s, from_ms, to_ms)`` of each stretch that sounded."""
        with self._lock:
            known = self._items.get(item_id)
            if known is None:
                return []
            parts = zip(known._clock0, known._clock1, known._sound0, known._sound1, strict=True)
            return [(a / 1000, b / 1000, c, d) for a, b, c, d in parts]
