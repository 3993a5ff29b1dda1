"""Every event that a server sends, one frozen struct each, in the GA vocabulary.

The class is the wire's name in CamelCase. Fields that known servers leave out have defaults,
so that a client takes them; the embedded server fills in all of them.
"""

from __future__ import annotations

from typing import Any, Literal, Union

from msgspec import UNSET, Struct, UnsetType

from .config import SessionConfig
from .items import Item, Part, Response

__all__ = [
    "ConversationCreated",
    "ConversationInfo",
    "ConversationItemAdded",
    "ConversationItemDeleted",
    "ConversationItemDone",
    "ConversationItemInputAudioTranscriptionCompleted",
    "ConversationItemInputAudioTranscriptionDelta",
    "ConversationItemInputAudioTranscriptionFailed",
    "ConversationItemRetrieved",
    "ConversationItemTruncated",
    "Error",
    "ErrorDetails",
    "InputAudioBufferCleared",
    "InputAudioBufferCommitted",
    "InputAudioBufferSpeechStarted",
    "InputAudioBufferSpeechStopped",
    "InputAudioBufferTimeoutTriggered",
    "OutputAudioBufferCleared",
    "OutputAudioBufferStarted",
    "OutputAudioBufferStopped",
    "RateLimit",
    "RateLimitsUpdated",
    "ResponseContentPartAdded",
    "ResponseContentPartDone",
    "ResponseCreated",
    "ResponseDone",
    "ResponseFunctionCallArgumentsDelta",
    "ResponseFunctionCallArgumentsDone",
    "ResponseOutputAudioDelta",
    "ResponseOutputAudioDone",
    "ResponseOutputAudioTranscriptDelta",
    "ResponseOutputAudioTranscriptDone",
    "ResponseOutputItemAdded",
    "ResponseOutputItemDone",
    "ResponseOutputTextDelta",
    "ResponseOutputTextDone",
    "ServerEvent",
    "SessionCreated",
    "SessionUpdated",
    "TranscriptionUsage",
    "UnknownEvent",
]


