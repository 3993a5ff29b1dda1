"""``from_pattern``: a string that a regular expression matches."""

from __future__ import annotations

import importlib
import random
import re
import string
import sys
from typing import Any

__all__ = ["from_pattern"]

# The standard library's own parser; it has no public name.
_PARSER = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

_ANY = string.ascii_lowercase + string.digits
_CATEGORIES = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_WORD": _ANY + "_",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": string.ascii_lowercase,
    "CATEGORY_NOT_WORD": " -.",
    "CATEGORY_NOT_SPACE": _ANY,
}


def from_pattern(
    pattern: str, rng: random.Random, *, shortest: int = 0, longest: int | None = None
) -> str | None:
    """A string that ``re.search(pattern, ...)`` finds something in, of fitting length.

    ``None`` where the pattern is not Python's or nothing was found in a hundred tries:
    look-around and back references are only tried, never solved.
    """
    try:
        tree = _PARSER.parse(pattern)
        finder = re.compile(pattern)
    except re.error:
        return None
    for attempt in range(100):
        # Repetitions grow from try to try, until the result is long enough.
        text = _write(tree, rng, attempt // 4)
        if len(text) < shortest and not pattern.endswith("$"):
            text += "x" * (shortest - len(text))
        if shortest <= len(text) <= (longest if longest is not None else len(text)) and (
            finder.search(text)
        ):
            return text
    return None


def _write(tree: Any, rng: random.Random, extra: int) -> str:
    return "".join(_node(str(op), argument, rng, extra) for op, argument in tree)


def _node(op: str, argument: Any, rng: random.Random, extra: int) -> str:
    if op == "LITERAL":
        return chr(argument)
    if op == "ANY":
        return rng.choice(_ANY)
    if op == "NOT_LITERAL":
        return rng.choice([c for c in _ANY if c != chr(argument)])
    if op == "IN":
        return rng.choice(_members(argument))
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, inner = argument
        times = min(low + (rng.randint(0, extra) if extra else 0), int(high))
        return "".join(_write(inner, rng, extra) for _ in range(times))
    if op == "SUBPATTERN":
        return _write(argument[-1], rng, extra)
    if op == "ATOMIC_GROUP":
        return _write(argument, rng, extra)
    if op == "BRANCH":
        return _write(rng.choice(argument[1]), rng, extra)
    return ""  # places and look-around have no letters


def _members(argument: Any) -> str:
    """The letters of a class like ``[a-z\\d]``; ``[^...]`` takes from letters and digits."""
    members: list[str] = []
    negated = False
    for op, value in ((str(op), value) for op, value in argument):
        if op == "NEGATE":
            negated = True
        elif op == "LITERAL":
            members.append(chr(value))
        elif op == "RANGE":
            # A class may be half of Unicode; a hundred of it are enough to choose from.
            members += map(chr, range(value[0], min(value[1], value[0] + 99) + 1))
        elif op == "CATEGORY":
            members += _CATEGORIES.get(str(value), _ANY)
    if negated:
        members = [c for c in _ANY + " -_." if c not in members]
    return "".join(members) or "x"
