"""Server events of the session, the conversation, the input buffer and the account.

The class is the wire's name in CamelCase. Fields that known servers leave out have defaults,
so that a client takes them; the embedded server fills in all of them. The events of a
response are in ``response_events``.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from .config import SessionConfig
from .items import Item

__all__ = [
    "ConversationCreated",
    "ConversationInfo",
    "ConversationItemAdded",
    "ConversationItemDeleted",
    "ConversationItemDone",
    "ConversationItemInputAudioTranscriptionCompleted",
    "ConversationItemInputAudioTranscriptionDelta",
    "ConversationItemInputAudioTranscriptionFailed",
    "ConversationItemInputAudioTranscriptionSegment",
    "ConversationItemRetrieved",
    "ConversationItemTruncated",
    "Error",
    "ErrorDetails",
    "InputAudioBufferCleared",
    "InputAudioBufferCommitted",
    "InputAudioBufferDtmfEventReceived",
    "InputAudioBufferSpeechStarted",
    "InputAudioBufferSpeechStopped",
    "InputAudioBufferTimeoutTriggered",
    "OutputAudioBufferCleared",
    "OutputAudioBufferStarted",
    "OutputAudioBufferStopped",
    "RateLimit",
    "RateLimitsUpdated",
    "ServerEventBase",
    "SessionCreated",
    "SessionUpdated",
    "TranscriptionUsage",
    "UnknownEvent",
]


class ServerEventBase(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Common to all: the server's id of this event."""

    event_id: str | UnsetType = UNSET

    @property
    def type(self) -> str:
        """The wire's name: ``response.done``."""
        return str(self.__struct_config__.tag)


class ErrorDetails(Struct, frozen=True, kw_only=True):
    """What was wrong: the five keys are always on the wire, null where unknown."""

    type: str = "invalid_request_error"
    code: str | None = None
    message: str = ""
    param: str | None = None
    event_id: str | None | UnsetType = None


class ConversationInfo(Struct, frozen=True, kw_only=True):
    """The id of the default conversation."""

    id: str
    object: Literal["realtime.conversation"] = "realtime.conversation"


class RateLimit(Struct, frozen=True, kw_only=True):
    """One limit of the account; ``reset_seconds`` from now."""

    name: str
    limit: int
    remaining: int
    reset_seconds: float


class TranscriptionUsage(Struct, frozen=True, kw_only=True):
    """What a transcription used: ``seconds`` of sound, or tokens."""

    type: Literal["duration", "tokens"]
    seconds: float | UnsetType = UNSET
    input_tokens: int | UnsetType = UNSET
    output_tokens: int | UnsetType = UNSET
    total_tokens: int | UnsetType = UNSET
    input_token_details: dict[str, int] | UnsetType = UNSET


class UnknownEvent(Struct, frozen=True, kw_only=True):
    """An event of a type that this version does not know; ``raw`` is all of it."""

    type: str
    event_id: str | UnsetType = UNSET
    raw: dict[str, Any]


class Error(ServerEventBase, frozen=True, kw_only=True, tag="error"):
    """A request was refused; the session stays open unless a close follows."""

    error: ErrorDetails


class SessionCreated(ServerEventBase, frozen=True, kw_only=True, tag="session.created"):
    """The first event of a connection."""

    session: SessionConfig


class SessionUpdated(ServerEventBase, frozen=True, kw_only=True, tag="session.updated"):
    """The whole configuration in force after an update."""

    session: SessionConfig


class ConversationCreated(ServerEventBase, frozen=True, kw_only=True, tag="conversation.created"):
    """Some servers announce the conversation; OpenAI does not."""

    conversation: ConversationInfo


class ConversationItemAdded(
    ServerEventBase, frozen=True, kw_only=True, tag="conversation.item.added"
):
    """An item entered the conversation after ``previous_item_id``."""

    previous_item_id: str | None | UnsetType = UNSET
    item: Item


