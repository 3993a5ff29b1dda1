from __future__ import annotations

import base64
import io
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rtwidgets.audio import Pcm, level_dbfs
from rtwidgets.errors import AudioError

int16s = hnp.arrays(np.int16, st.integers(0, 300))


def tone(rate: int, seconds: float, hz: float = 440.0, level: float = 0.5) -> Pcm:
    t = np.arange(int(rate * seconds)) / rate
    return Pcm.from_float(level * np.sin(2 * np.pi * hz * t), rate)


@given(int16s)
def test_bytes_and_floats_come_back_exactly(samples: np.ndarray) -> None:
    pcm = Pcm(samples, 24000)
    assert Pcm.from_bytes(pcm.to_bytes(), 24000) == pcm
    assert Pcm.from_float(pcm.as_float(), 24000) == pcm
    assert pcm.as_float().dtype == np.float32
    assert len(pcm.to_bytes()) == 2 * samples.size


def test_bytes_are_little_endian() -> None:
    assert Pcm(np.array([1, -2], np.int16), 8000).to_bytes() == b"\x01\x00\xfe\xff"


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(AudioError, match="3 bytes"):
        Pcm.from_bytes(b"abc", 24000)


def test_loud_floats_are_clipped_and_nan_is_refused() -> None:
    assert Pcm.from_float(np.array([2.0, -2.0]), 8000).samples.tolist() == [32767, -32768]
    with pytest.raises(AudioError, match="finite"):
        Pcm.from_float(np.array([0.0, np.nan]), 8000)


def test_from_array_takes_what_people_have() -> None:
    half = [16384, -16384]
    assert Pcm.from_array(np.array([0.5, -0.5]), 8000).samples.tolist() == half
    assert Pcm.from_array(np.array([64 + 128, 128 - 64], np.uint8), 8000).samples.tolist() == half
    assert Pcm.from_array(np.array([1 << 30, -(1 << 30)], np.int32), 8000).samples.tolist() == half
    stereo = np.array([[0.25, 0.75], [-1.0, 0.0], [0, 0]], np.float32)
    assert Pcm.from_array(stereo, 8000).samples.tolist() == [*half, 0]


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.array(["a"]), "no sound"),
        (np.zeros((2, 2, 2)), "no sound"),
        (np.zeros(3, bool), "no sound"),
        (np.zeros((2, 480)), "array.T"),
    ],
)
def test_from_array_refuses_what_is_no_sound(array: np.ndarray, word: str) -> None:
    with pytest.raises(AudioError, match=word):
        Pcm.from_array(array, 8000)


def test_wrong_fields_are_refused() -> None:
    with pytest.raises(AudioError, match="from_array"):
        Pcm(np.zeros(3), 8000)  # type: ignore[arg-type]
    with pytest.raises(AudioError, match="0 Hz"):
        Pcm(np.zeros(3, np.int16), 0)


def test_samples_cannot_change() -> None:
    source = np.zeros(3, np.int16)
    pcm = Pcm(source, 8000)
    with pytest.raises(ValueError, match="read-only"):
        pcm.samples[0] = 1
    source[0] = 1  # the caller's array stays the caller's


def test_seconds_cut_and_join() -> None:
    sound = tone(8000, 2.0)
    assert sound.duration_s == 2.0
    assert sound[0.5:1.5].duration_s == 1.0
    assert sound[:0.5] + sound[0.5:] == sound
    assert sound[-0.25:].samples.size == 2000
    with pytest.raises(AudioError, match="resampled"):
        sound + tone(24000, 1.0)
    with pytest.raises(TypeError, match="seconds"):
        sound[::2]


def test_equality_is_of_values() -> None:
    assert tone(8000, 0.1) == tone(8000, 0.1)
    assert tone(8000, 0.1) != tone(8000, 0.2)
    assert Pcm(np.zeros(3, np.int16), 8000) != Pcm(np.zeros(3, np.int16), 16000)
    assert tone(8000, 0.1) != "sound"


def test_resampled_keeps_the_tone() -> None:
    there = tone(8000, 1.0, level=0.5).resampled(24000)
    assert (there.rate, there.samples.size) == (24000, 24000)
    wanted = tone(24000, 1.0, level=0.5)
    middle = slice(1000, -1000)
    error = there.samples[middle].astype(int) - wanted.samples[middle]
    assert np.abs(error).max() < 200
    assert tone(8000, 1.0).resampled(8000) == tone(8000, 1.0)
    assert Pcm(np.zeros(0, np.int16), 8000).resampled(24000).rate == 24000


def test_level() -> None:
    assert level_dbfs(np.full(2_500_000, -32768, np.int16)) == pytest.approx(0.0)
    assert level_dbfs(tone(8000, 1.0, level=0.1).samples) == pytest.approx(-23.0, abs=0.1)
    assert level_dbfs(np.full(9, 0.1, np.float32)) == pytest.approx(-20.0, abs=0.01)
    assert level_dbfs(np.zeros(9, np.int16)) == level_dbfs(np.zeros(0, np.int16)) == -96.0


def test_a_notebook_gets_a_player_with_the_sound_inside() -> None:
    sound = tone(8000, 0.5)
    html = sound._repr_html_()
    assert html.startswith("<audio controls")
    data = base64.b64decode(html.split("base64,")[1].split('"')[0])
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getnchannels()) == (8000, 1)
        assert file.readframes(99999) == sound.to_bytes()
    assert "0.50 s, 8000 Hz, -9 dBFS" in repr(sound)


def test_an_hour_is_not_put_into_a_page() -> None:
    html = Pcm(np.zeros(3600 * 8000, np.int16), 8000)._repr_html_()
    assert len(html) < 300 and "write_wav" in html
