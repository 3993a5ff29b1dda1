"""Sound files: WAV of every common kind in, 16-bit mono WAV out.

Written here and not with the standard library's ``wave`` because that knows neither
float samples nor, before Python 3.12, the extensible header that most recorders write.
"""

from __future__ import annotations

import os
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import AudioError
from .g711 import decode_alaw, decode_ulaw, encode_ulaw
from .pcm import Pcm

__all__ = ["read_sound", "ulaw_wav_bytes", "write_wav"]

# Codes of the ``fmt`` chunk; EXTENSIBLE has the real one in the first bytes of its GUID.
PCM, FLOAT, ALAW, ULAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE

#: What other files begin with, so that the message can name them.
OTHER_FORMATS = (
    (b"ID3", "MP3"),
    (b"\xff\xfb", "MP3"),
    (b"\xff\xf3", "MP3"),
    (b"\xff\xf2", "MP3"),
    (b"fLaC", "FLAC"),
    (b"OggS", "Ogg"),
    (b"FORM", "AIFF"),
    (b"\x1aE\xdf\xa3", "WebM"),
)


def read_sound(path: str | os.PathLike[str]) -> Pcm:
    """A WAV file as mono PCM16 at the file's own rate; channels are averaged.

    Integers of 8, 16, 24 and 32 bits, floats of 32 and 64, A-law and μ-law. Raises
    ``AudioError`` with the path and what to do for anything else.
    """
    name = os.fspath(path)
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise AudioError(f"{name}: {(error.strerror or str(error)).lower()}") from error
    try:
        return _parse(data)
    except AudioError as error:
        raise AudioError(f"{name}: {error}") from None


def write_wav(path: str | os.PathLike[str], pcm: Pcm) -> None:
    """Save as 16-bit mono WAV; ``AudioError`` where the file cannot be written."""
    try:
        with open(path, "wb") as file:
            file.write(pcm.wav_bytes())
    except OSError as error:
        raise AudioError(f"{os.fspath(path)}: {(error.strerror or str(error)).lower()}") from error


def ulaw_wav_bytes(pcm: Pcm) -> bytes:
    """A whole WAV file in half the bytes: G.711 μ-law at the rate of the sound.

    Browsers play it, and it needs no codec that is not here: for sound inside of pages.
    """
    data = encode_ulaw(pcm.samples)
    form = struct.pack("<HHIIHHH", ULAW, 1, pcm.rate, pcm.rate, 1, 8, 0)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    # The format wants a count of samples for everything that is not PCM.
    body += b"fact" + struct.pack("<II", 4, len(data))
    body += b"data" + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _parse(data: bytes) -> Pcm:
    if data[:4] not in (b"RIFF", b"RF64") or data[8:12] != b"WAVE":
        kind = next((name for start, name in OTHER_FORMATS if data.startswith(start)), None)
        if kind is None and data[4:8] == b"ftyp":
            kind = "MP4"
        what = f"a {kind} file, not WAV" if kind else "not a WAV file"
        raise AudioError(f"{what}: convert it first, for example with ffmpeg -i INPUT sound.wav")
    header, sound = _chunks(data)
    if len(header) < 16:
        raise AudioError("the WAV file has no usable fmt chunk: it is damaged")
    code, channels, rate, _, _, bits = struct.unpack("<HHIIHH", header[:16])
    if code == EXTENSIBLE and len(header) >= 26:
        code = struct.unpack("<H", header[24:26])[0]
    if not channels or not rate:
        raise AudioError(f"the WAV file has {channels} channels at {rate} Hz: it is damaged")
    width = channels * ((bits + 7) // 8)
    if not width or len(sound) < width:
        raise AudioError("the WAV file holds no samples")
    # A file that was cut off ends anywhere: whole sample frames only.
    samples = _samples(sound[: len(sound) // width * width], code, (bits + 7) // 8)
    return Pcm.from_array(samples.reshape(-1, channels) if channels > 1 else samples, rate)


def _chunks(data: bytes) -> tuple[bytes, bytes]:
    """The bodies of ``fmt`` and ``data``."""
    header = sound = b""
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"data":
            # A writer that did not know the length (a pipe) left 0 or the largest number.
            end = len(data) if size in (0, 0xFFFFFFFF) else at + 8 + size
            return header, data[at + 8 : end]
        if name == b"fmt ":
            header = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return header, sound


def _samples(sound: bytes, code: int, width: int) -> NDArray[Any]:
    """The interleaved samples; ``width`` is bytes a sample."""
    if code == PCM and width == 3:
        # Into the upper three bytes of 32-bit numbers: same scale, and the sign comes along.
        wide = np.zeros((len(sound) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(sound, np.uint8).reshape(-1, 3)
        return wide.reshape(-1).view("<i4")
    if code == PCM and width in (1, 2, 4):
        return np.frombuffer(sound, {1: "u1", 2: "<i2", 4: "<i4"}[width])
    if code == FLOAT and width in (4, 8):
        return np.frombuffer(sound, f"<f{width}")
    if code == ULAW and width == 1:
        return decode_ulaw(sound)
    if code == ALAW and width == 1:
        return decode_alaw(sound)
    raise AudioError(
        f"a WAV of format {code} with {width * 8} bits is not supported: convert it to "
        "16-bit PCM, for example with ffmpeg -i INPUT -c:a pcm_s16le sound.wav"
    )
