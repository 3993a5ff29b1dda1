"""Statements 54 to 62 and 73 to 74: a response from its announcement to its end, event by event."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from rtwidgets.protocol.client import ClientProtocol
from rtwidgets.protocol.dialects import BETA, GA
from tests.conformance.wire import TOOL, Wire, name_in, speech

KINDS = ("spoken", "written", "call")
#: Between ``response.created`` and ``response.done``, in GA's words (reference, 4.2, 4.3, 4.7).
OPENING = ("response.output_item.added", "conversation.item.added")
CLOSING = ("conversation.item.done", "response.output_item.done")
PART = "response.content_part"
INSIDE = {
    "spoken": (
        f"{PART}.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        f"{PART}.done",
    ),
    "written": (
        f"{PART}.added",
        "response.output_text.delta",
        "response.output_text.done",
        f"{PART}.done",
    ),
    "call": (
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
    ),
}


def answer(wire: Wire, kind: str, **settings: Any) -> list[dict[str, Any]]:
    """Have a response of a kind made; its events."""
    wire.user("say the weather in Paris is fine")
    if kind == "call":
        wire.ask(tools=[TOOL], tool_choice="required", **settings)
    else:
        modality = "text" if kind == "written" else "audio"
        wire.ask(output_modalities=modality, **settings)
    wire.until("response.done")
    return wire.since("response.created")


def of(wire: Wire, events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    name = name_in(wire.dialect, kind)
    return [event for event in events if event["type"] == name]


def response_of(event: dict[str, Any]) -> str | None:
    found: str | None = event.get("response_id") or event.get("response", {}).get("id")
    return found


def test_54_created_first_done_last(wire: Wire) -> None:
    wire.update(transcription={"model": "whisper-1"})
    for kind in KINDS:
        answer(wire, kind)
    wire.append(speech())
    wire.until("response.done")
    wire.ask(conversation="none", input=[], instructions="say hello")
    wire.until("response.done")
    wire.settled()
    of_each: dict[str, list[str]] = defaultdict(list)
    for event in wire.events:
        if response_id := response_of(event):
            of_each[response_id].append(event["type"])
    assert len(of_each) == 5
    for types in of_each.values():
        assert types[0] == "response.created" and types[-1] == "response.done"
        assert types.count("response.created") == types.count("response.done") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_55_a_response_begins_empty(wire: Wire, kind: str) -> None:
    created = answer(wire, kind)[0]["response"]
    assert created["status"] == "in_progress" and created["output"] == []
    assert created["usage"] is None and created["status_details"] is None
    assert created["object"] == "realtime.response" and created["conversation_id"]


@pytest.mark.parametrize("kind", KINDS)
def test_57_put_out_added_filled_done(wire: Wire, kind: str) -> None:
    events = answer(wire, kind)
    assert wire.order((*OPENING, *INSIDE[kind], *CLOSING, "response.done"), events)
    added, announced = of(wire, events, OPENING[0])[0], of(wire, events, OPENING[1])[0]
    assert added["item"] == announced["item"] and added["output_index"] == 0
    user = wire.of("conversation.item.added")[-2]["item"]
    assert announced["previous_item_id"] == user["id"]
    assert {e["item_id"] for e in events if "item_id" in e} == {added["item"]["id"]}


@pytest.mark.parametrize("kind", KINDS)
def test_58_items_begin_empty(wire: Wire, kind: str) -> None:
    events = answer(wire, kind)
    for opening in OPENING:
        item = of(wire, events, opening)[0]["item"]
        assert item["status"] == "in_progress"
        if kind == "call":
            assert item["arguments"] == "" and item["name"] == TOOL["name"] and item["call_id"]
        else:
            assert item["content"] == [] and item["role"] == "assistant"
    for event in of(wire, events, f"{PART}.added"):
        part = event["part"]
        assert part["transcript" if kind == "spoken" else "text"] == ""


@pytest.mark.parametrize("kind", KINDS)
def test_59_deltas_add_up(wire: Wire, kind: str) -> None:
    events = answer(wire, kind)
    stem, key = {
        "spoken": ("response.output_audio_transcript", "transcript"),
        "written": ("response.output_text", "text"),
        "call": ("response.function_call_arguments", "arguments"),
    }[kind]
    said = "".join(event["delta"] for event in of(wire, events, f"{stem}.delta"))
    found = [of(wire, events, f"{stem}.done")[0][key]]
    items = [
        *(event["item"] for name in CLOSING for event in of(wire, events, name)),
        *events[-1]["response"]["output"],
    ]
    if kind == "call":
        found += [item["arguments"] for item in items]
        assert json.loads(said).keys() == {"city"}
    else:
        found += [event["part"][key] for event in of(wire, events, f"{PART}.done")]
        found += [item["content"][0][key] for item in items]
        assert said == "the weather in Paris is fine"
    assert len(found) >= 3 and set(found) == {said}
    assert all(item["status"] == "completed" for item in items)


@pytest.mark.parametrize("kind", KINDS)
def test_60_the_order_of_closing(wire: Wire, kind: str) -> None:
    events = answer(wire, kind)
    names = wire.names([*(name for name in INSIDE[kind] if name.endswith(".done")), *CLOSING])
    assert [event["type"] for event in events][-len(names) - 1 :] == [*names, "response.done"]


def test_61_deltas_find_their_item(dialect: str) -> None:
    """A message and a call of one response, streamed through each other."""
    client = ClientProtocol(dialect=GA if dialect == "ga" else BETA, new_id=lambda kind: kind)
    text, part = ("output_text", "text")
    message = {"id": "m", "type": "message", "role": "assistant", "content": []}
    call = {"id": "c", "type": "function_call", "name": "f", "call_id": "k", "arguments": ""}
    response = {"id": "r", "object": "realtime.response", "conversation_id": "v", "output": []}
    first = {"response_id": "r", "item_id": "m", "output_index": 0, "content_index": 0}
    second = {"response_id": "r", "item_id": "c", "output_index": 1, "call_id": "k"}
    arguments = "response.function_call_arguments.delta"
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        {"type": OPENING[0], "response_id": "r", "output_index": 0, "item": message},
        {"type": OPENING[1], "previous_item_id": None, "item": message},
        {"type": f"{PART}.added", **first, "part": {"type": part, "text": ""}},
        {"type": f"response.{text}.delta", **first, "delta": "One "},
        {"type": OPENING[0], "response_id": "r", "output_index": 1, "item": call},
        {"type": arguments, **second, "delta": '{"a":'},
        {"type": f"response.{text}.delta", **first, "delta": "moment."},
        {"type": OPENING[1], "previous_item_id": "m", "item": call},
        {"type": arguments, **second, "delta": "1}"},
        {"type": f"response.{text}.done", **first, "text": "One moment."},
    ]
    for number, event in enumerate(events):
        event = {**event, "event_id": f"e{number}", "type": name_in(dialect, event["type"])}
        client.receive(json.dumps(event))
    conversation = client.conversation
    assert conversation.text("m") == "One moment." and conversation.text("c") == '{"a":1}'
    assert [item.id for item in conversation.items] == ["m", "c"]
    assert [item.id for item in conversation.responses["r"].output] == ["m", "c"]


def test_62_arguments_name_their_function(wire: Wire) -> None:
    events = answer(wire, "call")
    (done,) = of(wire, events, "response.function_call_arguments.done")
    item = events[-1]["response"]["output"][0]
    assert (done["name"], done["call_id"]) == (TOOL["name"], item["call_id"])


def test_73_no_sound_but_in_deltas(wire: Wire) -> None:
    answer(wire, "spoken")
    wire.append(speech())
    wire.until("response.done")
    assert wire.sound()

    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {key for part in value.values() for key in keys(part)}
        return {key for part in value for key in keys(part)} if isinstance(value, list) else set()

    for event in wire.events:
        if not event["type"].startswith("session."):
            assert "audio" not in keys({**event, "response": _without_settings(event)}), event


def _without_settings(event: dict[str, Any]) -> dict[str, Any]:
    """GA's responses say in ``audio`` how their sound is written."""
    return {key: value for key, value in event.get("response", {}).items() if key != "audio"}


def test_74_sound_is_one_stream(wire: Wire) -> None:
    wire.user("say the rain in Spain stays mainly in the plain, and so does the snow")
    wire.ask()
    item_id = wire.until("response.done")["response"]["output"][0]["id"]
    deltas = [base64.b64decode(e["delta"]) for e in wire.of("response.output_audio.delta")]
    assert len(deltas) > 5 and all(len(delta) % 2 == 0 and delta for delta in deltas)
    whole = b"".join(deltas)
    wire.send("conversation.item.retrieve", item_id=item_id)
    part = wire.until("conversation.item.retrieved")["item"]["content"][0]
    assert base64.b64decode(part["audio"]) == whole
    samples = np.frombuffer(whole, "<i2").astype(np.int32)
    assert len(samples) > 24_000 and np.abs(samples).max() > 1000
    # No clicks: where two deltas meet, the wave steps no further than it does elsewhere.
    steps = np.abs(np.diff(samples))
    seams = np.cumsum([len(delta) // 2 for delta in deltas])[:-1] - 1
    assert steps[seams].max() <= np.delete(steps, seams).max()
