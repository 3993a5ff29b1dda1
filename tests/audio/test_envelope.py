"""Outlines of sound: the same whatever pieces it came in."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.audio.envelope import Envelope
from rtwidgets.audio.peaks import peaks


@given(st.lists(st.integers(0, 1500), max_size=20))
def test_pieces_make_no_difference(sizes: list[int]) -> None:
    samples = np.random.default_rng(3).integers(-9000, 9000, sum(sizes)).astype(np.int16)
    pieces, whole = Envelope(), Envelope()
    at = 0
    for size in sizes:
        pieces.push(samples[at : at + size], 24_000)
        at += size
    whole.push(samples, 24_000)
    assert np.array_equal(pieces.pairs(), whole.pairs())
    assert len(whole.pairs()) == -(-len(samples) // 480)


def test_a_part_of_it() -> None:
    outline = Envelope()
    outline.push(np.repeat(np.arange(10, dtype=np.int16) * 256, 160), 8_000)
    assert outline.pairs(40, 100)[:, 1].tolist() == [2, 3, 4]
    assert outline.pairs(50, 50.1)[:, 1].tolist() == [2]
    assert len(outline.pairs(300, 400)) == 0
    assert np.array_equal(outline.pairs(), peaks(np.arange(10, dtype=np.int16) * 256, 10))
