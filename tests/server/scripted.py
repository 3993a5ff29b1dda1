"""Engines that do what a test says, and tell the test what was asked of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rtwidgets.engines.base import Engines, Prompt, ToolCall

__all__ = ["Ear", "Hand", "Mind", "Voice", "engines"]


class Ear:
    """Loud is speech."""

    rate = 16000
    window = 512

    def probability(self, samples: Any) -> float:
        assert samples.shape == (512,)
        return float(np.abs(samples).max() > 0.05)

    def reset(self) -> None:
        pass


class Hand:
    """Writes down the length of the sound, or what ``words`` says of that length.

    ``gate`` holds it, ``middle`` holds it after the first piece, ``fails`` breaks it there.
    """

    name = "hand"
    rate = 16000

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.middle = threading.Event()
        self.middle.set()
        self.begun = threading.Event()
        self.calls: list[float] = []
        self.fails = 0
        self.fails_late = 0
        self.delay_s = 0.0
        self.words: Callable[[float], str] | None = None

    def transcribe(self, samples: Any, *, language: Any = None, prompt: Any = None) -> Any:
        self.calls.append(len(samples) / self.rate)
        self.begun.set()
        assert self.gate.wait(20)
        time.sleep(self.delay_s)
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the pen broke")
        if self.words is not None:
            yield self.words(self.calls[-1])
            return
        yield " heard "
        assert self.middle.wait(20)
        if self.fails_late:
            self.fails_late -= 1
            raise RuntimeError("the pen is empty")
        yield f"{len(samples) / self.rate:.2f} "


class Mind:
    """Says the pieces of ``script``; a function in it is called in its place."""

    name = "mind"

    def __init__(self, script: list[str | ToolCall | Callable[[], None]]) -> None:
        self.script = script
        self.prompts: list[Prompt] = []
        self.closed = threading.Event()
        self.said = 0

    def generate(self, prompt: Prompt) -> Iterator[str | ToolCall]:
        self.prompts.append(prompt)
        self.closed.clear()
        self.said = 0
        try:
            for step in self.script:
                if callable(step):
                    step()
                    continue
                self.said += 1
                yield step
        finally:
            self.closed.set()

    def count_tokens(self, text: str) -> int:
        return len(text.split())


class Voice:
    """240 samples for each character of text, so that a test can tell where sound is from."""

    name = "voice"
    rate = 24000
    voices = ("alloy", "verse")

    def __init__(self) -> None:
        self.said: list[tuple[str, str, float]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()
        self.fails = False

    def synthesize(self, text: str, *, voice: str, speed: float = 1.0) -> Any:
        self.said.append((text, voice, speed))
        self.begun.set()
        assert self.gate.wait(20)
        if self.fails:
            raise RuntimeError("no breath")
        for _ in text:
            yield np.full(240, 1000, np.int16)


def engines(script: list[Any] | None = None) -> Engines:
    """One of each; ``script`` is what the model says."""
    words = [" Well,", " this", " is", " the", " answer", "."]
    return Engines(
        name="scripted",
        new_vad=Ear,
        transcriber=Hand(),
        language_model=Mind(words if script is None else script),
        synthesizer=Voice(),
    )
