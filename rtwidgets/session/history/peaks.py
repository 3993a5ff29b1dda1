"""``PeaksHistory``: the peaks of a sound of any length, kept so that any zoom of it is quick.

Theory of operation
===================

The finest level has the lowest and the highest sample of each 5 ms as 8-bit pairs; a level
above has those of eight buckets below, made when somebody looks from so far. A look at ``n``
columns reads at most about 16 buckets for each, however long the sound is::

    5 ms      ▁▂▁▃▅▇▅▃▂▁▁▂▃▅▃▁    written by ``add``
    40 ms     ▇       ▅           joined when asked for
    320 ms    ▇

An hour takes 1.4 MB and an eighth of that for all zooms together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["BUCKET_MS", "PeaksHistory"]

#: Length of a bucket of the finest level, in ms.
BUCKET_MS = 5
#: Buckets that the next level joins.
JOINED = 8
#: A look reads a level whose buckets are at most such a part of a column: edges stay sharp.
SHARP = 2

Pairs = NDArray[np.int8]
Floats = NDArray[np.float64]


class PeaksHistory:
    """Peaks of all samples that were added; full scale is -128..127."""

    def __init__(self) -> None:
        self._pairs: Pairs = np.zeros((1024, 2), np.int8)
        self._whole = 0  # buckets that are full
        self._begun = 0  # samples in the bucket after them
        self._step = 1  # samples that fill it
        self._levels: list[Pairs] = []

    @property
    def duration_ms(self) -> float:
        """How long the sound is so far."""
        return (self._whole + self._begun / self._step) * BUCKET_MS

    @property
    def buckets(self) -> int:
        """Pairs of the finest level, the last one may be half full."""
        return self._whole + (self._begun > 0)

    def add(self, samples: NDArray[np.int16], rate: int) -> None:
        """Take the next samples, any number of them; ``rate`` in Hz may change in between."""
        step = rate * BUCKET_MS // 1000
        if step != self._step:
            self._whole, self._begun, self._step = self.buckets, 0, step
        if not samples.size:
            return
        count = self._begun + samples.size
        room = self._whole + -(-count // step)
        if room >= len(self._pairs):  # one pair stays free, see ``_level``
            grown = np.zeros((max(room + 1, 2 * len(self._pairs)), 2), np.int8)
            grown[: self.buckets] = self._pairs[: self.buckets]
            self._pairs = grown
        starts = np.concatenate(([0], np.arange(step - self._begun, samples.size, step)))
        filled = self._pairs[self._whole : self._whole + starts.size]
        low = (np.minimum.reduceat(samples, starts) >> 8).astype(np.int8)
        high = (np.maximum.reduceat(samples, starts) >> 8).astype(np.int8)
        np.minimum(filled[:, 0], low, out=filled[:, 0])
        np.maximum(filled[:, 1], high, out=filled[:, 1])
        self._whole, self._begun = self._whole + count // step, count % step

    def between(self, edges_ms: Floats) -> Pairs:
        """The peaks of each stretch between two edges, shape ``(edges - 1, 2)``.

        Edges are in ms and never go back; an empty stretch and one outside are silent.
        """
        starts, ends = edges_ms[:-1], edges_ms[1:]
        wide = ends - starts > 1e-3  # a microsecond: what floats leave over
        result = np.zeros((starts.size, 2), np.int8)
        if not wide.any():
            return result
        pairs, count, bucket = self._level(float((ends - starts)[wide].min()) / SHARP)
        first = np.floor(starts / bucket + 1e-6).astype(np.int64)
        last = np.maximum(np.floor(ends / bucket + 1e-6).astype(np.int64), first + 1)
        inside = wide & (last > 0) & (first < count)
        if not inside.any():
            return result
        cuts = np.empty(2 * int(inside.sum()), np.int64)
        cuts[::2], cuts[1::2] = np.maximum(first[inside], 0), np.minimum(last[inside], count)
        result[inside, 0] = np.minimum.reduceat(pairs[:, 0], cuts)[::2]
        result[inside, 1] = np.maximum.reduceat(pairs[:, 1], cuts)[::2]
        return result

    def overview(self, most: int) -> tuple[Pairs, float]:
        """All of it in at most ``most`` pairs, and the length of one, which doubles with need."""
        bucket = float(BUCKET_MS)
        while self.buckets * BUCKET_MS > most * bucket:
            bucket *= 2
        count = int(-(-self.buckets * BUCKET_MS // bucket))
        return self.between(np.arange(count + 1, dtype=np.float64) * bucket), bucket

    def last_loud_ms(self, from_ms: float, to_ms: float) -> float | None:
        """Where in a stretch the last part ends that is not silence next to the rest of it."""
        first, last = int(max(from_ms, 0) // BUCKET_MS), int(-(-to_ms // BUCKET_MS))
        part = self._pairs[first : min(last, self.buckets)].astype(np.int16)
        if not len(part):
            return None
        levels = np.maximum(part[:, 1], -part[:, 0])
        threshold = max(2.0, levels.max() / 32)  # 30 dB below the loudest
        loud = np.flatnonzero(levels >= threshold)
        return float((first + loud[-1] + 1) * BUCKET_MS) if loud.size else None

    def _level(self, most_ms: float) -> tuple[Pairs, int, float]:
        """The coarsest level with buckets no longer than that, their number and their length.

        A silent pair follows them, where whoever takes a stretch up to the end may stop.
        """
        pairs, bucket, depth = self._pairs[: self.buckets + 1], float(BUCKET_MS), 0
        while bucket * JOINED <= most_ms:
            if depth == len(self._levels):
                self._levels.append(np.zeros((1, 2), np.int8))
            # The last group may still grow, so it is made anew each time.
            known = self._levels[depth][: max(0, len(self._levels[depth]) - 2)]
            rest = pairs[len(known) * JOINED : -1]
            if len(rest):
                starts = np.arange(0, len(rest), JOINED)
                low = np.minimum.reduceat(rest[:, 0], starts)
                high = np.maximum.reduceat(rest[:, 1], starts)
                joined = np.stack([low, high], 1)
                self._levels[depth] = np.concatenate([known, joined, np.zeros((1, 2), np.int8)])
            pairs, bucket, depth = self._levels[depth], bucket * JOINED, depth + 1
        return pairs, len(pairs) - 1, bucket
