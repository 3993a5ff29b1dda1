"""A frame that cannot be taken is one ``error`` event, and the session is what it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rtwidgets.protocol.dialects import BETA, GA
from rtwidgets.protocol.events import Error
from tests.pair import Pair, asked

#: No JSON at all, or JSON that no parser reads.
BROKEN = {
    "empty": "",
    "cut short": '{"type":"response.create"',
    "two events": '{"type":"response.cancel"}{"type":"response.cancel"}',
    "not a number": '{"type":"response.create","response":{"max_output_tokens":NaN}}',
    "a decimal without end": '{"type":"response.create","response":{"temperature":1e400}}',
    "an integer without end": '{"type":"session.update","session":{"speed":' + "9" * 5000 + "}}",
    "half a character, escaped": '{"type":"session.update","session":{"instructions":"\\ud800"}}',
    "half a character": '{"type":"session.update","session":{"instructions":"\ud800"}}',
    "bytes that are no UTF-8": b'{"type":"\xff"}',
    "a comment": '{"type":"response.create"} // please',
    "open brackets": "[" * 1_000_000,
    "deep lists": '{"type":"response.create","response":' + "[" * 50_000 + "]" * 50_000 + "}",
    "deep objects": '{"a":' * 2000 + "1" + "}" * 2000,
}
DEEP: dict[str, Any] = {}
for _ in range(200):
    DEEP = {"properties": DEEP}

#: Good JSON: the event, and what is wrong with it in GA and in beta (code, param).
_UPDATE = "session.update"
_CREATE = "conversation.item.create"
WRONG: dict[str, tuple[dict[str, Any], tuple[str, str | None]]] = {
    "no such type": ({"type": "session.destroy"}, ("invalid_value", "type")),
    "a server's event": ({"type": "response.done"}, ("invalid_value", "type")),
    "a type in a list": ({"type": ["response.create"]}, ("invalid_type", "type")),
    "a peer's event": ({"type": "output_audio_buffer.clear"}, ("invalid_value", "type")),
    "an id that is a number": (
        {"type": "response.cancel", "response_id": 5},
        ("invalid_type", "response_id"),
    ),
    "a field more": ({"type": "response.cancel", "why": 1}, ("unknown_parameter", "why")),
    "an item that is a list": ({"type": _CREATE, "item": []}, ("invalid_type", "item")),
    "a role of one's own": (
        {"type": _CREATE, "item": {"type": "message", "role": "tool", "content": []}},
        ("invalid_value", "item.role"),
    ),
    "a content that is a text": (
        {"type": _CREATE, "item": {"type": "message", "role": "user", "content": "hello"}},
        ("invalid_type", "item.content"),
    ),
    "a huge number deep in a schema": (
        {
            "type": "response.create",
            "response": {
                "tools": [{"type": "function", "name": "f", "parameters": {"a": [{"b": 10**400}]}}]
            },
        },
        ("integer_above_max_value", "response.tools[0].parameters.a[0].b"),
    ),
    "a huge negative number": (
        {
            "type": "response.create",
            "response": {"prompt": {"id": "p", "variables": {"a": -(10**30)}}},
        },
        ("integer_below_min_value", "response.prompt.variables.a"),
    ),
    "a huge place": (
        {
            "type": "conversation.item.truncate",
            "item_id": "x",
            "content_index": 0,
            "audio_end_ms": 10**400,
        },
        ("integer_above_max_value", "audio_end_ms"),
    ),
    "a schema without a bottom": (
        {
            "type": "response.create",
            "response": {"tools": [{"type": "function", "name": "f", "parameters": DEEP}]},
        },
        ("invalid_json", None),
    ),
    "sound that is no base64": (
        {"type": "input_audio_buffer.append", "audio": "not base64!"},
        ("invalid_value", "audio"),
    ),
    "sound in a list": (
        {"type": "input_audio_buffer.append", "audio": [1, 2, 3]},
        ("invalid_type", "audio"),
    ),
    "a truth for a limit": (
        {"type": "response.create", "response": {"max_output_tokens": True}},
        ("invalid_type", "response.max_output_tokens"),
    ),
    "an input that is an item": (
        {"type": "response.create", "response": {"input": {"type": "message"}}},
        ("invalid_type", "response.input"),
    ),
    "a prompt without its id": (
        {"type": "response.create", "response": {"prompt": {"version": "1"}}},
        ("missing_required_parameter", "response.prompt.id"),
    ),
}
SETTINGS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "tracing by number": ({"tracing": 5}, ("invalid_type", "session.tracing")),
    "tracing by a word": ({"tracing": "on"}, ("invalid_value", "session.tracing")),
    "tracing with more": (
        {"tracing": {"workflow_name": "w", "colour": "red"}},
        ("unknown_parameter", "session.tracing.colour"),
    ),
    "something else included": ({"include": ["sound"]}, ("invalid_value", "session.include[0]")),
    "a voice by number": ({"tools": [5]}, ("invalid_type", "session.tools[0]")),
    "a tool without a name": (
        {"tools": [{"type": "function"}]},
        ("missing_required_parameter", "session.tools[0].name"),
    ),
    "a choice of everything": ({"tool_choice": "all"}, ("invalid_value", "session.tool_choice")),
}
GA_SETTINGS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "a ratio over one": (
        {"truncation": {"type": "retention_ratio", "retention_ratio": 1.5}},
        ("decimal_above_max_value", "session.truncation.retention_ratio"),
    ),
    "truncation by a word": ({"truncation": "always"}, ("invalid_value", "session.truncation")),
    "a huge limit": (
        {
            "truncation": {
                "type": "retention_ratio",
                "retention_ratio": 0.5,
                "token_limits": {"post_instructions": 10**30},
            }
        },
        ("integer_above_max_value", "session.truncation.token_limits.post_instructions"),
    ),
    "too much effort": (
        {"reasoning": {"effort": "endless"}},
        ("invalid_value", "session.reasoning.effort"),
    ),
    "an audio that is a text": ({"audio": "pcm16"}, ("invalid_type", "session.audio")),
}


def refused(pair: Pair, frame: str | bytes) -> dict[str, Any]:
    """Send what must be refused: the error as it stands on the wire, which is all that came."""
    pair.client.create_item(asked("before"))
    pair.settle()
    state = (pair.client.conversation.session, pair.client.conversation.items)
    events = pair.send(frame)
    assert [type(event) for event in events] == [Error]
    assert pair.work == []
    assert (pair.client.conversation.session, pair.client.conversation.items) == state
    told: dict[str, Any] = json.loads(pair.wire[-1])
    assert set(told) == {"type", "event_id", "error"}
    error: dict[str, Any] = told["error"]
    assert set(error) == {"type", "code", "message", "param", "event_id"}
    assert error["type"] == "invalid_request_error"
    assert 0 < len(error["message"]) <= 2000
    # The session is open, and hears the next event.
    pair.client.create_item(asked("after"))
    assert len(pair.settle()) > 0
    assert pair.client.conversation.text(str(pair.client.conversation.items[-1].id)) == "after"
    return error


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_json(pair: Pair, name: str) -> None:
    error = refused(pair, BROKEN[name])
    assert (error["code"], error["param"], error["event_id"]) == ("invalid_json", None, None)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_event_of_ours(pair: Pair, name: str) -> None:
    event, (code, param) = WRONG[name]
    error = refused(pair, json.dumps({**event, "event_id": "mine"}))
    if pair.client.dialect is BETA and param == "response.max_output_tokens":
        param = "response.max_response_output_tokens"
    assert (error["code"], error["param"]) == (code, param)
    assert error["event_id"] == (None if code == "invalid_json" else "mine")


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_that_cannot_be_changes_none(pair: Pair, name: str) -> None:
    settings, (code, param) = SETTINGS[name]
    kind = {"type": "realtime"} if pair.client.dialect is GA else {}
    session = {**kind, "instructions": "changed", **settings}
    error = refused(pair, json.dumps({"type": _UPDATE, "event_id": "mine", "session": session}))
    assert (error["code"], error["param"], error["event_id"]) == (code, param, "mine")


@pytest.mark.parametrize("name", GA_SETTINGS)
def test_a_setting_of_ga_that_cannot_be_changes_none(name: str) -> None:
    settings, (code, param) = GA_SETTINGS[name]
    session = {"type": "realtime", "instructions": "changed", **settings}
    error = refused(Pair(GA), json.dumps({"type": _UPDATE, "session": session}))
    assert (error["code"], error["param"], error["event_id"]) == (code, param, None)


def test_the_last_of_two_equal_keys_counts(pair: Pair) -> None:
    """JSON leaves it open; most parsers, and this one, take the last."""
    kind = '"type":"realtime",' if pair.client.dialect is GA else ""
    twice = '"instructions":"a","instructions":"b"'
    frame = '{"type":"session.update","session":{' + kind + twice + "}}"
    (updated,) = pair.send(frame)
    assert updated.session.instructions == "b"
    (error,) = pair.send('{"type":"response.create","type":"no.such"}')
    assert error.error.param == "type"
    assert pair.work == []


def test_an_error_repeats_no_megabytes(pair: Pair) -> None:
    long = "x" * 3_000_000
    for event in (
        {"type": long},
        {"type": "response.cancel", long: 1},
        {"type": "response.cancel", "response_id": long},
        {"type": "conversation.item.delete", "item_id": long},
        {
            "type": "response.create",
            "response": {"input": [{"type": "item_reference", "id": long}]},
        },
        {"type": "response.create", "response": {"conversation": long}},
        {"type": "response.create", "response": {"metadata": {long: "v"}}},
    ):
        pair.send(json.dumps(event))
        assert len(pair.wire[-1]) < 4000, event["type"][:40]
        assert json.loads(pair.wire[-1])["type"] == "error"


@pytest.mark.parametrize(
    ("event_id", "repeated"),
    [("mine", "mine"), ("", None), (None, None), ("i" * 512, "i" * 512), ("i" * 513, None)],
)
def test_an_error_names_the_event_that_caused_it(
    pair: Pair, event_id: str | None, repeated: str | None
) -> None:
    pair.send(json.dumps({"type": "response.cancel", "event_id": event_id}))
    error = json.loads(pair.wire[-1])["error"]
    assert error["event_id"] == repeated
    if event_id is not None and len(event_id) > 512:
        assert (error["code"], error["param"]) == ("string_above_max_length", "event_id")
    else:
        assert error["code"] == "response_cancel_not_active"
