"""Cutting sound for the recognizers: where it speaks, and pieces that a network can hold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["frame_levels", "split", "spoken_span"]

Float32 = NDArray[np.float32]

_FRAME_S = 0.02


def frame_levels(samples: Float32, rate: int) -> Float32:
    """The loudness (root mean square) of each whole 20 ms frame, shape (frames,)."""
    size = int(_FRAME_S * rate)
    frames = samples[: samples.size // size * size].reshape(-1, size)
    levels: Float32 = np.sqrt(np.mean(frames * frames, axis=1, dtype=np.float32))
    return levels


def spoken_span(samples: Float32, rate: int, *, before_s: float, after_s: float) -> slice:
    """Where the sound is louder than silence, with margins; an empty slice where it never is."""
    levels = frame_levels(samples, rate)
    loud = levels.max(initial=0.0)
    if loud < 1e-3:
        return slice(0, 0)
    frames = np.flatnonzero(levels > max(0.04 * loud, 1e-3))
    size = int(_FRAME_S * rate)
    start = int(frames[0]) * size - int(before_s * rate)
    stop = (int(frames[-1]) + 1) * size + int(after_s * rate)
    return slice(max(0, start), min(samples.size, stop))


def split(samples: Float32, rate: int, *, longest_s: float) -> Iterator[Float32]:
    """Pieces of at most ``longest_s`` seconds, cut where the last third is quietest."""
    longest = int(longest_s * rate)
    while samples.size > longest:
        start = longest * 2 // 3
        levels = frame_levels(samples[start:longest], rate)
        # A pause is quiet for longer than one frame: look at 200 ms at a time.
        smooth = np.convolve(levels, np.ones(10, np.float32), mode="same")
        cut = start + (int(np.argmin(smooth)) * 2 + 1) * int(_FRAME_S * rate) // 2
        yield samples[:cut]
        samples = samples[cut:]
    yield samples
