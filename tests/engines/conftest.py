"""Real engines, each loaded once for all tests of this folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rtwidgets.engines import transcriber
from rtwidgets.engines.base import Transcriber
from rtwidgets.engines.kokoro import KokoroSynthesizer
from rtwidgets.engines.llama import LlamaLanguageModel
from rtwidgets.engines.weights import locate
from rtwidgets.errors import EngineError


def weights(name: str) -> Path:
    """The folder of a model; without it the test cannot run, and in CI fails."""
    try:
        return locate(name)
    except EngineError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def moonshine() -> Transcriber:
    return transcriber("moonshine", weights("moonshine-tiny-en"))


@pytest.fixture(scope="session")
def whisper() -> Transcriber:
    return transcriber("whisper", weights("whisper-tiny-en"))


@pytest.fixture(scope="session")
def gguf() -> Path:
    return next(weights("smollm2-135m-instruct").glob("SmolLM2-135M*.gguf"))


@pytest.fixture(scope="session")
def llama(gguf: Path) -> LlamaLanguageModel:
    return LlamaLanguageModel(gguf, seed=1)


@pytest.fixture(scope="session")
def kokoro_model() -> Path:
    return weights("kokoro-82m") / "kokoro-v1.0.int8.onnx"


@pytest.fixture(scope="session")
def kokoro(kokoro_model: Path) -> KokoroSynthesizer:
    return KokoroSynthesizer(kokoro_model)
