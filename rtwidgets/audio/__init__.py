"""Sound: PCM with its rate, G.711, a resampler with memory, peaks, WAV in and out."""

from __future__ import annotations

from .g711 import decode_alaw, decode_ulaw, encode_alaw, encode_ulaw
from .pcm import Pcm, level_dbfs
from .peaks import peaks
from .resample import Resampler
from .wav import read_sound, ulaw_wav_bytes, write_wav
from .wire import decode, encode

__all__ = [
    "Pcm",
    "Resampler",
    "decode",
    "decode_alaw",
    "decode_ulaw",
    "encode",
    "encode_alaw",
    "encode_ulaw",
    "level_dbfs",
    "peaks",
    "read_sound",
    "ulaw_wav_bytes",
    "write_wav",
]
