"""Both spellings against the recorded frames of the reference, and the handshake."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from rtwidgets.protocol import events as on
from rtwidgets.protocol.config import (
    PCM16_24K,
    AudioConfig,
    AudioFormat,
    AudioInput,
    AudioOutput,
    SessionConfig,
    TurnDetection,
)
from rtwidgets.protocol.defaults import default_session
from rtwidgets.protocol.dialects import BETA, GA, Dialect, offered_dialect, offered_key
from rtwidgets.protocol.items import (
    ItemReference,
    Message,
    OutputText,
)
from rtwidgets.protocol.response_config import ResponseConfig
from rtwidgets.protocol.spelling import BETA_NAMES, GA_NAMES, SERVER_EVENTS

GA_SESSION = """{"type":"session.created","event_id":"event_1","session":{
 "type":"realtime","object":"realtime.session","id":"sess_1","model":"gpt-realtime",
 "output_modalities":["audio"],"instructions":"be kind","tools":[],"tool_choice":"auto",
 "max_output_tokens":"inf","tracing":null,"truncation":"auto","prompt":null,
 "expires_at":1785217648,
 "audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"transcription":null,
   "noise_reduction":null,"turn_detection":{"type":"server_vad","threshold":0.5,
     "prefix_padding_ms":300,"silence_duration_ms":200,"idle_timeout_ms":null,
     "create_response":true,"interrupt_response":true}},
  "output":{"format":{"type":"audio/pcm","rate":24000},"voice":"alloy","speed":1.0}},
 "include":null}}"""
BETA_SESSION = """{"type":"session.created","event_id":"event_1","session":{
 "id":"sess_1","object":"realtime.session","expires_at":1785217648,
 "input_audio_noise_reduction":null,"turn_detection":{"type":"server_vad","threshold":0.5,
 "prefix_padding_ms":300,"silence_duration_ms":200,"create_response":true,
 "interrupt_response":true},"input_audio_format":"pcm16","input_audio_transcription":null,
 "client_secret":null,"include":null,"model":"gpt-realtime","modalities":["text","audio"],
 "instructions":"be kind","voice":"alloy","output_audio_format":"pcm16","tool_choice":"auto",
 "temperature":0.8,"max_response_output_tokens":"inf","speed":1.0,"tools":[]}}"""
GA_RESPONSE = """{"type":"response.created","event_id":"event_1","response":{
 "object":"realtime.response","id":"resp_1","status":"in_progress","status_details":null,
 "output":[],"conversation_id":"conv_1","output_modalities":["audio"],"max_output_tokens":"inf",
 "audio":{"output":{"format":{"type":"audio/pcm","rate":24000},"voice":"marin"}},
 "usage":null,"metadata":null}}"""
BETA_RESPONSE = """{"type":"response.created","event_id":"event_1","response":{
 "object":"realtime.response","id":"resp_1","status":"in_progress","status_details":null,
 "output":[],"conversation_id":"conv_1","modalities":["text","audio"],"voice":"coral",
 "output_audio_format":"pcm16","temperature":0.8,"max_output_tokens":"inf","usage":null,
 "metadata":null}}"""
BETA_CANCELLED = """{"type":"response.done","event_id":"event_11","response":{
 "object":"realtime.response","id":"resp_1","status":"cancelled","status_details":{
 "type":"cancelled","reason":"turn_detected"},"output":[{"id":"item_1","object":"realtime.item",
 "type":"message","status":"incomplete","role":"assistant","content":[{"type":"audio",
 "transcript":"Okay, to best"}]}],"conversation_id":"conv_1","modalities":["text","audio"],
 "voice":"coral","output_audio_format":"pcm16","temperature":0.8,"max_output_tokens":"inf",
 "usage":{"total_tokens":1515,"input_tokens":1491,"output_tokens":24,"input_token_details":{
 "text_tokens":1031,"audio_tokens":460,"cached_tokens":0,"cached_tokens_details":{
 "text_tokens":0,"audio_tokens":0}},"output_token_details":{"text_tokens":9,
 "audio_tokens":15}},"metadata":null}}"""
BETA_ADDED = """{"type":"conversation.item.created","event_id":"event_3",
 "previous_item_id":"item_0","item":{"id":"item_1","object":"realtime.item","type":"message",
 "status":"in_progress","role":"assistant","content":[]}}"""
GA_DONE = """{"type":"response.output_item.done","event_id":"event_8","response_id":"resp_1",
 "output_index":0,"item":{"id":"item_1","type":"message","status":"completed",
 "role":"assistant","content":[{"type":"output_audio","transcript":"Hi there."}]}}"""
BETA_DONE = """{"type":"response.output_item.done","event_id":"event_8","response_id":"resp_1",
 "output_index":0,"item":{"id":"item_1","object":"realtime.item","type":"message",
 "status":"completed","role":"assistant","content":[{"type":"audio",
 "transcript":"Hi there."}]}}"""
BOTH_PART = """{"type":"response.content_part.added","event_id":"event_4",
 "response_id":"resp_1","item_id":"item_1","output_index":0,"content_index":0,
 "part":{"type":"audio","transcript":""}}"""
BOTH_COMMITTED = """{"type":"input_audio_buffer.committed","event_id":"event_9",
 "previous_item_id":null,"item_id":"item_3"}"""


@pytest.mark.parametrize(
    ("dialect", "frame"),
    [
        (GA, GA_SESSION),
        (BETA, BETA_SESSION),
        (GA, GA_RESPONSE),
        (BETA, BETA_RESPONSE),
        (BETA, BETA_CANCELLED),
        (BETA, BETA_ADDED),
        (GA, GA_DONE),
        (BETA, BETA_DONE),
        (GA, BOTH_PART),
        (BETA, BOTH_PART),
        (GA, BOTH_COMMITTED),
        (BETA, BOTH_COMMITTED),
    ],
)
def test_a_recorded_frame_is_written_as_it_was_read(dialect: Dialect, frame: str) -> None:
    event = dialect.decode_server(frame)
    assert not isinstance(event, on.UnknownEvent)
    assert json.loads(dialect.encode(event) or "") == json.loads(frame)


def test_both_spellings_of_one_session_are_one_value() -> None:
    ga, beta = GA.decode_server(GA_SESSION), BETA.decode_server(BETA_SESSION)
    assert isinstance(ga, on.SessionCreated)
    assert isinstance(beta, on.SessionCreated)
    told = msgspec.structs.replace(
        ga.session, temperature=0.8, truncation=msgspec.UNSET, tracing=msgspec.UNSET
    )
    assert beta.session == msgspec.structs.replace(told, prompt=msgspec.UNSET)


def test_both_spellings_of_one_item_are_one_value() -> None:
    assert GA.decode_server(GA_DONE) == BETA.decode_server(BETA_DONE)


def test_names_map_to_events_that_exist() -> None:
    assert set(BETA_NAMES) <= set(SERVER_EVENTS)
    assert set(GA_NAMES.values()) <= set(SERVER_EVENTS) | {"session.update"}
    assert all(GA_NAMES[beta] == ga for ga, beta in BETA_NAMES.items())


def test_a_delta_is_renamed_and_nothing_else() -> None:
    fields = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    event = on.ResponseOutputAudioTranscriptDelta(delta="response.output_audio", **fields)
    raw = json.loads(BETA.encode(event) or "")
    assert raw == {
        "type": "response.audio_transcript.delta",
        "delta": "response.output_audio",
        **fields,
    }


# Requests


def sent(dialect: Dialect, event: Any) -> Any:
    return json.loads(dialect.encode(event) or "")


def test_a_beta_update_is_flat() -> None:
    config = SessionConfig(
        type="realtime",
        output_modalities=("audio",),
        audio=AudioConfig(
            input=AudioInput(
                format=AudioFormat(type="audio/pcmu"),
                turn_detection=TurnDetection(type="server_vad", idle_timeout_ms=6000),
                transcription=None,
            ),
            output=AudioOutput(format=PCM16_24K, voice="verse", speed=1.2),
        ),
        max_output_tokens=100,
        temperature=0.7,
        truncation="auto",
    )
    assert sent(BETA, on.SessionUpdate(session=config)) == {
        "type": "session.update",
        "session": {
            "modalities": ["text", "audio"],
            "input_audio_format": "g711_ulaw",
            "output_audio_format": "pcm16",
            "input_audio_transcription": None,
            "turn_detection": {"type": "server_vad"},
            "voice": "verse",
            "speed": 1.2,
            "max_response_output_tokens": 100,
            "temperature": 0.7,
        },
    }


@pytest.mark.parametrize("modalities", [["text", "audio"], ["audio", "text"]])
def test_a_beta_client_may_name_its_modalities_in_any_order(modalities: list[str]) -> None:
    text = json.dumps({"type": "session.update", "session": {"modalities": modalities}})
    event = BETA.decode_client(text)
    assert isinstance(event, on.SessionUpdate)
    assert event.session == SessionConfig(type="realtime", output_modalities=("audio",))


@pytest.mark.parametrize("name", ["max_response_output_tokens", "max_output_tokens"])
def test_a_beta_response_takes_either_word_for_its_limit(name: str) -> None:
    text = json.dumps({"type": "response.create", "response": {name: 5, "voice": "sage"}})
    event = BETA.decode_client(text)
    assert isinstance(event, on.ResponseCreate)
    assert event.response == ResponseConfig(
        max_output_tokens=5, audio=AudioConfig(output=AudioOutput(voice="sage"))
    )


def test_beta_text_of_the_assistant() -> None:
    item = Message(role="assistant", content=(OutputText(text="x"),))
    raw = sent(BETA, on.ConversationItemCreate(item=item))
    assert raw["item"] == {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "x"}],
    }
    event = BETA.decode_client(
        json.dumps({**raw, "item": {**raw["item"], "object": "realtime.item"}})
    )
    assert isinstance(event, on.ConversationItemCreate)
    assert event.item == item


def test_a_part_that_refers_to_an_item_is_a_reference() -> None:
    # The early beta page put the reference inside a message.
    part = {"type": "item_reference", "id": "item_1"}
    items = [{"type": "message", "role": "user", "content": [part]}, part]
    text = json.dumps({"type": "response.create", "response": {"input": items}})
    event = BETA.decode_client(text)
    assert isinstance(event, on.ResponseCreate)
    assert isinstance(event.response, ResponseConfig)
    assert event.response.input == (ItemReference(id="item_1"),) * 2


def test_a_transcription_session_has_names_of_its_own_in_beta() -> None:
    config = SessionConfig(
        type="transcription", audio=AudioConfig(input=AudioInput(format=PCM16_24K))
    )
    for kind, name in (
        (on.SessionUpdate, "transcription_session.update"),
        (on.SessionCreated, "transcription_session.created"),
        (on.SessionUpdated, "transcription_session.updated"),
    ):
        assert sent(GA, kind(session=config))["session"]["type"] == "transcription"
        raw = sent(BETA, kind(session=config))
        assert raw["type"] == name
        assert raw["session"]["input_audio_format"] == "pcm16"
        decode = BETA.decode_client if kind is on.SessionUpdate else BETA.decode_server
        assert decode(json.dumps(raw)) == kind(session=config)


def test_a_beta_transcription_session_may_name_modalities_in_vain() -> None:
    session = {"modalities": ["text"], "input_audio_format": "pcm16"}
    event = BETA.decode_client(
        json.dumps({"type": "transcription_session.update", "session": session})
    )
    assert isinstance(event, on.SessionUpdate)
    assert event.session.output_modalities is msgspec.UNSET


def test_a_dialect_shows_its_name() -> None:
    assert (repr(GA), repr(BETA), len({GA, BETA})) == ("<Dialect ga>", "<Dialect beta>", 2)


def test_what_a_dialect_cannot_say_is_taken_from_a_session() -> None:
    whole = default_session(id="s", model="m", expires_at=5)
    ga, beta = GA.session(whole), BETA.session(whole)
    assert (ga.temperature, ga.truncation) == (msgspec.UNSET, "auto")
    assert (beta.temperature, beta.truncation) == (0.8, msgspec.UNSET)
    assert (GA.session(ga), BETA.session(beta)) == (ga, beta)
    assert GA.decode_server(GA.encode(on.SessionCreated(session=ga)) or "") == on.SessionCreated(
        session=ga
    )


@pytest.mark.parametrize(
    ("ga", "beta"),
    [
        ("session.audio.output.voice", "session.voice"),
        ("session.audio.input.turn_detection.threshold", "session.turn_detection.threshold"),
        ("session.output_modalities", "session.modalities"),
        ("response.audio.output.format", "response.output_audio_format"),
        ("response.max_output_tokens", "response.max_response_output_tokens"),
        ("session.tools[0].name", "session.tools[0].name"),
        ("item.content[0].text", "item.content[0].text"),
        ("audio_end_ms", "audio_end_ms"),
        (None, None),
    ],
)
def test_a_parameter_is_named_as_the_client_spelled_it(ga: str | None, beta: str | None) -> None:
    assert (GA.param(ga), BETA.param(ga)) == (ga, beta)


# Handshake


def test_only_beta_says_that_it_is() -> None:
    assert GA.connect_headers("sk-1") == {"Authorization": "Bearer sk-1"}
    assert GA.connect_headers() == {}
    assert BETA.connect_headers("sk-1") == {
        "Authorization": "Bearer sk-1",
        "OpenAI-Beta": "realtime=v1",
    }
    assert GA.subprotocols == ("realtime",)
    assert BETA.subprotocols == ("realtime", "openai-beta.realtime-v1")


@pytest.mark.parametrize("dialect", [GA, BETA], ids=lambda dialect: dialect.name)
def test_a_server_hears_the_dialect_and_the_key(dialect: Dialect) -> None:
    headers = dialect.connect_headers("sk-1")
    tokens = [*dialect.subprotocols, "openai-insecure-api-key.ek_1"]
    assert offered_dialect({name.upper(): value for name, value in headers.items()}) is dialect
    assert offered_dialect({}, tokens) is dialect
    assert offered_key({name.lower(): value for name, value in headers.items()}) == "sk-1"
    assert offered_key({}, tokens) == "ek_1"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Basic x"}, {"Authorization": "Bearer "}, {"Cookie": "Bearer x"}],
)
def test_no_key_is_none(headers: dict[str, str]) -> None:
    assert offered_key(headers, ["realtime", "openai-insecure-api-key."]) is None
