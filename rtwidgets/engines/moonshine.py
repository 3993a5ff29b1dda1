"""Speech recognition by Moonshine tiny: its cost follows the length of what was said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .libraries import onnx_session
from .speech import split, spoken_span

__all__ = ["MoonshineTranscriber"]

Float32 = NDArray[np.float32]

_START, _END = 1, 2
_STRIDE = 384
"""Samples that one encoder step stands for; the decoder's mask counts samples."""
_TOKENS_PER_S = 8.0
"""Fast speech makes about 6.5; a network that repeats itself would never end."""
_LONGEST_S = 24.0
"""It was trained on pieces of a few seconds up to about half a minute."""
_BEFORE_S, _AFTER_S = 0.2, 0.3
"""What is kept of the sound around the speech."""
_QUIET_BEFORE_S, _QUIET_AFTER_S = 0.1, 0.3
"""Digital silence put around that. The network hears a sound that begins or ends with a word
badly: it drops the word, or adds a "Thank you". Word error rates of 2,050 words: cut close
6.7 %, as recorded 3.7 %, kept and padded like this 2.9 % (``benchmarks/recognizers.py``)."""


class MoonshineTranscriber:
    """English only; ``language`` and ``prompt`` mean nothing to this model."""

    name = "moonshine-tiny-en"
    rate = 16_000

    def __init__(self, folder: Path) -> None:
        self._encoder = onnx_session(str(folder / "encoder_model.ort"))
        self._decoder = onnx_session(str(folder / "decoder_model_merged.ort"))
        self._outputs = [output.name for output in self._decoder.get_outputs()]
        self._past = [
            value.name for value in self._decoder.get_inputs() if value.name.startswith("past")
        ]
        heads = {value.name: value.shape for value in self._decoder.get_inputs()}[self._past[0]]
        self._empty = np.zeros((1, heads[1], 0, heads[3]), np.float32)
        self._tokens = read_tokens((folder / "tokenizer.bin").read_bytes())
        self._lock = threading.Lock()

    def transcribe(
        self, samples: Float32, *, language: str | None = None, prompt: str | None = None
    ) -> Iterator[str]:
        """The words of ``samples`` (mono, -1..1, 16 kHz), a word or a part of one at a time."""
        samples = samples[spoken_span(samples, self.rate, before_s=_BEFORE_S, after_s=_AFTER_S)]
        if samples.size < self.rate // 20:
            return
        first = True
        with self._lock:
            for piece in split(samples, self.rate, longest_s=_LONGEST_S):
                for text in self._words(piece):
                    yield text.lstrip() if first else text
                    first = False

    def _words(self, samples: Float32) -> Iterator[str]:
        """Greedy decoding; bytes are held back until they are whole characters."""
        held = b""
        for token in self._decode(samples):
            held += self._tokens[token]
            try:
                text = held.decode("utf-8")
            except UnicodeDecodeError:
                continue
            held = b""
            yield text.replace("▁", " ")

    def _decode(self, samples: Float32) -> Iterator[int]:
        samples = np.pad(
            samples, (int(_QUIET_BEFORE_S * self.rate), int(_QUIET_AFTER_S * self.rate))
        )
        mask = np.ones((1, samples.size), np.int64)
        (hidden,) = self._encoder.run(
            None, {"input_values": samples[None, :], "attention_mask": mask}
        )
        steps = hidden.shape[1]
        feed = {
            "encoder_attention_mask": np.ones((1, steps * _STRIDE), np.int64),
            "encoder_hidden_states": hidden,
            **dict.fromkeys(self._past, self._empty),
        }
        token = _START
        for step in range(int(_TOKENS_PER_S * samples.size / self.rate) + 8):
            feed["input_ids"] = np.array([[token]], np.int64)
            feed["use_cache_branch"] = np.array([step > 0])
            results = dict(zip(self._outputs, self._decoder.run(None, feed), strict=True))
            token = int(results["logits"][0, -1].argmax())
            if token == _END:
                return
            yield token
            for name in self._past:
                # The encoder's half is made once, by the branch without a cache.
                if step == 0 or ".decoder." in name:
                    feed[name] = results[name.replace("past_key_values", "present")]


def read_tokens(data: bytes) -> list[bytes]:
    """The vocabulary: each token is its length (one byte, or two from 128 on) and its bytes."""
    tokens = []
    at = 0
    while at < len(data):
        length = data[at]
        at += 1
        if length >= 128:
            length = data[at] * 128 + length - 128
            at += 1
        tokens.append(data[at : at + length])
        at += length
    return tokens
