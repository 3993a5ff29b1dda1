from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pytest

from rtwidgets.audio import read_sound
from rtwidgets.engines.simulated_vad import EnergyVad
from rtwidgets.protocol.turns import Move, TurnDetector

rng = np.random.default_rng(4)
SECOND = np.zeros(EnergyVad.rate, np.float32)
TIME = np.arange(10 * EnergyVad.rate) / EnergyVad.rate
WINDOW_MS = EnergyVad.window * 1000 / EnergyVad.rate


def turns(sound: np.ndarray) -> list[tuple[str, int]]:
    """The turns that the server would see."""
    vad, detector = EnergyVad(), TurnDetector()
    found: list[Move] = []
    for start in range(0, sound.size - vad.window + 1, vad.window):
        window = sound[start : start + vad.window].astype(np.float32)
        found += detector.push(vad.probability(window), WINDOW_MS)
    return [(move.kind, move.at_ms) for move in found if move.kind in ("started", "stopped")]


def hum(hz: float, dbfs: float) -> np.ndarray:
    waves = [np.sin(2 * np.pi * k * hz * TIME) / k for k in (1, 2, 3)]
    return np.asarray(10 ** (dbfs / 20) * np.sum(waves, axis=0))


def white(dbfs: float, n: int = TIME.size) -> np.ndarray:
    return 10 ** (dbfs / 20) * rng.standard_normal(n)


def fan(dbfs: float) -> np.ndarray:
    """Noise that falls with the frequency, as of a fan or a room."""
    spectrum = np.fft.rfft(rng.standard_normal(TIME.size))
    spectrum /= np.sqrt(np.maximum(np.arange(spectrum.size), 200))
    noise = np.fft.irfft(spectrum)
    return np.asarray(10 ** (dbfs / 20) * noise / noise.std())


STEADY = {
    "digital silence": 0 * TIME,
    "hum of 50 Hz": hum(50, -25),
    "hum of 60 Hz": hum(60, -40),
    "a tone": hum(440, -20),
    "quiet white noise": white(-45),
    "loud white noise": white(-25),
    "a fan": fan(-40),
    "a direct current": 0 * TIME + 0.2,
}


@pytest.mark.parametrize("kind", STEADY)
def test_steady_sound_is_no_speech(kind: str) -> None:
    assert turns(STEADY[kind]) == []
    # Nor when it is switched on in a silent room.
    assert turns(np.concatenate([SECOND, SECOND, STEADY[kind]])) == []


def test_real_speech_is_heard_where_it_is(speech: dict[str, tuple[Path, str]]) -> None:
    """Every recording, in a quiet room: one start near the first word, an end after the last."""
    missed, early, late = [], 0, 0
    silent = {"silence", "beep", "tone"}  # recordings of no voice
    spoken = {
        name: path for name, (path, _) in speech.items() if not silent & {*re.split("[/-]", name)}
    }
    for name, path in sorted(spoken.items())[::5]:
        sound = read_sound(path).resampled(EnergyVad.rate).as_float()
        found = turns(np.concatenate([SECOND, sound, SECOND]))
        if not found:
            missed.append(name)
            continue
        loud = np.flatnonzero(np.abs(sound) > 0.1 * np.abs(sound).max())
        begins = 1000 + loud[0] / 24
        early += found[0][1] < begins - 700
        late += found[0][1] > begins
        assert found[-1][0] == "stopped"
        assert found[-1][1] > 1000 + loud[-1] / 24
    assert missed == []
    assert early + late <= 0.1 * len(spoken) / 5


@pytest.mark.parametrize("noise", [white(-50, 5 * SECOND.size), hum(50, -40)[: 5 * SECOND.size]])
def test_speech_in_a_room_that_is_not_quiet(
    speech: dict[str, tuple[Path, str]], noise: np.ndarray
) -> None:
    names = ("agent-pass", "conf-invalid", "vm-goodbye", "auth-thankyou")
    for name in names:
        sound = read_sound(speech[name][0]).resampled(EnergyVad.rate).as_float()
        padded = np.concatenate([SECOND, SECOND, sound, SECOND])
        found = turns(padded + np.resize(noise, padded.size))
        assert [kind for kind, _ in found] == ["started", "stopped"] * (len(found) // 2), name
        assert found and 1500 <= found[0][1] <= 2400, name


def test_speech_from_the_first_sample(speech: dict[str, tuple[Path, str]]) -> None:
    sound = read_sound(speech["agent-pass"][0]).resampled(EnergyVad.rate).as_float()
    begin = np.flatnonzero(np.abs(sound) > 0.1 * np.abs(sound).max())[0]
    assert turns(np.concatenate([sound[begin:], SECOND]))[0] == ("started", 0)


def test_it_costs_next_to_nothing() -> None:
    vad = EnergyVad()
    windows = white(-30).astype(np.float32)[: 300 * vad.window].reshape(-1, vad.window)
    best = 1.0
    for _ in range(5):
        start = time.thread_time()
        for window in windows:
            vad.probability(window)
        best = min(best, (time.thread_time() - start) / (windows.size / vad.rate))
    assert best < 0.0006  # CPU seconds for each second of sound
