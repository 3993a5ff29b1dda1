"""Real human speech with known words: the prompts of Debian's ``asterisk-core-sounds-en-wav``.

One studio voice, 8 kHz; the texts come with the package. Where it is missing a test fails and
says how to get it: a skip would hide that nothing was heard.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from rtwidgets.audio import Pcm, read_sound

__all__ = ["prompt", "prompts", "word_error_rate", "words"]

SOUNDS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
TEXTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")


def prompts() -> dict[str, str]:
    """Every prompt's name and text."""
    if not TEXTS.exists() or not SOUNDS.exists():
        raise FileNotFoundError(
            f"{TEXTS} is missing: apt-get install asterisk-core-sounds-en-wav"
        )
    with gzip.open(TEXTS, "rt", encoding="utf-8", errors="replace") as lines:
        pairs = [line.strip().split(": ", 1) for line in lines if ": " in line]
    return {name: text for name, text in pairs if (SOUNDS / f"{name}.wav").exists()}


def prompt(name: str) -> tuple[Path, Pcm, str]:
    """A prompt's file, its sound and its words."""
    path = SOUNDS / f"{name}.wav"
    return path, read_sound(path), prompts()[name]


def words(text: str) -> list[str]:
    """Words for comparison: lower case, no punctuation."""
    return re.findall(r"[a-z0-9']+", text.lower().replace("-", " "))


def word_error_rate(reference: str, heard: str) -> float:
    """Insertions, deletions and substitutions per word of ``reference``."""
    expected, found = words(reference), words(heard)
    row = list(range(len(found) + 1))
    for i, word in enumerate(expected, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(found, 1):
            cost = diagonal + (word != other)
            diagonal, row[j] = row[j], min(cost, row[j] + 1, row[j - 1] + 1)
    return row[-1] / max(1, len(expected))
