from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.engines.simulated_pace import Pace
from rtwidgets.engines.simulated_transcriber import Heard, LevelTranscriber

transcriber = LevelTranscriber(Pace(seed=1))


def test_it_states_duration_and_loudness() -> None:
    sound = np.full(int(2.3 * 24000), 0.1, np.float32)
    pieces = list(transcriber.transcribe(sound, language="de", prompt="names"))
    assert "".join(pieces) == "[simulated: 2.3 s of speech, -20 dBFS]"
    assert len(pieces) == 2


def test_silence_is_not_called_speech() -> None:
    text = "".join(transcriber.transcribe(np.zeros(24000, np.float32)))
    assert text == "[simulated: 1.0 s of near silence, -96 dBFS]"
    assert "".join(transcriber.transcribe(np.zeros(0, np.float32))).startswith("[simulated: 0.0 s")


@given(st.integers(0, 9999), st.booleans(), st.integers(-96, 0))
def test_what_is_written_is_read(tenths: int, speech: bool, level: int) -> None:
    heard = Heard(tenths / 10, speech, level)
    assert Heard.read(heard.write()) == heard


@pytest.mark.parametrize("text", ["", "hello", "say [simulated: 2.3 s of speech, -20 dBFS]"])
def test_other_words_are_not_read(text: str) -> None:
    assert Heard.read(text) is None


def test_it_says_whether_it_needs_a_thread() -> None:
    assert transcriber.instant(5.0)
    assert not transcriber.instant(60.0)
    assert not LevelTranscriber(Pace(seed=1, pace=1.0)).instant(5.0)
