"""What an update may change, given the state of the session."""

from __future__ import annotations

import pytest

from rtwidgets.errors import RemoteProtocolError
from rtwidgets.protocol.config import (
    AudioConfig,
    AudioInput,
    AudioOutput,
    SessionConfig,
    TurnDetection,
)
from rtwidgets.protocol.defaults import default_session
from rtwidgets.protocol.session_update import updated

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
