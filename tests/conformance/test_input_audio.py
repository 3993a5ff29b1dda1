"""Statements 43 to 53: what the user says, from samples to items."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rtwidgets.protocol.client import ClientProtocol
from rtwidgets.protocol.dialects import BETA, GA
from tests.conformance.wire import SECOND, SILENCE, Wire, speech

ITEM = ("input_audio_buffer.committed", "conversation.item.added", "conversation.item.done")
TURN = ("input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", *ITEM)
HEARD = "conversation.item.input_audio_transcription"


def manual(wire: Wire, **settings: Any) -> None:
    wire.update(turn_detection=None, **settings)


def listen(wire: Wire, **setting: Any) -> None:
    wire.update(turn_detection={"type": "server_vad", **setting}, output_modalities="text")


def test_43_append_is_silent(wire: Wire) -> None:
    manual(wire)
    wire.append(speech(), 1001)
    assert wire.settled() == []
    wire.send("input_audio_buffer.append", audio="")
    assert wire.settled() == []


@pytest.mark.parametrize(("form", "rate"), [("pcm16", 48), ("g711_ulaw", 8), ("g711_alaw", 8)])
def test_44_a_tenth_of_a_second(wire: Wire, form: str, rate: int) -> None:
    manual(wire, input_format=form)
    assert wire.refused("input_audio_buffer.commit")["code"] == "input_audio_buffer_commit_empty"
    wire.append(bytes(99 * rate))
    error = wire.refused("input_audio_buffer.commit")
    assert error["code"] == "input_audio_buffer_commit_empty" and "99" in error["message"]
    wire.append(bytes(rate))
    wire.send("input_audio_buffer.commit")
    wire.expect(*ITEM)


def test_45_a_commit_makes_an_item(wire: Wire) -> None:
    manual(wire)
    previous = wire.user("hello")["id"]
    wire.append(speech())
    wire.send("input_audio_buffer.commit")
    committed, *events = wire.expect(*ITEM)
    assert committed["previous_item_id"] == previous
    for event in events:
        item = event["item"]
        assert item["id"] == committed["item_id"]
        assert (item["role"], item["status"]) == ("user", "completed")
        assert item["content"] == [{"type": "input_audio", "transcript": None}]
    assert events[0]["previous_item_id"] == previous
    error = wire.refused("input_audio_buffer.commit")
    assert error["code"] == "input_audio_buffer_commit_empty", "the buffer is empty again"


def test_46_a_commit_is_no_question(wire: Wire) -> None:
    manual(wire, output_modalities="text")
    wire.append(speech())
    wire.send("input_audio_buffer.commit")
    wire.expect(*ITEM)
    assert wire.settled() == []
    assert wire.respond()["status"] == "completed"


def test_47_one_id_for_a_turn(wire: Wire) -> None:
    listen(wire, create_response=False)
    wire.append(SILENCE + speech() + speech("And now something else."))
    events = wire.expect(*TURN) + wire.expect(*TURN)
    ids = [event["item"]["id"] if "item" in event else event["item_id"] for event in events]
    half = len(ids) // 2
    assert len(set(ids[:half])) == len(set(ids[half:])) == 1 and ids[0] != ids[-1]


@pytest.mark.parametrize("size", [960, 24_001, 1_000_000])
def test_48_times_count_samples(wire: Wire, size: int) -> None:
    """The same sound in any pieces and at any speed has the same times."""
    listen(wire, create_response=False, silence_duration_ms=500, prefix_padding_ms=300)
    voice = speech(silence_s=0)
    wire.append(SILENCE + voice + SILENCE, size)
    started, stopped, *_ = wire.expect(*TURN)
    begins, ends = 1000, 1000 + len(voice) / 48
    assert started["audio_start_ms"] == pytest.approx(begins - 300, abs=150)
    assert stopped["audio_end_ms"] == pytest.approx(ends + 500, abs=200)
    # What was appended before, and what was cleared, counts.
    wire.send("input_audio_buffer.clear")
    wire.until("input_audio_buffer.cleared")
    wire.append(voice + SILENCE, size)
    again = wire.until("input_audio_buffer.speech_started")
    assert again["audio_start_ms"] == pytest.approx(ends + 1000 - 300, abs=200)


def test_48_the_same_times_in_any_pieces(wire: Wire) -> None:
    listen(wire, create_response=False)
    times = []
    for size in (4800, 24_001, 96_000):
        before = sum(len(speech()) for _ in times) / 48
        wire.append(speech(), size)
        started, stopped, *_ = wire.expect(*TURN)
        times.append((started["audio_start_ms"] - before, stopped["audio_end_ms"] - before))
    # The first turn has no sound before it to take its padding from.
    assert times[1] == pytest.approx(times[2], abs=40)


def test_49_a_turn_is_answered(wire: Wire) -> None:
    listen(wire)
    wire.append(speech())
    created = wire.expect(*TURN, "response.created")[-1]
    done = wire.until("response.done")["response"]
    assert done["id"] == created["response"]["id"] and done["status"] == "completed"


def test_49_or_not(wire: Wire) -> None:
    listen(wire, create_response=False)
    wire.append(speech())
    wire.expect(*TURN)
    assert wire.settled() == []
    assert wire.respond()["status"] == "completed"


@pytest.mark.parametrize("by", ["commit", "turn"])
def test_50_transcription(wire: Wire, by: str) -> None:
    wire.update(transcription={"model": "whisper-1"})
    if by == "commit":
        manual(wire)
        wire.append(speech(silence_s=0))
        wire.send("input_audio_buffer.commit")
    else:
        listen(wire, create_response=False)
        wire.append(speech())
    item_id = wire.until("input_audio_buffer.committed")["item_id"]
    completed = wire.until(f"{HEARD}.completed")
    events = [*wire.of(f"{HEARD}.delta"), completed]
    assert {(e["item_id"], e["content_index"]) for e in events} == {(item_id, 0)}
    assert "".join(e["delta"] for e in events[:-1]) == completed["transcript"] != ""
    usage = completed["usage"]
    assert usage["type"] in ("duration", "tokens")
    if usage["type"] == "duration":
        assert usage["seconds"] == pytest.approx(len(speech(silence_s=0)) / SECOND, abs=1.0)


@pytest.mark.parametrize("when", ["before the item", "after the response"])
def test_51_words_may_come_at_any_time(dialect: str, when: str) -> None:
    client = ClientProtocol(dialect=GA if dialect == "ga" else BETA, new_id=lambda kind: kind)
    place = {"item_id": "u", "content_index": 0}
    words = [
        {"type": f"{HEARD}.delta", **place, "delta": "Hello "},
        {"type": f"{HEARD}.delta", **place, "delta": "there"},
        {
            "type": f"{HEARD}.completed",
            **place,
            "transcript": "Hello there.",
            "usage": {"type": "duration", "seconds": 1},
        },
    ]
    content = [{"type": "input_audio", "transcript": None}]
    item = {"id": "u", "type": "message", "role": "user", "status": "completed", "content": content}
    added = "conversation.item.added" if dialect == "ga" else "conversation.item.created"
    response = {"id": "r", "object": "realtime.response", "output": [], "conversation_id": "c"}
    turn: list[dict[str, Any]] = [
        {"type": "input_audio_buffer.committed", "item_id": "u", "previous_item_id": None},
        {"type": added, "previous_item_id": None, "item": item},
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        {"type": "response.done", "response": {**response, "status": "completed"}},
    ]
    for number, event in enumerate(words + turn if when == "before the item" else turn + words):
        client.receive(json.dumps({"event_id": f"e{number}", **event}))
    assert client.conversation.text("u") == "Hello there."
    assert client.conversation.usage.transcription_seconds == 1
    assert len(client.conversation.items) == 1


def test_52_clear(wire: Wire) -> None:
    manual(wire)
    wire.send("input_audio_buffer.clear")
    wire.expect("input_audio_buffer.cleared")
    wire.append(speech())
    wire.send("input_audio_buffer.clear")
    wire.expect("input_audio_buffer.cleared")
    wire.refused("input_audio_buffer.commit")


@pytest.mark.parametrize("value", [5000, 30_000, None, 4999, 30_001, "soon"])
def test_53_the_limits_of_the_idle_timeout(wire: Wire, value: Any) -> None:
    setting = {"type": "server_vad", "idle_timeout_ms": value}
    if value in (5000, 30_000, None):
        session = wire.update(turn_detection=setting)
        assert wire.setting(session, "turn_detection")["idle_timeout_ms"] == value
        return
    error = wire.refused("session.update", session=wire.session(turn_detection=setting))
    assert error["param"] == "session.audio.input.turn_detection.idle_timeout_ms"


def test_53_who_says_nothing_is_asked(wire: Wire) -> None:
    wire.update(
        turn_detection={"type": "server_vad", "idle_timeout_ms": 5000},
        transcription={"model": "whisper-1"},
        output_modalities="text",
    )
    wire.respond("say hello")
    wire.append(bytes(7 * SECOND), SECOND)
    timeout = wire.until("input_audio_buffer.timeout_triggered")
    assert timeout["audio_end_ms"] - timeout["audio_start_ms"] == pytest.approx(5000, abs=500)
    committed = wire.until("input_audio_buffer.committed")
    assert committed["item_id"] == timeout["item_id"]
    added = wire.until("conversation.item.added")
    assert added["item"]["id"] == timeout["item_id"]
    assert added["item"]["content"][0]["type"] == "input_audio"
    wire.until("response.created")
    assert wire.until("response.done")["response"]["status"] == "completed"


def test_53_telephone_sound_is_as_long_as_any(wire: Wire) -> None:
    """The clock is the sound's: five seconds of G.711 are 40 kB."""
    wire.update(
        input_format="g711_ulaw",
        turn_detection={"type": "server_vad", "idle_timeout_ms": 5000},
        output_modalities="text",
    )
    wire.respond("say hello")
    wire.append(b"\xff" * 8 * 7000)
    wire.until("input_audio_buffer.timeout_triggered")