class _ServerEvent(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Common to all: the server's id of this event."""

    event_id: str | UnsetType = UNSET


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


class Error(_ServerEvent, frozen=True, kw_only=True, tag="error"):
    """A request was refused; the session stays open unless a close follows."""

    error: ErrorDetails


class SessionCreated(_ServerEvent, frozen=True, kw_only=True, tag="session.created"):
    """The first event of a connection."""

    session: SessionConfig


class SessionUpdated(_ServerEvent, frozen=True, kw_only=True, tag="session.updated"):
    """The whole configuration in force after an update."""

    session: SessionConfig


class ConversationCreated(_ServerEvent, frozen=True, kw_only=True, tag="conversation.created"):
    """Some servers announce the conversation; OpenAI does not."""

    conversation: ConversationInfo


class ConversationItemAdded(_ServerEvent, frozen=True, kw_only=True, tag="conversation.item.added"):
    """An item entered the conversation after ``previous_item_id``."""

    previous_item_id: str | None | UnsetType = UNSET
    item: Item


class ConversationItemDone(_ServerEvent, frozen=True, kw_only=True, tag="conversation.item.done"):
    """An item is final. Take the order from ``added``: here the id may be missing."""

    previous_item_id: str | None | UnsetType = UNSET
    item: Item


class ConversationItemRetrieved(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="conversation.item.retrieved",
):
    """The answer to retrieve, sound included."""

    item: Item


class ConversationItemTruncated(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="conversation.item.truncated",
):
    """Sound after ``audio_end_ms`` and the transcript are gone."""

    item_id: str
    content_index: int
    audio_end_ms: int


class ConversationItemDeleted(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="conversation.item.deleted",
):
    """The item left the conversation."""

    item_id: str


class ConversationItemInputAudioTranscriptionDelta(
    _ServerEvent,
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
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="conversation.item.input_audio_transcription.completed",
):
    """All of what the user said; may arrive after the response."""

    item_id: str
    content_index: int = 0
    transcript: str
    logprobs: list[Any] | None | UnsetType = UNSET
    usage: TranscriptionUsage | None | UnsetType = UNSET


class ConversationItemInputAudioTranscriptionFailed(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="conversation.item.input_audio_transcription.failed",
):
    """The words could not be written down."""

    item_id: str
    content_index: int = 0
    error: ErrorDetails


class InputAudioBufferCommitted(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="input_audio_buffer.committed",
):
    """The buffer became the user item ``item_id``."""

    previous_item_id: str | None | UnsetType = UNSET
    item_id: str


class InputAudioBufferCleared(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="input_audio_buffer.cleared",
):
    """The buffer is empty."""


class InputAudioBufferSpeechStarted(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="input_audio_buffer.speech_started",
):
    """The user speaks, since ``audio_start_ms`` of all sound ever appended (padding included)."""

    audio_start_ms: int = 0
    item_id: str = ""


class InputAudioBufferSpeechStopped(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="input_audio_buffer.speech_stopped",
):
    """The user stopped; ``audio_end_ms`` includes the silence that was waited for."""

    audio_end_ms: int = 0
    item_id: str = ""


class InputAudioBufferTimeoutTriggered(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="input_audio_buffer.timeout_triggered",
):
    """Nobody spoke for ``idle_timeout_ms``."""

    audio_start_ms: int
    audio_end_ms: int
    item_id: str


class OutputAudioBufferStarted(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="output_audio_buffer.started",
):
    """A WebRTC peer began to play."""

    response_id: str


class OutputAudioBufferStopped(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="output_audio_buffer.stopped",
):
    """A WebRTC peer played everything."""

    response_id: str


class OutputAudioBufferCleared(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="output_audio_buffer.cleared",
):
    """A WebRTC peer stopped playing."""

    response_id: str


class ResponseCreated(_ServerEvent, frozen=True, kw_only=True, tag="response.created"):
    """A response began; nothing is in it yet."""

    response: Response


class ResponseDone(_ServerEvent, frozen=True, kw_only=True, tag="response.done"):
    """The last event of a response, however it ended."""

    response: Response


class ResponseOutputItemAdded(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="response.output_item.added",
):
    """The response opened an item; its content is still empty."""

    response_id: str
    output_index: int
    item: Item


class ResponseOutputItemDone(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="response.output_item.done",
):
    """An item of the response is final."""

    response_id: str
    output_index: int
    item: Item


class ResponseContentPartAdded(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="response.content_part.added",
):
    """The item opened a part."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    part: Part


class ResponseContentPartDone(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="response.content_part.done",
):
    """A part is final; it carries no sound."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    part: Part


class ResponseOutputTextDelta(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="response.output_text.delta",
):
    """More text."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    delta: str
    obfuscation: str | UnsetType = UNSET


class ResponseOutputTextDone(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="response.output_text.done",
):
    """All the text of a part."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    text: str


class ResponseOutputAudioTranscriptDelta(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="response.output_audio_transcript.delta",
):
    """More words of what is being said."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    delta: str
    obfuscation: str | UnsetType = UNSET


class ResponseOutputAudioTranscriptDone(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="response.output_audio_transcript.done",
):
    """All the words of a part."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    transcript: str


class ResponseOutputAudioDelta(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="response.output_audio.delta",
):
    """More sound in the response's output format."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    delta: bytes


class ResponseOutputAudioDone(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="response.output_audio.done",
):
    """All the sound of a part was sent."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int


class ResponseFunctionCallArgumentsDelta(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="response.function_call_arguments.delta",
):
    """More of a call's arguments."""

    response_id: str
    item_id: str
    output_index: int
    call_id: str
    delta: str
    obfuscation: str | UnsetType = UNSET


class ResponseFunctionCallArgumentsDone(
    _ServerEvent,
    frozen=True,
    kw_only=True,
    tag="response.function_call_arguments.done",
):
    """All the arguments of a call, as JSON text."""

    response_id: str
    item_id: str
    output_index: int
    call_id: str
    name: str | UnsetType = UNSET
    arguments: str


class RateLimitsUpdated(_ServerEvent, frozen=True, kw_only=True, tag="rate_limits.updated"):
    """What is left of the account's limits; may come anywhere or never."""

    rate_limits: tuple[RateLimit, ...]


ServerEvent = Union[
    Error,
    SessionCreated,
    SessionUpdated,
    ConversationCreated,
    ConversationItemAdded,
    ConversationItemDone,
    ConversationItemRetrieved,
    ConversationItemTruncated,
    ConversationItemDeleted,
    ConversationItemInputAudioTranscriptionDelta,
    ConversationItemInputAudioTranscriptionCompleted,
    ConversationItemInputAudioTranscriptionFailed,
    InputAudioBufferCommitted,
    InputAudioBufferCleared,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
    InputAudioBufferTimeoutTriggered,
    OutputAudioBufferStarted,
    OutputAudioBufferStopped,
    OutputAudioBufferCleared,
    ResponseCreated,
    ResponseDone,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
    ResponseContentPartAdded,
    ResponseContentPartDone,
    ResponseOutputTextDelta,
    ResponseOutputTextDone,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputAudioTranscriptDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioDone,
    ResponseFunctionCallArgumentsDelta,
    ResponseFunctionCallArgumentsDone,
    RateLimitsUpdated,
]
