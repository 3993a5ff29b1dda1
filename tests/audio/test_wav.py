from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rtwidgets.audio import Pcm, encode_alaw, encode_ulaw, read_sound, write_wav
from rtwidgets.errors import AudioError

wanted = np.array([0, 256, -256, 12800, -32768, 32512], np.int16)


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def wav(
    body: bytes,
    *,
    code: int = 1,
    bits: int = 16,
    channels: int = 1,
    rate: int = 8000,
    extensible: bool = False,
    before: bytes = b"",
    size: int | None = None,
) -> bytes:
    align = channels * bits // 8
    fmt = struct.pack(
        "<HHIIHH", 0xFFFE if extensible else code, channels, rate, rate * align, align, bits
    )
    if extensible:
        guid = struct.pack("<H", code) + bytes.fromhex("000000001000800000aa00389b71")
        fmt += struct.pack("<HHI", 22, bits, 0) + guid
    data = chunk(b"data", body)
    if size is not None:
        data = b"data" + struct.pack("<I", size) + body
    rest = b"WAVE" + chunk(b"fmt ", fmt) + before + data
    return b"RIFF" + struct.pack("<I", len(rest)) + rest


def as_int24(x: np.ndarray) -> bytes:
    return b"".join(struct.pack("<i", int(v) << 8)[:3] for v in x)


KINDS = {
    "int8": wav(((wanted >> 8) + 128).astype(np.uint8).tobytes(), bits=8),
    "int16": wav(wanted.astype("<i2").tobytes()),
    "int24": wav(as_int24(wanted), bits=24),
    "int32": wav((wanted.astype("<i4") << 16).tobytes(), bits=32),
    "float32": wav((wanted / 32768).astype("<f4").tobytes(), code=3, bits=32),
    "float64": wav((wanted / 32768).astype("<f8").tobytes(), code=3, bits=64),
    "extensible int24": wav(as_int24(wanted), bits=24, extensible=True),
    "extensible float32": wav(
        (wanted / 32768).astype("<f4").tobytes(), code=3, bits=32, extensible=True
    ),
    "chunks before": wav(wanted.tobytes(), before=chunk(b"LIST", b"odd") + chunk(b"fact", b"1234")),
    "piped, no length": wav(wanted.tobytes(), size=0xFFFFFFFF),
    "piped, length 0": wav(wanted.tobytes(), size=0),
    "cut off": wav(wanted.tobytes() + b"\x01", size=99999),
    "stereo": wav(np.repeat(wanted, 2).tobytes(), channels=2),
    "six channels": wav(np.repeat(wanted, 6).tobytes(), channels=6, extensible=True),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_wav(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(KINDS[kind])
    sound = read_sound(path)
    assert sound.rate == 8000
    assert sound.samples.tolist() == wanted.tolist()


def test_channels_are_averaged(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(np.array([100, 300, -100, 100], "<i2").tobytes(), channels=2))
    assert read_sound(str(path)).samples.tolist() == [200, 0]


def test_telephone_wavs(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(encode_ulaw(wanted), code=7, bits=8))
    assert np.abs(read_sound(path).samples - wanted.astype(int)).max() < 700
    path.write_bytes(wav(encode_alaw(wanted), code=6, bits=8))
    assert np.abs(read_sound(path).samples - wanted.astype(int)).max() < 700


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(hnp.arrays(np.int16, st.integers(1, 100)), st.sampled_from([8000, 24000, 44100]))
def test_what_is_written_is_read(tmp_path: Path, samples: np.ndarray, rate: int) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, Pcm(samples, rate))
    assert read_sound(path) == Pcm(samples, rate)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"ID3\x04 and so on", "an? MP3 file.*ffmpeg"),
        (b"fLaC....", "FLAC"),
        (b"OggS....", "Ogg"),
        (b"\0\0\0\x20ftypM4A ", "MP4"),
        (b"", "not a WAV file"),
        (b"just words, no sound at all", "not a WAV file"),
        (b"RIFF\0\0\0\0WAVE", "fmt"),
        (wav(b""), "no samples"),
        (wav(b"\0" * 8, code=0x55), "format 85"),
        (wav(b"\0" * 8, channels=0), "0 channels"),
        (wav(b"\0" * 8, bits=0), "no samples"),
        (wav(np.full(4, np.nan, "<f4").tobytes(), code=3, bits=32), "finite"),
    ],
)
def test_what_is_no_sound_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "thing.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=words) as caught:
        read_sound(path)
    assert str(caught.value).startswith(str(path))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"gone\.wav: no such file"):
        read_sound(tmp_path / "gone.wav")
    with pytest.raises(AudioError, match="directory"):
        read_sound(tmp_path)
    with pytest.raises(AudioError, match="no such file"):
        write_wav(tmp_path / "no" / "a.wav", Pcm(wanted, 8000))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(st.sampled_from(list(KINDS.values())), st.data())
def test_a_damaged_file_is_an_audio_error_or_sound(
    tmp_path: Path, content: bytes, data: st.DataObject
) -> None:
    broken = bytearray(content[: data.draw(st.integers(0, len(content)))])
    for at in data.draw(st.lists(st.integers(0, max(len(broken) - 1, 0)), max_size=4)):
        if broken:
            broken[at] = data.draw(st.integers(0, 255))
    path = tmp_path / "broken.wav"
    path.write_bytes(broken)
    try:
        sound = read_sound(path)
    except AudioError:
        return
    assert sound.samples.size
