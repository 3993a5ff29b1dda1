"""Renaming by a table: paths there and back, and nothing shared with what was read."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.protocol.renaming import Spelling, dug, items_of, put

SPELLING = Spelling(
    known=frozenset(),
    paths={"voice": "audio.output.voice", "loud": "audio.output.loud", "limit": "max"},
    words={"audio.output.loud": (lambda here: here == "yes", lambda ga: "yes" if ga else "no")},
    foreign=frozenset({"only_ga"}),
    dropped=frozenset({"only_here"}),
)


def test_a_flat_object_becomes_a_nested_one() -> None:
    here = {"voice": "a", "loud": "yes", "limit": 5, "same": [1], "only_here": 1}
    ga = {"audio": {"output": {"voice": "a", "loud": True}}, "max": 5, "same": [1]}
    assert SPELLING.to_ga(here) == ga
    assert SPELLING.from_ga({**ga, "only_ga": 1}) == {
        "voice": "a",
        "loud": "yes",
        "limit": 5,
        "same": [1],
    }


def test_what_stands_in_ga_already_wins_and_is_not_changed() -> None:
    here: Any = {"voice": "a", "audio": {"output": {"voice": "b"}}}
    before = copy.deepcopy(here)
    assert SPELLING.to_ga(here)["audio"]["output"] == {"voice": "b"}
    assert SPELLING.to_ga({**here, "loud": "no"})["audio"]["output"]["loud"] is False
    assert here == before


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(["voice", "limit", "same"], st.integers())))
def test_there_and_back_is_where_it_began(here: dict[str, Any]) -> None:
    assert SPELLING.from_ga(SPELLING.to_ga(here)) == here


def test_a_key_is_found_by_its_path() -> None:
    assert SPELLING.key("audio.output.voice") == "voice"
    assert SPELLING.key("audio.output.voice.id") == "voice.id"
    assert SPELLING.key("max[0]") == "limit[0]"
    assert SPELLING.key("maximum") == "maximum"


def test_paths_through_what_is_no_object() -> None:
    assert list(dug({"a": 5}, "a.b")) == []
    assert list(dug({"a": {"b": None}}, "a.b")) == [None]
    target: dict[str, Any] = {"a": 5}
    put(target, "a.b", 1)
    assert target == {"a": {"b": 1}}


def test_items_are_found_wherever_an_event_holds_them() -> None:
    event = {"item": {"id": 1}, "response": {"input": [{"id": 2}, "x"], "output": [{"id": 3}]}}
    found = {path: container[key]["id"] for container, key, path in items_of(event)}
    assert found == {"item": 1, "response.input[0]": 2, "response.output[0]": 3}
    assert list(items_of({"item": 5, "response": {"input": 5, "output": None}})) == []
