"""Numbers in English text, in figures and in words."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

__all__ = ["NUMBER", "Number", "numbers_in", "plain"]

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# fmt: off
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
          "eighteen", "nineteen")
# fmt: on
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_VALUES = {
    "zero": 0,
    "a": 1,
    **{word: n for n, word in enumerate(_UNITS, 1)},
    **{word: n for n, word in enumerate(_TEENS, 10)},
    **{word: 10 * n for n, word in enumerate(_TENS, 2)},
}

_SMALL = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_UNITS)}))?|{'|'.join(_TEENS + _UNITS)})"
_BELOW_1000 = rf"(?:(?:{_SMALL}|a)\s+hundred(?:\s+(?:and\s+)?{_SMALL})?|{_SMALL})"
_SCALED = rf"(?:{_BELOW_1000}|a)\s+(?:{'|'.join(_SCALES)})(?:\s+(?:and\s+)?|\b)"
_WORDS = rf"(?:zero|(?:minus\s+|negative\s+)?(?:(?:{_SCALED})+(?:{_BELOW_1000})?|{_BELOW_1000}))"
_FIGURES = r"(?:minus\s+)?[-−]?\d+(?:,\d{3})*(?:\.\d+)?"

#: One number; no group in it captures.
NUMBER = rf"(?<![\w.])(?:{_FIGURES}|{_WORDS}\b)"

_NUMBER = re.compile(NUMBER, re.IGNORECASE)


class Number(NamedTuple):
    """A value and where it stands in the text."""

    value: Decimal
    start: int
    end: int


def numbers_in(text: str) -> list[Number]:
    """Every number in ``text``, in order."""
    return [Number(_value(m[0].lower()), m.start(), m.end()) for m in _NUMBER.finditer(text)]


def plain(value: Decimal) -> str:
    """Figures without exponent and without zeros that say nothing: ``2.50`` is ``2.5``."""
    figures = f"{value:f}"
    return figures.rstrip("0").rstrip(".") if "." in figures else figures


def _value(text: str) -> Decimal:
    minus = text.startswith(("minus", "negative"))
    figures = re.sub(r"minus\s+|,", "", text).replace("−", "-")
    if figures.lstrip("-")[0].isdigit():
        # Not -Decimal(...), which rounds to 28 digits.
        return Decimal(figures).copy_negate() if minus else Decimal(figures)
    total = part = 0
    for word in re.findall(r"[a-z]+", text):
        if word in _SCALES:
            total, part = total + part * _SCALES[word], 0
        elif word == "hundred":
            part *= 100
        else:
            part += _VALUES.get(word, 0)
    return Decimal(-(total + part) if minus else total + part)
