"""What can be set: the session, one response, turn detection, formats, tools.

One class serves a request and the effective state: a field that a request does not name
is ``UNSET``, and ``merge`` lays a request over what is in force.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from .mcp_config import McpTool, ToolChoiceMcp

__all__ = [
    "PCM16_24K",
    "AnyTool",
    "AudioConfig",
    "AudioFormat",
    "AudioInput",
    "AudioOutput",
    "CustomVoice",
    "MaxTokens",
    "Modality",
    "NoiseReduction",
    "Reasoning",
    "RetentionRatio",
    "SessionConfig",
    "StoredPrompt",
    "TokenLimits",
    "Tool",
    "ToolChoice",
    "ToolChoiceFunction",
    "Tracing",
    "Transcription",
    "TurnDetection",
    "Voice",
    "merge",
]

Modality = Literal["text", "audio"]
Included = Literal["item.input_audio_transcription.logprobs"]
MaxTokens = Annotated[int, Meta(ge=1, le=4096)] | Literal["inf"]


class CustomVoice(Struct, frozen=True, kw_only=True):
    """A voice of one's own, by id (GA)."""

    id: str


Voice = str | CustomVoice


class AudioFormat(Struct, frozen=True, kw_only=True):
    """How samples are written on the wire: always mono.

    ``audio/pcm`` is 16-bit signed little endian at 24,000 Hz; ``audio/pcmu`` and
    ``audio/pcma`` are G.711 at 8,000 Hz, one byte a sample.
    """

    type: Literal["audio/pcm", "audio/pcmu", "audio/pcma"]
    rate: Annotated[int, Meta(ge=24000, le=24000)] | UnsetType = UNSET

    @property
    def sample_rate(self) -> int:
        """Samples a second, in Hz."""
        return 24000 if self.type == "audio/pcm" else 8000

    @property
    def bytes_per_sample(self) -> int:
        """Bytes that one sample takes on the wire."""
        return 2 if self.type == "audio/pcm" else 1

    def duration_ms(self, byte_count: int) -> float:
        """How long ``byte_count`` bytes sound, in ms."""
        return byte_count * 1000 / (self.sample_rate * self.bytes_per_sample)

    def byte_count(self, duration_ms: float) -> int:
        """How many bytes ``duration_ms`` take, whole samples only."""
        return int(duration_ms * self.sample_rate / 1000) * self.bytes_per_sample


PCM16_24K = AudioFormat(type="audio/pcm", rate=24000)


class Transcription(Struct, frozen=True, kw_only=True):
    """Which model writes down what the user said, and what helps it."""

    model: str | None | UnsetType = UNSET
    language: str | None | UnsetType = UNSET
    prompt: str | None | UnsetType = UNSET
    languages: tuple[str, ...] | UnsetType = UNSET
    keywords: tuple[str, ...] | UnsetType = UNSET
    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | UnsetType = UNSET


class NoiseReduction(Struct, frozen=True, kw_only=True):
    """``near_field`` for a headset, ``far_field`` for a room microphone."""

    type: Literal["near_field", "far_field"]
    strength: Annotated[float, Meta(ge=0.0, le=1.0)] | UnsetType = UNSET


class TurnDetection(Struct, frozen=True, kw_only=True):
    """When the user's turn begins and ends (reference, section 3.4).

    ``threshold``, ``prefix_padding_ms``, ``silence_duration_ms`` and ``idle_timeout_ms``
    belong to ``server_vad``; ``eagerness`` belongs to ``semantic_vad``.
    """

    type: Literal["server_vad", "semantic_vad"] | UnsetType = UNSET
    threshold: Annotated[float, Meta(ge=0.0, le=1.0)] | UnsetType = UNSET
    prefix_padding_ms: Annotated[int, Meta(ge=0, le=5000)] | UnsetType = UNSET
    silence_duration_ms: Annotated[int, Meta(ge=0, le=10000)] | UnsetType = UNSET
    idle_timeout_ms: Annotated[int, Meta(ge=5000, le=30000)] | None | UnsetType = UNSET
    eagerness: Literal["low", "medium", "high", "auto"] | UnsetType = UNSET
    create_response: bool | UnsetType = UNSET
    interrupt_response: bool | UnsetType = UNSET


class AudioInput(Struct, frozen=True, kw_only=True):
    """Everything about the sound that comes in; ``null`` switches a part off."""

    format: AudioFormat | UnsetType = UNSET
    transcription: Transcription | None | UnsetType = UNSET
    noise_reduction: NoiseReduction | None | UnsetType = UNSET
    turn_detection: TurnDetection | None | UnsetType = UNSET


class AudioOutput(Struct, frozen=True, kw_only=True):
    """Everything about the sound that goes out."""

    format: AudioFormat | UnsetType = UNSET
    voice: Voice | UnsetType = UNSET
    speed: Annotated[float, Meta(ge=0.25, le=1.5)] | UnsetType = UNSET


