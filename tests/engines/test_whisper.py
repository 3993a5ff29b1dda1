from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rtwidgets.audio import read_sound
from rtwidgets.engines.base import Transcriber
from tests.speech import word_error_rate

pytestmark = pytest.mark.engine
Speech = dict[str, tuple[Path, str]]


@pytest.mark.parametrize("name", ["agent-pass", "auth-thankyou", "vm-nobodyavail", "conf-invalid"])
def test_person_is_understood(whisper: Transcriber, speech: Speech, name: str) -> None:
    path, said = speech[name]
    heard = "".join(whisper.transcribe(read_sound(path).resampled(16_000).as_float()))
    assert word_error_rate(said, heard) <= 0.1
    assert heard == heard.strip()


def test_minute_of_speech_is_written_to_its_end(whisper: Transcriber, speech: Speech) -> None:
    names = ("vm-goodbye", "agent-pass", "auth-thankyou", "conf-invalid", "vm-nobodyavail")
    sounds = [read_sound(speech[name][0]).resampled(16_000).as_float() for name in names * 4]
    pause = np.zeros(8_000, np.float32)
    said = " ".join(speech[name][1] for name in names * 4)
    whole = np.concatenate([part for sound in sounds for part in (sound, pause)])
    assert word_error_rate(said, "".join(whisper.transcribe(whole))) <= 0.1


def test_silence_has_no_words(whisper: Transcriber) -> None:
    assert list(whisper.transcribe(np.zeros(32_000, np.float32))) == []
