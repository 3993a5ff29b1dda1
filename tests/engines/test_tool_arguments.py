from __future__ import annotations

import json
import random
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # its stubs are another package
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.engines.schema_fit import NOTHING
from rtwidgets.engines.tool_arguments import arguments_for, parsed
from rtwidgets.errors import EngineError
from rtwidgets.protocol.config import Tool

from .schemas import SCHEMAS

Schema = dict[str, Any]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.floats(-9, 9) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["a", "city", "days", "user", "n", "tags", "kind"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


def arguments(schema: Schema | None, proposal: Any = NOTHING, text: str = "") -> Any:
    tool = Tool(name="t") if schema is None else Tool(name="t", parameters=schema)
    written = arguments_for(tool, text, random.Random(1), proposal=proposal)
    return json.loads(written)


@pytest.mark.parametrize("name", SCHEMAS)
@given(proposal=json_values | st.just(NOTHING), text=st.sampled_from(["", "Paris, 3 and 12.5"]))
def test_whatever_is_proposed_the_arguments_fit(name: str, proposal: Any, text: str) -> None:
    schema = SCHEMAS[name]
    jsonschema.validate(arguments(schema, proposal, text), {"type": "object", **(schema or {})})


def test_a_proposal_that_fits_stays_as_it_is() -> None:
    proposal = {"city": "Köln", "days": 3}
    schema = {"properties": {"city": {"type": "string"}, "days": {"type": "integer"}}}
    assert arguments(schema, proposal, "Rome for 5 days") == proposal


def test_what_is_right_in_a_proposal_is_kept() -> None:
    schema: Schema = {
        "type": "object",
        "properties": {
            "user": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
                "required": ["name", "age"],
            },
            "share": {"type": "number", "minimum": 0, "maximum": 1},
            "tags": {"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": True},
            "note": {"type": "string"},
        },
        "required": ["user", "share", "tags"],
        "additionalProperties": False,
    }
    proposal = {"user": {"name": "Ada"}, "share": 2, "tags": ["b", "b"], "more": 1, "note": "x"}
    mended = arguments(schema, proposal, "she is 36")
    assert mended == {
        "user": {"name": "Ada", "age": 36}, "share": 1, "tags": ["b", "a"], "note": "x",
    }  # fmt: skip


def test_a_string_that_must_be_invented_says_so() -> None:
    schema: Schema = {"properties": {"city": {"type": "string"}}, "required": ["city"]}
    assert arguments(schema) == {"city": "unknown city"}


@pytest.mark.parametrize("text", ["", '{"city": "Par', "[" * 100_000, "{} {}"])
def test_unfinished_json_is_no_proposal(text: str) -> None:
    assert parsed(text) is NOTHING


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"properties": 7}, "no JSON schema"),
        ({"required": 7}, "no JSON schema"),
        ({"type": 7}, "no JSON schema"),
        ({"type": "string"}, "no arguments were found"),
        ({"not": {}}, "no arguments were found"),
        ({"properties": {"a": False}, "required": ["a"]}, "no arguments were found"),
        ({"properties": {"a": {"enum": []}}, "required": ["a"]}, "no arguments were found"),
        (
            {"required": ["a"], "properties": {"a": {"type": "null", "enum": [1]}}},
            "no arguments were found",
        ),
    ],
)  # fmt: skip
def test_a_schema_that_nothing_fits_is_refused(schema: Schema, reason: str) -> None:
    with pytest.raises(EngineError, match=reason):
        arguments(schema)


def test_arguments_are_an_object_where_null_would_do() -> None:
    assert arguments({"type": ["null", "object"]}, None) == {}


def test_a_schema_without_end_is_refused() -> None:
    node: Schema = {"properties": {"child": {"$ref": "#"}}, "required": ["child"]}
    with pytest.raises(EngineError):
        arguments(node)


_TREE = {"type": "array", "minItems": 3, "items": {"$ref": "#"}}
_CHAIN = {f"c{n}": {"anyOf": [{"$ref": f"#/$defs/c{n + 1}"}] * 2} for n in range(60)}


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"d": _TREE}, "required": ["d"]},
        {"properties": {"d": {"type": "array", "minItems": 10**9}}, "required": ["d"]},
        {"properties": {"d": {"type": "string", "minLength": 10**12}}, "required": ["d"]},
        {"properties": {"d": {"pattern": "((a{99}){99}){99}"}}, "required": ["d"]},
        {"minProperties": 10**9},
        {"$defs": {**_CHAIN, "c60": {"enum": []}}, "$ref": "#/$defs/c0"},
    ],
    ids=["three of itself", "items", "letters", "repetitions", "properties", "choices"],
)
def test_a_schema_that_asks_for_ages_is_given_up(schema: Schema) -> None:
    with pytest.raises(EngineError, match="the parameters of t ask for too much"):
        arguments(schema)
