"""What ``response.create`` overrides holds for that response alone (reference, 3.8)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from rtwidgets.protocol.config import AudioFormat, SessionConfig, Tool, ToolChoiceFunction
from rtwidgets.protocol.dialects import BETA
from rtwidgets.protocol.events import ResponseCreated
from rtwidgets.protocol.work import Respond
from tests.pair import Pair, asked

TOOL = {"type": "function", "name": "look", "parameters": {"type": "object"}}

#: The parameter in GA, in beta, and what the engine is asked for because of it.
OVERRIDES: dict[str, tuple[Any, Any, Callable[[Respond], Any], Any]] = {
    "instructions": (
        {"instructions": "Be short."},
        {"instructions": "Be short."},
        lambda work: work.instructions,
        "Be short.",
    ),
    "no instructions": (
        {"instructions": ""},
        {"instructions": ""},
        lambda work: work.instructions,
        "",
    ),
    "modalities": (
        {"output_modalities": ["text"]},
        {"modalities": ["text"]},
        lambda work: work.modality,
        "text",
    ),
    "voice": (
        {"audio": {"output": {"voice": "verse"}}},
        {"voice": "verse"},
        lambda work: work.voice,
        "verse",
    ),
    "format": (
        {"audio": {"output": {"format": {"type": "audio/pcma"}}}},
        {"output_audio_format": "g711_alaw"},
        lambda work: work.format,
        AudioFormat(type="audio/pcma"),
    ),
    "tools": (
        {"tools": [TOOL]},
        {"tools": [TOOL]},
        lambda work: work.tools,
        (Tool(name="look", parameters={"type": "object"}),),
    ),
    "no tools": ({"tools": []}, {"tools": []}, lambda work: work.tools, ()),
    "tool_choice": (
        {"tools": [TOOL], "tool_choice": {"type": "function", "name": "look"}},
        {"tools": [TOOL], "tool_choice": {"type": "function", "name": "look"}},
        lambda work: work.tool_choice,
        ToolChoiceFunction(name="look"),
    ),
    "limit": (
        {"max_output_tokens": 9},
        {"max_response_output_tokens": 9},
        lambda work: work.max_output_tokens,
        9,
    ),
    "no limit": (
        {"max_output_tokens": "inf"},
        {"max_output_tokens": "inf"},
        lambda work: work.max_output_tokens,
        None,
    ),
    "empty context": ({"input": []}, {"input": []}, lambda work: len(work.items) > 0, False),
}


def ask(pair: Pair, **response: Any) -> list[Any]:
    return pair.send(json.dumps({"type": "response.create", "response": response}))


@pytest.mark.parametrize("name", OVERRIDES)
def test_an_override_holds_once(pair: Pair, name: str) -> None:
    ga, beta, read, wanted = OVERRIDES[name]
    pair.update(
        SessionConfig(
            type="realtime",
            instructions="Be long.",
            tools=(Tool(name="listen"),),
            max_output_tokens=500,
        )
    )
    pair.client.create_item(asked("hello"))
    pair.client.create_response()
    pair.settle()
    before = pair.take(Respond)
    pair.server.finished(before.response_id)
    session = pair.client.conversation.session
    ask(pair, **(beta if pair.client.dialect is BETA else ga))
    work = pair.take(Respond)
    assert read(work) == wanted != read(before)
    pair.server.finished(work.response_id)
    assert pair.client.conversation.session == session
    pair.client.create_response()
    pair.settle()
    assert read(pair.take(Respond)) == read(before)


def test_temperature_is_overridden_in_beta() -> None:
    pair = Pair(BETA)
    (created, *_) = ask(pair, temperature=1.1)
    assert created.response.temperature == pair.take(Respond).temperature == 1.1
    assert pair.client.conversation.session.temperature == 0.8


def test_the_announcement_shows_what_was_asked_for(pair: Pair) -> None:
    beta = pair.client.dialect is BETA
    spelled = (
        {"voice": "verse", "output_audio_format": "g711_ulaw", "max_output_tokens": 7}
        if beta
        else {
            "audio": {"output": {"voice": "verse", "format": {"type": "audio/pcmu"}}},
            "max_output_tokens": 7,
        }
    )
    ask(pair, metadata={"k": "v"}, **spelled)
    told = next(
        raw["response"] for raw in map(json.loads, pair.wire) if raw["type"] == "response.created"
    )
    assert (told["status"], told["output"], told["usage"]) == ("in_progress", [], None)
    assert (told["max_output_tokens"], told["metadata"]) == (7, {"k": "v"})
    assert told["status_details"] is None
    assert told["conversation_id"]
    if beta:
        assert (told["voice"], told["output_audio_format"]) == ("verse", "g711_ulaw")
        assert sorted(told["modalities"]) == ["audio", "text"]
        assert told["temperature"] == 0.8
    else:
        assert told["audio"] == {"output": {"voice": "verse", "format": {"type": "audio/pcmu"}}}
        assert told["output_modalities"] == ["audio"]


@pytest.mark.parametrize("with_response", ["absent", "null", "empty"])
def test_no_parameters_are_the_session_s(pair: Pair, with_response: str) -> None:
    response = {"absent": {}, "null": {"response": None}, "empty": {"response": {}}}[with_response]
    pair.send(json.dumps({"type": "response.create", **response}))
    work = pair.take(Respond)
    assert (work.voice, work.modality, work.tool_choice) == ("alloy", "audio", "auto")
    assert pair.limits or pair.client.dialect is not BETA


def test_a_tool_that_is_not_there_cannot_be_chosen(pair: Pair) -> None:
    (error,) = ask(pair, tool_choice={"type": "function", "name": "look"})
    assert (error.error.code, error.error.param) == ("invalid_value", "response.tool_choice")
    assert pair.work == []


def test_a_response_has_no_speed_of_its_own() -> None:
    (error,) = ask(Pair(), audio={"output": {"speed": 1.2}})
    assert (error.error.code, error.error.param) == (
        "unknown_parameter",
        "response.audio.output.speed",
    )


def test_a_session_s_speed_reaches_the_engine(pair: Pair) -> None:
    output = (
        {"speed": 1.25} if pair.client.dialect is BETA else {"audio": {"output": {"speed": 1.25}}}
    )
    kind = {} if pair.client.dialect is BETA else {"type": "realtime"}
    pair.send(json.dumps({"type": "session.update", "session": {**kind, **output}}))
    ask(pair)
    assert pair.take(Respond).speed == 1.25


def test_the_frozen_voice_may_change_beside_the_conversation(pair: Pair) -> None:
    def spoken(voice: str, **more: Any) -> Any:
        beta = pair.client.dialect is BETA
        named = {"voice": voice} if beta else {"audio": {"output": {"voice": voice}}}
        return ask(pair, **named, **more)[0]

    spoken("verse")
    pair.answer("Hello.")
    refused = spoken("coral")
    assert refused.error.code == "cannot_update_voice"
    assert isinstance(spoken("coral", conversation="none"), ResponseCreated)
    assert pair.take(Respond).voice == "coral"


@pytest.mark.parametrize(
    ("metadata", "taken"),
    [
        ({f"k{n}": "v" for n in range(16)}, True),
        ({f"k{n}": "v" for n in range(17)}, False),
        ({"k" * 64: "v" * 512}, True),
        ({"k" * 65: "v"}, False),
        ({"k": "v" * 513}, False),
        ({"k": 1}, False),
        (None, True),
        ({}, True),
    ],
)
def test_the_limits_of_metadata(pair: Pair, metadata: Any, taken: bool) -> None:
    first = ask(pair, metadata=metadata)[0]
    if not taken:
        assert first.error.param.startswith("response.metadata")
        assert pair.work == []
        return
    assert first.response.metadata == metadata
    assert pair.answer("x")[-1].response.metadata == metadata