class ConversationItemDone(
    ServerEventBase, frozen=True, kw_only=True, tag="conversation.item.done"
):
    """An item is final. Take the order from ``added``: here the id may be missing."""

    previous_item_id: str | None | UnsetType = UNSET
    item: Item


class ConversationItemRetrieved(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="conversation.item.retrieved",
):
    """The answer to retrieve, sound included."""

    item: Item


class ConversationItemTruncated(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="conversation.item.truncated",
):
    """Sound after ``audio_end_ms`` and the transcript are gone."""

    item_id: str
    content_index: int
    audio_end_ms: int


class ConversationItemDeleted(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="conversation.item.deleted",
):
    """The item left the conversation."""

    item_id: str


class ConversationItemInputAudioTranscriptionDelta(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="conversation.item.input_audio_transcription.delta",
):
    """More of what the user said."""

    item_id: str
    content_index: int = 0
    delta: str = ""
    logprobs: list[Any] | None | UnsetType = UNSET
    obfuscation: str | UnsetType = UNSET


class ConversationItemInputAudioTranscriptionCompleted(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="conversation.item.input_audio_transcription.completed",
):
    """All of what the user said; may arrive after the response."""

    item_id: str
    content_index: int = 0
    transcript: str
    logprobs: list[Any] | None | UnsetType = UNSET
    languages: list[dict[str, Any]] | None | UnsetType = UNSET
    usage: TranscriptionUsage | None | UnsetType = UNSET


class ConversationItemInputAudioTranscriptionFailed(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="conversation.item.input_audio_transcription.failed",
):
    """The words could not be written down."""

    item_id: str
    content_index: int = 0
    error: ErrorDetails


class ConversationItemInputAudioTranscriptionSegment(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="conversation.item.input_audio_transcription.segment",
):
    """One speaker's words; ``start`` and ``end`` in seconds. Only models that tell speakers apart
    send it, and all words come in ``completed`` once more."""

    item_id: str
    content_index: int = 0
    id: str = ""
    text: str = ""
    speaker: str = ""
    start: float = 0.0
    end: float = 0.0


class InputAudioBufferCommitted(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="input_audio_buffer.committed",
):
    """The buffer became the user item ``item_id``."""

    previous_item_id: str | None | UnsetType = UNSET
    item_id: str


class InputAudioBufferCleared(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="input_audio_buffer.cleared",
):
    """The buffer is empty."""


class InputAudioBufferSpeechStarted(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="input_audio_buffer.speech_started",
):
    """The user speaks, since ``audio_start_ms`` of all sound ever appended (padding included)."""

    audio_start_ms: int = 0
    item_id: str = ""


class InputAudioBufferSpeechStopped(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="input_audio_buffer.speech_stopped",
):
    """The user stopped; ``audio_end_ms`` includes the silence that was waited for."""

    audio_end_ms: int = 0
    item_id: str = ""


class InputAudioBufferTimeoutTriggered(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="input_audio_buffer.timeout_triggered",
):
    """Nobody spoke for ``idle_timeout_ms``."""

    audio_start_ms: int
    audio_end_ms: int
    item_id: str


class InputAudioBufferDtmfEventReceived(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="input_audio_buffer.dtmf_event_received",
):
    """A caller pressed the key ``event`` (SIP), at a Unix time; it comes without an event id."""

    event: str
    received_at: int


class OutputAudioBufferStarted(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="output_audio_buffer.started",
):
    """A WebRTC peer began to play."""

    response_id: str


class OutputAudioBufferStopped(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="output_audio_buffer.stopped",
):
    """A WebRTC peer played everything."""

    response_id: str


class OutputAudioBufferCleared(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="output_audio_buffer.cleared",
):
    """A WebRTC peer stopped playing."""

    response_id: str


class RateLimitsUpdated(ServerEventBase, frozen=True, kw_only=True, tag="rate_limits.updated"):
    """What is left of the account's limits; may come anywhere or never."""

    rate_limits: tuple[RateLimit, ...]
