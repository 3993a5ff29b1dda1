"""The configuration that a session of the embedded server starts with (reference, 3.1, 3.2)."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from .config import (
    PCM16_24K,
    AudioConfig,
    AudioInput,
    AudioOutput,
    SessionConfig,
    Transcription,
    TurnDetection,
)

__all__ = [
    "SEMANTIC_VAD",
    "SERVER_VAD",
    "default_session",
    "transcription_session",
    "without_answers",
]

#: What members of ``server_vad`` are where a request leaves them out. 500 ms of silence is
#: the documented default; it is kind to people who hesitate.
SERVER_VAD = TurnDetection(
    type="server_vad",
    threshold=0.5,
    prefix_padding_ms=300,
    silence_duration_ms=500,
    idle_timeout_ms=None,
    create_response=True,
    interrupt_response=True,
)
SEMANTIC_VAD = TurnDetection(
    type="semantic_vad",
    eagerness="auto",
    create_response=True,
    interrupt_response=True,
)


def default_session(
    *,
    id: str,
    model: str,
    expires_at: int,
    voice: str = "alloy",
    instructions: str = "",
) -> SessionConfig:
    """A realtime session with every field set; ``expires_at`` in Unix seconds.

    A dialect takes away what it cannot say: GA the temperature, beta the truncation.
    """
    return SessionConfig(
        type="realtime",
        object="realtime.session",
        id=id,
        model=model,
        expires_at=expires_at,
        output_modalities=("audio",),
        instructions=instructions,
        tools=(),
        tool_choice="auto",
        max_output_tokens="inf",
        temperature=0.8,
        tracing=None,
        truncation="auto",
        prompt=None,
        include=None,
        audio=AudioConfig(
            input=AudioInput(
                format=PCM16_24K,
                transcription=None,
                noise_reduction=None,
                turn_detection=SERVER_VAD,
            ),
            output=AudioOutput(format=PCM16_24K, voice=voice, speed=1.0),
        ),
    )


def transcription_session(*, id: str, expires_at: int, model: str | None = None) -> SessionConfig:
    """A session that writes down what it hears and answers nothing (reference, section 3.2).

    Args:
        expires_at: in Unix seconds.
        model: the name of the transcriber; ``None`` leaves it to the client to ask for
            transcripts.
    """
    listener = None if model is None else Transcription(model=model, language=None, prompt=None)
    return SessionConfig(
        type="transcription",
        object="realtime.transcription_session",
        id=id,
        expires_at=expires_at,
        include=None,
        audio=AudioConfig(
            input=AudioInput(
                format=PCM16_24K,
                transcription=listener,
                noise_reduction=None,
                turn_detection=without_answers(SERVER_VAD),
            ),
        ),
    )


def without_answers(setting: TurnDetection) -> TurnDetection:
    """A turn detection for a session without responses."""
    return msgspec.structs.replace(
        setting, create_response=UNSET, interrupt_response=UNSET, idle_timeout_ms=UNSET
    )
