"""What real servers send, against the letter of the protocol (reference, section 7)."""

from __future__ import annotations

import contextlib
import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtwidgets.errors import RemoteProtocolError
from rtwidgets.protocol import events as on
from rtwidgets.protocol.client import ClientProtocol
from rtwidgets.protocol.dialects import BETA, GA, Dialect
from rtwidgets.protocol.items import FunctionCall, Message, OutputAudio, OutputText, Response
from rtwidgets.protocol.leniency import Unreadable, read
from tests.protocol.strategies import JSON, any_of

GA_DONE = """{"type":"response.output_item.done","event_id":"event_8","response_id":"resp_1",
 "output_index":0,"item":{"id":"item_1","type":"message","status":"completed",
 "role":"assistant","content":[{"type":"output_audio","transcript":"Hi there."}]}}"""
BETA_DONE = """{"type":"response.output_item.done","event_id":"event_8","response_id":"resp_1",
 "output_index":0,"item":{"id":"item_1","object":"realtime.item","type":"message",
 "status":"completed","role":"assistant","content":[{"type":"audio",
 "transcript":"Hi there."}]}}"""
BETA_ADDED = """{"type":"conversation.item.created","event_id":"event_3",
 "previous_item_id":"item_0","item":{"id":"item_1","object":"realtime.item","type":"message",
 "status":"in_progress","role":"assistant","content":[]}}"""


def message(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, "event_id": "e", **fields})


def test_either_dialect_reads_either_spelling() -> None:
    for dialect in (GA, BETA):
        for frame in (BETA_ADDED, BETA_DONE, GA_DONE):
            assert not isinstance(dialect.decode_server(frame), on.UnknownEvent)
        # speech-to-speech and stdapi send the beta name among GA ones.
        event = dialect.decode_server(BETA_ADDED)
        assert isinstance(event, on.ConversationItemAdded)
        assert event.previous_item_id == "item_0"
        assert isinstance(event.item, Message)
        assert event.item.id == "item_1"


@pytest.mark.parametrize("dialect", [GA, BETA], ids=lambda dialect: dialect.name)
def test_an_unknown_kind_of_item_is_an_unknown_event(dialect: Dialect) -> None:
    item = {"id": "i", "type": "hologram", "server_label": "x", "tools": []}
    event = dialect.decode_server(message("conversation.item.added", item=item))
    assert isinstance(event, on.UnknownEvent)
    assert (event.type, event.raw["item"]) == ("conversation.item.added", item)


@pytest.mark.parametrize("dialect", [GA, BETA], ids=lambda dialect: dialect.name)
def test_an_unknown_item_in_a_response_does_not_hide_its_end(dialect: Dialect) -> None:
    output = [
        {"id": "a", "type": "hologram", "name": "x"},
        {"id": "b", "type": "function_call", "name": "f", "call_id": "c", "arguments": "{}"},
    ]
    event = dialect.decode_server(
        message("response.done", response={"id": "r", "status": "completed", "output": output})
    )
    assert isinstance(event, on.ResponseDone)
    assert event.response.output == (FunctionCall(id="b", name="f", call_id="c", arguments="{}"),)


def test_servers_that_bend_the_protocol_are_read() -> None:
    uuid = "2f1e4c3a-1111-2222-3333-444455556666"  # xAI: longer than an id of OpenAI may be
    response = {"id": uuid, "status_details": "unimplemented", "usage": {}, "output": []}
    event = GA.decode_server(message("response.created", response=response, rid="x"))
    assert isinstance(event, on.ResponseCreated)
    assert (event.response.id, event.response.status) == (uuid, "in_progress")

    item = {"id": uuid, "type": "message", "role": "assistant", "content": [{"type": "audio"}]}
    event = GA.decode_server(message("conversation.item.added", previous_item_id="0", item=item))
    assert isinstance(event, on.ConversationItemAdded)
    assert event.item == Message(id=uuid, role="assistant", content=(OutputAudio(),))

    bare = {"id": "i", "type": "message", "role": "assistant"}
    event = GA.decode_server(
        message("response.output_item.done", response_id="r", output_index=0, item=bare)
    )
    assert isinstance(event, on.ResponseOutputItemDone)
    assert event.item == Message(id="i", role="assistant", content=())

    where = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    event = GA.decode_server(message("response.content_part.done", **where))
    assert isinstance(event, on.ResponseContentPartDone)

    event = GA.decode_server(
        message(
            "session.updated",
            session={
                "turn_detection": {"type": "client_vad"},
                "voice": {"name": "x", "type": "azure"},
                "tools": [{"type": "mcp"}],
                "max_output_tokens": 16000,
                "model": "m",
            },
        )
    )
    assert isinstance(event, on.SessionUpdated)
    assert (event.session.model, event.session.tools) == ("m", ())
    assert event.session.max_output_tokens == 16000

    event = BETA.decode_server(
        message(
            "response.done",
            response={
                "id": "r",
                "status": "canceled",
                "usage": {"input_tokens": 5, "input_tokens_details": {"audio_tokens": 5.0}},
            },
        )
    )
    assert isinstance(event, on.ResponseDone)
    assert event.response.status == "cancelled"
    assert event.response.usage is not None
    assert event.response.usage.input_token_details.audio_tokens == 5

    event = BETA.decode_server(message("response.function_call_arguments.done", arguments="{}"))
    assert isinstance(event, on.ResponseFunctionCallArgumentsDone)
    event = BETA.decode_server('{"type":"input_audio_buffer.speech_started"}')
    assert isinstance(event, on.InputAudioBufferSpeechStarted)
    event = GA.decode_server('{"type":"error","error":"no such model","code":"404"}')
    assert isinstance(event, on.Error)
    assert (event.error.message, event.error.code) == ("no such model", "404")


