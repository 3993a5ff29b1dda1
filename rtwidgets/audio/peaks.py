"""What a waveform draws: the lowest and the highest sample of each bucket."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["peaks"]


def peaks(samples: NDArray[np.int16] | NDArray[np.float32], buckets: int) -> NDArray[np.int8]:
    """Min and max of ``buckets`` equal stretches, as int8 of shape ``(buckets, 2)``.

    Full scale is -128..127. Where there are fewer samples than buckets, samples repeat;
    no samples at all are silence.
    """
    n = samples.size
    if not n or buckets <= 0:
        return np.zeros((max(buckets, 0), 2), np.int8)
    starts = np.arange(buckets, dtype=np.int64) * n // buckets
    ends = np.stack([np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)], 1)
    scale = 1 / 256 if samples.dtype == np.int16 else 128.0
    return np.clip(np.rint(ends * scale), -128, 127).astype(np.int8)
