"""Statements 30 to 42: the items of the conversation."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from rtwidgets.errors import LocalProtocolError
from rtwidgets.protocol.dialects import BETA, GA
from tests.conformance.wire import SECOND, TOOL, Wire, message, speech
from tests.pair import Pair, asked

CREATE = "conversation.item.create"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)
ADDED = ("conversation.item.added", "conversation.item.done")


def create(wire: Wire, item: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Create an item that must be taken; the event that says so."""
    wire.send(CREATE, item=item, **fields)
    return wire.expect(*ADDED)[0]


def spoken_reply(wire: Wire, text: str = "say hello there, everybody") -> dict[str, Any]:
    """The item of a reply aloud."""
    item: dict[str, Any] = wire.respond(text)["output"][0]
    return item


def test_30_places(wire: Wire) -> None:
    def place(item_id: str, **fields: Any) -> str | None:
        event = create(wire, message("user", "x", id=item_id), **fields)
        assert event["item"]["id"] == item_id
        previous: str | None = event["previous_item_id"]
        return previous

    assert place("a") is None
    assert place("b") == "a"
    assert place("c", previous_item_id="root") is None
    assert place("d", previous_item_id="a") == "a"
    # c a d b: what follows says so.
    assert place("e") == "b"
    error = wire.refused(CREATE, item=message("user", "x", id="f"), previous_item_id="none")
    assert "none" in error["message"]
    wire.refused("conversation.item.retrieve", item_id="f")
    wire.update(output_modalities="text")
    answer = wire.respond("how many messages are there?")["output"][0]["content"][0]["text"]
    assert answer == "I was given 6 items, yours included."


def test_31_added_and_done(wire: Wire) -> None:
    wire.send(CREATE, item=message("user", "hello"))
    events = wire.settled()
    assert [event["type"] for event in events] == wire.names(ADDED)
    for event in events:
        assert event["item"] == events[0]["item"]
        assert event["item"]["status"] == "completed"


def test_32_ids_of_items(wire: Wire) -> None:
    assert create(wire, message("user", "x", id="my-own_id.1"))["item"]["id"] == "my-own_id.1"
    made = create(wire, message("user", "x"))["item"]["id"]
    assert made and made != create(wire, message("user", "x"))["item"]["id"]
    assert create(wire, message("user", "x", id="i" * 32))["item"]["id"] == "i" * 32
    error = wire.refused(CREATE, item=message("user", "x", id="i" * 33))
    assert error["param"] == "item.id"
    assert error["code"] == "string_above_max_length"


def test_33_the_marker_of_items(wire: Wire) -> None:
    wire.update(tools=[TOOL])
    wire.user("hello")
    spoken_reply(wire)
    wire.respond("Weather?", tool_choice="required")
    wire.send("conversation.item.retrieve", item_id=wire.events[-1]["response"]["output"][0]["id"])
    wire.until("conversation.item.retrieved")
    items = [event["item"] for event in wire.events if "item" in event]
    items += [item for event in wire.of("response.done") for item in event["response"]["output"]]
    assert len(items) > 8
    marks = {item.get("object") for item in items}
    assert marks == {"realtime.item"} or (wire.ga and marks <= {None, "realtime.item"})


def test_34_the_parts_of_the_assistant(wire: Wire) -> None:
    text, audio = ("output_text", "output_audio") if wire.ga else ("text", "audio")
    made = create(wire, message("assistant", "I said that.", wire.dialect))["item"]
    assert made["content"][0]["type"] == text
    item = spoken_reply(wire)
    assert [part["type"] for part in item["content"]] == [audio]
    wire.update(output_modalities="text")
    item = wire.respond("say hello")["output"][0]
    assert [part["type"] for part in item["content"]] == [text]
    wrong = message("assistant", "x", "beta" if wire.ga else "ga")
    error = wire.refused(CREATE, item=wrong)
    assert (error["code"], error["param"]) == ("invalid_value", "item.content[0].type")


def test_35_the_parts_of_part_events(wire: Wire) -> None:
    spoken_reply(wire)
    wire.respond("say hello", output_modalities="text")
    parts = wire.of("response.content_part.added", "response.content_part.done")
    assert [event["part"]["type"] for event in parts] == ["audio", "audio", "text", "text"]


def test_36_what_each_role_may_say(wire: Wire) -> None:
    sound = base64.b64encode(bytes(SECOND)).decode()
    taken: list[tuple[str, dict[str, Any]]] = [
        ("user", {"type": "input_text", "text": "x"}),
        ("user", {"type": "input_audio", "audio": sound}),
        ("system", {"type": "input_text", "text": "x"}),
        ("assistant", {"type": "output_text" if wire.ga else "text", "text": "x"}),
    ]
    image = {"type": "input_image", "image_url": PIXEL}
    refused: list[tuple[str, dict[str, Any]]] = [
        ("assistant", {"type": "output_audio" if wire.ga else "audio", "audio": sound}),
        ("assistant", {"type": "input_text", "text": "x"}),
        ("system", {"type": "input_audio", "audio": sound}),
        ("user", {"type": "output_text" if wire.ga else "text", "text": "x"}),
    ]
    (taken if wire.ga else refused).append(("user", image))
    for role, part in taken:
        item = create(wire, {"type": "message", "role": role, "content": [part]})["item"]
        assert item["role"] == role and item["content"][0]["type"] == part["type"]
    for role, part in refused:
        error = wire.refused(CREATE, item={"type": "message", "role": role, "content": [part]})
        assert error["param"].startswith("item.content[0]")


