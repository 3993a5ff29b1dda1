from __future__ import annotations

import random
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # its stubs are another package
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.engines.schema_check import matches
from rtwidgets.engines.schema_fit import fit

Schema = dict[str, Any]


def made(schema: Schema, text: str = "") -> Any:
    value = fit(schema, text, random.Random(1))
    jsonschema.validate(value, schema)
    return value


names = st.text("abcdefgh_", min_size=1, max_size=8)
texts = st.sampled_from(
    ["", "weather in Paris for 3 days", "from 'London' to New York, 12.5 and -4", "ten, please"]
)


@st.composite
def limits(draw: st.DrawFn, low: str, high: str, most: int) -> Schema:
    start = draw(st.integers(0, most))
    found = {low: start, high: start + draw(st.integers(0, 5))}
    return {key: value for key, value in found.items() if draw(st.booleans())}


@st.composite
def numeric(draw: st.DrawFn) -> Schema:
    schema: Schema = {"type": draw(st.sampled_from(["integer", "number"]))}
    step = draw(st.sampled_from([None, 1, 5, 7]))
    width = 20 if step else 3
    low = draw(st.integers(-500, 500))
    if draw(st.booleans()):
        schema[draw(st.sampled_from(["minimum", "exclusiveMinimum"]))] = low
    if draw(st.booleans()):
        schema[draw(st.sampled_from(["maximum", "exclusiveMaximum"]))] = low + width
    if step:
        schema["multipleOf"] = step
    return schema


PATTERNS = [
    r"^[A-Z]{3}$", r"^\d{4}-\d{2}$", r"^(red|green)-\w+$", r"[^a-z]", r"^a+b?c*$", r"^.{5}$",
    r"^[\w.]+@[\w.]+$", r"^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$", r"^\S+\s\S+$",
]  # fmt: skip
strings = st.one_of(
    limits("minLength", "maxLength", 30).map(lambda found: {"type": "string", **found}),
    st.sampled_from(PATTERNS).map(lambda pattern: {"type": "string", "pattern": pattern}),
    st.sampled_from(["date", "email", "uuid", "uri"]).map(
        lambda f: {"type": "string", "format": f}
    ),
)
choices = st.lists(st.one_of(names, st.integers(), st.booleans(), st.none()), min_size=1).map(
    lambda values: {"enum": values}
)
plain = st.one_of(
    numeric(), strings, choices,
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["null", "integer"]}, {}]),
)  # fmt: skip


@st.composite
def arrays(draw: st.DrawFn, parts: st.SearchStrategy[Schema]) -> Schema:
    schema: Schema = {"type": "array", "items": draw(parts)}
    if draw(st.booleans()):
        schema["prefixItems"] = draw(st.lists(parts, min_size=1, max_size=2))
    return {**schema, **draw(limits("minItems", "maxItems", 4))}


@st.composite
def objects(draw: st.DrawFn, parts: st.SearchStrategy[Schema]) -> Schema:
    properties = draw(st.dictionaries(names, parts, max_size=4))
    schema: Schema = {"type": "object", "properties": properties}
    if properties:
        schema["required"] = [key for key in properties if draw(st.booleans())]
    if draw(st.booleans()):
        schema["additionalProperties"] = False
    return schema


@st.composite
def combined(draw: st.DrawFn, parts: st.SearchStrategy[Schema]) -> Schema:
    key = draw(st.sampled_from(["anyOf", "allOf"]))
    return {key: draw(st.lists(parts, min_size=1, max_size=3 if key == "anyOf" else 1))}


schemas = st.recursive(
    plain, lambda parts: st.one_of(arrays(parts), objects(parts), combined(parts)), max_leaves=8
)


@given(schemas, texts, st.integers(0, 3))
def test_what_is_made_fits(schema: Schema, text: str, seed: int) -> None:
    jsonschema.validate(fit(schema, text, random.Random(seed)), schema)


@given(schemas, schemas, texts)
def test_the_checker_agrees_with_a_full_one(schema: Schema, other: Schema, text: str) -> None:
    """Values that were made for one schema, held against another: mostly they do not fit."""
    value = fit(other, text, random.Random(1))
    valid = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert matches(value, schema, schema) == valid


@given(schemas, texts)
def test_the_same_seed_makes_the_same(schema: Schema, text: str) -> None:
    assert fit(schema, text, random.Random(9)) == fit(schema, text, random.Random(9))


many = st.sampled_from(
    [
        {"type": "integer"},
        {"type": "integer", "minimum": -2, "maximum": 5},
        {"type": "number", "multipleOf": 5, "exclusiveMinimum": 100},
        {"type": "string"},
        {"type": "string", "maxLength": 3},
        {"type": "string", "minLength": 40},
        {"type": "string", "pattern": "^[a-z]{3}$"},
        {"type": "string", "format": "uuid"},
        {"enum": ["a", "b", 1, None, 2.5]},
    ]
)


