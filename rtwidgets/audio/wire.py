"""Samples as the wire writes them, by the protocol's names of the formats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import AudioError
from .g711 import decode_alaw, decode_ulaw, encode_alaw, encode_ulaw

__all__ = ["decode", "encode"]

Int16 = NDArray[np.int16]


def encode(samples: Int16, format_type: str) -> bytes:
    """int16 samples as bytes of ``audio/pcm``, ``audio/pcmu`` or ``audio/pcma``.

    The rate is the caller's business: 24 kHz for PCM, 8 kHz for G.711.
    """
    if format_type == "audio/pcm":
        return samples.astype("<i2", copy=False).tobytes()
    if format_type == "audio/pcmu":
        return encode_ulaw(samples)
    if format_type == "audio/pcma":
        return encode_alaw(samples)
    raise _unknown(format_type)


def decode(data: bytes, format_type: str) -> Int16:
    """The int16 samples in ``data``; half a PCM sample is an ``AudioError``."""
    if format_type == "audio/pcm":
        if len(data) % 2:
            raise AudioError(f"{len(data)} bytes are no whole number of 16-bit samples")
        return np.frombuffer(data, "<i2").astype(np.int16, copy=False)
    if format_type == "audio/pcmu":
        return decode_ulaw(data)
    if format_type == "audio/pcma":
        return decode_alaw(data)
    raise _unknown(format_type)


def _unknown(format_type: str) -> AudioError:
    return AudioError(
        f"the audio format {format_type!r} is unknown: use audio/pcm, audio/pcmu or audio/pcma"
    )
