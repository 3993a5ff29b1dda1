"""Schemas of tools as people write them, by what is special about each."""

from __future__ import annotations

from typing import Any

__all__ = ["SCHEMAS"]


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


_POINT = {**_object(x={"type": "number"}, y={"type": "number"}), "additionalProperties": False}

SCHEMAS: dict[str, dict[str, Any] | None] = {
    "no parameters": None,
    "no properties": {"type": "object", "properties": {}, "additionalProperties": False},
    "empty": {},
    "nested objects": _object(
        user=_object(
            name={"type": "string"},
            address=_object(
                city={"type": "string"}, zip={"type": "string", "pattern": "^[0-9]{5}$"}
            ),
        )
    ),
    "enums": {
        **_object(unit={"type": "string", "enum": ["metric", "imperial"]}, level={"enum": [1, 2]}),
        "additionalProperties": False,
    },
    "a constant that looks like a schema": _object(kind={"const": {"type": "string"}}),
    "a list of at least three": _object(
        tags={"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": 5}
    ),
    "a list of more than most": _object(
        numbers={"type": "array", "items": {"type": "integer"}, "minItems": 10}
    ),
    "a list without repetition": _object(
        tags={"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3,
              "uniqueItems": True}
    ),
    "a list of objects": _object(points={"type": "array", "items": _POINT, "minItems": 1}),
    "bounded integers": _object(
        days={"type": "integer", "minimum": 3, "maximum": 7},
        n={"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 3},
    ),
    "steps": _object(minutes={"type": "integer", "multipleOf": 5, "minimum": 1}),
    "a fraction": _object(share={"type": "number", "minimum": 0, "maximum": 1}),
    "one of two types": _object(
        v={"anyOf": [{"type": "integer"}, {"type": "string", "enum": ["low", "high"]}]}
    ),
    "null or a string": _object(note={"type": ["string", "null"]}),
    "one of two shapes": {
        "type": "object",
        "oneOf": [
            {**_object(card={"type": "string"}), "additionalProperties": False},
            {**_object(cash={"type": "boolean"}), "additionalProperties": False},
        ],
    },
    "a reference": {**_object(at={"$ref": "#/$defs/point"}), "$defs": {"point": _POINT}},
    "a schema in itself": {
        "$defs": {
            "node": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                },
                "required": ["name"],
            }
        },
        "$ref": "#/$defs/node",
    },
    "a long string": _object(text={"type": "string", "minLength": 100}),
    "a date": _object(day={"type": "string", "format": "date"}),
    "a forbidden value": _object(n={"type": "integer", "not": {"enum": [1, 2, 5]}}),
    "numbers by name": {
        "type": "object",
        "minProperties": 2,
        "propertyNames": {"pattern": "^k"},
        "additionalProperties": {"type": "number"},
    },
    "optional only": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "maximum": 9}},
        "additionalProperties": False,
    },
    "a condition": {
        **_object(kind={"enum": ["card", "cash"]}),
        "if": {"properties": {"kind": {"const": "card"}}},
        "then": {"properties": {"number": {"type": "integer"}}, "required": ["number"]},
    },
}  # fmt: skip
