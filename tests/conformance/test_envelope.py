"""Statements 11 to 17: what every frame has, and what every frame gets."""

from __future__ import annotations

import json
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets.protocol.client import ClientProtocol
from rtwidgets.protocol.dialects import BETA, GA
from rtwidgets.protocol.events import UnknownEvent
from tests.conformance.wire import TOOL, Wire, message, speech
from tests.session.scripted import Peer, Script

ERROR_KEYS = {"type", "message", "code", "param", "event_id"}
BAD_FRAMES: dict[str, Any] = {
    "unknown type": {"type": "no.such.event"},
    "missing field": {"type": "conversation.item.delete"},
    "wrong kind": {"type": "input_audio_buffer.append", "audio": 7},
    "bad base64": {"type": "input_audio_buffer.append", "audio": "%%%"},
    "state": {"type": "response.cancel"},
    "no buffer": {"type": "input_audio_buffer.commit"},
    "no item": {"type": "conversation.item.retrieve", "item_id": "none"},
}


def test_11_one_object_with_type_and_id(wire: Wire) -> None:
    wire.update(transcription={"model": "whisper-1"}, tools=[TOOL])
    wire.respond("say one two three")
    wire.respond("call get_weather for Paris", tool_choice="required")
    wire.append(speech())
    wire.until("response.done")
    wire.send("no.such.event")
    wire.settled()
    assert len(wire.events) > 50
    for event in wire.events:
        assert isinstance(event["type"], str) and isinstance(event["event_id"], str)
    ids = [event["event_id"] for event in wire.events]
    assert len(set(ids)) == len(ids)


def test_12_event_ids_are_optional(wire: Wire) -> None:
    wire.update(output_modalities="text")
    assert wire.respond("say hello")["status"] == "completed"
    wire.send("input_audio_buffer.clear")
    wire.until("input_audio_buffer.cleared")
    assert not wire.of("error")


@pytest.mark.parametrize("frame", BAD_FRAMES.values(), ids=BAD_FRAMES)
def test_13_an_error_names_its_cause(wire: Wire, frame: dict[str, Any]) -> None:
    wire.send(**{"kind" if k == "type" else k: v for k, v in frame.items()}, event_id="mine")
    assert wire.next()["error"]["event_id"] == "mine"
    wire.send(**{"kind" if k == "type" else k: v for k, v in frame.items()})
    assert wire.next()["error"]["event_id"] is None


@pytest.mark.parametrize("frame", [*BAD_FRAMES.values(), "no json", "[]", "{}"], ids=str)
def test_14_an_error_is_complete(wire: Wire, frame: Any) -> None:
    wire.socket.send(frame if isinstance(frame, str) else json.dumps(frame))
    error = wire.next()["error"]
    assert set(error) >= ERROR_KEYS
    assert isinstance(error["type"], str) and isinstance(error["message"], str)
    assert error["message"]


def test_15_the_unknown_is_ignored_by_the_core(dialect: str) -> None:
    client = ClientProtocol(dialect=GA if dialect == "ga" else BETA, new_id=lambda kind: kind)
    event = client.receive('{"type":"heartbeat","odd":[1,{"a":null}]}')
    assert isinstance(event, UnknownEvent)
    assert client.conversation == ClientProtocol(new_id=lambda kind: kind).conversation
    started = {
        "type": "input_audio_buffer.speech_started",
        "event_id": "e",
        "audio_start_ms": 7,
        "item_id": "i",
        "obfuscation": "xxxx",
        "phase": {"deep": 1},
    }
    client.receive(json.dumps(started))
    assert client.conversation.speaking


def test_15_the_unknown_is_ignored_by_a_session(dialect: str) -> None:
    async def answer(peer: Peer, event: dict[str, Any]) -> None:
        await peer.send("ping", timestamp=1)
        await peer.send("response.invented.delta", delta="x")
        await peer.begin(event)
        await peer.finish("All is well", event)

    with Script() as script:
        script.on["response.create"] = answer
        with rt.connect(script.url, quiet=True) as session:
            assert session.say("x").wait(5).text == "All is well"


def test_16_an_unknown_type(wire: Wire) -> None:
    error = wire.refused("no.such.event")
    assert (error["code"], error["param"]) == ("invalid_value", "type")
    assert "no.such.event" in error["message"]
    wire.update(output_modalities="text")
    assert wire.respond("say hello")["status"] == "completed"


def test_17_one_reaction_each(wire: Wire) -> None:
    """Good and bad in turn: each answer is there before the next question, and alone."""
    item_id = wire.user("hello")["id"]
    wire.update(output_modalities="text", turn_detection=None)
    good: list[tuple[str, dict[str, Any], list[str]]] = [
        ("session.update", {"session": wire.session(instructions="x")}, ["session.updated"]),
        (
            "conversation.item.create",
            {"item": message("system", "be brief")},
            ["conversation.item.added", "conversation.item.done"],
        ),
        (
            "conversation.item.retrieve",
            {"item_id": item_id},
            ["conversation.item.retrieved"],
        ),
        ("conversation.item.delete", {"item_id": item_id}, ["conversation.item.deleted"]),
        ("input_audio_buffer.clear", {}, ["input_audio_buffer.cleared"]),
    ]
    for kind, fields, answer in good:
        wire.send(kind, event_id="good", **fields)
        assert [event["type"] for event in wire.settled()] == wire.names(answer)
    for frame in BAD_FRAMES.values():
        wire.refused(**{"kind" if k == "type" else k: v for k, v in frame.items()})
    bad_update = wire.session(instructions="y", no_such_field=1)
    wire.refused("session.update", session=bad_update)
