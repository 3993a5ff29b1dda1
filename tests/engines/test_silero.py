from __future__ import annotations

import numpy as np
import pytest

from rtwidgets.engines.silero import SileroVad, load_silero
from tests.engines.conftest import weights

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def vad() -> SileroVad:
    return SileroVad(load_silero(weights("silero-vad")))


@pytest.mark.parametrize("level", [0.001, 0.01, 0.1])
def test_noise_is_no_speech(vad: SileroVad, level: float) -> None:
    noise = np.random.default_rng(1).standard_normal((60, vad.window)).astype(np.float32)
    vad.reset()
    assert max(vad.probability(window * level) for window in noise) < 0.5


def test_hum_is_no_speech(vad: SileroVad) -> None:
    time = np.arange(60 * vad.window) / vad.rate
    hum = (0.2 * np.sin(2 * np.pi * 50 * time)).astype(np.float32).reshape(-1, vad.window)
    vad.reset()
    assert max(vad.probability(window) for window in hum) < 0.5


def test_window_of_another_size_is_refused(vad: SileroVad) -> None:
    with pytest.raises(ValueError, match="a window is 512 samples"):
        vad.probability(np.zeros(480, np.float32))
