"""Peaks of a growing sound equal the peaks of the whole, whatever the chunks."""

from __future__ import annotations

import numpy as np
import pytest

from rtwidgets.widgets.wave import BUCKETS, Wave


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(7).integers(-32768, 32767, count).astype(np.int16)


def fed(samples: np.ndarray, chunk: int, rate: int = 24_000) -> Wave:
    wave = Wave(rate)
    for start in range(0, samples.size, chunk):
        wave.add(samples[start : start + chunk])
    return wave


@pytest.mark.parametrize("chunk", [1, 7, 119, 120, 121, 4_800, 10**9])
def test_chunks_do_not_matter(chunk: int) -> None:
    samples = noise(6_013)
    step = 120  # 5 ms
    wave = fed(samples, chunk)
    got = np.frombuffer(wave.peaks(), np.int8).reshape(-1, 2)
    for index, (low, high) in enumerate(got):
        part = samples[index * step : (index + 1) * step]
        assert (low, high) == (min(part.min() >> 8, 0), max(part.max() >> 8, 0))
    assert len(got) == 51
    assert wave.duration_ms == pytest.approx(6_013 / 24)


def test_a_long_sound_takes_no_more_room() -> None:
    samples = noise(24_000 * 60)
    wave = fed(samples, 4_800)
    got = np.frombuffer(wave.peaks(), np.int8).reshape(-1, 2)
    assert len(got) <= BUCKETS
    assert wave.bucket_ms == 160  # 5 ms, doubled until a minute fits
    assert len(got) == -(-60_000 // 160)
    step = int(wave.bucket_ms * 24)
    assert tuple(got[3]) == (
        samples[3 * step : 4 * step].min() >> 8,
        samples[3 * step : 4 * step].max() >> 8,
    )


def test_one_big_chunk_equals_many_small_ones() -> None:
    samples = noise(24_000 * 40 + 17)
    assert fed(samples, 10**9).peaks() == fed(samples, 331).peaks()


def test_nothing_is_nothing() -> None:
    wave = Wave(8_000)
    wave.add(np.zeros(0, np.int16))
    assert wave.peaks() == b""
    assert wave.duration_ms == 0
