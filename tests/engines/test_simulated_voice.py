from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.audio import level_dbfs
from rtwidgets.engines.simulated_letters import sounds
from rtwidgets.engines.simulated_pace import Pace
from rtwidgets.engines.simulated_voice import CHUNK, VOICES, ToneSynthesizer

synthesizer = ToneSynthesizer(Pace(seed=1))
ENGLISH = (
    "The quick brown fox jumps over the lazy dog, and then it sleeps. How are you today? "
    "I am fine, thank you very much! Please enter your password, followed by the pound key. "
)


def say(text: str, voice: str = "alloy", speed: float = 1.0) -> np.ndarray:
    chunks = list(synthesizer.synthesize(text, voice=voice, speed=speed))
    return np.concatenate(chunks) if chunks else np.zeros(0, np.int16)


def pitch_hz(sound: np.ndarray) -> float:
    """The strongest period between 60 and 400 Hz."""
    x = sound.astype(float)
    spectrum = np.fft.rfft(x, 2 * x.size)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[: 24000 // 60]
    shortest = 24000 // 400
    return 24000 / (shortest + int(np.argmax(correlation[shortest:])))


@pytest.mark.parametrize("voice", VOICES)
def test_each_voice_has_its_own_pitch(voice: str) -> None:
    assert pitch_hz(say("aaaa", voice)) == pytest.approx(VOICES[voice].pitch_hz, rel=0.2)


def test_voices_lie_apart() -> None:
    pitches = sorted(timbre.pitch_hz for timbre in VOICES.values())
    assert len(VOICES) == 10
    assert min(b / a for a, b in itertools.pairwise(pitches)) > 1.07


def test_vowels_sound_different() -> None:
    def formants(vowel: str) -> np.ndarray:
        spectrum = np.abs(np.fft.rfft(say(vowel * 6), 24000))[200:3200]
        return np.asarray(spectrum.reshape(-1, 200).mean(axis=1) / spectrum.mean())

    for one, other in ("ai", "ao", "iu", "eo"):
        assert np.abs(formants(one) - formants(other)).max() > 0.5


def test_the_length_follows_the_text() -> None:
    assert len(ENGLISH) / (say(ENGLISH).size / 24000) == pytest.approx(14, abs=1)
    one, ten = say("hello there").size, say("hello there " * 10).size
    assert ten == pytest.approx(10 * one, rel=0.1)


def test_punctuation_is_a_pause() -> None:
    sound = say("aaa. aaa")
    middle = sound[int(sound.size * 0.47) : int(sound.size * 0.6)]
    assert not middle.any()
    assert level_dbfs(sound) > -30


@pytest.mark.parametrize("voice", VOICES)
def test_it_is_comfortably_loud_and_has_no_clicks(voice: str) -> None:
    sound = say(ENGLISH, voice).astype(int)
    assert -22 < level_dbfs(sound.astype(np.int16)) < -18
    assert np.abs(sound).max() < 26000
    assert abs(sound[0]) < 500 and abs(sound[-1]) < 500
    # Neither where stretches of text meet nor anywhere else.
    quiet = say("m" * 200, voice).astype(int)
    assert np.abs(np.diff(quiet)).max() < 6000


@pytest.mark.parametrize("speed", [0.25, 0.5, 1.5])
def test_speed_divides_the_length(speed: float) -> None:
    assert say(ENGLISH, speed=speed).size == pytest.approx(say(ENGLISH).size / speed, rel=0.01)


def test_speed_keeps_the_pitch() -> None:
    assert pitch_hz(say("aaaa", speed=0.5)) == pytest.approx(pitch_hz(say("aaaa")), rel=0.1)


def test_chunks_are_150_ms() -> None:
    sizes = [chunk.size for chunk in synthesizer.synthesize(ENGLISH, voice="sage")]
    assert set(sizes[:-1]) == {CHUNK} and 0 < sizes[-1] <= CHUNK


def test_nothing_to_say() -> None:
    assert say("").size == say(" \n").size == say("...").size == 0


@given(st.text(max_size=60), st.sampled_from(list(VOICES)))
def test_any_text_can_be_said(text: str, voice: str) -> None:
    sound = say(text, voice)
    assert bool(sound.size) == any(s.tone or s.hiss for s in sounds(text))


def test_figures_and_other_scripts_are_audible() -> None:
    assert say("1000").size > say("a").size
    assert level_dbfs(say("世界")) > -30
    assert np.array_equal(say("é"), say("e"))


def test_it_is_much_faster_than_speech() -> None:
    text = ENGLISH * 5
    say(text)
    best = 0.0
    for _ in range(3):
        start = time.thread_time()
        sound = say(text)
        best = max(best, sound.size / 24000 / (time.thread_time() - start))
    assert best > 100
