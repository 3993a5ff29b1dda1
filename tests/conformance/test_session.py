"""Statements 18 to 29: what a session is, and what may change in it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.wire import TOOL, Wire, message

#: In every session of the dialect, whatever was asked (reference, 3.1 and 3.5).
WHOLE = {
    "ga": {
        "type", "object", "id", "model", "output_modalities", "instructions", "tools",
        "tool_choice", "max_output_tokens", "tracing", "truncation", "prompt", "expires_at",
        "audio", "include",
    },
    "beta": {
        "object", "id", "model", "expires_at", "modalities", "instructions", "voice",
        "input_audio_format", "output_audio_format", "input_audio_transcription",
        "input_audio_noise_reduction", "turn_detection", "tools", "tool_choice", "temperature",
        "max_response_output_tokens", "speed",
    },
}  # fmt: skip


def test_18_the_whole_session_once(wire: Wire) -> None:
    created = wire.events[0]["session"]
    assert set(created) >= WHOLE[wire.dialect]
    wire.send("session.update", session=wire.session(instructions="Be brief."))
    (updated,) = wire.settled()
    assert updated["type"] == "session.updated"
    assert updated["session"] == {**created, "instructions": "Be brief."}


def test_19_absent_keeps(wire: Wire) -> None:
    before = wire.update(
        instructions="Be brief.",
        tools=[TOOL],
        tool_choice="required",
        voice="verse",
        transcription={"model": "whisper-1", "language": "en"},
        turn_detection={"type": "server_vad", "silence_duration_ms": 300},
        max_output_tokens=77,
        speed=1.25,
    )
    after = wire.update(output_modalities="text")
    assert wire.setting(after, "output_modalities") == ["text"]
    before_rest = {**before, wire.path("output_modalities"): None}
    assert {**after, wire.path("output_modalities"): None} == before_rest
    assert wire.update(output_format="g711_ulaw")
    assert wire.setting(wire.events[-1]["session"], "voice") == "verse"


def test_19_empty_and_null_clear(wire: Wire) -> None:
    wire.update(
        instructions="Be brief.",
        tools=[TOOL],
        transcription={"model": "whisper-1"},
        noise_reduction={"type": "near_field"},
    )
    session = wire.update(
        instructions="", tools=[], turn_detection=None, transcription=None, noise_reduction=None
    )
    assert session["instructions"] == "" and session["tools"] == []
    for name in ("turn_detection", "transcription", "noise_reduction"):
        assert wire.setting(session, name) is None


def test_20_ga_wants_a_type(wire: Wire) -> None:
    error = wire.refused("session.update", session={"instructions": "x"})
    assert (error["code"], error["param"]) == ("missing_required_parameter", "session.type")


@pytest.mark.parametrize("where", ["top", "deep"])
def test_21_an_unknown_field_changes_nothing(wire: Wire, where: str) -> None:
    before = wire.events[0]["session"]
    bad = wire.session(instructions="changed", turn_detection={"type": "server_vad"})
    if where == "top":
        bad["colour"] = "blue"
        param = "session.colour"
    else:
        param = f"session.{wire.path('turn_detection')}.colour"
        wire.setting(bad, "turn_detection")["colour"] = "blue"
    error = wire.refused("session.update", session=bad)
    assert (error["code"], error["param"]) == ("unknown_parameter", param)
    assert wire.update() == before


@pytest.mark.parametrize(
    "modalities", [["text"], ["audio"], ["text", "audio"], ["audio", "text"], [], ["x"]]
)
def test_22_modalities(wire: Wire, modalities: list[str]) -> None:
    taken = {"ga": [{"text"}, {"audio"}], "beta": [{"text"}, {"text", "audio"}]}[wire.dialect]
    update = wire.session(output_modalities=modalities)
    if set(modalities) in taken:
        session = wire.update(output_modalities=modalities)
        assert set(wire.setting(session, "output_modalities")) == set(modalities)
        return
    error = wire.refused("session.update", session=update)
    assert error["code"] == "invalid_value"
    assert error["param"] == f"session.{wire.path('output_modalities')}"
    assert "Supported combinations are" in error["message"]


def test_23_a_session_says_its_type(wire: Wire) -> None:
    assert wire.events[0]["session"]["type"] == "realtime"
    assert wire.update(instructions="x")["type"] == "realtime"


def test_24_the_rate_of_pcm(wire: Wire) -> None:
    pcm = {"type": "audio/pcm", "rate": 24000}
    assert wire.setting(wire.events[0]["session"], "input_format") == pcm
    telephone = wire.update(input_format="g711_ulaw")
    assert wire.setting(telephone, "input_format")["type"] == "audio/pcmu"
    assert wire.setting(wire.update(input_format="pcm16"), "input_format") == pcm
    bad = wire.session(input_format={"type": "audio/pcm", "rate": 16000})
    error = wire.refused("session.update", session=bad)
    assert error["param"] == "session.audio.input.format.rate"


def test_25_turn_detection_at_first(wire: Wire) -> None:
    setting = wire.setting(wire.events[0]["session"], "turn_detection")
    assert setting["type"] == "server_vad"
    assert setting["threshold"] == 0.5
    assert setting["prefix_padding_ms"] == 300
    assert setting["silence_duration_ms"] in (200, 500)
    assert setting["create_response"] is True and setting["interrupt_response"] is True


def test_26_the_voice_is_frozen_by_speech(wire: Wire) -> None:
    assert wire.setting(wire.update(voice="verse"), "voice") == "verse"
    wire.respond("say hello")
    assert wire.sound()
    error = wire.refused("session.update", session=wire.session(voice="coral", instructions="x"))
    assert error["code"] == "cannot_update_voice"
    session = wire.update(voice="verse")
    assert wire.setting(session, "voice") == "verse" and session["instructions"] != "x"


def test_26_text_does_not_freeze_the_voice(wire: Wire) -> None:
    wire.update(output_modalities="text")
    wire.respond("say hello")
    assert wire.setting(wire.update(voice="coral"), "voice") == "coral"


@pytest.mark.parametrize("value", [0.6, 0.9, 1.2, 0.59, 1.21, 2])
def test_27_temperature(wire: Wire, value: float) -> None:
    if wire.dialect == "beta" and 0.6 <= value <= 1.2:
        assert wire.update(temperature=value)["temperature"] == value
        return
    error = wire.refused("session.update", session=wire.session(temperature=value))
    assert error["param"] == "session.temperature"
    if wire.ga:
        assert error["code"] == "unknown_parameter"
    else:
        assert error["code"].startswith("decimal_")


@pytest.mark.parametrize("value", [1, 4096, "inf", 0, -1, 4097, 1.5, "many", True])
def test_28_the_limit_of_tokens(wire: Wire, value: Any) -> None:
    if value in (1, 4096, "inf") and value is not True:
        session = wire.update(max_output_tokens=value)
        assert wire.setting(session, "max_output_tokens") == value
        return
    error = wire.refused("session.update", session=wire.session(max_output_tokens=value))
    assert error["param"] == f"session.{wire.path('max_output_tokens')}"


@pytest.mark.parametrize("value", [0.25, 1.0, 1.5, 0.24, 1.51, "fast"])
def test_28_speed(wire: Wire, value: Any) -> None:
    if value in (0.25, 1.0, 1.5):
        assert wire.setting(wire.update(speed=value), "speed") == value
        return
    error = wire.refused("session.update", session=wire.session(speed=value))
    assert error["param"] == f"session.{wire.path('speed')}"


def test_29_no_refusal_closes_the_session(wire: Wire) -> None:
    """One of each row of the reference's catalogue (5.3) that the state allows."""
    wire.update(output_modalities="text")
    known = wire.user("hello")["id"]
    create, update = "conversation.item.create", "session.update"
    user = message("user", "x")
    output = {"type": "function_call_output", "call_id": "call_none", "output": "x"}
    wrong_part = {"type": "message", "role": "assistant", "content": [{"type": "input_text"}]}
    no_text = {"type": "message", "role": "user", "content": [{"type": "input_text"}]}
    point = {"content_index": 0, "audio_end_ms": 10}
    found = [
        wire.refused(kind, **fields)["code"]
        for kind, fields in (
            ("no.such.event", {}),
            (update, {"session": wire.session(colour="blue")}),
            (update, {"session": wire.session(output_modalities=["x"])}),
            (update, {"session": {**wire.session(), "type": "singing"}}),
            (update, {}),
            (create, {"item": wrong_part}),
            (create, {"item": no_text}),
            (create, {"item": {**user, "id": "i" * 33}}),
            (create, {"item": output}),
            (create, {"item": user, "previous_item_id": "none"}),
            ("input_audio_buffer.commit", {}),
            ("response.cancel", {}),
            ("conversation.item.delete", {"item_id": "none"}),
            ("conversation.item.retrieve", {"item_id": "none"}),
            ("conversation.item.truncate", {"item_id": "none", **point}),
            ("conversation.item.truncate", {"item_id": known, **point}),
        )
    ]
    assert len(found) == 16 and all(isinstance(code, str) for code in found)
    assert wire.respond("say hello")["status"] == "completed"
