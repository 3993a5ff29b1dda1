"""How each letter sounds when a machine pretends to speak: one row for each kind."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["FORMANTS_HZ", "Sound", "sounds"]

#: The first three resonances (Hz) of an adult's mouth for each voiced sound.
FORMANTS_HZ: dict[str, tuple[float, float, float]] = {
    "a": (750, 1250, 2550),
    "e": (530, 1850, 2500),
    "i": (300, 2250, 3000),
    "o": (500, 900, 2500),
    "u": (320, 800, 2250),
    "y": (300, 1950, 2700),
    "n": (260, 1300, 2300),
    "l": (360, 1100, 2600),
    "r": (400, 1250, 1700),
    "v": (300, 1450, 2400),
}


class Sound(NamedTuple):
    """One letter as sound."""

    voice: str
    """The row of ``FORMANTS_HZ``; "" keeps the one before."""
    tone: float
    """How loud the voice is, 0 to 1."""
    hiss: float
    """How loud the breath is, 0 to 1."""
    length: float
    """In mean letters."""
    ends: bool = False
    """The melody starts again after it."""


_KINDS: dict[str, Sound] = {
    "m n ñ": Sound("n", 0.5, 0.0, 0.9),
    "l w": Sound("l", 0.6, 0.0, 0.8),
    "r": Sound("r", 0.55, 0.0, 0.8),
    "b d g": Sound("v", 0.25, 0.05, 0.7),
    "v z j": Sound("v", 0.3, 0.2, 0.9),
    "s c x": Sound("", 0.0, 0.45, 1.0),
    "f h": Sound("", 0.0, 0.2, 0.9),
    "p t k q": Sound("", 0.0, 0.12, 0.8),
    ", ; : – — ( )": Sound("", 0.0, 0.0, 2.6),
    ". ! ? …": Sound("", 0.0, 0.0, 4.0, ends=True),
}
_LETTERS = {
    **{letter: kind for letters, kind in _KINDS.items() for letter in letters.split()},
    **{vowel: Sound(vowel, 1.0, 0.0, 1.25) for vowel in "aeiouy"},
    " ": Sound("", 0.0, 0.0, 0.9),
    "\n": Sound("", 0.0, 0.0, 4.0, ends=True),
}
#: Figures are two letters long, the second a vowel, because they are read as words.
_FIGURES = {str(n): "ronaturifofasisetani"[2 * n : 2 * n + 2] for n in range(10)}


def sounds(text: str) -> Iterator[Sound]:
    """The sounds of ``text``: accents fall away, unknown letters get some letter's sound."""
    for letter in unicodedata.normalize("NFKD", text.lower()):
        if letter in _LETTERS:
            yield _LETTERS[letter]
        elif letter in _FIGURES:
            yield _LETTERS[_FIGURES[letter][0]]
            yield _LETTERS[_FIGURES[letter][1]]._replace(length=1.6)
        elif letter.isalpha():
            yield _LETTERS["nl"[ord(letter) % 2]]
            yield _LETTERS["aeiou"[ord(letter) % 5]]
        elif letter.isspace():
            yield _LETTERS[" "]
