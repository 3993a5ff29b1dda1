"""What was wrong with a model's arguments, in words from which it can do better."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

__all__ = ["complaint", "quoted"]

#: A value is repeated up to here, in characters.
LONGEST_QUOTE = 100
#: One step of a path: a name, or a place in a list or a dict.
_STEP = re.compile(r"([^.\[\]]+)(?=[.\[]|$)|\[(\d+|\.\.\.)\]")


def complaint(message: str, given: dict[str, Any], schema: Mapping[str, Any]) -> str:
    """``argument 'days[1]': expected int, got str: 'three'`` out of msgspec's sentence.

    ``schema`` is that of all arguments: where one value of a few was wanted, they are named.
    """
    reason, _, path = message.partition(" - at `")
    reason = reason.replace("`", "")
    reason = reason[:1].lower() + reason[1:]
    path = path.rstrip("`").removeprefix("key in ").removeprefix("$").removeprefix(".")
    if not path:
        return f"arguments: {reason}; they were {quoted(given)}"
    value = _at(given, path)
    shown = "" if value is UNSET else f"; it was {quoted(value)}"
    allowed = list(_allowed(schema, path)) if "enum value" in reason else []
    if allowed:
        shown += f"; allowed are {', '.join(map(quoted, allowed))}"
    return f"argument {path!r}: {reason}{shown}"


def _at(given: Any, path: str) -> Any:
    """The value at ``a.b[2].c``; ``UNSET`` where the path says only ``[...]``."""
    value = given
    try:
        for key, index in _STEP.findall(path):
            value = value[int(index)] if index else value[key]
    except (KeyError, IndexError, TypeError, ValueError):
        return UNSET
    return value


def _allowed(schema: Mapping[str, Any], path: str) -> Iterator[Any]:
    """The values that may stand at ``path``, where they are few."""
    nodes = [schema]
    for key, index in _STEP.findall(path):
        nodes = [
            below
            for node in nodes
            for one in _alternatives(node, schema)
            for below in _below(one, key, index)
        ]
    for node in nodes:
        for one in _alternatives(node, schema):
            yield from one.get("enum", ())


def _alternatives(node: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "$ref" in node:
        node = root.get("$defs", {}).get(node["$ref"].rpartition("/")[2], {})
    yield node
    for one in node.get("anyOf", ()):
        yield from _alternatives(one, root)


def _below(node: Mapping[str, Any], key: str, index: str) -> Iterator[Mapping[str, Any]]:
    if not index:
        found = [node.get("properties", {}).get(key, node.get("additionalProperties"))]
    else:
        first = node.get("prefixItems", ())
        fixed = first[int(index)] if index.isdigit() and int(index) < len(first) else None
        found = [fixed, node.get("items"), node.get("additionalProperties")]
    return (one for one in found if isinstance(one, Mapping))


def quoted(value: Any) -> str:
    """A value as the model wrote it, not too long."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
