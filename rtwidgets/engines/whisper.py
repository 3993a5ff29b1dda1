"""Speech recognition by Whisper tiny.en through CTranslate2.

Whisper hears windows of 30 seconds and pays for all of it. Here the window ends two seconds
after the speech: no word was lost by that on the prompts of ``benchmarks/recognizers.py``.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .libraries import THREADS, require
from .speech import spoken_span

__all__ = ["WhisperTranscriber"]

Float32 = NDArray[np.float32]

_WINDOW_S, _QUIET_S = 30, 2


class WhisperTranscriber:
    """English only with the tiny.en weights; ``prompt`` biases the spelling of names."""

    name = "whisper-tiny-en"
    rate = 16_000

    def __init__(self, folder: Path, *, threads: int = THREADS) -> None:
        whisper = require("faster_whisper")
        self._model: Any = whisper.WhisperModel(
            str(folder),
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            local_files_only=True,
        )
        self._lock = threading.Lock()

    def transcribe(
        self, samples: Float32, *, language: str | None = None, prompt: str | None = None
    ) -> Iterator[str]:
        """The words of ``samples`` (mono, -1..1, 16 kHz), a segment at a time."""
        samples = samples[spoken_span(samples, self.rate, before_s=0.2, after_s=0.2)]
        if samples.size < self.rate // 20:
            return
        seconds = samples.size / self.rate
        first = True
        with self._lock:
            segments, _ = self._model.transcribe(
                samples,
                language="en",
                beam_size=1,
                temperature=0.0,
                without_timestamps=seconds < _WINDOW_S - _QUIET_S,
                chunk_length=min(_WINDOW_S, math.ceil(seconds) + _QUIET_S),
                condition_on_previous_text=False,
                vad_filter=False,
                initial_prompt=prompt or None,
            )
            for segment in segments:
                yield segment.text.lstrip() if first else segment.text
                first = False