def test_37_an_output_needs_its_call(wire: Wire) -> None:
    output = {"type": "function_call_output", "call_id": "call_nobody", "output": "sunny"}
    assert wire.refused(CREATE, item=output)["code"] == "invalid_tool_call_id"
    wire.update(tools=[TOOL], output_modalities="text")
    call = wire.respond("Weather in Paris?", tool_choice="required")["output"][0]
    item = create(wire, {**output, "call_id": call["call_id"]})["item"]
    assert item["call_id"] == call["call_id"] and item["output"] == "sunny"
    assert "sunny" in wire.respond()["output"][0]["content"][0]["text"]


def test_38_retrieve_brings_the_sound(wire: Wire) -> None:
    item = spoken_reply(wire)
    wire.send("conversation.item.retrieve", item_id=item["id"])
    (event,) = wire.expect("conversation.item.retrieved")
    part = event["item"]["content"][0]
    assert base64.b64decode(part["audio"]) == wire.sound(item_id=item["id"])
    assert part["transcript"] == item["content"][0]["transcript"]
    wire.update(turn_detection=None)
    wire.append(speech())
    wire.send("input_audio_buffer.commit")
    item_id = wire.until("input_audio_buffer.committed")["item_id"]
    wire.send("conversation.item.retrieve", item_id=item_id)
    part = wire.until("conversation.item.retrieved")["item"]["content"][0]
    assert base64.b64decode(part["audio"]) == speech()
    error = wire.refused("conversation.item.retrieve", item_id="none")
    assert error["code"] == "item_retrieve_invalid_item_id"


def test_39_a_deleted_item_is_gone(wire: Wire) -> None:
    item_id = wire.user("hello")["id"]
    wire.send("conversation.item.delete", item_id=item_id)
    (event,) = wire.expect("conversation.item.deleted")
    assert event["item_id"] == item_id
    wire.refused("conversation.item.retrieve", item_id=item_id)
    error = wire.refused("conversation.item.delete", item_id=item_id)
    assert error["code"] == "item_delete_invalid_item_id"


def test_40_truncate_cuts(wire: Wire) -> None:
    item = spoken_reply(wire)
    point = {"item_id": item["id"], "content_index": 0, "audio_end_ms": 300}
    wire.send("conversation.item.truncate", **point)
    (event,) = wire.expect("conversation.item.truncated")
    assert {key: event[key] for key in point} == point
    wire.send("conversation.item.retrieve", item_id=item["id"])
    (event,) = wire.expect("conversation.item.retrieved")
    part = event["item"]["content"][0]
    assert len(base64.b64decode(part["audio"])) == 300 * 48
    assert not part.get("transcript")


def test_41_truncate_refuses(wire: Wire) -> None:
    item = spoken_reply(wire)
    length_ms = len(wire.sound(item_id=item["id"])) // 48
    truncate = "conversation.item.truncate"
    error = wire.refused(truncate, item_id=item["id"], content_index=0, audio_end_ms=length_ms + 50)
    assert error["code"] == "invalid_value" and f"{length_ms}ms" in error["message"]
    wire.send("conversation.item.retrieve", item_id=item["id"])
    (event,) = wire.expect("conversation.item.retrieved")
    part = event["item"]["content"][0]
    assert len(base64.b64decode(part["audio"])) == len(wire.sound(item_id=item["id"]))
    assert part["transcript"] == item["content"][0]["transcript"]
    written = wire.respond("say hello", output_modalities="text")["output"][0]["id"]
    for item_id in (wire.user("hello")["id"], written, "none"):
        wire.refused(truncate, item_id=item_id, content_index=0, audio_end_ms=0)


def test_42_a_client_truncates_what_it_heard(dialect: str) -> None:
    pair = Pair(GA if dialect == "ga" else BETA)
    pair.client.create_item(asked("hello"))
    pair.client.create_response()
    pair.settle()
    user = pair.client.conversation.items[0].id
    pair.answer("Hello ", "there.", audio_ms=100)
    reply = pair.client.conversation.items[1].id
    sent = pair.client.truncate_item(str(reply), 5000)
    assert sent.audio_end_ms == 200, "a player rounds up; the server refuses what it never sent"
    pair.settle()
    assert pair.names()[-1] == "ConversationItemTruncated"
    for item_id in (str(user), "none"):
        with pytest.raises(LocalProtocolError):
            pair.client.truncate_item(item_id, 0)
    assert pair.client.take_text() == []
