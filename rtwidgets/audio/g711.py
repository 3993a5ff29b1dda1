"""G.711, the telephone's two laws, by tables.

μ-law (``audio/pcmu``) and A-law (``audio/pcma``) put one sample into one byte: sign, a
segment of three bits, a step of four bits. The tables follow ITU-T G.711; 16-bit samples
count as the law's 14 (μ) or 13 (A) bits, left-justified.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["decode_alaw", "decode_ulaw", "encode_alaw", "encode_ulaw"]

Int16 = NDArray[np.int16]
UInt8 = NDArray[np.uint8]

#: Added to a magnitude before the segment is looked for, in 16-bit units (33 in 14-bit ones).
ULAW_BIAS = 132
#: The largest magnitude that still has a code, in 16-bit units (8158 in 14-bit ones).
ULAW_CLIP = 32635


def encode_ulaw(samples: Int16) -> bytes:
    """int16 samples at 8 kHz as μ-law, one byte each."""
    return _ulaw_codes()[samples.view(np.uint16)].tobytes()


def decode_ulaw(data: bytes) -> Int16:
    """μ-law bytes as int16 samples."""
    return _ulaw_levels()[np.frombuffer(data, np.uint8)]


def encode_alaw(samples: Int16) -> bytes:
    """int16 samples at 8 kHz as A-law, one byte each."""
    return _alaw_codes()[samples.view(np.uint16)].tobytes()


def decode_alaw(data: bytes) -> Int16:
    """A-law bytes as int16 samples."""
    return _alaw_levels()[np.frombuffer(data, np.uint8)]


def _all_samples() -> NDArray[np.int32]:
    """Every 16-bit value, at the index of its bits read as an unsigned number."""
    return np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)


def _segment(magnitude: NDArray[np.int32]) -> NDArray[np.int32]:
    """The number of the segment, 0 to 7: the position of the highest bit above bit 7."""
    return np.searchsorted(2 ** np.arange(8, 15), magnitude, side="right").astype(np.int32)


@cache
def _ulaw_codes() -> UInt8:
    x = _all_samples()
    magnitude = np.minimum(np.abs(x), ULAW_CLIP) + ULAW_BIAS
    segment = _segment(magnitude)
    code = segment << 4 | (magnitude >> (segment + 3)) & 15
    # All bits are inverted on the line, and the sign bit is set for negative numbers.
    return (~(code | np.where(x < 0, 128, 0)) & 255).astype(np.uint8)


@cache
def _ulaw_levels() -> Int16:
    code = ~np.arange(256) & 255
    segment = code >> 4 & 7
    magnitude = (((code & 15) << 3) + ULAW_BIAS << segment) - ULAW_BIAS
    levels: Int16 = np.where(code & 128, -magnitude, magnitude).astype(np.int16)
    return levels


@cache
def _alaw_codes() -> UInt8:
    x = _all_samples()
    # Negative numbers are counted from -1, so that both signs have equal steps.
    magnitude = np.where(x < 0, ~x, x)
    segment = _segment(magnitude)
    step = magnitude >> (np.maximum(segment, 1) + 3) & 15
    # Every second bit is inverted on the line, and the sign bit is set for positive numbers.
    codes: UInt8 = ((segment << 4 | step | np.where(x < 0, 0, 128)) ^ 0x55).astype(np.uint8)
    return codes


@cache
def _alaw_levels() -> Int16:
    code = np.arange(256) ^ 0x55
    segment = code >> 4 & 7
    # The middle of the step; from segment 1 on the leading bit is implied.
    magnitude = ((code & 15) << 4) + 8 + np.where(segment > 0, 256, 0) << np.maximum(segment - 1, 0)
    levels: Int16 = np.where(code & 128, magnitude, -magnitude).astype(np.int16)
    return levels
