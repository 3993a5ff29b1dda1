"""Settings: what a request lays over what is in force, and what a format says of sound."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from rtwidgets.protocol.config import (
    PCM16_24K,
    AudioConfig,
    AudioFormat,
    AudioInput,
    AudioOutput,
    NoiseReduction,
    SessionConfig,
    Tool,
    ToolChoiceFunction,
    Transcription,
    TurnDetection,
    merge,
)
from tests.protocol.strategies import any_of

SERVER_VAD = TurnDetection(type="server_vad", threshold=0.5, silence_duration_ms=500)
BASE = SessionConfig(
    type="realtime",
    model="m",
    instructions="be kind",
    tools=(Tool(name="f"),),
    audio=AudioConfig(
        input=AudioInput(
            format=PCM16_24K,
            transcription=Transcription(model="whisper-1", language="en"),
            noise_reduction=NoiseReduction(type="near_field"),
            turn_detection=SERVER_VAD,
        ),
        output=AudioOutput(format=PCM16_24K, voice="alloy", speed=1.0),
    ),
)


def heard(**fields: object) -> SessionConfig:
    return SessionConfig(audio=AudioConfig(input=AudioInput(**fields)))  # type: ignore[arg-type]


def listening(config: SessionConfig) -> AudioInput:
    assert isinstance(config.audio, AudioConfig)
    assert isinstance(config.audio.input, AudioInput)
    return config.audio.input


def test_only_what_is_named_changes() -> None:
    ulaw = AudioFormat(type="audio/pcmu")
    patch = SessionConfig(audio=AudioConfig(output=AudioOutput(format=ulaw)))
    merged = merge(BASE, patch)
    assert merged.audio == AudioConfig(
        input=listening(BASE), output=AudioOutput(format=ulaw, voice="alloy", speed=1.0)
    )
    assert (merged.instructions, merged.tools) == (BASE.instructions, BASE.tools)


def test_empty_words_and_nulls_clear() -> None:
    merged = merge(BASE, SessionConfig(instructions="", tools=()))
    assert (merged.instructions, merged.tools) == ("", ())
    off = merge(BASE, heard(turn_detection=None, transcription=None, noise_reduction=None))
    assert listening(off) == AudioInput(
        format=PCM16_24K, transcription=None, noise_reduction=None, turn_detection=None
    )
    assert listening(merge(off, heard(turn_detection=SERVER_VAD))).turn_detection == SERVER_VAD


def test_turn_detection_keeps_its_members_while_its_type_stays() -> None:
    for patch in (TurnDetection(threshold=0.9), TurnDetection(type="server_vad", threshold=0.9)):
        merged = listening(merge(BASE, heard(turn_detection=patch))).turn_detection
        assert merged == TurnDetection(type="server_vad", threshold=0.9, silence_duration_ms=500)
    semantic = TurnDetection(type="semantic_vad", eagerness="low")
    assert listening(merge(BASE, heard(turn_detection=semantic))).turn_detection == semantic


def test_a_format_and_a_transcription_are_given_whole() -> None:
    merged = merge(BASE, heard(format=AudioFormat(type="audio/pcma")))
    assert listening(merged).format == AudioFormat(type="audio/pcma")
    merged = merge(BASE, heard(transcription=Transcription(model="x")))
    assert listening(merged).transcription == Transcription(model="x")


def test_a_tool_choice_is_given_whole() -> None:
    one, other = (SessionConfig(tool_choice=ToolChoiceFunction(name=name)) for name in "ab")
    assert merge(one, other) == other
    assert merge(one, SessionConfig(tool_choice="auto")).tool_choice == "auto"


@settings(max_examples=25)
@given(any_of(SessionConfig), any_of(SessionConfig))
def test_merging_is_laying_over(base: SessionConfig, patch: SessionConfig) -> None:
    once = merge(base, patch)
    assert merge(once, patch) == once
    assert merge(base, SessionConfig()) == base
    assert merge(SessionConfig(), patch) == patch
    for name in SessionConfig.__struct_fields__:
        if getattr(patch, name) is UNSET:
            assert getattr(once, name) == getattr(base, name)


@pytest.mark.parametrize(
    ("format", "rate", "size", "bytes_100_ms"),
    [
        (PCM16_24K, 24000, 2, 4800),
        (AudioFormat(type="audio/pcmu"), 8000, 1, 800),
        (AudioFormat(type="audio/pcma"), 8000, 1, 800),
    ],
)
def test_a_format_knows_how_long_its_bytes_sound(
    format: AudioFormat, rate: int, size: int, bytes_100_ms: int
) -> None:
    assert (format.sample_rate, format.bytes_per_sample) == (rate, size)
    assert format.byte_count(100) == bytes_100_ms
    assert format.duration_ms(bytes_100_ms) == 100


@given(st.sampled_from(["audio/pcm", "audio/pcmu"]), st.floats(0, 1e6))
def test_bytes_are_whole_samples_and_never_more_than_asked(kind: str, duration_ms: float) -> None:
    format = AudioFormat(type=kind)  # type: ignore[arg-type]
    size = format.byte_count(duration_ms)
    assert size % format.bytes_per_sample == 0
    assert format.duration_ms(size) <= duration_ms + 1e-6
    assert format.duration_ms(size) > duration_ms - 1000 / format.sample_rate - 1e-6
