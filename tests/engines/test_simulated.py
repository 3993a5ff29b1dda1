from __future__ import annotations

import time

import numpy as np
import pytest

from rtwidgets.engines import simulated
from rtwidgets.engines.base import Engines, Prompt
from rtwidgets.errors import EngineError
from rtwidgets.protocol.items import InputText, Message


def turn(engines: Engines, text: str) -> tuple[str, list[object], bytes]:
    """One turn through all engines but the VAD."""
    sound = np.full(48000, 0.1, np.float32)
    heard = "".join(engines.transcriber.transcribe(sound))
    prompt = Prompt(items=(Message(role="user", content=(InputText(text=text),)),))
    said: list[object] = list(engines.language_model.generate(prompt))
    chunks = engines.synthesizer.synthesize("".join(map(str, said)), voice="verse")
    return heard, said, b"".join(chunk.tobytes() for chunk in chunks)


def test_the_same_seed_is_the_same_talk() -> None:
    assert turn(simulated.load(seed=3), "Hello") == turn(simulated.load(seed=3), "Hello")


def test_the_seed_changes_nothing_that_is_said() -> None:
    assert turn(simulated.load(seed=3), "Hello") == turn(simulated.load(seed=4), "Hello")


def test_a_seed_is_taken_and_shown_when_none_is_given() -> None:
    one, other = simulated.load(), simulated.load()
    assert one.details["seed"] != other.details["seed"]
    again = simulated.load(seed=one.details["seed"])
    assert again.details["seed"] == one.details["seed"]


def test_it_is_ready_at_once() -> None:
    start = time.perf_counter()
    simulated.load(seed=1).warm()
    assert time.perf_counter() - start < 2.0  # tens of ms, on a machine that does nothing else


@pytest.mark.parametrize("setting", ["latency_ms", "jitter_ms", "pace", "failure_rate"])
def test_negative_settings_are_refused(setting: str) -> None:
    with pytest.raises(EngineError, match=setting):
        simulated.load(**{setting: -1.0})  # type: ignore[arg-type]


def test_failures_come_as_often_as_asked_and_from_every_engine() -> None:
    engines = simulated.load(seed=5, failure_rate=1.0)
    prompt = Prompt(items=())
    for call in (
        lambda: list(engines.transcriber.transcribe(np.zeros(9, np.float32))),
        lambda: list(engines.language_model.generate(prompt)),
        lambda: list(engines.synthesizer.synthesize("Hello.", voice="alloy")),
    ):
        with pytest.raises(EngineError, match="on purpose"):
            call()


def test_half_of_the_calls_can_fail() -> None:
    synthesizer = simulated.load(seed=5, failure_rate=0.5).synthesizer

    def fails(text: str) -> bool:
        try:
            list(synthesizer.synthesize(text, voice="alloy"))
        except EngineError:
            return True
        return False

    assert 30 < sum(fails(str(n)) for n in range(100)) < 70
