"""Pure functions on parsed JSON that rename by a table; the tables are in ``dialects.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Json", "Spelling", "dug", "items_of", "put"]

Json = dict[str, Any]
Words = tuple[Callable[[Any], Any], Callable[[Any], Any]]


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """How one object of the wire is written in a dialect, against the GA vocabulary."""

    known: frozenset[str]
    """The keys that a client may send."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """Key here → dotted path in GA; keys that are not here are spelled alike."""
    words: Mapping[str, Words] = field(default_factory=dict)
    """GA path → how its value gets to GA, and how it gets here."""
    foreign: frozenset[str] = frozenset()
    """Top-level GA keys that this dialect never says."""
    dropped: frozenset[str] = frozenset()
    """Keys of this dialect that mean nothing in GA."""

    def to_ga(self, here: Json) -> Json:
        """A copy in GA; a value that stands there in GA already wins."""
        ga = {k: v for k, v in here.items() if k not in self.paths and k not in self.dropped}
        for key, path in self.paths.items():
            if key in here:
                value, words = here[key], self.words.get(path)
                put(ga, path, value if words is None else words[0](value))
        return ga

    def from_ga(self, ga: Json) -> Json:
        """A copy in this dialect."""
        renamed = {path.partition(".")[0] for path in self.paths.values()}
        here = {k: v for k, v in ga.items() if k not in renamed and k not in self.foreign}
        for key, path in self.paths.items():
            for value in dug(ga, path):
                words = self.words.get(path)
                here[key] = value if words is None else words[1](value)
        return here

    def key(self, path: str) -> str:
        """How the GA path ``path`` is called here."""
        for key, ga in self.paths.items():
            if path == ga or path.startswith((ga + ".", ga + "[")):
                return key + path[len(ga) :]
        return path


def put(target: Json, path: str, value: Any) -> None:
    """Set a dotted path, unless it is set; objects on the way are copied, never changed."""
    *way, last = path.split(".")
    for key in way:
        inner = target.get(key)
        target[key] = dict(inner) if isinstance(inner, dict) else {}
        target = target[key]
    target.setdefault(last, value)


def dug(source: Any, path: str) -> Iterator[Any]:
    """The value at a dotted path, if there is one."""
    for key in path.split("."):
        if not isinstance(source, dict) or key not in source:
            return
        source = source[key]
    yield source


def items_of(event: Json) -> Iterator[tuple[Any, Any, str]]:
    """Every place in an event where an item stands: its container, its key there, its path."""
    if isinstance(event.get("item"), dict):
        yield event, "item", "item"
    response = event.get("response")
    for key in ("input", "output"):
        for items in dug(response, key):
            for place in range(len(items) if isinstance(items, list) else 0):
                if isinstance(items[place], dict):
                    yield items, place, f"response.{key}[{place}]"
