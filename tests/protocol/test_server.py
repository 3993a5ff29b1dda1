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
    Tool,
    ToolChoiceFunction,
    Transcription,
    TurnDetection,
)
from rtwidgets.protocol.dialects import BETA, GA, Dialect
from rtwidgets.protocol.items import (
    FunctionCallOutput,
    InputAudio,
    InputText,
    ItemReference,
    Message,
)
from rtwidgets.protocol.response_config import ResponseConfig
from rtwidgets.protocol.work import Cancel, Respond, Resume, Speculate, Transcribe
from tests.pair import Pair

MESSAGE_ORDER = [
    "ResponseCreated",
    "ResponseOutputItemAdded",
    "ConversationItemAdded",
    "ResponseContentPartAdded",
]


@pytest.fixture(params=[GA, BETA], ids=["ga", "beta"])
def pair(request: pytest.FixtureRequest) -> Pair:
    return Pair(request.param)


def asked(text: str) -> Message:
    return Message(role="user", content=(InputText(text=text),))


def no_turns() -> SessionConfig:
    return SessionConfig(type="realtime", audio=AudioConfig(input=AudioInput(turn_detection=None)))


def text_only() -> SessionConfig:
    return SessionConfig(type="realtime", output_modalities=("text",))


def without_done(pair: Pair, names: list[str]) -> list[str]:
    """The beta dialect has no ``conversation.item.done``."""
    return [n for n in names if pair.client.dialect is GA or n != "ConversationItemDone"]


def test_the_session_is_announced_first(pair: Pair) -> None:
    assert pair.names() == ["SessionCreated"]
    assert pair.client.conversation.session.id == "sess_1"
    assert json.loads(pair.wire[0])["event_id"] == "event_1"


