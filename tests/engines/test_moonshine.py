from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rtwidgets.audio import read_sound
from rtwidgets.engines.base import Transcriber
from rtwidgets.engines.moonshine import read_tokens
from tests.speech import word_error_rate

Speech = dict[str, tuple[Path, str]]


def test_tokens_are_lengths_and_bytes() -> None:
    long = bytes(range(200))
    data = b"\x02ab\x00" + bytes([128 + 200 % 128, 200 // 128]) + long
    assert read_tokens(data) == [b"ab", b"", long]


@pytest.mark.engine
@pytest.mark.parametrize("name", ["agent-pass", "auth-thankyou", "vm-nobodyavail", "conf-invalid"])
def test_person_is_understood(moonshine: Transcriber, speech: Speech, name: str) -> None:
    path, said = speech[name]
    heard = "".join(moonshine.transcribe(read_sound(path).resampled(16_000).as_float()))
    assert word_error_rate(said, heard) <= 0.1
    assert heard == heard.strip()


@pytest.mark.engine
def test_words_come_one_by_one(moonshine: Transcriber, speech: Speech) -> None:
    path, _ = speech["agent-pass"]
    pieces = list(moonshine.transcribe(read_sound(path).resampled(16_000).as_float()))
    assert len(pieces) > 5


@pytest.mark.engine
def test_minute_of_speech_is_written_to_its_end(moonshine: Transcriber, speech: Speech) -> None:
    names = ("vm-goodbye", "agent-pass", "auth-thankyou", "conf-invalid", "vm-nobodyavail")
    sounds = [read_sound(speech[name][0]).resampled(16_000).as_float() for name in names * 4]
    pause = np.zeros(8_000, np.float32)
    said = " ".join(speech[name][1] for name in names * 4)
    whole = np.concatenate([part for sound in sounds for part in (sound, pause)])
    assert whole.size > 40 * 16_000
    assert word_error_rate(said, "".join(moonshine.transcribe(whole))) <= 0.1


@pytest.mark.engine
def test_recognizer_that_is_left_early_is_free_again(
    moonshine: Transcriber, speech: Speech
) -> None:
    sound = read_sound(speech["agent-pass"][0]).resampled(16_000).as_float()
    words = moonshine.transcribe(sound)
    first = next(words)
    words.close()  # type: ignore[attr-defined]  # a generator, as the contract says
    assert next(moonshine.transcribe(sound)) == first