@pytest.mark.parametrize("dialect", [GA, BETA], ids=lambda dialect: dialect.name)
@pytest.mark.parametrize(
    "frame",
    [
        "",
        "no json",
        "[1]",
        "{}",
        '{"type":5}',
        "[" * 100_000,
        b"\xff",
        '{"type":"response.output_text.delta","item_id":"i"}',
        '{"type":"response.output_audio.delta","item_id":"i","delta":"*"}',
        '{"type":"response.done"}',
        '{"type":"response.done","response":[]}',
        '{"type":"session.created","session":"x"}',
    ],
)
def test_what_is_no_event_is_the_other_sides_fault(dialect: Dialect, frame: Any) -> None:
    with pytest.raises(RemoteProtocolError):
        dialect.decode_server(frame)


def test_an_unknown_part_keeps_its_place() -> None:
    content = [{"type": "hologram"}, {"type": "output_text", "text": "second"}]
    item = read(Message, {"type": "message", "id": "i", "role": "assistant", "content": content})
    assert item.content == (OutputText(text=""), OutputText(text="second"))


def test_what_it_is_about_cannot_be_left_out() -> None:
    with pytest.raises(Unreadable, match="has no 'id'"):
        read(Response, {"status": "completed"})
    with pytest.raises(Unreadable, match="no object"):
        read(Response, [])
    with pytest.raises(Unreadable, match="of no known kind") as caught:
        read(on.ConversationItemAdded, {"item": {"type": "statue"}})
    assert caught.value.unknown


def test_a_value_that_makes_no_sense_takes_its_default() -> None:
    response = read(Response, {"id": "r", "status": "completed", "usage": 5, "metadata": {"a": 1}})
    assert (response.usage, response.metadata) == (None, {})


def spoiled(raw: Any, draw: Any) -> Any:
    """``raw`` with something in it replaced, taken away or put in."""
    if isinstance(raw, dict) and raw and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(raw)))
        if draw(st.booleans()):
            return {**raw, key: spoiled(raw[key], draw)}
        return {name: value for name, value in raw.items() if name != key}
    if isinstance(raw, list) and raw and draw(st.booleans()):
        return [spoiled(raw[0], draw), *raw[1:]]
    return draw(JSON)


@settings(max_examples=60)
@given(st.data(), st.sampled_from(get_args(on.ServerEvent)), st.sampled_from([GA, BETA]))
def test_a_spoiled_event_is_read_or_refused_and_the_next_one_is_read(
    data: st.DataObject, kind: Any, dialect: Dialect
) -> None:
    text = dialect.encode(data.draw(any_of(kind))) or "{}"
    raw = {**json.loads(text)}
    core = ClientProtocol(dialect=dialect, new_id=str)
    for _ in range(3):
        spoilt = spoiled({name: raw[name] for name in raw if name != "type"}, data.draw)
        frame = json.dumps({"type": raw.get("type"), **spoilt} if isinstance(spoilt, dict) else [])
        with contextlib.suppress(RemoteProtocolError):
            core.receive(frame)
        state = core.conversation
        assert len(state.items) == len({item.id for item in state.items})
        assert all(isinstance(state.text(str(item.id)), str) for item in state.items)
        assert all(response.status for response in state.responses.values())
    core.receive('{"type":"input_audio_buffer.speech_started"}')
    assert core.conversation.speaking
