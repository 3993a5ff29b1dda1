"""``matches``: does a value fit a JSON schema? The part of the standard that tools use.

Unknown keywords and formats constrain nothing, as the standard says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from typing import Any

from .schema_effort import spend
from .schema_search import found

__all__ = ["matches", "of_type", "resolve"]

Schema = Any
"""A JSON schema: an object, or a bare ``true`` or ``false``."""


def resolve(schema: Schema, root: Schema) -> Schema:
    """What a ``$ref`` of one document (``#/...``) points to; anything unknown allows all."""
    target = root
    for step in schema["$ref"].removeprefix("#").split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        target = target.get(step, {}) if isinstance(target, dict) else {}
    return target


def of_type(value: Any, name: str) -> bool:
    """JSON's type names; 1.0 is an integer and ``True`` is no number."""
    if name == "integer":
        return of_type(value, "number") and value == int(value)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    kinds = {"string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}
    return isinstance(value, kinds.get(name, object))


def matches(value: Any, schema: Schema, root: Schema) -> bool:
    """Whether ``value`` fits ``schema``, a part of the document ``root``."""
    spend()
    if not isinstance(schema, dict):
        return schema is not False
    if "$ref" in schema and not matches(value, resolve(schema, root), root):
        return False
    return all(check(value, schema, root) for check in _CHECKS)


def _type(value: Any, schema: dict[str, Any], _: Schema) -> bool:
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(of_type(value, name) for name in names):
        return False
    if "const" in schema and not _same(value, schema["const"]):
        return False
    return any(_same(value, v) for v in schema.get("enum", [value]))


def _same(a: Any, b: Any) -> bool:
    """JSON's equality: 1 and 1.0 are the same, 1 and true are not."""
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def _number(value: Any, schema: dict[str, Any], _: Schema) -> bool:
    if not of_type(value, "number"):
        return True
    step = schema.get("multipleOf")
    return (
        value >= schema.get("minimum", value)
        and value <= schema.get("maximum", value)
        and ("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
        and ("exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"])
        and (not step or (value / step) == int(value / step))
    )


def _string(value: Any, schema: dict[str, Any], _: Schema) -> bool:
    if not isinstance(value, str):
        return True
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return False
    try:
        return "pattern" not in schema or found(schema["pattern"], value)
    except re.error:  # a pattern of another dialect
        return True


def _array(value: Any, schema: dict[str, Any], root: Schema) -> bool:
    if not isinstance(value, list):
        return True
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        return False
    spend(len(value))
    pairs = combinations(value, 2) if schema.get("uniqueItems") else ()
    if any(_same(a, b) for a, b in pairs):
        return False
    first = schema.get("prefixItems", [])
    rest = schema.get("items", True)
    each = [*first, *[rest] * (len(value) - len(first))]
    if not all(matches(v, s, root) for v, s in zip(value, each, strict=False)):
        return False
    if "contains" not in schema:
        return True
    found = sum(matches(v, schema["contains"], root) for v in value)
    return bool(schema.get("minContains", 1) <= found <= schema.get("maxContains", found))


def _object(value: Any, schema: dict[str, Any], root: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    extra = {k for k in value if k not in known and not any(found(p, k) for p in patterns)}
    needed = [*schema.get("required", [])]
    for name, others in schema.get("dependentRequired", {}).items():
        needed += others if name in value else []
    for name, part in schema.get("dependentSchemas", {}).items():
        if name in value and not matches(value, part, root):
            return False
    return (
        all(name in value for name in needed)
        and schema.get("minProperties", 0) <= len(value)
        and len(value) <= schema.get("maxProperties", len(value))
        and all(matches(k, schema.get("propertyNames", True), root) for k in value)
        and all(matches(v, known[k], root) for k, v in value.items() if k in known)
        and all(matches(value[k], schema.get("additionalProperties", True), root) for k in extra)
        and all(
            matches(v, s, root) for p, s in patterns.items() for k, v in value.items()
            if found(p, k)
        )
    )  # fmt: skip


def _logic(value: Any, schema: dict[str, Any], root: Schema) -> bool:
    def fits(part: Schema) -> bool:
        return matches(value, part, root)

    if "if" in schema and not fits(schema.get("then" if fits(schema["if"]) else "else", True)):
        return False
    return (
        all(fits(part) for part in schema.get("allOf", []))
        and ("anyOf" not in schema or any(fits(part) for part in schema["anyOf"]))
        and ("oneOf" not in schema or sum(fits(part) for part in schema["oneOf"]) == 1)
        and ("not" not in schema or not fits(schema["not"]))
    )


_CHECKS: tuple[Callable[[Any, dict[str, Any], Schema], bool], ...] = (
    _type,
    _number,
    _string,
    _array,
    _object,
    _logic,
)
