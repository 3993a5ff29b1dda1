from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rtwidgets.audio import peaks


@given(hnp.arrays(np.int16, st.integers(1, 200)), st.integers(1, 60))
def test_each_bucket_spans_its_own_samples(samples: np.ndarray, buckets: int) -> None:
    out = peaks(samples, buckets)
    assert out.shape == (buckets, 2) and out.dtype == np.int8
    assert (out[:, 0] <= out[:, 1]).all()
    for i, (low, high) in enumerate(out.astype(int)):
        start = i * samples.size // buckets
        part = samples[start : max((i + 1) * samples.size // buckets, start + 1)].astype(int)
        assert abs(low - min(part.min() / 256, 127)) <= 0.5
        assert abs(high - min(part.max() / 256, 127)) <= 0.5


@given(hnp.arrays(np.int16, st.integers(1, 200)), st.integers(1, 60))
def test_nothing_loud_is_lost(samples: np.ndarray, buckets: int) -> None:
    if samples.size >= buckets:
        assert peaks(samples, buckets).max() == min(127, np.rint(samples.max() / 256))


def test_floats_have_the_same_scale() -> None:
    samples = np.array([0, 16384, -32768, 32767], np.int16)
    floats = (samples / 32768).astype(np.float32)
    assert peaks(floats, 2).tolist() == peaks(samples, 2).tolist() == [[0, 64], [-128, 127]]


def test_silence_and_nothing() -> None:
    assert peaks(np.zeros(0, np.int16), 3).tolist() == [[0, 0]] * 3
    assert peaks(np.zeros(9, np.int16), 0).shape == (0, 2)
