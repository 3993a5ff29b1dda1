"""Sound as it was appended becomes windows, whatever the size of the appends."""

from __future__ import annotations

import numpy as np
import pytest

from rtwidgets.audio import encode
from rtwidgets.protocol.config import PCM16_24K, AudioFormat
from rtwidgets.server.hearing import Ear, samples_of
from tests.server import scripted

ULAW = AudioFormat(type="audio/pcmu")


def noise(seconds: float, rate: int, level: float = 0.3) -> np.ndarray:
    rng = np.random.default_rng(1)
    return (rng.uniform(-level, level, int(seconds * rate)) * 32767).astype(np.int16)


@pytest.mark.parametrize("format", [PCM16_24K, ULAW])
def test_the_size_of_the_appends_changes_nothing(format: AudioFormat) -> None:
    sound = noise(1.0, format.sample_rate)
    sound[: len(sound) // 2] = 0
    data = encode(sound, format.type)
    whole = Ear(scripted.Ear(), format).judge(data)
    ear = Ear(scripted.Ear(), format)
    size = format.byte_count(7)
    parts = [p for n in range(0, len(data), size) for p in ear.judge(data[n : n + size])]
    assert parts == whole
    # 1 s is 31 windows of 32 ms; the filter of the resampler keeps the last ones back.
    assert 28 <= len(whole) <= 31
    assert ear.window_ms == 32
    assert whole[:13] == [0.0] * 13
    assert whole[-10:] == [1.0] * 10


def test_a_reset_forgets_what_was_begun() -> None:
    ear = Ear(scripted.Ear(), PCM16_24K)
    loud = encode(noise(0.05, 24000), "audio/pcm")
    ear.judge(loud)
    ear.reset(ULAW)
    assert ear.format == ULAW
    assert set(ear.judge(encode(np.zeros(8000, np.int16), "audio/pcmu"))) == {0.0}


def test_slices_are_short_and_whole() -> None:
    ear = Ear(scripted.Ear(), PCM16_24K)
    data = bytes(range(256)) * 500
    slices = list(ear.slices(data))
    assert b"".join(slices) == data
    assert max(map(len, slices)) == 48000


def test_samples_of_is_what_a_transcriber_wants() -> None:
    samples = samples_of(encode(noise(0.5, 8000), "audio/pcmu"), ULAW, 16000)
    assert samples.dtype == np.float32
    assert samples.shape == (8000,)
    assert np.abs(samples).max() <= 1.0
