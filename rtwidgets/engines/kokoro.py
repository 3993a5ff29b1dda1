"""Speech by Kokoro-82M: ten voices, 24 kHz, one clause at a time.

The network makes a clause as a whole, so the first sound of a reply waits for the first
clause and no longer: give it short clauses first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import EngineError
from .g2p import Phonemizer
from .kokoro_choice import fastest
from .libraries import onnx_session
from .voices.fetch import VOICES, VOICES_FILE

__all__ = ["KokoroSynthesizer"]

Int16 = NDArray[np.int16]
Float32 = NDArray[np.float32]

_AUDIBLE = 0.01
"""Of full scale. The network begins each clause with about a third of a second below it."""
_BEFORE_S = 0.02
_PAUSES_S = {".": 0.25, "!": 0.25, "?": 0.25, ":": 0.2, ";": 0.2, ",": 0.12, "…": 0.25}
_SAMPLE = "The quick brown fox jumps over the lazy dog."
_NO_PAUSE_S = 0.03
"""A clause that was cut between two words goes on at once."""


class KokoroSynthesizer:
    """``model`` is the shipped graph; ``fast`` allows the one of ``kokoro_graph`` instead."""

    name = "kokoro-82m"
    rate = 24_000
    voices = tuple(VOICES)

    def __init__(
        self,
        model: Path,
        *,
        fast: bool = True,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._styles = load_voices()
        self._phonemes = Phonemizer()
        self._lock = threading.Lock()
        self._network: Any = (
            fastest(model, self._sample, say=say) if fast else onnx_session(str(model))
        )

    @classmethod
    def from_folder(
        cls, folder: Path, *, say: Callable[[str], None] = lambda line: None
    ) -> KokoroSynthesizer:
        """The synthesizer of the model ``kokoro-82m`` in ``folder``."""
        return cls(folder / "kokoro-v1.0.int8.onnx", say=say)

    def synthesize(self, text: str, *, voice: str, speed: float = 1.0) -> Iterator[Int16]:
        """``text`` as PCM16 at 24 kHz, without the silence around it but for a short pause."""
        styles = self._styles.get(voice, self._styles[self.voices[0]])
        chunks = self._phonemes(text)
        for index, chunk in enumerate(chunks):
            with self._lock:
                samples = speak(self._network, chunk, styles, speed)
            last = index == len(chunks) - 1
            pause = _PAUSES_S.get(text.rstrip(" \"'”’)")[-1:], _NO_PAUSE_S) if last else 0.12
            samples = trimmed(samples, self.rate, pause_s=pause / speed)
            if samples.size:
                yield (np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16)

    def _sample(self, network: Any) -> Float32:
        """One sentence, by which two graphs are compared."""
        (chunk,) = self._phonemes(_SAMPLE)
        return speak(network, chunk, self._styles[self.voices[0]], 1.0)


def speak(network: Any, phonemes: list[int], styles: Float32, speed: float) -> Float32:
    """One run of the network: sound in -1..1; the style depends on the length."""
    style = styles[min(len(phonemes), styles.shape[0]) - 1]
    (samples,) = network.run(
        ["audio"],
        {
            "tokens": np.array([[0, *phonemes, 0]], np.int64),
            "style": style[None, :],
            "speed": np.array([speed], np.float32),
        },
    )
    result: Float32 = samples.reshape(-1)
    return result


def load_voices() -> dict[str, Float32]:
    """The style vectors by protocol voice, each (510, 256)."""
    try:
        with np.load(VOICES_FILE) as stored:
            return {name: stored[vector].astype(np.float32) for name, vector in VOICES.items()}
    except (OSError, KeyError, ValueError) as error:
        raise EngineError(
            f"the voices are not in this installation ({error}); "
            "python -m rtwidgets.engines.voices.fetch (needs npm)"
        ) from error


def trimmed(samples: Float32, rate: int, *, pause_s: float) -> Float32:
    """``samples`` from just before the first audible one to ``pause_s`` after the last."""
    audible = np.flatnonzero(np.abs(samples) > _AUDIBLE)
    if not audible.size:
        return samples[:0]
    start = max(0, int(audible[0]) - int(_BEFORE_S * rate))
    stop = int(audible[-1]) + 1 + int(pause_s * rate)
    if stop > samples.size:
        return np.concatenate([samples[start:], np.zeros(stop - samples.size, np.float32)])
    return samples[start:stop]
