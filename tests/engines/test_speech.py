from __future__ import annotations

import numpy as np
import pytest

from rtwidgets.engines.speech import frame_levels, split, spoken_span

RATE = 16_000


def tone(seconds: float, level: float = 0.3) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * 300 * time)).astype(np.float32)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE), np.float32)


def test_levels_are_root_mean_squares() -> None:
    levels = frame_levels(np.concatenate([tone(0.1), silence(0.05)]), RATE)
    assert levels.shape == (7,)
    assert levels[0] == pytest.approx(0.3 / np.sqrt(2), rel=0.01)
    assert levels[-1] == 0


def test_span_keeps_the_margins() -> None:
    sound = np.concatenate([silence(1), tone(0.5), silence(1)])
    span = spoken_span(sound, RATE, before_s=0.2, after_s=0.3)
    assert (span.start / RATE, span.stop / RATE) == pytest.approx((0.8, 1.8))


def test_span_stays_inside() -> None:
    sound = tone(0.5)
    assert spoken_span(sound, RATE, before_s=1, after_s=1) == slice(0, sound.size)


@pytest.mark.parametrize("sound", [silence(0), silence(0.01), silence(1), tone(1, level=1e-4)])
def test_silence_has_no_span(sound: np.ndarray) -> None:
    assert sound[spoken_span(sound, RATE, before_s=1, after_s=1)].size == 0


def test_whispered_word_beside_a_loud_one_is_kept() -> None:
    sound = np.concatenate([tone(0.3, 0.03), silence(0.2), tone(0.3, 0.5)])
    assert spoken_span(sound, RATE, before_s=0, after_s=0).start == 0


def test_pieces_join_to_the_whole_and_none_is_too_long() -> None:
    sound = np.random.default_rng(1).uniform(-0.5, 0.5, 95 * RATE).astype(np.float32)
    pieces = list(split(sound, RATE, longest_s=20))
    assert np.array_equal(np.concatenate(pieces), sound)
    assert max(piece.size for piece in pieces) <= 20 * RATE


def test_cut_falls_into_the_pause() -> None:
    sound = np.concatenate([tone(8), silence(0.4), tone(8)])
    first = next(split(sound, RATE, longest_s=10))
    assert 8.0 <= first.size / RATE <= 8.4


def test_short_sound_is_one_piece() -> None:
    (piece,) = split(tone(1), RATE, longest_s=20)
    assert piece.size == RATE
