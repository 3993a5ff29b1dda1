"""A spectrogram has a tone where its frequency is, and silence nowhere."""

from __future__ import annotations

import numpy as np
import pytest

from rtwidgets.audio.spectrogram import spectrogram


def tone(hz: float, seconds: float, rate: int, level: float = 0.5) -> np.ndarray:
    t = np.arange(int(seconds * rate)) / rate
    return np.rint(level * 32767 * np.sin(2 * np.pi * hz * t)).astype(np.int16)


@pytest.mark.parametrize(("rate", "top"), [(24_000, 8000), (8_000, 4000)])
@pytest.mark.parametrize("hz", [250, 1000, 3100])
def test_a_tone_is_in_the_row_of_its_frequency(rate: int, top: int, hz: int) -> None:
    shown = spectrogram(tone(hz, 1.0, rate), rate, 50, 80)
    assert shown.shape == (80, 50)
    from_below = 79 - shown[:, 25].argmax()
    assert from_below == pytest.approx(hz / top * 80, abs=1.5)
    assert shown[:, 25].max() == 255


def test_a_sound_begins_in_its_column() -> None:
    sound = np.concatenate([np.zeros(12_000, np.int16), tone(1000, 0.5, 24_000)])
    loudest = spectrogram(sound, 24_000, 20, 40).max(axis=0)
    assert loudest[:9].max() == 0 and loudest[11:].min() > 200


def test_loudness_is_in_decibels() -> None:
    loud, soft = (spectrogram(tone(1000, 1, 24_000, v), 24_000, 3, 80).max() for v in (0.1, 0.01))
    assert int(loud) - int(soft) == pytest.approx(20 / 75 * 255, abs=3)


def test_silence_and_nothing_are_black() -> None:
    assert not spectrogram(np.zeros(2400, np.int16), 24_000, 10, 10).any()
    assert not spectrogram(np.zeros(0, np.int16), 24_000, 10, 10).any()
