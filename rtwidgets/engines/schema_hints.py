"""``Hints``: what a sentence offers as values for a tool's arguments."""

from __future__ import annotations

import re
from typing import Any

from .simulated_numbers import numbers_in

__all__ = ["Hints"]

_QUOTED = re.compile(r"[\"“«]([^\"”»]+)[\"”»]|(?<!\w)'([^']+)'(?!\w)")
_PROPER = re.compile(r"(?<![.!?\n“\"]\s)(?<!^)\b[A-Z][\w-]*(?:\s+[A-Z][\w-]*)*")
_AFTER = re.compile(
    r"\b(?:in|for|to|about|of|at|on|with)\s+(?:the\s+)?([^\s,.;!?]+(?:\s+[^\s,.;!?]+){0,2})"
)
#: After a name, these begin something else than its value.
_LINKS = r"(?:a|an|and|at|by|for|from|in|is|of|on|or|that|the|to|with)"


class Hints:
    """Values found in ``text``; each is used once, in the order in which it was said."""

    def __init__(self, text: str) -> None:
        self.text = text
        # JSON's numbers end somewhere, and so do a float's.
        values = [v for v, _, _ in numbers_in(text) if v.adjusted() < 300]
        self._numbers = [int(v) if v == int(v) else float(v) for v in values]
        quoted = [a or b for a, b in _QUOTED.findall(text)]
        proper = [p for p in _PROPER.findall(_QUOTED.sub(" ", text)) if p != "I"]
        self._strings = [*quoted, *proper] or _AFTER.findall(text)[:1]

    def place(self, word: str) -> int:
        """Where a word or phrase begins, -1 where it is not; ``_`` and ``-`` match spaces."""
        parts = [re.escape(part) for part in re.split(r"[\s_-]+", word) if part]
        pattern = r"[\s_-]+".join(parts)
        found = re.search(rf"(?<!\w){pattern}(?!\w)", self.text, re.IGNORECASE) if parts else None
        return found.start() if found else -1

    def mentions(self, word: str) -> bool:
        """Whether a word or phrase is in the text."""
        return self.place(word) >= 0

    def named(self, name: str) -> str | None:
        """The value that the text gives to ``name``: ``city=Paris``, ``to Rome``, ``x is 3``."""
        pattern = r"[\s_-]+".join(map(re.escape, re.split(r"[_\s-]+", name)))
        found = re.search(
            rf"(?<!\w){pattern}\s*(?:[=:]\s*|\s(?:is|are|named|called)?\s*)"
            rf"(?:[\"“']([^\"”']+)[\"”']|(?!{_LINKS}\b)([^\s,;!?]+))",
            self.text,
            re.IGNORECASE,
        )
        if not found:
            return None
        value = found[1] or found[2].rstrip(".")
        if value in self._strings:
            self._strings.remove(value)
        return value or None

    def strings(self) -> list[str]:
        """The strings that are left: quoted ones, names, else what follows a preposition."""
        return list(self._strings)

    def numbers(self) -> list[int | float]:
        """The numbers that are left."""
        return list(self._numbers)

    def use(self, value: Any) -> None:
        """Take ``value`` away, so that the next argument gets another."""
        if isinstance(value, str):
            if value in self._strings:
                self._strings.remove(value)
        elif value in self._numbers and not isinstance(value, bool):
            self._numbers.remove(value)
