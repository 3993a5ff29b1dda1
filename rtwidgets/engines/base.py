"""The four Protocols that an engine fulfils, and the bundle of them that a server runs.

All methods are synchronous and may block: the server calls them from worker threads, never
from its loop. A generator is cancelled by closing it, so an engine that streams looks for
``GeneratorExit`` between two steps and stops its own work there. Voice activity has a
memory and is made once a connection; the other three are shared by all connections and
must be safe to call from several threads at once (they may queue).

Changing threads costs more than a light engine's work. A ``Vad`` whose attribute ``instant``
is true, a transcriber whose method ``instant(seconds)`` of sound and a language model whose
method ``instant(prompt)`` says so never block and are called on the loop; without one, an
engine is taken to block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..protocol.config import Tool, ToolChoice
from ..protocol.items import PromptItem

__all__ = [
    "Engines",
    "LanguageModel",
    "LimitReached",
    "Prompt",
    "Synthesizer",
    "ToolCall",
    "Transcriber",
    "Vad",
]

Float32 = NDArray[np.float32]
Int16 = NDArray[np.int16]


class Vad(Protocol):
    """Says how likely it is that a window of sound is speech."""

    rate: int
    """Samples a second that it wants, in Hz."""
    window: int
    """Samples in one window."""

    def probability(self, samples: Float32) -> float:
        """The probability of speech, 0 to 1, in one window: ``window`` samples in -1..1."""

    def reset(self) -> None:
        """Forget what was heard."""


class Transcriber(Protocol):
    """Writes down speech."""

    name: str
    rate: int

    def transcribe(
        self,
        samples: Float32,
        *,
        language: str | None = None,
        prompt: str | None = None,
    ) -> Iterator[str]:
        """The words of ``samples`` (mono, -1..1, at ``rate``) in pieces; joined, the transcript."""


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What a language model answers: the context of one response.

    Spoken user items arrive with their ``transcript`` filled in by the server.
    """

    instructions: str = ""
    items: Sequence[PromptItem] = ()
    tools: Sequence[Tool] = ()
    tool_choice: ToolChoice = "auto"
    max_output_tokens: int | None = None
    """``None`` is no limit."""
    temperature: float | None = None
    """``None`` leaves it to the engine."""
    spoken: bool = True
    """The answer will be said aloud: prefer words to figures and tables."""


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """The model asks for a function; ``arguments`` is JSON that fits the tool's schema."""

    name: str
    arguments: str


class LimitReached(Exception):
    """A limit of tokens ended a call of a tool; the pieces before it stand."""


class LanguageModel(Protocol):
    """Answers in text."""

    name: str
    sees: bool
    """Whether it can look at pictures. One that cannot reads a note in place of each, and its
    answer to a turn with a picture says that it cannot see it."""

    def generate(self, prompt: Prompt) -> Iterator[str | ToolCall]:
        """Pieces of text as they are made, then any tool calls, each of them whole.

        Raises ``LimitReached`` where a limit of tokens cut a call: half of one is none.
        """

    def count_tokens(self, text: str) -> int:
        """How many tokens ``text`` is to this model; fast, for usage."""


class Synthesizer(Protocol):
    """Speaks."""

    name: str
    rate: int
    """Samples a second of what it yields, in Hz."""
    voices: tuple[str, ...]
    """The names a session may ask for; the first is the default."""

    def synthesize(self, text: str, *, voice: str, speed: float = 1.0) -> Iterator[Int16]:
        """``text`` as chunks of mono PCM16 at ``rate``; an unknown voice takes the default."""


@dataclass(frozen=True, kw_only=True)
class Engines:
    """One engine of each kind, ready to run."""

    name: str
    """What the server calls it: ``offline`` or ``simulated``."""
    new_vad: Callable[[], Vad]
    transcriber: Transcriber
    language_model: LanguageModel
    synthesizer: Synthesizer
    details: dict[str, Any] = field(default_factory=dict)
    """Facts for ``doctor`` and the benchmarks: models, load seconds, settings."""

    def warm(self) -> None:
        """Run each engine once, so that the first turn is as fast as the next."""
        vad = self.new_vad()
        vad.probability(np.zeros(vad.window, np.float32))
        for _ in self.transcriber.transcribe(np.zeros(self.transcriber.rate, np.float32)):
            pass
        for _ in self.language_model.generate(Prompt(max_output_tokens=4)):
            pass
        for _ in self.synthesizer.synthesize("Hello there.", voice=self.synthesizer.voices[0]):
            pass
