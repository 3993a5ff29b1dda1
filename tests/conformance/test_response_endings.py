"""Statements 56 and 63 to 72: responses beside each other, overridden, cut and failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rtwidgets.engines import load
from rtwidgets.server import Server, serve
from tests.conformance.wire import SILENCE, TOOL, Wire, dial, message, speech

LONG = "Count from 1 to 300."
HOW_MANY = "how many messages are there?"
CLOSE_SPOKEN = (
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
)
CLOSE_WRITTEN = ("response.output_text.done", *CLOSE_SPOKEN[2:])


@pytest.fixture
def late_wire(late: Server, dialect: str) -> Iterator[Wire]:
    with dial(late.url, dialect) as opened:
        yield opened


@pytest.fixture(scope="module")
def broken() -> Iterator[Server]:
    # Loaded here and not warmed: that would fail as well.
    with serve(load("simulated", seed=1, failure_rate=1.0)) as server:
        yield server


def text_of(response: dict[str, Any]) -> str:
    part: dict[str, str] = response["output"][0]["content"][0]
    return part.get("text") or part["transcript"]


def begin(wire: Wire, **settings: Any) -> str:
    """Start a long answer and wait until it is heard or read; the response's id."""
    wire.user(LONG)
    wire.ask(**settings)
    response_id: str = wire.until("response.created")["response"]["id"]
    written = settings.get("output_modalities") == "text"
    wire.until("response.output_text.delta" if written else "response.output_audio.delta")
    return response_id


