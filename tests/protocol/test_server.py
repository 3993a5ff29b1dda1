"""The server core judged through the pair: flows, orders, refusals (reference, sections 4, 5)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import UNSET

from rtwidgets.protocol import events
from rtwidgets.protocol.config import (
    AudioConfig,
    AudioFormat,
    AudioInput,
    AudioOutput,
    SessionConfig,
    TurnDetection,
)
from rtwidgets.protocol.dialects import BETA, GA, Dialect
from rtwidgets.protocol.work import Respond
from tests.pair import Pair, asked

MESSAGE_ORDER = [
    "ResponseCreated",
    "ResponseOutputItemAdded",
    "ConversationItemAdded",
    "ResponseContentPartAdded",
]


def test_the_session_is_announced_first(pair: Pair) -> None:
    assert pair.names() == ["SessionCreated"]
    assert pair.client.conversation.session.id == "sess_1"
    assert json.loads(pair.wire[0])["event_id"] == "event_1"


def test_a_text_turn(pair: Pair) -> None:
    pair.update(SessionConfig(type="realtime", output_modalities=("text",)))
    pair.client.create_item(asked("hello"))
    pair.client.create_response()
    before = len(pair.events)
    pair.settle()
    pair.answer("Hi ", "there.")
    assert pair.names(pair.events[before:]) == pair.without_done(
        [
            "ConversationItemAdded",
            "ConversationItemDone",
            *MESSAGE_ORDER,
            "ResponseOutputTextDelta",
            "ResponseOutputTextDelta",
            "ResponseOutputTextDone",
            "ResponseContentPartDone",
            "ConversationItemDone",
            "ResponseOutputItemDone",
            "ResponseDone",
        ],
    )
    user, assistant = pair.client.conversation.items
    assert pair.client.conversation.text(str(user.id)) == "hello"
    assert pair.client.conversation.text(str(assistant.id)) == "Hi there."
    assert assistant.status == "completed"


def test_a_spoken_answer_closes_in_the_documented_order(pair: Pair) -> None:
    pair.client.create_item(asked("hello"))
    pair.client.create_response()
    pair.settle()
    names = pair.names(pair.answer("Hi ", "there."))
    closing = pair.without_done(
        [
            "ResponseOutputAudioDone",
            "ResponseOutputAudioTranscriptDone",
            "ResponseContentPartDone",
            "ConversationItemDone",
            "ResponseOutputItemDone",
            "ResponseDone",
        ],
    )
    assert names[-len(closing) :] == closing
    item = pair.client.conversation.items[-1]
    assert pair.client.conversation.audio_bytes[str(item.id)] == 2 * 100 * 48
    assert all("audio" not in part for part in json.loads(pair.wire[-1])["response"]["output"])


def test_truncation_takes_the_transcript_and_keeps_what_was_heard_for_the_model(
    pair: Pair,
) -> None:
    pair.client.create_item(asked("count"))
    pair.client.create_response()
    pair.settle()
    pair.answer("one ", "two ", "three ", "four", audio_ms=500)
    item_id = str(pair.client.conversation.items[-1].id)
    pair.client.truncate_item(item_id, 1000)
    assert pair.names(pair.settle()) == ["ConversationItemTruncated"]
    assert pair.client.conversation.text(item_id) == ""
    pair.client.create_response()
    pair.settle()
    spoken = pair.take(Respond).items[-1]
    assert spoken.content[0].transcript == "one two"  # type: ignore[union-attr]


@pytest.mark.parametrize("end_ms", [2001, 50_000])
def test_truncation_beyond_the_sound_is_refused(pair: Pair, end_ms: int) -> None:
    pair.client.create_item(asked("count"))
    pair.client.create_response()
    pair.settle()
    pair.answer("one", audio_ms=2000)
    item_id = str(pair.client.conversation.items[-1].id)
    # Our own client brings such a position back to the end; others may not.
    event = events.ConversationItemTruncate(item_id=item_id, content_index=0, audio_end_ms=end_ms)
    (error,) = pair.send(pair.client.dialect.encode(event) or "")
    assert "already shorter" in error.error.message
    assert pair.client.conversation.text(item_id) == "one"


def test_an_item_goes_where_it_is_put(pair: Pair) -> None:
    for text, previous in (("b", UNSET), ("a", "root"), ("c", UNSET)):
        pair.client.create_item(asked(text), previous)
    pair.settle()
    items = pair.client.conversation.items
    pair.client.create_item(asked("a2"), items[0].id)
    pair.client.create_item(asked("x"), "nobody")
    error = pair.settle()[-1].error
    assert error.param == "previous_item_id"
    words = [pair.client.conversation.text(str(i.id)) for i in pair.client.conversation.items]
    assert words == ["a", "a2", "b", "c"]


def test_items_can_be_retrieved_and_deleted(pair: Pair) -> None:
    pair.update(
        SessionConfig(type="realtime", audio=AudioConfig(input=AudioInput(turn_detection=None)))
    )
    pair.client.append_audio(b"\x01\x00" * 2400)
    pair.client.commit_audio()
    pair.settle()
    item_id = str(pair.client.conversation.items[0].id)
    pair.client.retrieve_item(item_id)
    (retrieved,) = pair.settle()
    assert retrieved.item.content[0].audio == b"\x01\x00" * 2400
    pair.client.delete_item(item_id)
    pair.client.delete_item(item_id)
    pair.client.retrieve_item(item_id)
    codes = [event.error.code for event in pair.settle()[1:]]
    assert codes == ["item_delete_invalid_item_id", "item_retrieve_invalid_item_id"]


def test_a_session_update_changes_only_what_it_names(pair: Pair) -> None:
    pair.update(SessionConfig(type="realtime", instructions="be kind"))
    (updated,) = pair.update(
        SessionConfig(
            type="realtime",
            audio=AudioConfig(
                input=AudioInput(turn_detection=TurnDetection(silence_duration_ms=200)),
                output=AudioOutput(format=AudioFormat(type="audio/pcmu")),
            ),
        )
    )
    session = updated.session
    assert session.instructions == "be kind"
    assert session.audio.output.voice == "alloy"
    assert session.audio.output.format.type == "audio/pcmu"
    turn_detection = session.audio.input.turn_detection
    assert (turn_detection.silence_duration_ms, turn_detection.prefix_padding_ms) == (200, 300)
    (cleared,) = pair.update(SessionConfig(type="realtime", instructions="", tools=()))
    assert cleared.session.instructions == ""


def test_the_voice_is_locked_once_the_assistant_spoke(pair: Pair) -> None:
    def voice(name: str) -> SessionConfig:
        return SessionConfig(type="realtime", audio=AudioConfig(output=AudioOutput(voice=name)))

    assert pair.names(pair.update(voice("verse"))) == ["SessionUpdated"]
    pair.client.create_response()
    pair.settle()
    pair.answer("Hi.")
    assert pair.names(pair.update(voice("verse"))) == ["SessionUpdated"]
    (error,) = pair.update(voice("ash"))
    assert error.error.code == "cannot_update_voice"


def test_an_unknown_voice_is_refused_with_the_list(pair: Pair) -> None:
    (error,) = pair.update(
        SessionConfig(type="realtime", audio=AudioConfig(output=AudioOutput(voice="darth")))
    )
    assert (error.error.code, "'verse'" in error.error.message) == ("invalid_value", True)
    expected = "session.voice" if pair.client.dialect is BETA else "session.audio.output.voice"
    assert error.error.param == expected


@pytest.mark.parametrize(
    "frame",
    ["", "{", "[]", "null", '"x"', "{}", '{"type": 5}', '{"type": "no.such"}', "\ud800", b"\xff"],
)
def test_a_frame_that_is_no_event_is_one_error(frame: Any) -> None:
    pair = Pair()
    (error,) = pair.send(frame)
    assert isinstance(error, events.Error)
    assert error.error.type == "invalid_request_error"
    pair.client.create_item(asked("still here"))
    assert pair.names(pair.settle())[0] == "ConversationItemAdded"


def test_beta_carries_temperature_and_ga_refuses_it() -> None:
    beta = Pair(BETA)
    (updated,) = beta.send('{"type":"session.update","session":{"temperature":0.9}}')
    assert updated.session.temperature == 0.9
    (refused,) = beta.send('{"type":"session.update","event_id":"e","session":{"temperature":1.3}}')
    assert (refused.error.code, refused.error.param, refused.error.event_id) == (
        "decimal_above_max_value",
        "session.temperature",
        "e",
    )
    (refused,) = Pair(GA).send(
        '{"type":"session.update","session":{"type":"realtime","temperature":0.9}}'
    )
    assert (refused.error.code, refused.error.param) == (
        "unknown_parameter",
        "session.temperature",
    )


@pytest.mark.parametrize("dialect", [GA, BETA], ids=["ga", "beta"])
def test_every_item_of_the_wire_is_spelled_in_its_dialect(dialect: Dialect) -> None:
    pair = Pair(dialect)
    pair.client.create_item(asked("hello"))
    pair.client.create_response()
    pair.settle()
    pair.answer("Hi.")
    output = json.loads(pair.wire[-1])["response"]["output"][0]
    if dialect is BETA:
        assert output["object"] == "realtime.item"
        assert output["content"] == [{"type": "audio", "transcript": "Hi."}]
    else:
        assert "object" not in output
        assert output["content"] == [{"type": "output_audio", "transcript": "Hi."}]


def test_half_a_character_of_an_engine_does_no_harm(pair: Pair) -> None:
    pair.client.create_response()
    pair.settle()
    pair.answer("na\udcefve \ud83d")
    assert pair.client.conversation.text(str(pair.client.conversation.items[-1].id)) == "na?ve ?"
