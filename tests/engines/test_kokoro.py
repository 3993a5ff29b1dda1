from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rtwidgets.audio import Pcm
from rtwidgets.engines import kokoro as module
from rtwidgets.engines.base import Transcriber
from rtwidgets.engines.kokoro import KokoroSynthesizer, load_voices, trimmed
from rtwidgets.errors import EngineError
from tests.speech import word_error_rate

engine = pytest.mark.engine
RATE = 24_000


def say(kokoro: KokoroSynthesizer, text: str, voice: str = "alloy", speed: float = 1.0) -> Pcm:
    chunks = list(kokoro.synthesize(text, voice=voice, speed=speed))
    return Pcm(np.concatenate([np.zeros(0, np.int16), *chunks]), kokoro.rate)


def pitch(sound: Pcm) -> float:
    """The median fundamental frequency of the loud frames, in Hz, by autocorrelation."""
    x = sound.as_float()
    frames = x[: x.size // 960 * 960].reshape(-1, 960)
    found = []
    for frame in frames[np.abs(frames).max(axis=1) > 0.1]:
        similar = np.correlate(frame, frame, "full")[frame.size - 1 :]
        low, high = RATE // 400, RATE // 70
        lag = low + int(np.argmax(similar[low:high]))
        if similar[lag] > 0.5 * similar[0]:
            found.append(RATE / lag)
    return float(np.median(found))


def test_silence_before_is_cut_and_the_pause_is_exact() -> None:
    word = np.full(1000, 0.5, np.float32)
    quiet = np.zeros(RATE, np.float32)
    cut = trimmed(np.concatenate([quiet, word, quiet]), RATE, pause_s=0.1)
    assert cut.size == 480 + 1000 + 2400
    assert trimmed(np.concatenate([quiet, word]), RATE, pause_s=0.1).size == cut.size
    assert trimmed(quiet, RATE, pause_s=0.1).size == 0


def test_missing_voices_say_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "VOICES_FILE", tmp_path / "voices.npz")
    with pytest.raises(EngineError, match=r"engines\.voices\.fetch"):
        load_voices()


@engine
def test_voices_are_ten_people(kokoro: KokoroSynthesizer) -> None:
    said = {voice: say(kokoro, "Good morning, everybody.", voice) for voice in kokoro.voices}
    assert len(said) == 10
    heights = {voice: pitch(sound) for voice, sound in said.items()}
    low = [voice for voice, height in heights.items() if height < 150]
    high = [voice for voice, height in heights.items() if height > 160]
    assert len(low) >= 4, heights
    assert len(high) >= 4, heights
    spectra = []
    for sound in said.values():
        power = np.abs(np.fft.rfft(sound.as_float(), 1 << 17))[: 1 << 15]
        bands = np.log(power.reshape(64, -1).mean(axis=1) + 1e-6)
        spectra.append(bands - bands.mean())
    distances = [
        float(np.abs(a - b).mean()) for i, a in enumerate(spectra) for b in spectra[i + 1 :]
    ]
    assert min(distances) > 0.1


@engine
@pytest.mark.parametrize(
    "text",
    [
        "The weather in Paris is sunny today.",
        "Please enter your password, followed by the pound key.",
        "I can help you with that, just tell me your name.",
    ],
)
@pytest.mark.parametrize("voice", ["alloy", "ash"])
def test_what_is_said_is_understood(
    kokoro: KokoroSynthesizer, moonshine: Transcriber, text: str, voice: str
) -> None:
    heard = "".join(moonshine.transcribe(say(kokoro, text, voice).resampled(16_000).as_float()))
    assert word_error_rate(text, heard) <= 0.15, heard


@engine
def test_pause_follows_the_punctuation(kokoro: KokoroSynthesizer) -> None:
    def pause(text: str) -> float:
        samples = np.abs(say(kokoro, text).as_float())
        return float(samples.size - np.flatnonzero(samples > 0.01)[-1]) / RATE

    assert pause("Hello there") == pytest.approx(0.03, abs=0.01)
    assert pause("Hello there,") == pytest.approx(0.12, abs=0.01)
    assert pause("Hello there.") == pytest.approx(0.25, abs=0.01)


@engine
def test_long_text_is_said_to_its_end(kokoro: KokoroSynthesizer) -> None:
    text = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all. " * 12
    chunks = list(kokoro.synthesize(text, voice="alloy"))
    assert len(chunks) > 1
    assert 40 < sum(chunk.size for chunk in chunks) / RATE < 120


@engine
@pytest.mark.parametrize("text", ["**Bold** and `code`", "50 %", "日本語", "Ünïcödé", "a" * 900])
def test_odd_text_does_no_harm(kokoro: KokoroSynthesizer, text: str) -> None:
    say(kokoro, text)


@engine
def test_figures_are_words(kokoro: KokoroSynthesizer, moonshine: Transcriber) -> None:
    sound = say(kokoro, "It costs 45 dollars.").resampled(16_000)
    heard = "".join(moonshine.transcribe(sound.as_float())).lower()
    assert "45" in heard or "forty-five" in heard or "forty five" in heard
