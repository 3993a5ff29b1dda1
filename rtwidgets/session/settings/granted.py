"""What was asked of the server beside what it granted.

A server may take a setting, change it, or leave it out without a word. ``Asked`` remembers
what was sent and not refused, by connecting and by ``Session.update``; ``AskedVsGranted`` lays
it beside the session as the server tells it, by the flat names of ``settings.py``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import msgspec

from ...protocol.config import SessionConfig, merge
from ..connecting.secrets import scrub
from ..shown.tables import html_table, text_table
from .flat import SETTINGS

__all__ = ["MISSING", "Asked", "AskedVsGranted", "Difference", "in_words"]

#: Column -> what it holds.
COLUMNS = {
    "setting": "as session.update names it",
    "asked": "what was sent to the server",
    "granted": "what the server says is in force",
}
#: Longer values are cut in the table.
SHOWN_CHARS = 60
#: Members that servers never repeat, because they are secrets.
_UNSAID = ("authorization", "headers")


class _Missing:
    """No value: the server does not speak of the setting."""

    def __repr__(self) -> str:
        return "not reported"


MISSING = _Missing()


class Asked:
    """Changes of the settings, added up; on the loop thread."""

    def __init__(self) -> None:
        self._base = SessionConfig()
        self._changes: dict[str, SessionConfig] = {}  # event id -> change, the oldest first
        self._settled: set[str] = set()

    def add(self, event_id: str, config: SessionConfig) -> None:
        """A change is on its way."""
        self._changes[event_id] = config

    def refused(self, event_id: str) -> None:
        """The server did not take it, so nothing of it holds."""
        self._changes.pop(event_id, None)

    def settled(self, event_id: str) -> None:
        """It will not be refused any more; in order, because later changes go on top."""
        self._settled.add(event_id)
        for first in tuple(self._changes):
            if first not in self._settled:
                return
            self._base = merge(self._base, self._changes.pop(first))
            self._settled.discard(first)

    @property
    def config(self) -> SessionConfig:
        """All of it."""
        whole = self._base
        for change in tuple(self._changes.values()):
            whole = merge(whole, change)
        return whole


@dataclass(frozen=True)
class Difference:
    """One setting that was asked for."""

    name: str
    """As ``Session.update`` names it."""
    asked: Any
    granted: Any
    same: bool
    """The server granted it; what it adds on its own does not matter."""


class AskedVsGranted(Sequence[Difference]):
    """The settings that the server did not grant as they were asked for; mostly none.

    ``all`` has every setting that was asked for.
    """

    def __init__(self, asked: SessionConfig, granted: SessionConfig) -> None:
        asked_for, given = msgspec.to_builtins(asked), msgspec.to_builtins(granted)
        self.all = tuple(_compare(asked_for, given))
        self._different = tuple(row for row in self.all if not row.same)

    def __len__(self) -> int:
        return len(self._different)

    @overload
    def __getitem__(self, index: int) -> Difference: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Difference, ...]: ...
    def __getitem__(self, index: int | slice) -> Difference | tuple[Difference, ...]:
        return self._different[index]

    def _rows(self) -> list[list[str]]:
        return [[row.name, in_words(row.asked), in_words(row.granted)] for row in self]

    def __repr__(self) -> str:
        """A table of plain text, or a sentence."""
        if not self:
            return self._nothing()
        return text_table(list(COLUMNS), self._rows(), words=3)

    def _repr_html_(self) -> str:
        return html_table(COLUMNS, self._rows()) if self else self._nothing()

    def _nothing(self) -> str:
        count = len(self.all)
        return f"everything was granted ({count} setting{'' if count == 1 else 's'} asked for)"


def _compare(asked: Any, granted: Any) -> Iterator[Difference]:
    for name, path in SETTINGS.items():
        mine, theirs = _dig(asked, path), _dig(granted, path)
        if name == "turn_detection":  # its members have names of their own
            mine, theirs = _kind(mine), _kind(theirs)
        if mine is MISSING:
            continue
        mine = _without_unsaid(mine)
        yield Difference(name, mine, _without_unsaid(theirs), _is_within(mine, theirs))


def _dig(tree: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if tree is None and key is not path[-1]:
            return MISSING
        tree = tree.get(key, MISSING) if isinstance(tree, dict) else MISSING
    return tree


def _kind(detection: Any) -> Any:
    return detection.get("type", MISSING) if isinstance(detection, dict) else detection


def _without_unsaid(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_without_unsaid(one) for one in value]
    if isinstance(value, dict) and value.get("type") == "mcp":
        return {name: one for name, one in value.items() if name not in _UNSAID}
    return value


def _is_within(asked: Any, granted: Any) -> bool:
    """Whether ``granted`` says all that ``asked`` says; null and absent are alike."""
    if asked is None:
        return granted is None or granted is MISSING
    if isinstance(asked, dict):
        return isinstance(granted, dict) and all(
            _is_within(value, granted.get(name, MISSING)) for name, value in asked.items()
        )
    if isinstance(asked, (list, tuple)):
        alike = isinstance(granted, (list, tuple)) and len(asked) == len(granted)
        return alike and all(map(_is_within, _in_order(asked), _in_order(granted)))
    if isinstance(asked, float) and isinstance(granted, (int, float)):
        return math.isclose(asked, granted, rel_tol=1e-5)  # some servers count in 32 bits
    return bool(asked == granted)


def _in_order(values: Sequence[Any]) -> list[Any]:
    """Tools and words in one order: servers sort them as they like."""
    return sorted(values, key=_label)


def _label(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return str(value.get("name") or value.get("server_label") or value.get("type") or "")


def in_words(value: Any) -> str:
    """A setting for people, in one short line."""
    if value is None:
        return "off"
    if isinstance(value, (list, tuple)):
        text = ", ".join(_label(one) for one in value) or "none"
    elif isinstance(value, dict):
        text = ", ".join(f"{name}={one}" for name, one in value.items() if one is not None)
    else:
        text = str(value) if value != "" else "empty"
    text = " ".join(scrub(text).split())
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"
