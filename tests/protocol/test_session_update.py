"""What an update may change, given the state of the session."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rtwidgets.errors import RemoteProtocolError
from rtwidgets.protocol.config import (
    AudioConfig,
    AudioInput,
    AudioOutput,
    SessionConfig,
    StoredPrompt,
    Tool,
    Tracing,
    Transcription,
    TurnDetection,
)
from rtwidgets.protocol.defaults import default_session
from rtwidgets.protocol.dialects import BETA
from rtwidgets.protocol.session_update import updated
from rtwidgets.protocol.work import Respond
from tests.pair import Pair

SESSION = default_session(id="sess_1", model="m", expires_at=0)


def update(patch: SessionConfig, *, locked: bool = False) -> SessionConfig:
    return updated(SESSION, patch, voices=("alloy", "verse"), voice_locked=locked)


def turns(**settings: object) -> SessionConfig:
    turn_detection = TurnDetection(**settings)  # type: ignore[arg-type]  # a table of cases
    return SessionConfig(audio=AudioConfig(input=AudioInput(turn_detection=turn_detection)))


def voice(name: str) -> SessionConfig:
    return SessionConfig(audio=AudioConfig(output=AudioOutput(voice=name)))


def test_what_the_server_owns_cannot_be_set() -> None:
    patch = SessionConfig(id="x", model="y", expires_at=5, object="z", instructions="kind")
    result = update(patch)
    assert (result.id, result.model, result.expires_at) == ("sess_1", "m", 0)
    assert result.instructions == "kind"


def test_null_switches_turn_detection_off_and_nothing_else() -> None:
    patch = SessionConfig(audio=AudioConfig(input=AudioInput(turn_detection=None)))
    result = update(patch)
    assert result.audio.input.turn_detection is None  # type: ignore[union-attr]
    assert result.audio.input.format == SESSION.audio.input.format  # type: ignore[union-attr]


def test_another_kind_of_turn_detection_starts_from_its_own_defaults() -> None:
    result = update(turns(type="semantic_vad", eagerness="low"))
    setting = result.audio.input.turn_detection  # type: ignore[union-attr]
    assert isinstance(setting, TurnDetection)
    assert (setting.eagerness, setting.create_response) == ("low", True)
    assert not isinstance(setting.threshold, float)


@pytest.mark.parametrize(
    "settings",
    [
        {"type": "semantic_vad", "threshold": 0.5},
        {"type": "server_vad", "eagerness": "low"},
        {"eagerness": "low"},
    ],
)
def test_members_of_the_other_kind_are_unknown(settings: dict[str, object]) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        update(turns(**settings))
    assert refusal.value.code == "unknown_parameter"


def test_a_session_keeps_its_type() -> None:
    with pytest.raises(RemoteProtocolError, match="transcription"):
        update(SessionConfig(type="transcription"))


def test_the_voice_is_frozen_by_sound_and_may_be_repeated() -> None:
    assert update(voice("verse")).audio.output.voice == "verse"  # type: ignore[union-attr]
    assert update(voice("alloy"), locked=True)
    with pytest.raises(RemoteProtocolError) as refusal:
        update(voice("verse"), locked=True)
    assert refusal.value.code == "cannot_update_voice"


def test_a_trace_is_begun_once() -> None:
    traced = update(SessionConfig(tracing=Tracing(workflow_name="a")))

    def again(tracing: Any) -> SessionConfig:
        patch = SessionConfig(tracing=tracing)
        return updated(traced, patch, voices=("alloy",), voice_locked=False)

    assert again(Tracing(workflow_name="a")) == traced
    for other in (None, "auto", Tracing(workflow_name="b")):
        with pytest.raises(RemoteProtocolError, match="Tracing"):
            again(other)
    assert update(SessionConfig(tracing=None)).tracing is None


def test_a_prompt_replaces_the_one_before() -> None:
    first = update(SessionConfig(prompt=StoredPrompt(id="a", version="1", variables={"x": 1})))
    patch = SessionConfig(prompt=StoredPrompt(id="b"))
    second = updated(first, patch, voices=("alloy",), voice_locked=False)
    assert second.prompt == StoredPrompt(id="b")


#: Each setting alone: in GA, in beta; everything else must stay what it was.
ALONE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "instructions": ({"instructions": "x"}, {"instructions": "x"}),
    "no instructions": ({"instructions": ""}, {"instructions": ""}),
    "no tools": ({"tools": []}, {"tools": []}),
    "choice": ({"tool_choice": "none"}, {"tool_choice": "none"}),
    "modalities": ({"output_modalities": ["text"]}, {"modalities": ["text"]}),
    "limit": ({"max_output_tokens": 5}, {"max_response_output_tokens": 5}),
    "voice": ({"audio": {"output": {"voice": "verse"}}}, {"voice": "verse"}),
    "speed": ({"audio": {"output": {"speed": 1.5}}}, {"speed": 1.5}),
    "output format": (
        {"audio": {"output": {"format": {"type": "audio/pcmu"}}}},
        {"output_audio_format": "g711_ulaw"},
    ),
    "input format": (
        {"audio": {"input": {"format": {"type": "audio/pcma"}}}},
        {"input_audio_format": "g711_alaw"},
    ),
    "no transcription": (
        {"audio": {"input": {"transcription": None}}},
        {"input_audio_transcription": None},
    ),
    "no noise reduction": (
        {"audio": {"input": {"noise_reduction": None}}},
        {"input_audio_noise_reduction": None},
    ),
    "no detection": ({"audio": {"input": {"turn_detection": None}}}, {"turn_detection": None}),
    "detection in part": (
        {"audio": {"input": {"turn_detection": {"threshold": 0.9}}}},
        {"turn_detection": {"threshold": 0.9}},
    ),
    "nothing": ({}, {}),
}


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Every setting of a session by its path."""
    if not isinstance(value, dict):
        return {path: value}
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= leaves(inner, f"{path}.{key}" if path else key)
    return found


@pytest.mark.parametrize("name", ALONE)
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "while answering"])
def test_a_setting_changes_alone_and_at_any_time(pair: Pair, name: str, busy: bool) -> None:
    beta = pair.client.dialect is BETA
    pair.update(
        SessionConfig(
            type="realtime",
            instructions="Be kind.",
            tools=(Tool(name="f"),),
            audio=AudioConfig(input=AudioInput(transcription=Transcription(model="whisper-1"))),
        )
    )
    before = leaves(json.loads(pair.wire[-1])["session"])
    if busy:
        pair.client.create_response()
        pair.settle()
    patch = ALONE[name][beta]
    session = patch if beta else {"type": "realtime", **patch}
    events = pair.send(json.dumps({"type": "session.update", "session": session}))
    assert pair.names(events) == ["SessionUpdated"], "once, and nothing else"
    after = leaves(json.loads(pair.wire[-1])["session"])
    changed = {path for path in before | after if before.get(path) != after.get(path)}
    named = tuple(path.removesuffix(".type") for path in leaves(patch))
    assert all(path.startswith(named) for path in changed)
    for path, value in leaves(patch).items():
        told = after.get(path)
        assert told == value or sorted(told) == sorted(value)
    if busy:
        work = pair.take(Respond)
        assert (work.instructions, work.voice, work.modality) == ("Be kind.", "alloy", "audio")
