"""``Check``: one line of the doctor: what was looked at, how it is, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = ["MARKS", "Check", "State", "lines"]

State = Literal["ok", "warn", "bad", "unknown"]
"""Good; works, but; does not work; nobody has looked yet."""

MARKS: dict[str, str] = {"ok": "ok", "warn": "!", "bad": "✗", "unknown": "?"}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    text: str
    """How it is."""
    todo: str = ""
    """What to do about it; empty where there is nothing to do."""

    def __str__(self) -> str:
        """One line, and one more where there is something to do."""
        line = f"{MARKS[self.state]:>2}  {self.name}: {self.text}"
        return f"{line}\n    → {self.todo}" if self.todo else line


def lines(checks: Iterable[Check]) -> str:
    """All of them as text."""
    return "\n".join(str(check) for check in checks)
