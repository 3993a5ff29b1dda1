"""``EnergyVad``: speech told from the level of the sound alone.

Theory of operation. Each window has a level in dBFS. Speech is *louder than the room*, and
it *moves*: within a fifth of a second its level changes by more than ``MOVES_DB``, while
a hum, a fan or white noise stays where it is.

* The room is the quietest window of the last one to two seconds (two blocks of
  ``BLOCK`` windows each), and never taken for quieter than ``QUIETEST_ROOM_DBFS``.
* A sound that stands out from the room is not believed until it has moved. The window in
  which it begins does not count, because it holds a part of the silence before.
* Once believed, it stays believed until it falls back to the room.

The level leaves out what is below 150 Hz or so. The cost is a sum, two dot products and a
dozen numbers a window.
"""

from __future__ import annotations

from collections import deque
from math import log10

import numpy as np
from numpy.typing import NDArray

__all__ = ["EnergyVad"]

QUIETEST_ROOM_DBFS = -62.0
#: Above the room: where speech is as likely as not, and how much either way is certain.
MARGIN_DB, SLOPE_DB = 7.0, 4.0
#: Change of level within ``MEMORY`` windows that only something alive makes.
MOVES_DB, MEMORY = 5.0, 6
#: Samples (2.7 ms) whose mean is taken away: a direct current and the rumble of a building.
RUMBLE = 64
#: Windows in a block of the room's memory (1 s).
BLOCK = 31
_WINDOW = 768
_BLOCKS = np.arange(0, _WINDOW, RUMBLE)
#: What a steady sound is answered, however loud it is.
STEADY = 0.2


class EnergyVad:
    """Speech or not, from one window's level and the few before it."""

    #: The wire's own rate, so that PCM needs no resampling before it.
    rate = 24000
    #: 32 ms: as short as detects a syllable, and hum of 50 and 60 Hz stays steady in it.
    window = _WINDOW
    #: It is quicker than a change of threads.
    instant = True

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the room and what stood out from it."""
        self._room = self._block = QUIETEST_ROOM_DBFS
        self._count = 0
        self._levels: deque[float] = deque(maxlen=MEMORY)
        self._standing_out = self._believed = False

    def probability(self, samples: NDArray[np.float32]) -> float:
        """0 to 1 for one window of ``window`` samples in -1..1; 0.5 is ``MARGIN_DB``."""
        blocks = np.add.reduceat(samples, _BLOCKS)
        energy = float(samples.dot(samples)) - float(blocks.dot(blocks)) / RUMBLE
        level = 10.0 * log10(max(energy, 0.0) / len(samples) + 1e-10)
        self._count += 1
        self._block = min(self._block, level)
        if self._count % BLOCK == 0:
            self._room, self._block = self._block, level
        room = max(min(self._room, self._block), QUIETEST_ROOM_DBFS)
        share = (level - room - MARGIN_DB) / (2 * SLOPE_DB) + 0.5
        if share <= 0.0:
            self._standing_out = self._believed = False
            return 0.0
        if not self._standing_out:
            self._standing_out = True
            self._levels.clear()
            return min(share, STEADY)
        if not self._believed:
            self._levels.append(level)
            self._believed = max(self._levels) - min(self._levels) >= MOVES_DB
        return min(share, 1.0) if self._believed else min(share, STEADY)
