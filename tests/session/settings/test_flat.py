"""Flat names in, the nested session object out."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from rtwidgets.errors import LocalProtocolError
from rtwidgets.protocol.config import SessionConfig, Tool, TurnDetection
from rtwidgets.session.settings.flat import SETTINGS, response_config, session_config

VAD = {"audio": {"input": {"turn_detection": {"type": "server_vad"}}}}
SEMANTIC = msgspec.convert(
    {"audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}}, SessionConfig
)


def wire(current: SessionConfig | None = None, **settings: Any) -> Any:
    return json.loads(msgspec.json.encode(session_config(settings, current=current)))


def detection(**settings: Any) -> Any:
    return wire(**settings)["audio"]["input"]["turn_detection"]


def test_only_what_is_named_is_there() -> None:
    assert wire() == {}
    assert wire(instructions="") == {"instructions": ""}
    assert wire(voice="verse", speed=1.2) == {"audio": {"output": {"voice": "verse", "speed": 1.2}}}


def test_turn_detection_in_all_spellings() -> None:
    assert detection(turn_detection="server_vad") == {"type": "server_vad"}
    assert detection(turn_detection=None) is None
    assert detection(turn_detection=False) is None
    assert detection(turn_detection={"type": "semantic_vad", "eagerness": "low"}) == {
        "type": "semantic_vad",
        "eagerness": "low",
    }
    assert detection(turn_detection=TurnDetection(type="server_vad", threshold=0.3)) == {
        "type": "server_vad",
        "threshold": 0.3,
    }


def test_members_lie_on_top_in_any_order() -> None:
    whole = {"type": "server_vad", "threshold": 0.3}
    expected = {"type": "server_vad", "threshold": 0.3, "silence_duration_ms": 200}
    assert detection(turn_detection=whole, silence_duration_ms=200) == expected
    assert detection(silence_duration_ms=200, turn_detection=whole) == expected


def test_a_member_alone_names_its_type() -> None:
    assert detection(threshold=0.3) == {"type": "server_vad", "threshold": 0.3}
    assert detection(eagerness="low") == {"type": "semantic_vad", "eagerness": "low"}
    assert detection(current=SEMANTIC, create_response=False) == {
        "type": "semantic_vad",
        "create_response": False,
    }
    with pytest.raises(LocalProtocolError, match="leave one of them out"):
        wire(turn_detection=None, threshold=0.3)


def test_shorthands() -> None:
    assert wire(output_modalities="text") == {"output_modalities": ["text"]}
    assert wire(input_format="pcm16")["audio"]["input"]["format"] == {
        "type": "audio/pcm",
        "rate": 24000,
    }
    assert wire(output_format="g711_alaw")["audio"]["output"]["format"] == {"type": "audio/pcma"}
    assert wire(transcription=True)["audio"]["input"]["transcription"] == {"model": "whisper-1"}
    assert wire(transcription=False)["audio"]["input"]["transcription"] is None
    assert wire(noise_reduction="far_field")["audio"]["input"]["noise_reduction"] == {
        "type": "far_field"
    }
    assert wire(tool_choice="weather")["tool_choice"] == {"type": "function", "name": "weather"}
    assert wire(tool_choice="required")["tool_choice"] == "required"


def test_tools_in_all_spellings() -> None:
    tools = [{"name": "a"}, Tool(name="b"), {"type": "function", "function": {"name": "c"}}]
    assert [tool["name"] for tool in wire(tools=tools)["tools"]] == ["a", "b", "c"]
    assert all(tool["type"] == "function" for tool in wire(tools=tools)["tools"])
    assert wire(tools=[]) == wire(tools=None) == {"tools": []}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"voise": "x"}, "did you mean 'voice'"),
        ({"modalities": ["text"]}, "did you mean 'output_modalities'"),
        ({"xyzzy": 1}, "known are"),
        ({"threshold": 1.5}, "threshold=1.5"),
        ({"threshold": "loud"}, "threshold='loud'"),
        ({"max_output_tokens": 5000}, "4096"),
        ({"speed": 2}, "1.5"),
        ({"turn_detection": "vad"}, "turn_detection='vad'"),
        ({"tools": "weather"}, "tools="),
        ({"input_format": "mp3"}, "input_format='mp3'"),
        ({"instructions": 3}, "instructions=3"),
        ({"voice": object()}, "voice="),
    ],
)
def test_what_cannot_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(LocalProtocolError) as raised:
        session_config(settings)
    assert message in str(raised.value)


def test_temperature_is_the_beta_dialects() -> None:
    with pytest.raises(LocalProtocolError, match="GA dialect"):
        session_config({"temperature": 0.8})
    assert session_config({"temperature": 0.8}, dialect="beta").temperature == 0.8


def test_every_name_leads_somewhere() -> None:
    for name, path in SETTINGS.items():
        kind: Any = SessionConfig
        for step in path:
            fields = {f.name: f.type for f in msgspec.structs.fields(kind)}
            assert step in fields, name
            options = getattr(fields[step], "__args__", (fields[step],))
            kind = next((o for o in options if hasattr(o, "__struct_fields__")), None)


def test_a_response_of_its_own() -> None:
    assert response_config({}) is None
    config = response_config({"input": "hi", "conversation": "none", "voice": "ash"})
    assert json.loads(msgspec.json.encode(config)) == {
        "conversation": "none",
        "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}
        ],
        "audio": {"output": {"voice": "ash"}},
    }
    with pytest.raises(LocalProtocolError, match="did you mean 'metadata'"):
        response_config({"metdata": {}})
