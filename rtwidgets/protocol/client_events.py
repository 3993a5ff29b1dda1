"""Every event that a client sends, one frozen struct each, in the GA vocabulary.

The class is the wire's name in CamelCase. The beta spelling lives in ``dialects.py``.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from .config import SessionConfig
from .items import ClientItem
from .response_config import ResponseConfig

__all__ = [
    "ClientEvent",
    "ConversationItemCreate",
    "ConversationItemDelete",
    "ConversationItemRetrieve",
    "ConversationItemTruncate",
    "InputAudioBufferAppend",
    "InputAudioBufferClear",
    "InputAudioBufferCommit",
    "OutputAudioBufferClear",
    "ResponseCancel",
    "ResponseCreate",
    "SessionUpdate",
]


class _ClientEvent(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Common to all: an id of the client's own, which an ``error`` repeats."""

    event_id: Annotated[str, Meta(max_length=512)] | UnsetType = UNSET


class SessionUpdate(_ClientEvent, frozen=True, kw_only=True, tag="session.update"):
    """Change the session: only the fields that are present change."""

    session: SessionConfig


class InputAudioBufferAppend(
    _ClientEvent,
    frozen=True,
    kw_only=True,
    tag="input_audio_buffer.append",
):
    """Add sound in the session's input format; the only event without an answer."""

    audio: bytes


class InputAudioBufferCommit(
    _ClientEvent,
    frozen=True,
    kw_only=True,
    tag="input_audio_buffer.commit",
):
    """Make the buffered sound a user item."""


class InputAudioBufferClear(
    _ClientEvent,
    frozen=True,
    kw_only=True,
    tag="input_audio_buffer.clear",
):
    """Throw the buffered sound away."""


class ConversationItemCreate(
    _ClientEvent,
    frozen=True,
    kw_only=True,
    tag="conversation.item.create",
):
    """Put an item into the conversation: last, after ``previous_item_id``, or first (``root``)."""

    previous_item_id: str | None | UnsetType = UNSET
    item: ClientItem


class ConversationItemRetrieve(
    _ClientEvent,
    frozen=True,
    kw_only=True,
    tag="conversation.item.retrieve",
):
    """Ask for an item with its sound."""

    item_id: str


class ConversationItemTruncate(
    _ClientEvent,
    frozen=True,
    kw_only=True,
    tag="conversation.item.truncate",
):
    """Forget the sound of an assistant item after ``audio_end_ms``, and its transcript."""

    item_id: str
    content_index: Annotated[int, Meta(ge=0)]
    audio_end_ms: Annotated[int, Meta(ge=0)]


class ConversationItemDelete(
    _ClientEvent,
    frozen=True,
    kw_only=True,
    tag="conversation.item.delete",
):
    """Take an item out of the conversation."""

    item_id: str


class ResponseCreate(_ClientEvent, frozen=True, kw_only=True, tag="response.create"):
    """Ask for an answer; the parameters hold for this response only."""

    response: ResponseConfig | None | UnsetType = UNSET


class ResponseCancel(_ClientEvent, frozen=True, kw_only=True, tag="response.cancel"):
    """Stop a response: the named one, or the one that is in progress."""

    response_id: str | None | UnsetType = UNSET


class OutputAudioBufferClear(
    _ClientEvent,
    frozen=True,
    kw_only=True,
    tag="output_audio_buffer.clear",
):
    """Stop what a WebRTC peer plays; no WebSocket server takes it."""


ClientEvent = (
    SessionUpdate
    | InputAudioBufferAppend
    | InputAudioBufferCommit
    | InputAudioBufferClear
    | ConversationItemCreate
    | ConversationItemRetrieve
    | ConversationItemTruncate
    | ConversationItemDelete
    | ResponseCreate
    | ResponseCancel
    | OutputAudioBufferClear
)
