"""``from_pattern``: a string that a regular expression matches."""

from __future__ import annotations

import random
import re
import string
from typing import Any

from .schema_effort import spend
from .schema_search import PARSER, found

__all__ = ["from_pattern"]

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
    look-around is only tried, never solved.
    """
    try:
        tree = PARSER.parse(pattern)
    except re.error:
        return None
    for attempt in range(100):
        # Repetitions grow from try to try, until the result is long enough.
        text = _Writer(rng, attempt // 4).write(tree)
        if len(text) < shortest and not pattern.endswith("$"):
            text += "x" * (shortest - len(text))
        if shortest <= len(text) <= (longest if longest is not None else len(text)) and (
            found(pattern, text)
        ):
            return text
    return None


class _Writer:
    """Writes one try; repetitions take up to ``extra`` more turns than they must."""

    def __init__(self, rng: random.Random, extra: int) -> None:
        self._rng = rng
        self._extra = extra
        self._groups: dict[int, str] = {}

    def write(self, tree: Any) -> str:
        spend(1 + len(tree))
        return "".join(self._node(str(op), argument) for op, argument in tree)

    def _node(self, op: str, argument: Any) -> str:
        if op == "LITERAL":
            return chr(argument)
        if op == "ANY":
            return self._rng.choice(_ANY)
        if op == "NOT_LITERAL":
            return self._rng.choice([c for c in _ANY if c != chr(argument)])
        if op == "IN":
            return self._rng.choice(_members(argument))
        if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            low, high, inner = argument
            times = min(low + self._rng.randint(0, self._extra), int(high))
            return "".join(self.write(inner) for _ in range(times))
        if op == "SUBPATTERN":
            self._groups[argument[0]] = made = self.write(argument[-1])
            return made
        if op == "GROUPREF":
            return self._groups.get(argument, "")
        if op == "ATOMIC_GROUP":
            return self.write(argument)
        if op == "BRANCH":
            return self.write(self._rng.choice(argument[1]))
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
