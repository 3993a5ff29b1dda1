"""What a spectrogram shows: how loud each frequency is over time, as bytes of a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["TOP_HZ", "spectrogram"]

#: The highest frequency that is shown: speech has little above it.
TOP_HZ = 8000
#: Length of a window: long enough to tell the harmonics of a voice apart, in s.
WINDOW_S = 0.032
#: What is black and what is white, in dB below full scale.
QUIET_DB, LOUD_DB = -90.0, -15.0
#: Windows that are worked on together, so that memory stays small.
TOGETHER = 128


def spectrogram(
    samples: NDArray[np.int16], rate: int, columns: int, rows: int
) -> NDArray[np.uint8]:
    """Shape ``(rows, columns)``: the top row is ``min(TOP_HZ, rate / 2)``, the bottom one 0 Hz.

    Hann windows of 32 ms, centred in their columns; 0 is -90 dB of full scale or less, 255 is
    -15 dB or more. A row is the loudest of the frequencies that it stands for.
    """
    size = 1 << int(np.ceil(np.log2(rate * WINDOW_S)))
    result = np.zeros((rows, columns), np.uint8)
    if not samples.size:
        return result
    padded = np.concatenate([np.zeros(size // 2), samples / 32768, np.zeros(size)])
    centres = ((np.arange(columns) + 0.5) * samples.size / columns).astype(np.int64)
    window = np.hanning(size)
    top = min(TOP_HZ, rate / 2) * size / rate  # in bins
    edges = np.linspace(0, top, rows + 1)
    first = np.floor(edges[:-1]).astype(np.int64)
    last = np.maximum(np.ceil(edges[1:]).astype(np.int64), first + 1)
    for begin in range(0, columns, TOGETHER):
        part = centres[begin : begin + TOGETHER]
        frames = padded[part[:, None] + np.arange(size)] * window
        loudness = np.abs(np.fft.rfft(frames)) * 2 / window.sum()
        peaks = np.stack([loudness[:, a:b].max(axis=1) for a, b in zip(first, last, strict=True)])
        level = 20 * np.log10(np.maximum(peaks, 1e-9))
        shade = (level - QUIET_DB) / (LOUD_DB - QUIET_DB) * 255
        result[:, begin : begin + TOGETHER] = np.clip(shade, 0, 255)[::-1]
    return result