class AudioConfig(Struct, frozen=True, kw_only=True):
    """The ``audio`` object of a session or of a response's parameters."""

    input: AudioInput | UnsetType = UNSET
    output: AudioOutput | UnsetType = UNSET


class Tool(Struct, frozen=True, kw_only=True, tag_field="type", tag="function"):
    """A function that the model may ask for; ``parameters`` is a JSON schema."""

    name: str
    description: str | UnsetType = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET


class ToolChoiceFunction(Struct, frozen=True, kw_only=True, tag_field="type", tag="function"):
    """The model must call this function."""

    name: str


AnyTool = Tool | McpTool
ToolChoice = Literal["auto", "none", "required"] | ToolChoiceFunction | ToolChoiceMcp


class Tracing(Struct, frozen=True, kw_only=True):
    """What a trace of the session is filed under."""

    workflow_name: str | UnsetType = UNSET
    group_id: str | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET


class StoredPrompt(Struct, frozen=True, kw_only=True):
    """A prompt that is kept at the server, and what is filled into it."""

    id: str
    version: str | None | UnsetType = UNSET
    variables: dict[str, Any] | None | UnsetType = UNSET


class Reasoning(Struct, frozen=True, kw_only=True):
    """How long a model that reasons may think before it answers."""

    effort: Literal["minimal", "low", "medium", "high", "xhigh"] | UnsetType = UNSET


class TokenLimits(Struct, frozen=True, kw_only=True):
    """Limits of the context that truncation keeps to."""

    post_instructions: Annotated[int, Meta(ge=0)] | UnsetType = UNSET


class RetentionRatio(Struct, frozen=True, kw_only=True, tag_field="type", tag="retention_ratio"):
    """Cut the context down to this share of its limit when it overflows."""

    retention_ratio: Annotated[float, Meta(ge=0.0, le=1.0)]
    token_limits: TokenLimits | UnsetType = UNSET


class SessionConfig(Struct, frozen=True, kw_only=True):
    """A session's settings: a request where some are ``UNSET``, the state where none is.

    Reference, sections 3.1 and 3.2. ``temperature`` exists in the beta dialect only.
    """

    type: Literal["realtime", "transcription"] | UnsetType = UNSET
    id: str | UnsetType = UNSET
    object: str | UnsetType = UNSET
    expires_at: int | UnsetType = UNSET
    model: str | UnsetType = UNSET
    output_modalities: tuple[Modality, ...] | UnsetType = UNSET
    instructions: str | UnsetType = UNSET
    tools: tuple[AnyTool, ...] | UnsetType = UNSET
    tool_choice: ToolChoice | UnsetType = UNSET
    parallel_tool_calls: bool | UnsetType = UNSET
    reasoning: Reasoning | UnsetType = UNSET
    max_output_tokens: MaxTokens | UnsetType = UNSET
    temperature: Annotated[float, Meta(ge=0.6, le=1.2)] | UnsetType = UNSET
    tracing: Literal["auto"] | Tracing | None | UnsetType = UNSET
    truncation: Literal["auto", "disabled"] | RetentionRatio | UnsetType = UNSET
    prompt: StoredPrompt | None | UnsetType = UNSET
    include: tuple[Included, ...] | None | UnsetType = UNSET
    audio: AudioConfig | UnsetType = UNSET


_S = TypeVar("_S", bound=Struct)

#: Given whole or not at all: a new format replaces the old one, field by field it would
#: leave a G.711 session with a PCM rate.
_WHOLE = (
    AudioFormat,
    Transcription,
    CustomVoice,
    ToolChoiceFunction,
    ToolChoiceMcp,
    RetentionRatio,
    StoredPrompt,
)


def merge(base: _S, patch: _S) -> _S:
    """``base`` with every field that ``patch`` names, path by path.

    A ``turn_detection`` whose type changes starts afresh, because the members of one
    type mean nothing to the other (reference, section 3.1).
    """
    changes: dict[str, Any] = {}
    for name in patch.__struct_fields__:
        new = getattr(patch, name)
        if new is UNSET:
            continue
        old = getattr(base, name)
        whole = isinstance(new, _WHOLE) or _other_kind(old, new)
        if isinstance(new, Struct) and type(new) is type(old) and not whole:
            changes[name] = merge(old, new)
        else:
            changes[name] = new
    return msgspec.structs.replace(base, **changes)


def _other_kind(old: Any, new: Any) -> bool:
    """Whether ``new`` is a turn detection of another type than ``old``."""
    if not isinstance(old, TurnDetection) or not isinstance(new, TurnDetection):
        return False
    return new.type is not UNSET and new.type != old.type
