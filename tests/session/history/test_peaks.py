"""Peaks at every zoom are the peaks of the samples themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtwidgets.session.history.peaks import PeaksHistory


def noise(ms: int, rate: int = 8000, seed: int = 0) -> np.ndarray:
    level = np.random.default_rng(seed).integers(-20_000, 20_000, rate * ms // 1000)
    return level.astype(np.int16)


def kept(samples: np.ndarray, sizes: list[int], rate: int = 8000) -> PeaksHistory:
    history, at = PeaksHistory(), 0
    for size in sizes:
        history.add(samples[at : at + size], rate)
        at += size
    history.add(samples[at:], rate)
    return history


@settings(deadline=None)
@given(
    sizes=st.lists(st.integers(0, 3000), max_size=8),
    columns=st.integers(1, 60),
    step=st.sampled_from([5, 10, 40, 80, 320, 1280]),
)
def test_any_zoom_shows_the_lowest_and_highest_sample(
    sizes: list[int], columns: int, step: int
) -> None:
    samples = noise(4000)
    history = kept(samples, sizes)
    assert history.duration_ms == 4000
    shown = history.between(np.arange(columns + 1) * float(step))
    for column, (low, high) in enumerate(shown):
        part = samples[column * step * 8 : (column + 1) * step * 8]
        if part.size:
            # As in every wave here, the zero line is always inside.
            assert (low, high) == (min(part.min() >> 8, 0), max(part.max() >> 8, 0))
        else:
            assert (low, high) == (0, 0)


def test_levels_follow_a_sound_that_grows() -> None:
    samples, history = noise(20_000), PeaksHistory()
    edges = np.linspace(0, 20_000, 11)
    for at in range(0, samples.size, 1000):
        history.add(samples[at : at + 1000], 8000)
        history.between(edges)  # looked at while it grows
    assert (history.between(edges) == kept(samples, []).between(edges)).all()


def test_outside_and_in_a_gap_it_is_silent() -> None:
    history = kept(noise(1000), [])
    shown = history.between(np.array([-400.0, -200.0, 0.0, 0.0, 500.0, 1000.0, 2000.0]))
    assert [bool(pair.any()) for pair in shown] == [False, False, False, True, True, False]


def test_a_format_that_changes_leaves_time_as_it_is() -> None:
    history = PeaksHistory()
    history.add(noise(1000, 24_000), 24_000)
    history.add(noise(500, 8000), 8000)
    assert history.duration_ms == pytest.approx(1500)


def test_an_overview_is_bounded_and_its_buckets_double() -> None:
    pairs, bucket = kept(noise(1500), []).overview(600)
    assert (len(pairs), bucket) == (300, 5)
    pairs, bucket = kept(noise(61_000), []).overview(600)
    assert (len(pairs), bucket) == (382, 160)


def test_the_last_loud_moment() -> None:
    loud = np.concatenate([noise(400), np.zeros(4800, np.int16)])
    history = kept(loud, [])
    assert history.last_loud_ms(0, 1000) == 400
    assert history.last_loud_ms(500, 1000) is None and history.last_loud_ms(5000, 6000) is None


def test_an_hour_takes_little() -> None:
    history, minute = PeaksHistory(), noise(60_000)
    for _ in range(60):
        history.add(minute, 8000)
    history.between(np.linspace(0, 3_600_000, 401))
    size = history._pairs.nbytes + sum(level.nbytes for level in history._levels)
    assert size < 2_600_000
