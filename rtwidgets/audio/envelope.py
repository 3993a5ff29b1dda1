"""``Envelope``: the outline of a sound of any length, in two bytes for each 20 ms of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .peaks import peaks

__all__ = ["BUCKET_MS", "Envelope"]

#: Length of a bucket, in ms: finer than a letter is spoken, coarse enough to keep for hours.
BUCKET_MS = 20


class Envelope:
    """Lowest and highest sample of each bucket, while the sound is still arriving."""

    def __init__(self) -> None:
        self._pairs = bytearray()
        self._rest = np.zeros(0, np.int16)
        self._rate = 0

    def push(self, samples: NDArray[np.int16], rate: int) -> None:
        """Take the next samples, any number of them, at ``rate`` Hz."""
        if rate != self._rate:
            self._close_bucket()
            self._rate = rate
        size = rate * BUCKET_MS // 1000
        samples = np.concatenate((self._rest, samples)) if self._rest.size else samples
        whole = samples.size // size
        self._rest = samples[whole * size :].copy()
        if whole:
            self._pairs += peaks(samples[: whole * size], whole).tobytes()

    def _close_bucket(self) -> None:
        if self._rest.size:
            self._pairs += peaks(self._rest, 1).tobytes()
            self._rest = self._rest[:0]

    def pairs(self, from_ms: float = 0.0, to_ms: float | None = None) -> NDArray[np.int8]:
        """The buckets between two times, shape ``(n, 2)``; a part of one that has begun counts."""
        known = np.frombuffer(bytes(self._pairs), np.int8).reshape(-1, 2)
        if self._rest.size:
            known = np.concatenate((known, peaks(self._rest, 1)))
        first = max(0, int(from_ms // BUCKET_MS))
        last = known.shape[0] if to_ms is None else max(first, -int(-to_ms // BUCKET_MS))
        return known[first:last]
