"""What ``session.update`` may change, and the state that results.

The fields themselves were checked when the event was decoded (``validation.py``); here are
the rules that need the session's state. A refused update changes nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from ..errors import RemoteProtocolError
from .config import (
    AudioConfig,
    AudioOutput,
    CustomVoice,
    SessionConfig,
    Transcription,
    TurnDetection,
    merge,
)
from .defaults import SEMANTIC_VAD, SERVER_VAD, without_answers

__all__ = ["check_voice", "updated"]

#: Members of a request that a session reports but nobody can set.
_READ_ONLY = ("id", "object", "expires_at", "model")
#: Which members belong to which kind of turn detection.
_ONLY_SERVER_VAD = (
    "threshold",
    "prefix_padding_ms",
    "silence_duration_ms",
    "idle_timeout_ms",
)
_ONLY_SEMANTIC_VAD = ("eagerness",)
#: What a session reports of a transcription where its client said nothing.
_TRANSCRIPTION = Transcription(model=None, language=None, prompt=None)


def updated(
    session: SessionConfig,
    patch: SessionConfig,
    *,
    voices: tuple[str, ...],
    voice_locked: bool,
) -> SessionConfig:
    """``session`` with ``patch`` laid over it.

    Args:
        voices: what the engine can speak with.
        voice_locked: whether the conversation holds assistant sound already.

    Raises:
        RemoteProtocolError: with the protocol's code and parameter.
    """
    if patch.type is not UNSET and patch.type != session.type:
        raise RemoteProtocolError(
            f"Passing a {patch.type} session update event to a {session.type} session is not "
            "allowed.",
            code="invalid_value",
            param="session.type",
        )
    if session.tracing and patch.tracing is not UNSET and patch.tracing != session.tracing:
        raise RemoteProtocolError(
            "Tracing cannot be changed once it is enabled for a session.",
            code="invalid_value",
            param="session.tracing",
        )
    requested = _output(patch).voice
    if requested is not UNSET:
        check_voice(
            requested,
            current=_output(session).voice,
            voices=voices,
            locked=voice_locked,
            param="session.audio.output.voice",
        )
    patch = msgspec.structs.replace(patch, **dict.fromkeys(_READ_ONLY, UNSET))
    return _complete(merge(session, patch))


def check_voice(
    requested: str | CustomVoice | msgspec.UnsetType,
    *,
    current: str | CustomVoice | msgspec.UnsetType,
    voices: tuple[str, ...],
    locked: bool,
    param: str,
) -> None:
    """Raise ``RemoteProtocolError`` where ``requested`` cannot be spoken with."""
    if requested is UNSET or requested == current:
        return
    if locked:
        raise RemoteProtocolError(
            "Cannot update a conversation's voice if assistant audio is present.",
            code="cannot_update_voice",
        )
    name = requested.id if isinstance(requested, CustomVoice) else requested
    if name not in voices:
        known = ", ".join(f"'{voice}'" for voice in voices)
        raise RemoteProtocolError(
            f"Invalid value: '{name}'. Supported values are: {known}.",
            code="invalid_value",
            param=param,
        )


def _output(config: SessionConfig) -> AudioOutput:
    audio = config.audio
    if isinstance(audio, AudioConfig) and isinstance(audio.output, AudioOutput):
        return audio.output
    return AudioOutput()


def _complete(session: SessionConfig) -> SessionConfig:
    """Give objects that a request wrote in part the members that it left out, and no others."""
    audio = session.audio
    if not isinstance(audio, AudioConfig) or isinstance(audio.input, msgspec.UnsetType):
        return session
    changes: dict[str, Any] = {}
    setting, listener = audio.input.turn_detection, audio.input.transcription
    if isinstance(setting, TurnDetection):
        changes["turn_detection"] = _turn_detection(setting, session)
    if isinstance(listener, Transcription):
        changes["transcription"] = merge(_TRANSCRIPTION, listener)
    if not changes:
        return session
    input = msgspec.structs.replace(audio.input, **changes)
    return msgspec.structs.replace(session, audio=msgspec.structs.replace(audio, input=input))


def _turn_detection(setting: TurnDetection, session: SessionConfig) -> TurnDetection:
    kind = setting.type if setting.type is not UNSET else "server_vad"
    base, foreign = (
        (SEMANTIC_VAD, _ONLY_SERVER_VAD)
        if kind == "semantic_vad"
        else (SERVER_VAD, _ONLY_SEMANTIC_VAD)
    )
    for name in foreign:
        if getattr(setting, name) is not UNSET:
            raise RemoteProtocolError(
                f"Unknown parameter: 'session.audio.input.turn_detection.{name}'.",
                code="unknown_parameter",
                param=f"session.audio.input.turn_detection.{name}",
            )
    full = merge(base, msgspec.structs.replace(setting, type=kind))
    # A transcription session answers nobody, so what concerns answers is not there.
    return without_answers(full) if session.type == "transcription" else full
