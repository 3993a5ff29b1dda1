from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rtwidgets.engines as engines
from rtwidgets.engines import default_models, load, transcriber
from rtwidgets.engines.libraries import available, require
from rtwidgets.errors import EngineError


def test_simulated_is_there_at_once() -> None:
    assert load("simulated", seed=1).name == "simulated"


def test_auto_without_the_libraries_is_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "available", lambda *names: False)
    assert load("auto").name == "simulated"


def test_offline_without_the_libraries_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "available", lambda name: name != "xllamacpp")
    with pytest.raises(EngineError, match=r"needs xllamacpp; pip install 'rtwidgets\[offline\]'"):
        load("offline")


@pytest.mark.parametrize(
    "call",
    [
        lambda: load("online"),  # type: ignore[arg-type]
        lambda: transcriber("vosk"),  # type: ignore[arg-type]
    ],
)
def test_unknown_names_list_the_known_ones(call: Any) -> None:
    with pytest.raises(EngineError, match=r"there is no .*; choose"):
        call()


def test_missing_library_names_the_extra() -> None:
    assert available("json")
    assert not available("json", "no_such_library")
    with pytest.raises(EngineError, match=r"no_such_library .*rtwidgets\[offline\]"):
        require("no_such_library")


def test_each_recognizer_has_its_model() -> None:
    assert "moonshine-tiny-en" in default_models("moonshine")
    assert "whisper-tiny-en" in default_models("whisper")
    assert len(default_models()) == 4


@pytest.mark.engine
def test_missing_weights_name_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    from rtwidgets.engines import weights

    monkeypatch.setenv("RTWIDGETS_CACHE", str(tmp_path))
    monkeypatch.setattr(weights, "_installed", lambda part, model: None)
    with pytest.raises(EngineError, match=r"python -m rtwidgets\.engines\.weights"):
        load("offline")


@pytest.mark.engine
def test_whisper_is_a_flag_away() -> None:
    offline = load("offline", asr="whisper")
    assert offline.details["transcriber"] == "whisper-tiny-en"
    assert set(offline.details["load_s"]) == {"vad", "transcriber", "language_model", "synthesizer"}
    assert list(offline.transcriber.transcribe(np.zeros(16_000, np.float32))) == []
