"""A bad client event becomes the protocol's own error, and nothing else can come of it."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtwidgets.errors import RemoteProtocolError
from rtwidgets.protocol.dialects import BETA, GA, Dialect
from rtwidgets.protocol.validation import MAX_APPEND_BYTES, parse
from tests.protocol.strategies import JSON

FUNCTION = {"type": "function", "name": "f"}


def refusal(dialect: Dialect, event: Any) -> RemoteProtocolError:
    text = event if isinstance(event, str | bytes) else json.dumps(event)
    with pytest.raises(RemoteProtocolError) as caught:
        dialect.decode_client(text)
    return caught.value


def session(**fields: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", **fields}}


def beta_session(**fields: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": fields}


def item(**fields: Any) -> dict[str, Any]:
    return {"type": "conversation.item.create", "item": fields}


def message(role: str, *content: Any, **fields: Any) -> dict[str, Any]:
    return item(type="message", role=role, content=list(content), **fields)


def answer(**fields: Any) -> dict[str, Any]:
    return {"type": "response.create", "response": fields}


@pytest.mark.parametrize(
    ("frame", "code", "words"),
    [
        ("nope", "invalid_json", "Invalid JSON"),
        ("", "invalid_json", "Invalid JSON"),
        (b"\xff\xfe", "invalid_json", "Invalid JSON"),
        ('{"type":"x","a":"\ud800"}', "invalid_json", "surrogates not allowed"),
        ('{"type":"x","a":1e999}', "invalid_json", "out of range"),
        ('{"type":"x","a":' + "9" * 5000 + "}", "invalid_json", "out of range"),
        ('{"type":"x","a":NaN}', "invalid_json", "malformed"),
        ("[" * 100_000, "invalid_json", "nested too deeply"),
        ('{"type":"x","a":' + "[" * 100_000, "invalid_json", "nested too deeply"),
        ("[]", "invalid_type", "expected an object, but got an array"),
        ("null", "invalid_type", "expected an object, but got null"),
        ('"session.update"', "invalid_type", "expected an object, but got a string"),
        ("{}", "missing_required_parameter", "Missing required parameter: 'type'."),
        ('{"type":null}', "invalid_type", "expected a string, but got null"),
    ],
)
@pytest.mark.parametrize("dialect", [GA, BETA], ids=lambda dialect: dialect.name)
def test_what_is_no_event(dialect: Dialect, frame: Any, code: str, words: str) -> None:
    error = refusal(dialect, frame)
    assert error.code == code
    assert words in str(error)


def test_the_message_of_an_unknown_type_lists_what_is_known() -> None:
    error = refusal(GA, {"type": "conversation.item.destroy", "event_id": "mine"})
    assert (error.code, error.param, error.event_id) == ("invalid_value", "type", "mine")
    assert str(error).startswith(
        "Invalid value: 'conversation.item.destroy'. Supported values are: 'session.update', "
    )
    assert str(error).endswith(", and 'response.cancel'.")
    assert "transcription_session.update" in str(refusal(BETA, {"type": "x"}))


#: Code → what is refused with it, and the parameter that it names.
REFUSED = {
    "unknown_parameter": [
        (GA, session(bogus=1), "session.bogus"),
        (GA, session(voice="alloy"), "session.voice"),
        (GA, session(modalities=["text"]), "session.modalities"),
        (GA, session(temperature=0.8), "session.temperature"),
        (GA, answer(temperature=0.8), "response.temperature"),
        (GA, answer(audio={"input": {}}), "response.audio.input"),
        (GA, {**session(), "extra": 1}, "extra"),
        (BETA, beta_session(output_modalities=["audio"]), "session.output_modalities"),
        (BETA, beta_session(type="realtime"), "session.type"),
        (BETA, beta_session(audio={}), "session.audio"),
        (
            BETA,
            beta_session(turn_detection={"type": "server_vad", "idle_timeout_ms": 6000}),
            "session.turn_detection.idle_timeout_ms",
        ),
    ],
    "missing_required_parameter": [
        (GA, {"type": "session.update"}, "session"),
        (GA, {"type": "session.update", "session": {}}, "session.type"),
        (GA, session(tools=[{"name": "f"}]), "session.tools[0].type"),
        (
            GA,
            session(audio={"input": {"format": {"type": "audio/pcm"}}}),
            "session.audio.input.format.rate",
        ),
        (GA, item(role="user"), "item.type"),
        (GA, item(type="message", content=[]), "item.role"),
        (GA, message("user", {"type": "input_text"}), "item.content[0].text"),
        (GA, message("user", {"text": "x"}), "item.content[0].type"),
        (GA, message("user", {"type": "input_audio", "audio": None}), "item.content[0].audio"),
        (GA, item(type="function_call_output", output=""), "item.call_id"),
        (GA, {"type": "input_audio_buffer.append"}, "audio"),
        (
            GA,
            {"type": "conversation.item.truncate", "item_id": "a", "content_index": 0},
            "audio_end_ms",
        ),
    ],
    "invalid_value": [
        (GA, session(type="other"), "session.type"),
        (GA, session(output_modalities=["audio", "text"]), "session.output_modalities"),
        (GA, answer(output_modalities=[]), "response.output_modalities"),
        (BETA, beta_session(modalities=["audio"]), "session.modalities"),
        (BETA, answer(modalities=["video"]), "response.modalities"),
        (BETA, beta_session(input_audio_format="mp3"), "session.input_audio_format"),
        (GA, session(tools=[{"type": "hologram", "name": "x"}]), "session.tools[0].type"),
        (GA, session(tool_choice="maybe"), "session.tool_choice"),
        (
            GA,
            session(audio={"input": {"turn_detection": {"type": "x"}}}),
            "session.audio.input.turn_detection.type",
        ),
        (GA, message("assistant", {"type": "input_text", "text": "x"}), "item.content[0].type"),
        (BETA, message("assistant", {"type": "input_text", "text": "x"}), "item.content[0].type"),
        (GA, message("assistant", {"type": "output_audio"}), "item.content[0].type"),
        (BETA, message("user", {"type": "input_image", "image_url": "x"}), "item.content[0].type"),
        (
            GA,
            message("user", {"type": "input_text", "text": "x"}, {"type": "output_text"}),
            "item.content[1].type",
        ),
        (GA, item(type="item_reference", id="x"), "item.type"),
        (GA, answer(conversation="new"), "response.conversation"),
        (
            GA,
            answer(input=[{"type": "message", "role": "user", "content": [{"type": "text"}]}]),
            "response.input[0].content[0].type",
        ),
        (GA, message("user", {"type": "input_audio", "audio": "*"}), "item.content[0].audio"),
        (GA, {"type": "input_audio_buffer.append", "audio": "AAA"}, "audio"),
        (GA, item(type="function_call_output", call_id="a b", output=""), "item.call_id"),
    ],
    "invalid_type": [
        (GA, session(instructions=5), "session.instructions"),
        (GA, session(tools={}), "session.tools"),
        (GA, session(output_modalities="text"), "session.output_modalities"),
        (GA, session(max_output_tokens=True), "session.max_output_tokens"),
        (GA, {"type": "session.update", "session": []}, "session"),
        (GA, message("user", "hello"), "item.content[0]"),
        (GA, answer(metadata={"a": 1}), "response.metadata.a"),
        (BETA, beta_session(voice=5), "session.voice"),
        (GA, {"type": "conversation.item.delete", "item_id": 5}, "item_id"),
    ],
    "integer_below_min_value": [
        (GA, session(max_output_tokens=0), "session.max_output_tokens"),
        (
            GA,
            session(audio={"input": {"format": {"type": "audio/pcm", "rate": 16000}}}),
            "session.audio.input.format.rate",
        ),
        (
            GA,
            session(audio={"input": {"turn_detection": {"idle_timeout_ms": 4999}}}),
            "session.audio.input.turn_detection.idle_timeout_ms",
        ),
    ],
    "integer_above_max_value": [
        (GA, session(max_output_tokens=10**30), "session.max_output_tokens"),
        (BETA, beta_session(max_response_output_tokens=5000), "session.max_response_output_tokens"),
    ],
    "decimal_above_max_value": [
        (BETA, beta_session(temperature=2), "session.temperature"),
        (BETA, beta_session(speed=2), "session.speed"),
        (
            BETA,
            beta_session(turn_detection={"type": "server_vad", "threshold": 2}),
            "session.turn_detection.threshold",
        ),
    ],
    "decimal_below_min_value": [
        (BETA, beta_session(temperature=0.5), "session.temperature"),
        (GA, session(audio={"output": {"speed": 0.1}}), "session.audio.output.speed"),
    ],
    "string_above_max_length": [
        (GA, message("user", id="x" * 33), "item.id"),
        (GA, answer(metadata={"k": "v" * 513}), "response.metadata.k"),
    ],
    "object_above_max_properties": [
        (GA, answer(metadata={str(n): "" for n in range(17)}), "response.metadata"),
    ],
}
CASES = [(code, *case) for code, cases in REFUSED.items() for case in cases]

WORDS = [
    (GA, session(bogus=1), "Unknown parameter: 'session.bogus'."),
    (GA, {"type": "session.update", "session": {}}, "Missing required parameter: 'session.type'."),
    (
        GA,
        session(type="other"),
        "Invalid value: 'other'. Supported values are: 'realtime' and 'transcription'.",
    ),
    (
        GA,
        session(output_modalities=["audio", "text"]),
        "Invalid modalities: ['audio', 'text']. Supported combinations are: ['text'] and ['audio'].",  # noqa: E501
    ),
    (
        BETA,
        beta_session(modalities=["audio"]),
        "Invalid modalities: ['audio']. Supported combinations are: ['text'] and ['audio', 'text'].",  # noqa: E501
    ),
    (
        BETA,
        beta_session(input_audio_format="mp3"),
        "Invalid value: 'mp3'. Supported values are: 'pcm16', 'g711_ulaw', and 'g711_alaw'.",
    ),
    (
        GA,
        session(tools=[{"type": "hologram", "name": "x"}]),
        "Invalid value: 'hologram'. Supported values are: 'function' and 'mcp'.",
    ),
    (
        GA,
        message("assistant", {"type": "input_text", "text": "x"}),
        "Invalid value: 'input_text'. Value must be 'output_text'.",
    ),
    (
        BETA,
        message("assistant", {"type": "input_text", "text": "x"}),
        "Invalid value: 'input_text'. Value must be 'text'.",
    ),
    (
        GA,
        message("user", {"type": "input_text", "text": "x"}, {"type": "output_text"}),
        "Invalid value: 'output_text'. Supported values are: 'input_text', 'input_audio', and 'input_image'.",  # noqa: E501
    ),
    (
        GA,
        message("user", {"type": "input_audio", "audio": "*"}),
        "Invalid 'item.content[0].audio'. Expected base64-encoded audio bytes, but got invalid bytes.",  # noqa: E501
    ),
    (
        GA,
        session(instructions=5),
        "Invalid type for 'session.instructions': expected a string, but got an integer instead.",
    ),
    (
        GA,
        session(max_output_tokens=True),
        "Invalid type for 'session.max_output_tokens': expected one of an integer or a string, but got a boolean instead.",  # noqa: E501
    ),
    (
        GA,
        session(max_output_tokens=0),
        "Invalid 'session.max_output_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.",  # noqa: E501
    ),
    (
        BETA,
        beta_session(temperature=2),
        "Invalid 'session.temperature': decimal above maximum value. Expected a value <= 1.2, but got 2 instead.",  # noqa: E501
    ),
    (
        GA,
        message("user", id="x" * 33),
        "Invalid 'item.id': string too long. Expected a string with maximum length 32, but got a string with length 33 instead.",  # noqa: E501
    ),
]


@pytest.mark.parametrize(("code", "dialect", "event", "param"), CASES)
def test_a_refusal_names_what_is_wrong(code: str, dialect: Dialect, event: Any, param: str) -> None:
    error = refusal(dialect, {"event_id": "mine", **event})
    assert (error.code, error.param, error.event_id) == (code, param, "mine")
    assert f"'{param}'" in str(error) or code == "invalid_value"


@pytest.mark.parametrize(("dialect", "event", "words"), WORDS)
def test_a_refusal_speaks_the_words_of_the_protocol(
    dialect: Dialect, event: Any, words: str
) -> None:
    assert str(refusal(dialect, event)) == words


def test_an_event_id_that_cannot_be_repeated_is_not() -> None:
    assert refusal(GA, {"type": "response.cancel", "event_id": "x" * 513}).event_id is None
    assert refusal(GA, {"type": "response.cancel", "event_id": 5}).event_id is None


@pytest.mark.parametrize("name", ["model", "instructions", "tools", "output_modalities"])
def test_a_transcription_session_has_no_voice_of_its_own(name: str) -> None:
    event = {"type": "session.update", "session": {"type": "transcription", name: []}}
    if name == "output_modalities":
        event["session"][name] = ["text"]  # type: ignore[index]
    assert refusal(GA, event).param == f"session.{name}"
    output = {"type": "transcription", "audio": {"output": {}}}
    error = refusal(GA, {"type": "session.update", "session": output})
    assert error.param == "session.audio.output"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.create", "event_id": None, "response": None},
        answer(conversation=None, metadata=None, input=None, audio=None),
        session(instructions=None, audio={"input": {"transcription": None, "format": None}}),
        message("user", {"type": "input_text", "text": "x"}, id=None, status=None),
        {"type": "response.cancel", "response_id": None},
        session(id="sess", object="realtime.session", expires_at=5, model="m"),
        session(tools=[{**FUNCTION, "parameters": {}}], tool_choice=FUNCTION, tracing="auto"),
        session(truncation={"type": "retention_ratio", "retention_ratio": 0.5}),
    ],
)
def test_nulls_and_repeated_facts_are_taken(event: Any) -> None:
    GA.decode_client(json.dumps(event))


def test_sound_is_measured_after_base64() -> None:
    def append(size: int) -> str:
        event = {"type": "input_audio_buffer.append", "audio": bytes(size)}
        return msgspec.json.encode(event).decode()

    GA.decode_client(append(MAX_APPEND_BYTES))
    error = refusal(GA, append(MAX_APPEND_BYTES + 1))
    assert (error.code, error.param) == ("string_above_max_length", "audio")


NAMES = st.sampled_from(["session", "item", "response", "audio", "item_id", "event_id", "x"])


@settings(max_examples=150)
@given(
    st.sampled_from([GA, BETA]),
    st.sampled_from(BETA.client_names) | st.text(max_size=5),
    st.dictionaries(NAMES, JSON, max_size=3),
)
def test_whatever_comes_is_an_event_or_a_refusal(
    dialect: Dialect, kind: str, fields: dict[str, Any]
) -> None:
    with contextlib.suppress(RemoteProtocolError):
        dialect.decode_client(json.dumps({**fields, "type": kind}))


@given(st.text() | st.binary())
def test_any_frame_is_parsed_or_refused(frame: str | bytes) -> None:
    with contextlib.suppress(RemoteProtocolError):
        assert isinstance(parse(frame)["type"], str)
