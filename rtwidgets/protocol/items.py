"""Conversation items, content parts, responses and usage, in the GA vocabulary.

Every value is frozen: an item changes by being replaced. A field that may be absent on
the wire defaults to ``UNSET`` and is then left out; ``None`` is JSON ``null``.
The beta spelling of these objects lives in ``dialects.py`` alone.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from .config import AudioFormat, MaxTokens, Modality, Voice
from .mcp_items import McpApprovalRequest, McpApprovalResponse, McpCall, McpListTools

__all__ = [
    "AudioPart",
    "CachedTokens",
    "ClientItem",
    "ContentPart",
    "FunctionCall",
    "FunctionCallOutput",
    "InputAudio",
    "InputImage",
    "InputText",
    "InputTokenDetails",
    "Item",
    "ItemReference",
    "ItemStatus",
    "Message",
    "Metadata",
    "OutputAudio",
    "OutputText",
    "OutputTokenDetails",
    "Part",
    "PromptItem",
    "Response",
    "ResponseAudio",
    "ResponseAudioOutput",
    "ResponseError",
    "ResponseStatus",
    "Role",
    "StatusDetails",
    "TextPart",
    "Usage",
]

Role = Literal["system", "user", "assistant"]
ItemStatus = Literal["in_progress", "completed", "incomplete"]
ResponseStatus = Literal["in_progress", "completed", "cancelled", "failed", "incomplete"]

#: Ids chosen by a client are at most 32 characters long (reference, section 5.1).
ClientId = Annotated[str, Meta(max_length=32)]
CallId = Annotated[str, Meta(max_length=32, pattern=r"^[a-zA-Z0-9_-]+$")]
MetadataKey = Annotated[str, Meta(max_length=64)]
MetadataValue = Annotated[str, Meta(max_length=512)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], Meta(max_length=16)]


class InputText(Struct, frozen=True, kw_only=True, tag_field="type", tag="input_text"):
    """Text of a user or system message."""

    text: str


class InputAudio(Struct, frozen=True, kw_only=True, tag_field="type", tag="input_audio"):
    """Speech of a user message; ``audio`` is in the session's input format.

    A server shows ``audio`` only in ``conversation.item.retrieved``.
    """

    audio: bytes | None | UnsetType = UNSET
    transcript: str | None | UnsetType = UNSET


class InputImage(Struct, frozen=True, kw_only=True, tag_field="type", tag="input_image"):
    """A picture of a user message as a data URI (PNG or JPEG); GA only."""

    image_url: str
    detail: Literal["auto", "low", "high"] | UnsetType = UNSET


class OutputText(Struct, frozen=True, kw_only=True, tag_field="type", tag="output_text"):
    """Text of an assistant message."""

    text: str


class OutputAudio(Struct, frozen=True, kw_only=True, tag_field="type", tag="output_audio"):
    """Speech of an assistant message: its words, and its bytes when it is retrieved."""

    transcript: str | None | UnsetType = UNSET
    audio: bytes | None | UnsetType = UNSET


ContentPart = InputText | InputAudio | InputImage | OutputText | OutputAudio


class Message(Struct, frozen=True, kw_only=True, tag_field="type", tag="message"):
    """Something that was said: by the system, the user or the assistant."""

    id: ClientId | UnsetType = UNSET
    object: Literal["realtime.item"] | UnsetType = UNSET
    status: ItemStatus | UnsetType = UNSET
    role: Role
    content: tuple[ContentPart, ...]


class FunctionCall(Struct, frozen=True, kw_only=True, tag_field="type", tag="function_call"):
    """The model asks for a function; ``arguments`` is JSON text."""

    id: ClientId | UnsetType = UNSET
    object: Literal["realtime.item"] | UnsetType = UNSET
    status: ItemStatus | UnsetType = UNSET
    name: str
    call_id: CallId | UnsetType = UNSET
    arguments: str


class FunctionCallOutput(
    Struct, frozen=True, kw_only=True, tag_field="type", tag="function_call_output"
):
    """What the function returned, as text, answering ``call_id``."""

    id: ClientId | UnsetType = UNSET
    object: Literal["realtime.item"] | UnsetType = UNSET
    status: ItemStatus | UnsetType = UNSET
    call_id: CallId
    output: str


class ItemReference(Struct, frozen=True, kw_only=True, tag_field="type", tag="item_reference"):
    """Stands for an item of the conversation, inside ``response.create`` only."""

    id: str
    object: Literal["realtime.item"] | UnsetType = UNSET
    status: ItemStatus | UnsetType = UNSET


Item = (
    Message
    | FunctionCall
    | FunctionCallOutput
    | McpListTools
    | McpCall
    | McpApprovalRequest
    | McpApprovalResponse
)
#: What a language model reads: ``mcp_context.py`` puts the rest into these.
PromptItem = Message | FunctionCall | FunctionCallOutput
#: What a client may create; the rest of what concerns MCP servers is the server's to say.
ClientItem = Message | FunctionCall | FunctionCallOutput | McpApprovalResponse
ItemOrReference = Message | FunctionCall | FunctionCallOutput | ItemReference


class TextPart(Struct, frozen=True, kw_only=True, tag_field="type", tag="text"):
    """The part inside ``response.content_part.*`` (``text`` in both dialects)."""

    text: str = ""


class AudioPart(Struct, frozen=True, kw_only=True, tag_field="type", tag="audio"):
    """The part inside ``response.content_part.*`` (``audio`` in both dialects)."""

    transcript: str | None = ""


Part = TextPart | AudioPart


class CachedTokens(Struct, frozen=True, kw_only=True):
    """Cached input tokens by modality."""

    text_tokens: int = 0
    audio_tokens: int = 0
    image_tokens: int = 0


class InputTokenDetails(Struct, frozen=True, kw_only=True):
    """Input tokens by modality; the cached ones are included in each."""

    text_tokens: int = 0
    audio_tokens: int = 0
    image_tokens: int = 0
    cached_tokens: int = 0
    cached_tokens_details: CachedTokens = CachedTokens()


class OutputTokenDetails(Struct, frozen=True, kw_only=True):
    """Output tokens by modality; reasoning tokens are a part of ``text_tokens``."""

    text_tokens: int = 0
    audio_tokens: int = 0
    reasoning_tokens: int | UnsetType = UNSET


class Usage(Struct, frozen=True, kw_only=True):
    """What a response used: ``total = input + output``, each the sum of its details."""

    total_tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    input_token_details: InputTokenDetails = InputTokenDetails()
    output_token_details: OutputTokenDetails = OutputTokenDetails()


class ResponseError(Struct, frozen=True, kw_only=True):
    """Why a response failed."""

    type: str | None = None
    code: str | None = None
    message: str | UnsetType = UNSET


class StatusDetails(Struct, frozen=True, kw_only=True):
    """Why a response ended as it did; absent for one that completed."""

    type: str
    reason: str | UnsetType = UNSET
    error: ResponseError | UnsetType = UNSET


class ResponseAudioOutput(Struct, frozen=True, kw_only=True):
    """Format and voice of a response's sound."""

    format: AudioFormat | UnsetType = UNSET
    voice: Voice | UnsetType = UNSET


class ResponseAudio(Struct, frozen=True, kw_only=True):
    """The ``audio`` object of a response."""

    output: ResponseAudioOutput = ResponseAudioOutput()


class Response(Struct, frozen=True, kw_only=True):
    """One answer of the model (reference, section 3.9).

    ``conversation_id`` is null for a response outside the default conversation; some servers
    leave it out, which says nothing.
    ``temperature`` exists in the beta dialect only.
    """

    id: str
    object: Literal["realtime.response"] = "realtime.response"
    status: ResponseStatus
    status_details: StatusDetails | None = None
    output: tuple[Item, ...] = ()
    conversation_id: str | None | UnsetType = UNSET
    output_modalities: tuple[Modality, ...] | UnsetType = UNSET
    max_output_tokens: MaxTokens | UnsetType = UNSET
    audio: ResponseAudio | UnsetType = UNSET
    temperature: float | UnsetType = UNSET
    usage: Usage | None = None
    metadata: dict[str, str] | None = None
