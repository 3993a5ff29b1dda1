from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtwidgets.audio import Pcm, Resampler
from rtwidgets.errors import AudioError

rates = st.sampled_from([8000, 16000, 22050, 24000, 44100, 48000])
rng = np.random.default_rng(7)
noise = (rng.standard_normal(20000) * 3000).astype(np.int16)


def chunked(sound: np.ndarray, cuts: list[int], resampler: Resampler) -> np.ndarray:
    parts = [resampler.push(part) for part in np.split(sound, sorted(cuts))]
    return np.concatenate([*parts, resampler.flush()])


@settings(max_examples=40, deadline=None)
@given(rates, rates, st.integers(0, noise.size), st.lists(st.integers(0, 20000), max_size=8))
def test_chunks_of_any_size_equal_one_call(
    from_rate: int, to_rate: int, n: int, cuts: list[int]
) -> None:
    sound = noise[:n]
    out = chunked(sound, [min(cut, n) for cut in cuts], Resampler(from_rate, to_rate))
    assert out.dtype == np.int16
    assert abs(out.size - n * to_rate / from_rate) <= 1
    whole = Pcm(sound, from_rate).resampled(to_rate).samples
    assert np.array_equal(out, whole)


def test_float_and_int_agree() -> None:
    ints = chunked(noise, [5000], Resampler(24000, 16000))
    floats = chunked((noise / 32768).astype(np.float32), [5000], Resampler(24000, 16000))
    assert floats.dtype == np.float32
    assert np.abs(floats * 32768 - ints).max() <= 0.51


@pytest.mark.parametrize(("from_rate", "to_rate", "hz"), [(48000, 24000, 1000), (24000, 8000, 900)])
def test_a_tone_comes_out_as_that_tone(from_rate: int, to_rate: int, hz: int) -> None:
    def sine(rate: int) -> np.ndarray:
        return (0.5 * np.sin(2 * np.pi * hz * np.arange(rate) / rate)).astype(np.float32)

    out = chunked(sine(from_rate), list(range(0, from_rate, 480)), Resampler(from_rate, to_rate))
    middle = slice(to_rate // 8, -to_rate // 8)
    assert np.abs(out[middle] - sine(to_rate)[middle]).max() < 1e-3


def test_what_the_new_rate_cannot_hold_is_gone() -> None:
    high = np.sin(2 * np.pi * 10000 * np.arange(48000) / 48000).astype(np.float32)
    qualities: list[Literal["HQ", "LQ"]] = ["HQ", "LQ"]
    for quality in qualities:
        out = chunked(high, [], Resampler(48000, 16000, quality=quality))
        assert np.abs(out[2000:-2000]).max() < 1e-3


@pytest.mark.parametrize(("quality", "lag_ms"), [("HQ", 45), ("LQ", 25), ("QQ", 1)])
def test_the_lag_is_what_the_docstring_says(
    quality: Literal["HQ", "LQ", "QQ"], lag_ms: float
) -> None:
    resampler = Resampler(24000, 16000, quality=quality)
    said = heard = 0
    for _ in range(50):
        heard += 480
        said += resampler.push(np.zeros(480, np.int16)).size
        assert heard / 24 - said / 16 <= lag_ms


def test_after_flush_it_is_as_new() -> None:
    resampler = Resampler(8000, 24000)
    first = chunked(noise, [3000], resampler)
    assert np.array_equal(first, chunked(noise, [7000], resampler))
    # Also for another type.
    assert chunked(noise.astype(np.float32), [], resampler).dtype == np.float32


def test_silence_stays_silence() -> None:
    assert not chunked(np.zeros(9000, np.int16), [100], Resampler(24000, 16000)).any()


def test_equal_rates_pass_through() -> None:
    resampler = Resampler(24000, 24000)
    assert np.array_equal(resampler.push(noise), noise)
    assert resampler.flush().size == 0


def test_nothing_in_nothing_out() -> None:
    assert Resampler(8000, 24000).flush().size == 0


def test_wrong_input_is_refused() -> None:
    with pytest.raises(AudioError, match="positive"):
        Resampler(0, 8000)
    with pytest.raises(AudioError, match="float64"):
        Resampler(8000, 24000).push(np.zeros(8))  # type: ignore[type-var]
    resampler = Resampler(8000, 24000)
    resampler.push(np.zeros(8, np.int16))
    with pytest.raises(AudioError, match="this sound is int16"):
        resampler.push(np.zeros(8, np.float32))
