"""Recordings of a human voice with known words, for tests of real engines.

Debian's ``asterisk-core-sounds-en-wav``: one studio voice, 8 kHz, CC BY-SA 3.0, found where
the package installs it or where ``.ci/speech`` unpacks it.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path

__all__ = ["recordings", "sounds", "word_error_rate", "words"]

ROOTS = (Path("/"), Path(__file__).parent.parent / ".run" / "speech")
SOUNDS = "usr/share/asterisk/sounds/en_US_f_Allison"
TEXTS = "usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz"


def _find(relative: str) -> Path | None:
    return next((root / relative for root in ROOTS if (root / relative).exists()), None)


def sounds() -> Path | None:
    """The folder of the recordings, ``None`` where there is none: ``.ci/speech`` gets it."""
    return _find(SOUNDS) if _find(TEXTS) is not None else None


def recordings() -> dict[str, tuple[Path, str]]:
    """Every recording that has words: name → (WAV file, what it says)."""
    folder, texts = sounds(), _find(TEXTS)
    if folder is None or texts is None:
        return {}
    found = {}
    for line in gzip.decompress(texts.read_bytes()).decode("utf-8", "replace").splitlines():
        # "agent-pass: Please enter your password followed by the pound key."
        match = re.fullmatch(r"([a-z0-9/_-]+): (.+)", line)
        if match is None or "[" in match[2]:
            continue
        path = folder / f"{match[1]}.wav"
        if path.is_file():
            found[match[1]] = (path, match[2].strip())
    return found


def words(text: str) -> list[str]:
    """Words for comparison: lower case, no punctuation."""
    return re.findall(r"[a-z0-9']+", text.lower().replace("-", " "))


def word_error_rate(reference: str, heard: str) -> float:
    """Insertions, deletions and substitutions for each word of ``reference``."""
    expected, found = words(reference), words(heard)
    row = list(range(len(found) + 1))
    for i, word in enumerate(expected, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(found, 1):
            cost = diagonal + (word != other)
            diagonal, row[j] = row[j], min(cost, row[j] + 1, row[j - 1] + 1)
    return row[-1] / max(1, len(expected))
