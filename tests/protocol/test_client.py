"""The client core: what each command writes, and what each frame makes of the conversation."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from msgspec import UNSET

from rtwidgets.errors import LocalProtocolError, RemoteProtocolError
from rtwidgets.protocol import events as on
from rtwidgets.protocol.client import ClientProtocol
from rtwidgets.protocol.config import AudioConfig, AudioFormat, AudioOutput, SessionConfig, Tool
from rtwidgets.protocol.dialects import BETA, GA, Dialect
from rtwidgets.protocol.items import ResponseAudio, ResponseAudioOutput
from rtwidgets.protocol.response_config import ResponseConfig
from rtwidgets.protocol.validation import MAX_APPEND_BYTES
from tests.protocol.steps import created, put_out, reply, sound, user


def client(dialect: Dialect = GA) -> ClientProtocol:
    numbers = count(1)
    return ClientProtocol(dialect=dialect, new_id=lambda kind: f"{kind}_{next(numbers)}")


def sent(core: ClientProtocol) -> Any:
    (text,) = core.take_text()
    return json.loads(text)


@pytest.mark.parametrize("dialect", [GA, BETA], ids=lambda dialect: dialect.name)
def test_every_command_writes_one_event_that_a_server_takes(dialect: Dialect) -> None:
    core = client(dialect)
    for event in (sound("m", 4800), put_out(reply("m"))):
        core.conversation.apply(event)
    returned = [
        core.update_session(SessionConfig(instructions="")),
        core.append_audio(b"\x01\x02"),
        core.commit_audio(),
        core.clear_audio(),
        core.create_item(user("u"), previous_item_id="root"),
        core.retrieve_item("m"),
        core.truncate_item("m", 50.9),
        core.delete_item("m"),
        core.create_response(),
        core.create_response(ResponseConfig(conversation="none", metadata={"a": "b"})),
        core.cancel_response(),
        core.cancel_response("r"),
    ]
    texts = core.take_text()
    received = [dialect.decode_client(text) for text in texts]
    assert [event.event_id for event in received] == [f"event_{n + 1}" for n in range(len(texts))]
    assert [event.event_id for event in returned] == [event.event_id for event in received]
    assert [type(event) for event in returned] == [type(event) for event in received]
    assert received[1] == returned[1]
    assert core.take_text() == []


def test_an_update_says_the_type_of_its_session() -> None:
    core = client()
    core.update_session(SessionConfig(instructions="x"))
    assert sent(core)["session"] == {"type": "realtime", "instructions": "x"}
    core.receive('{"type":"session.created","session":{"type":"transcription"}}')
    core.update_session(SessionConfig(audio=AudioConfig()))
    assert sent(core)["session"] == {"type": "transcription", "audio": {}}


def test_optional_words_are_left_out() -> None:
    core = client()
    core.create_response()
    core.cancel_response()
    core.create_item(user("u"))
    response, cancel, item = (json.loads(text) for text in core.take_text())
    assert set(response) == set(cancel) == {"type", "event_id"}
    assert set(item) == {"type", "event_id", "item"}


# Truncation: a client never names sound that it did not receive.


@pytest.mark.parametrize(
    ("played_ms", "end_ms"), [(40, 40), (99.999, 99), (100, 100), (5000, 100), (-3, 0)]
)
def test_truncation_stays_within_the_received_sound(played_ms: float, end_ms: int) -> None:
    core = client()
    core.conversation.apply(sound("m", 4800))
    assert core.truncate_item("m", played_ms).audio_end_ms == end_ms


def test_truncation_counts_in_the_format_of_the_response() -> None:
    core = client()
    ulaw = AudioFormat(type="audio/pcmu")
    audio = ResponseAudio(output=ResponseAudioOutput(format=ulaw))
    for event in (created(audio=audio), put_out(reply("m")), sound("m", 800)):
        core.conversation.apply(event)
    assert core.truncate_item("m", 5000).audio_end_ms == 100


def test_an_item_without_sound_cannot_be_truncated() -> None:
    core = client()
    core.conversation.apply(put_out(reply("m")))
    with pytest.raises(LocalProtocolError, match="no sound of item 'm'"):
        core.truncate_item("m", 0)
    assert core.take_text() == []


def test_too_much_sound_at_once_is_refused_before_it_is_sent() -> None:
    core = client()
    core.append_audio(bytes(MAX_APPEND_BYTES))
    with pytest.raises(LocalProtocolError, match="append it in pieces"):
        core.append_audio(bytes(MAX_APPEND_BYTES + 1))
    assert len(core.take_text()) == 1


@pytest.mark.parametrize(
    "parameters", [{"a": object()}, {"a": "\ud800"}], ids=["no JSON", "lone surrogate"]
)
@pytest.mark.parametrize("dialect", [GA, BETA], ids=lambda dialect: dialect.name)
def test_what_cannot_be_written_is_the_callers_fault(dialect: Dialect, parameters: Any) -> None:
    core = client(dialect)
    with pytest.raises(LocalProtocolError, match="cannot be written as JSON"):
        core.update_session(SessionConfig(tools=(Tool(name="f", parameters=parameters),)))
    assert core.take_text() == []


# Receiving


def test_a_frame_is_applied_and_returned() -> None:
    core = client()
    event = core.receive(GA.encode(on.SessionCreated(session=SessionConfig(model="m"))) or "")
    assert isinstance(event, on.SessionCreated)
    assert core.conversation.session.model == "m"


def test_a_frame_that_is_no_event_changes_nothing_and_the_next_one_is_read() -> None:
    core, before = client(), client()
    for frame in ("", "[]", '{"type":"response.done"}', b"\xff"):
        with pytest.raises(RemoteProtocolError):
            core.receive(frame)
    assert core.conversation == before.conversation
    assert isinstance(core.receive('{"type":"ping","timestamp":1}'), on.UnknownEvent)
    assert core.conversation == before.conversation
    core.receive(b'{"type":"input_audio_buffer.speech_started"}')
    assert core.conversation.speaking


def test_a_command_changes_nothing_until_the_server_says_so() -> None:
    core, before = client(), client()
    core.update_session(SessionConfig(audio=AudioConfig(output=AudioOutput(voice="verse"))))
    core.create_item(user("u"))
    core.create_response()
    assert core.conversation == before.conversation
    assert core.conversation.session.audio is UNSET
