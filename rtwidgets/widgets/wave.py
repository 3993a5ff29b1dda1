"""The peaks of a sound that is still arriving, in memory that does not grow with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["BUCKETS", "Wave"]

#: Pairs that one wave keeps at most: about one for each pixel that a notebook cell gives it.
BUCKETS = 600
#: Length of a bucket while the sound is short, in ms.
FINEST_MS = 5


class Wave:
    """Lowest and highest sample of each bucket; every bucket is ``bucket_ms`` long.

    When the buckets are full, neighbours are joined and ``bucket_ms`` doubles, so that each
    sample is looked at once and ``BUCKETS`` pairs describe a sound of any length.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate  # Hz
        self.samples = 0
        self._step = rate * FINEST_MS // 1000  # samples in a bucket
        self._low = np.zeros(BUCKETS, np.int16)
        self._high = np.zeros(BUCKETS, np.int16)

    @property
    def duration_ms(self) -> float:
        """How long the sound is so far, in ms."""
        return self.samples * 1000 / self.rate

    @property
    def bucket_ms(self) -> float:
        """How long one bucket is, in ms."""
        return self._step * 1000 / self.rate

    def add(self, samples: NDArray[np.int16]) -> None:
        """Take the next samples, any number of them."""
        if not samples.size:
            return
        while self.samples + samples.size > BUCKETS * self._step:
            self._halve()
        first = self.samples // self._step
        edges = np.arange(self._step - self.samples % self._step, samples.size, self._step)
        starts = np.concatenate(([0], edges))
        filled = slice(first, first + starts.size)
        low, high = self._low[filled], self._high[filled]
        np.minimum(low, np.minimum.reduceat(samples, starts), out=low)
        np.maximum(high, np.maximum.reduceat(samples, starts), out=high)
        self.samples += samples.size

    def peaks(self) -> bytes:
        """int8 pairs low, high, one for each bucket that has begun; full scale is -128..127."""
        used = -(-self.samples // self._step)
        pairs = np.stack([self._low[:used] >> 8, self._high[:used] >> 8], 1)
        return pairs.astype(np.int8).tobytes()

    def _halve(self) -> None:
        half = BUCKETS // 2
        for ends, join in ((self._low, np.minimum), (self._high, np.maximum)):
            ends[:half] = join(ends[0::2], ends[1::2])
            ends[half:] = 0
        self._step *= 2