def closing(wire: Wire, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """Read on to ``response.done``: the events that close must be these, and the last."""
    wire.until("response.done")
    events = wire.events[-len(wire.names(kinds)) :]
    assert [event["type"] for event in events] == wire.names(kinds)
    return events


def all_zero(value: Any) -> bool:
    return all(map(all_zero, value.values())) if isinstance(value, dict) else value == 0


def test_56_whatever_happens_it_is_done(slow_wire: Wire) -> None:
    wire = slow_wire
    begin(wire)
    wire.send("response.cancel")
    wire.until("response.done")
    wire.respond("say hello", output_modalities="text")
    wire.respond(LONG, output_modalities="text", max_output_tokens=2)
    begin(wire)
    wire.append(SILENCE + speech())
    wire.until("response.done")
    cut = wire.until("response.created")["response"]["id"]
    wire.send("response.cancel", response_id=cut)
    wire.until("response.done")
    wire.settled()
    created = [event["response"]["id"] for event in wire.of("response.created")]
    done = [event["response"]["id"] for event in wire.of("response.done")]
    assert created == done and len(done) == 5
    assert {event["response"]["status"] for event in wire.of("response.done")} == {
        "completed",
        "incomplete",
        "cancelled",
    }


def test_63_one_at_a_time(slow_wire: Wire) -> None:
    wire = slow_wire
    wire.user("Count from 1 to 12.")
    wire.ask(output_modalities="text")
    first = wire.until("response.created")["response"]["id"]
    wire.send("response.create", event_id="second")
    error = wire.until("error")["error"]
    assert error["code"] == "conversation_already_has_active_response"
    assert error["event_id"] == "second" and first in error["message"]
    beside = {"conversation": "none", "output_modalities": "text", "input": []}
    wire.ask(**beside, instructions="say one", metadata={"which": "1"})
    wire.ask(**beside, instructions="say two", metadata={"which": "2"})
    done: dict[str, dict[str, Any]] = {}
    while len(done) < 3:
        response = wire.until("response.done")["response"]
        done[response["id"]] = response
    assert {response["status"] for response in done.values()} == {"completed"}
    assert text_of(done.pop(first)).endswith("12.")
    assert {(r["metadata"]["which"], text_of(r)) for r in done.values()} == {
        ("1", "one"),
        ("2", "two"),
    }
    assert len(wire.of("error")) == 1


def test_64_beside_the_conversation(wire: Wire) -> None:
    wire.update(output_modalities="text")
    wire.user("hello")
    before = len(wire.of("conversation.item.added"))
    asked = [message("user", "say only this")]
    response = wire.respond(conversation="none", input=asked)
    assert response["conversation_id"] is None and text_of(response) == "only this"
    assert wire.since("response.created")[0]["response"]["conversation_id"] is None
    wire.settled()
    assert len(wire.of("conversation.item.added")) == before
    # The context is what it was: a greeting and the question.
    assert "2 items" in text_of(wire.respond(HOW_MANY))


@pytest.mark.parametrize("conversation", ["auto", "none"])
def test_65_input_replaces_the_context(wire: Wire, conversation: str) -> None:
    wire.update(output_modalities="text")
    known = wire.user("say from the past")["id"]
    wire.user("say what is last")
    again = [message("user", HOW_MANY)]
    response = wire.respond(conversation=conversation, input=again)
    assert text_of(response).startswith("I was given 1 item,")
    reference = [{"type": "item_reference", "id": known}]
    response = wire.respond(conversation=conversation, input=reference)
    assert text_of(response) == "from the past"
    response = wire.respond(conversation=conversation, input=[], instructions="say nothing else")
    assert text_of(response) == "nothing else"
    bad = {"input": [{"type": "item_reference", "id": "none"}], "conversation": conversation}
    assert "none" in wire.refused("response.create", response=bad)["message"]


def test_66_metadata(wire: Wire) -> None:
    wire.update(output_modalities="text")
    most = {f"key {n}": "v" for n in range(14)} | {"k" * 64: "x", "long": "v" * 512}
    for metadata in ({"topic": "ünïcode", "empty": ""}, most):
        done = wire.respond("say hello", metadata=metadata)
        created = wire.since("response.created")[0]["response"]
        assert created["metadata"] == done["metadata"] == metadata
    assert wire.respond("say hello")["metadata"] is None
    for bad in (
        {f"k{n}": "v" for n in range(17)},
        {"k" * 65: "v"},
        {"k": "v" * 513},
        {"k": 1},
        {"k": None},
    ):
        error = wire.refused("response.create", response={"metadata": bad})
        assert error["param"].startswith("response.metadata")


def test_67_overrides_last_for_one_response(wire: Wire) -> None:
    before = wire.update(instructions="Be brief.", max_output_tokens=500, voice="alloy")
    response = wire.respond(
        "What are your instructions?",
        instructions="Be long.",
        output_modalities="text",
        max_output_tokens=100,
        voice="verse",
        output_format="g711_ulaw",
        tools=[TOOL],
        tool_choice="none",
    )
    assert text_of(response) == "My instructions are: Be long."
    assert response["max_output_tokens"] == 100
    assert wire.setting(response, "output_modalities") == ["text"]
    assert wire.setting(response, "voice") == "verse"
    assert wire.update() == before
    again = wire.respond("What are your instructions?")
    assert text_of(again) == "My instructions are: Be brief."
    assert again["max_output_tokens"] == 500 and wire.setting(again, "voice") == "alloy"
    assert wire.sound()


@pytest.mark.parametrize("kind", ["spoken", "written"])
def test_68_cancel_closes(slow_wire: Wire, kind: str) -> None:
    wire = slow_wire
    spoken = kind == "spoken"
    begin(wire, output_modalities="audio" if spoken else "text")
    wire.send("response.cancel")
    events = closing(wire, CLOSE_SPOKEN if spoken else CLOSE_WRITTEN)
    *_, item_done, done = events
    response = done["response"]
    assert response["status"] == "cancelled"
    details = response["status_details"]
    assert (details["type"], details["reason"]) == ("cancelled", "client_cancelled")
    assert item_done["item"]["status"] == response["output"][0]["status"] == "incomplete"
    assert response["usage"]["output_tokens"] > 0
    assert wire.settled() == [], "it is silent at once"


def test_68_cancel_by_id(slow_wire: Wire) -> None:
    wire = slow_wire
    wire.user("Count from 1 to 15.")
    wire.ask(output_modalities="text")
    first = wire.until("response.created")["response"]["id"]
    wire.ask(conversation="none", output_modalities="text", input=[message("user", LONG)])
    beside = wire.until("response.created")["response"]["id"]
    wire.send("response.cancel", response_id=beside)
    done = wire.until("response.done")["response"]
    assert (done["id"], done["status"]) == (beside, "cancelled")
    done = wire.until("response.done")["response"]
    assert (done["id"], done["status"]) == (first, "completed")


def test_68_nothing_to_cancel(wire: Wire) -> None:
    error = wire.refused("response.cancel")
    assert error["code"] == "response_cancel_not_active"
    assert error["message"].startswith("Cancellation failed")
    done = wire.respond("say hello", output_modalities="text")
    error = wire.refused("response.cancel", response_id=done["id"])
    assert error["code"] == "response_cancel_not_active"


def test_69_speech_interrupts(slow_wire: Wire) -> None:
    wire = slow_wire
    begin(wire)
    wire.append(SILENCE + speech())
    wire.until("input_audio_buffer.speech_started")
    closed = [wire.next() for _ in wire.names(CLOSE_SPOKEN)]
    assert [event["type"] for event in closed] == wire.names(CLOSE_SPOKEN)
    response = closed[-1]["response"]
    assert response["status"] == "cancelled"
    details = response["status_details"]
    assert (details["type"], details["reason"]) == ("cancelled", "turn_detected")
    assert response["output"][0]["status"] == "incomplete"
    wire.until("input_audio_buffer.speech_stopped")
    wire.until("response.created")


def test_69_or_not(slow_wire: Wire) -> None:
    wire = slow_wire
    setting = {"type": "server_vad", "interrupt_response": False, "create_response": False}
    wire.update(turn_detection=setting, output_modalities="text")
    wire.user("Count from 1 to 20.")
    wire.ask()
    wire.until("response.output_text.delta")
    wire.append(speech())
    wire.until("input_audio_buffer.committed")
    done = wire.until("response.done")["response"]
    assert done["status"] == "completed" and text_of(done).endswith("20.")


@pytest.mark.parametrize("by", ["client", "speech"])
def test_70_cancelled_before_any_output(late_wire: Wire, by: str) -> None:
    wire = late_wire
    wire.user("say hello")
    wire.ask()
    wire.until("response.created")
    items = len(wire.of("conversation.item.added", "response.output_item.added"))
    if by == "client":
        wire.send("response.cancel")
    else:
        wire.append(speech(silence_s=0))
        wire.until("input_audio_buffer.speech_started")
    (done,) = wire.expect("response.done")
    response = done["response"]
    assert response["status"] == "cancelled" and response["output"] == []
    assert response["usage"]["total_tokens"] == 0 and all_zero(response["usage"])
    wire.settled()
    assert len(wire.of("conversation.item.added", "response.output_item.added")) == items


@pytest.mark.parametrize("modality", ["audio", "text"])
def test_71_the_limit_of_tokens(wire: Wire, modality: str) -> None:
    wire.user(LONG)
    wire.ask(output_modalities=modality, max_output_tokens=6)
    events = closing(wire, CLOSE_SPOKEN if modality == "audio" else CLOSE_WRITTEN)
    response = events[-1]["response"]
    assert response["status"] == "incomplete"
    details = response["status_details"]
    assert (details["type"], details["reason"]) == ("incomplete", "max_output_tokens")
    assert response["output"][0]["status"] == events[-2]["item"]["status"] == "incomplete"
    assert response["usage"]["output_token_details"]["text_tokens"] <= 6
    assert text_of(response).startswith("1")


def test_72_a_failure_is_told_in_the_response(broken: Server, dialect: str) -> None:
    with dial(broken.url, dialect) as wire:
        response = wire.respond("say hello")
        assert response["status"] == "failed"
        details = response["status_details"]
        assert details["type"] == "failed"
        assert details["error"]["type"] and details["error"]["message"]
        assert not wire.of("error") and wire.settled() == []
