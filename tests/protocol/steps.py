"""Server events in few words, for tests of the reducer."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from rtwidgets.protocol import events as on
from rtwidgets.protocol.conversation import Conversation
from rtwidgets.protocol.items import (
    AudioPart,
    FunctionCall,
    InputAudio,
    InputText,
    Item,
    Message,
    Response,
    TextPart,
    Usage,
)

TEXT, AUDIO = TextPart(), AudioPart()


def told(*events: Any) -> Conversation:
    """A conversation that was told these events."""
    conversation = Conversation()
    for event in events:
        conversation.apply(event)
    return conversation


def user(item_id: str, text: str = "hello") -> Message:
    content = (InputText(text=text),)
    return Message(id=item_id, status="completed", role="user", content=content)


def spoken(item_id: str, transcript: str | None = None) -> Message:
    """A user item as a commit makes it."""
    content = (InputAudio(transcript=transcript),)
    return Message(id=item_id, status="completed", role="user", content=content)


def reply(item_id: str, *content: Any, status: Any = "in_progress") -> Message:
    return Message(id=item_id, status=status, role="assistant", content=content)


def call(item_id: str, arguments: str = "", status: Any = "in_progress") -> FunctionCall:
    return FunctionCall(
        id=item_id, status=status, name="weather", call_id="call_1", arguments=arguments
    )


def added(item: Item, previous: Any = UNSET) -> on.ConversationItemAdded:
    return on.ConversationItemAdded(previous_item_id=previous, item=item)


def done(item: Item, previous: Any = UNSET) -> on.ConversationItemDone:
    return on.ConversationItemDone(previous_item_id=previous, item=item)


def created(response_id: str = "r", *, outside: bool = False, **fields: Any) -> on.ResponseCreated:
    conversation_id = None if outside else "conv"
    return on.ResponseCreated(
        response=Response(
            id=response_id, status="in_progress", conversation_id=conversation_id, **fields
        )
    )


def ended(
    response_id: str = "r",
    *output: Item,
    status: Any = "completed",
    usage: Usage | None = None,
    outside: bool = False,
) -> on.ResponseDone:
    return on.ResponseDone(
        response=Response(
            id=response_id,
            status=status,
            output=output,
            usage=usage,
            conversation_id=None if outside else "conv",
        )
    )


def put_out(item: Item, response_id: str = "r", index: int = 0) -> on.ResponseOutputItemAdded:
    return on.ResponseOutputItemAdded(response_id=response_id, output_index=index, item=item)


def put_out_done(item: Item, response_id: str = "r", index: int = 0) -> on.ResponseOutputItemDone:
    return on.ResponseOutputItemDone(response_id=response_id, output_index=index, item=item)


def place(item_id: str, response_id: str = "r", index: int = 0) -> dict[str, Any]:
    return {
        "response_id": response_id,
        "item_id": item_id,
        "output_index": 0,
        "content_index": index,
    }


def part(item_id: str, kind: Any = AUDIO, **where: Any) -> on.ResponseContentPartAdded:
    return on.ResponseContentPartAdded(part=kind, **place(item_id, **where))


def part_done(item_id: str, kind: Any, **where: Any) -> on.ResponseContentPartDone:
    return on.ResponseContentPartDone(part=kind, **place(item_id, **where))


def text(item_id: str, delta: str, **where: Any) -> on.ResponseOutputTextDelta:
    return on.ResponseOutputTextDelta(delta=delta, **place(item_id, **where))


def text_done(item_id: str, text: str, **where: Any) -> on.ResponseOutputTextDone:
    return on.ResponseOutputTextDone(text=text, **place(item_id, **where))


def says(item_id: str, delta: str, **where: Any) -> on.ResponseOutputAudioTranscriptDelta:
    return on.ResponseOutputAudioTranscriptDelta(delta=delta, **place(item_id, **where))


def said(item_id: str, text: str, **where: Any) -> on.ResponseOutputAudioTranscriptDone:
    return on.ResponseOutputAudioTranscriptDone(transcript=text, **place(item_id, **where))


def sound(item_id: str, size: int, **where: Any) -> on.ResponseOutputAudioDelta:
    return on.ResponseOutputAudioDelta(delta=bytes(size), **place(item_id, **where))


def argues(item_id: str, delta: str) -> on.ResponseFunctionCallArgumentsDelta:
    return on.ResponseFunctionCallArgumentsDelta(
        response_id="r", item_id=item_id, output_index=0, call_id="call_1", delta=delta
    )


def argued(item_id: str, arguments: str) -> on.ResponseFunctionCallArgumentsDone:
    return on.ResponseFunctionCallArgumentsDone(
        response_id="r",
        item_id=item_id,
        output_index=0,
        call_id="call_1",
        name="weather",
        arguments=arguments,
    )


def hears(item_id: str, delta: str) -> on.ConversationItemInputAudioTranscriptionDelta:
    return on.ConversationItemInputAudioTranscriptionDelta(item_id=item_id, delta=delta)


def heard(
    item_id: str, transcript: str, usage: Any = UNSET
) -> on.ConversationItemInputAudioTranscriptionCompleted:
    return on.ConversationItemInputAudioTranscriptionCompleted(
        item_id=item_id, transcript=transcript, usage=usage
    )