@given(many, st.integers(0, 5), texts)
def test_unique_items(items: Schema, least: int, text: str) -> None:
    schema = {"type": "array", "items": items, "uniqueItems": True, "minItems": least}
    jsonschema.validate(fit(schema, text, random.Random(1)), schema)


def test_the_text_fills_the_arguments() -> None:
    schema: Schema = {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {"enum": ["celsius", "fahrenheit"]},
            "days": {"type": "integer", "minimum": 1, "maximum": 7},
            "note": {"type": "string"},
        },
        "required": ["city", "days"],
    }
    text = "I'd like the weather in New York for 3 days, in fahrenheit"
    assert made(schema, text) == {"city": "New York", "unit": "fahrenheit", "days": 3}
    # Thirty days do not fit; what fits is made.
    assert made(schema, "weather in Rome for 30 days") == {"city": "Rome", "days": 1}


def test_names_in_the_text_are_heeded() -> None:
    schema: Schema = {
        "properties": {
            "from": {"type": "string"}, "to": {"type": "string"}, "seats": {"type": "integer"},
        },
        "required": ["from", "to", "seats"],
    }  # fmt: skip
    wanted = {"from": "London", "to": "Paris", "seats": 2}
    assert made(schema, "a train to Paris from London, 2 seats") == wanted
    assert made(schema, 'seats: 2, to="Paris", from=London') == wanted


def test_lists_take_all_that_is_offered() -> None:
    numbers: Schema = {"type": "array", "items": {"type": "number"}}
    assert made(numbers, "add 3, 4.5 and ten") == [3, 4.5, 10]
    tags: Schema = {
        "type": "array",
        "items": {"enum": ["red", "green", "blue"]},
        "uniqueItems": True,
    }
    assert made(tags, "a blue and red one") == ["red", "blue"]
    guests: Schema = {"type": "array", "items": {"type": "string"}}
    assert made(guests, "invite Ada, Grace and Alan") == ["Ada", "Grace", "Alan"]


def test_defaults_examples_and_yes_or_no() -> None:
    assert made({"type": "integer", "default": 42}) == 42
    assert made({"type": "string", "examples": ["a-1"], "pattern": "^[a-z]-[0-9]$"}) == "a-1"
    flag: Schema = {"properties": {"sugar": {"type": "boolean"}}}
    assert made(flag, "coffee with sugar") == {"sugar": True}
    assert made(flag, "coffee without sugar") == {"sugar": False}


def test_optional_arguments_are_left_out_unless_all_are_optional() -> None:
    both: Schema = {"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}
    assert made({**both, "required": ["a"]}) == {"a": 1}
    assert made(both) == {"a": 1, "b": 1}


NESTED: Schema = {
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
}


@pytest.mark.parametrize(
    "schema",
    [
        NESTED,
        {"oneOf": [{"multipleOf": 3}, {"multipleOf": 5}], "type": "integer", "minimum": 15},
        {"type": "integer", "not": {"enum": [1, 2, 3]}},
        {"allOf": [{"minimum": 3}, {"maximum": 4}], "type": "integer"},
        {"type": "number", "exclusiveMinimum": 0.2, "maximum": 0.3},
        {"type": "number", "multipleOf": 0.25, "minimum": 0.6},
        {"type": "array", "contains": {"const": "x"}, "minItems": 2},
        {"type": "object", "minProperties": 3, "properties": {"a": {}}},
        {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
        {"type": "object", "required": ["z"], "additionalProperties": {"type": "boolean"}},
        {
            "properties": {"a": {"const": 1}, "b": {"type": "string"}},
            "required": ["a"],
            "dependentRequired": {"a": ["b"]},
        },
        {
            "type": "object",
            "properties": {"kind": {"enum": ["card", "cash"]}},
            "required": ["kind"],
            "if": {"properties": {"kind": {"const": "card"}}},
            "then": {"properties": {"number": {"type": "integer"}}, "required": ["number"]},
        },
        {"type": "string", "format": "date-time"},
        {"const": {"a": [1, None]}},
        {"type": "array", "items": False},
    ],
)  # fmt: skip
def test_the_corners_of_the_standard(schema: Schema) -> None:
    made(schema)
    made(schema, "from Paris to Rome, 3 and 15 and 0.25")


@pytest.mark.parametrize(
    "schema",
    [
        {"anyOf": [{"$ref": "#"}, {"type": "integer"}]},
        {"not": {}},
        {"type": "string", "pattern": r"^\p{Lu}+$"},
        {"$ref": "elsewhere#/a"},
        {"$ref": "#/no"},
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
    ],
)
def test_what_cannot_be_done_ends_all_the_same(schema: Schema) -> None:
    fit(schema, "some text", random.Random(1))
