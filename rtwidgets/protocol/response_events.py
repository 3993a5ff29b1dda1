"""Server events of a response, from ``response.created`` to ``response.done``.

All name their response; pieces of an item name the item and their place in the output.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from .items import Item, Part, Response
from .server_events import ServerEventBase

__all__ = [
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
]


class ResponseCreated(ServerEventBase, frozen=True, kw_only=True, tag="response.created"):
    """A response began; nothing is in it yet."""

    response: Response


class ResponseDone(ServerEventBase, frozen=True, kw_only=True, tag="response.done"):
    """The last event of a response, however it ended."""

    response: Response


class ResponseOutputItemAdded(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="response.output_item.added",
):
    """The response opened an item; its content is still empty."""

    response_id: str
    output_index: int
    item: Item


class ResponseOutputItemDone(
    ServerEventBase,
    frozen=True,
    kw_only=True,
    tag="response.output_item.done",
):
    """An item of the response is final."""

    response_id: str
    output_index: int
    item: Item


class ResponseContentPartAdded(
    ServerEventBase,
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
    ServerEventBase,
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
    ServerEventBase,
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
    ServerEventBase,
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
    ServerEventBase,
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
    ServerEventBase,
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
    ServerEventBase,
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
    ServerEventBase,
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
    ServerEventBase,
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
    ServerEventBase,
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