def test_a_text_turn(pair: Pair) -> None:
    pair.update(text_only())
    pair.client.create_item(asked("hello"))
    pair.client.create_response()
    before = len(pair.events)
    pair.settle()
    pair.answer("Hi ", "there.")
    assert pair.names(pair.events[before:]) == without_done(
        pair,
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
    closing = without_done(
        pair,
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


def test_a_spoken_turn_under_server_vad(pair: Pair) -> None:
    pair.update(
        SessionConfig(
            type="realtime",
            audio=AudioConfig(input=AudioInput(transcription=Transcription(model="whisper-1"))),
        )
    )
    seen = pair.speak(speech_ms=960, silence_ms=640)
    assert pair.names(seen) == without_done(
        pair,
        [
            "InputAudioBufferSpeechStarted",
            "InputAudioBufferSpeechStopped",
            "InputAudioBufferCommitted",
            "ConversationItemAdded",
            "ConversationItemDone",
            "ResponseCreated",
        ],
    )
    assert len({e.item_id for e in seen[:3]} | {seen[3].item.id}) == 1
    assert seen[0].audio_start_ms == 0
    assert seen[1].audio_end_ms == 960 + 512
    assert not any(isinstance(work, Respond) for work in pair.work)
    names = pair.names(pair.write_down("what is this", 1.2))
    assert names == [
        "ConversationItemInputAudioTranscriptionDelta",
        "ConversationItemInputAudioTranscriptionCompleted",
    ]
    item = next(work for work in pair.work if isinstance(work, Respond)).items[0]
    assert isinstance(item, Message)
    assert item.content == (InputAudio(transcript="what is this"),)
    pair.answer("A test.")
    assert [row.status for row in pair.client.conversation.usage.rows] == ["completed"]


def test_transcripts_reach_the_model_but_not_the_wire_when_they_are_off(pair: Pair) -> None:
    pair.speak(speech_ms=960, silence_ms=640)
    assert pair.write_down("what is this") == []
    content = pair.take(Respond).items[0].content  # type: ignore[union-attr]
    assert content == (InputAudio(transcript="what is this"),)
    assert pair.client.conversation.text(str(pair.client.conversation.items[0].id)) == ""


def test_a_pause_is_transcribed_ahead_and_dropped_when_the_user_goes_on(pair: Pair) -> None:
    pair.speak(speech_ms=640, silence_ms=192)
    guess = pair.take(Speculate)
    assert len(guess.audio) == round(guess.format.byte_count(800))
    pair.speak(speech_ms=640, silence_ms=0)
    assert pair.take(Resume).item_id == guess.item_id


def test_barge_in_closes_the_answer_before_anything_else(pair: Pair) -> None:
    pair.client.create_item(asked("count"))
    pair.client.create_response()
    pair.settle()
    response_id = pair.take(Respond).response_id
    pair.server.text_delta(response_id, "one two")
    pair.server.audio_delta(response_id, bytes(4800))
    pair.settle()
    seen = pair.speak(speech_ms=128, silence_ms=0)
    assert pair.names(seen) == without_done(
        pair,
        [
            "InputAudioBufferSpeechStarted",
            "ResponseOutputAudioDone",
            "ResponseOutputAudioTranscriptDone",
            "ResponseContentPartDone",
            "ConversationItemDone",
            "ResponseOutputItemDone",
            "ResponseDone",
        ],
    )
    done = seen[-1].response
    assert (done.status, done.status_details.reason) == ("cancelled", "turn_detected")
    assert done.output[0].status == "incomplete"
    assert pair.take(Cancel).response_id == response_id
    pair.server.text_delta(response_id, "three")
    pair.server.finished(response_id)
    assert pair.settle() == []


def test_no_interruption_where_the_session_forbids_it(pair: Pair) -> None:
    pair.update(
        SessionConfig(
            type="realtime",
            audio=AudioConfig(
                input=AudioInput(turn_detection=TurnDetection(interrupt_response=False))
            ),
        )
    )
    pair.client.create_item(asked("count"))
    pair.client.create_response()
    pair.settle()
    assert pair.names(pair.speak(speech_ms=128, silence_ms=0)) == ["InputAudioBufferSpeechStarted"]
    pair.answer("one")
    assert pair.client.conversation.usage.rows[0].status == "completed"


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


def test_push_to_talk(pair: Pair) -> None:
    pair.update(no_turns())
    pair.client.append_audio(bytes(4800))
    committed = pair.client.commit_audio()
    assert pair.names(pair.settle()) == without_done(
        pair, ["InputAudioBufferCommitted", "ConversationItemAdded", "ConversationItemDone"]
    )
    assert pair.take(Transcribe).audio == bytes(4800)
    pair.client.append_audio(bytes(4798))
    refused = pair.client.commit_audio()
    (error,) = pair.settle()
    assert error.error.code == "input_audio_buffer_commit_empty"
    assert error.error.event_id == refused.event_id != committed.event_id


def test_a_function_call_round_trip(pair: Pair) -> None:
    pair.update(SessionConfig(type="realtime", tools=(Tool(name="weather"),)))
    pair.client.create_item(asked("weather?"))
    pair.client.create_response()
    pair.settle()
    response_id = pair.take(Respond).response_id
    pair.server.text_delta(response_id, "Let me look.")
    pair.server.tool_call(response_id, "weather", '{"city": "Graz"}')
    pair.server.finished(response_id)
    pair.settle()
    call = pair.client.conversation.items[-1]
    assert (call.name, call.arguments, call.status) == (  # type: ignore[union-attr]
        "weather",
        '{"city": "Graz"}',
        "completed",
    )
    done = pair.events[-1].response
    assert [type(item).__name__ for item in done.output] == ["Message", "FunctionCall"]
    pair.client.create_item(FunctionCallOutput(call_id=call.call_id, output="rain"))  # type: ignore[union-attr]
    pair.client.create_item(FunctionCallOutput(call_id="call_unknown", output="rain"))
    assert pair.settle()[-1].error.code == "invalid_tool_call_id"


def test_one_active_response_and_others_beside_it(pair: Pair) -> None:
    pair.client.create_response()
    pair.client.create_response()
    (_, error) = pair.settle()
    assert error.error.code == "conversation_already_has_active_response"
    pair.client.create_response(
        ResponseConfig(conversation="none", input=(asked("x"),), metadata={"topic": "t"})
    )
    (created,) = pair.settle()
    assert created.response.conversation_id is None
    assert created.response.metadata == {"topic": "t"}
    beside = [work for work in pair.work if isinstance(work, Respond)][1]
    pair.server.text_delta(beside.response_id, "quiet")
    pair.server.finished(beside.response_id)
    assert not [name for name in pair.names(pair.settle()) if name.startswith("Conversation")]
    assert pair.client.conversation.items == ()
    assert pair.client.conversation.active_response is not None


def test_response_parameters_hold_for_this_response_only(pair: Pair) -> None:
    pair.client.create_response(
        ResponseConfig(
            instructions="short",
            output_modalities=("text",),
            max_output_tokens=7,
            tools=(Tool(name="f"),),
            tool_choice=ToolChoiceFunction(name="f"),
            audio=AudioConfig(output=AudioOutput(voice="verse")),
        )
    )
    pair.settle()
    work = pair.take(Respond)
    assert (work.instructions, work.modality, work.max_output_tokens) == ("short", "text", 7)
    assert (work.voice, work.tool_choice) == ("verse", ToolChoiceFunction(name="f"))
    session = pair.client.conversation.session
    assert (session.instructions, session.tools, session.max_output_tokens) == ("", (), "inf")


def test_the_input_of_a_response_replaces_the_conversation(pair: Pair) -> None:
    pair.client.create_item(asked("old"))
    pair.client.create_item(asked("kept"))
    pair.settle()
    kept = str(pair.client.conversation.items[-1].id)
    pair.client.create_response(
        ResponseConfig(conversation="none", input=(ItemReference(id=kept), asked("new")))
    )
    pair.client.create_response(ResponseConfig(input=(ItemReference(id="nobody"),)))
    assert pair.settle()[-1].error.param == "response.input[0].id"
    items = pair.take(Respond).items
    assert [item.content[0].text for item in items] == ["kept", "new"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("ending", "status", "detail"),
    [
        ("incomplete", "incomplete", "max_output_tokens"),
        ("cancel", "cancelled", "client_cancelled"),
        ("fail", "failed", "it broke"),
    ],
)
def test_every_ending_is_one_response_done(
    pair: Pair, ending: str, status: str, detail: str
) -> None:
    pair.client.create_response()
    pair.settle()
    response_id = pair.take(Respond).response_id
    pair.server.text_delta(response_id, "one")
    if ending == "incomplete":
        pair.server.finished(response_id, incomplete=True)
    elif ending == "cancel":
        pair.client.cancel_response(response_id)
    else:
        pair.server.failed(response_id, "it broke")
    done = pair.settle()[-1]
    details = done.response.status_details
    assert isinstance(done, events.ResponseDone)
    assert done.response.status == status
    assert detail in (details.reason, details.error and details.error.message)
    assert done.response.output[0].status == "incomplete"
    pair.client.cancel_response()
    assert pair.settle()[0].error.code == "response_cancel_not_active"


def test_cancelled_before_any_output_costs_nothing(pair: Pair) -> None:
    pair.client.create_item(asked("hello"))
    pair.client.create_response()
    pair.client.cancel_response()
    done = pair.settle()[-1].response
    assert (done.status, done.output, done.usage.total_tokens) == ("cancelled", (), 0)


def test_usage_grows_with_the_context_and_old_context_is_cached(pair: Pair) -> None:
    pair.update(SessionConfig(type="realtime", instructions="word " * 100))
    totals, cached = [], []
    for _ in range(3):
        pair.client.create_item(asked("question " * 40))
        pair.client.create_response()
        pair.settle()
        usage = pair.answer("answer", audio_ms=1000)[-1].response.usage
        assert usage.total_tokens == usage.input_tokens + usage.output_tokens
        assert usage.output_token_details.audio_tokens == 20
        totals.append(usage.input_tokens)
        cached.append(usage.input_token_details.cached_tokens)
    assert totals == [140, 200, 260]
    assert cached == [0, 128, 128]


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
    pair.update(no_turns())
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
