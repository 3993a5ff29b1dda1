"""One response while it is being made: which events its text, sound and calls become.

Theory of operation. A response is open from ``open`` to ``close`` and emits each event in the
order of the reference's sections 4.2, 4.3, 4.7 and 8.6. At most one message is open at a time;
it is announced empty by the first piece that needs it, and closed by the next item or by the
end. Calls of MCP servers are open beside each other until their results come. The legal moves
of a response and of its items are tables in ``moves.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec
from msgspec import Struct

from . import events
from .config import AudioFormat
from .items import (
    AudioPart,
    FunctionCall,
    Item,
    ItemStatus,
    Message,
    OutputAudio,
    OutputText,
    Response,
    ResponseStatus,
    StatusDetails,
    TextPart,
    Usage,
)
from .mcp_items import McpApprovalRequest, McpCall, McpError, McpToolExecutionError
from .sounds import Sounds

__all__ = ["Emit", "ResponseStream"]

Emit = Callable[..., None]

#: Characters of a call's arguments in one delta: several deltas even for a short call, so
#: that clients see them join.
_ARGUMENTS_DELTA = 12


class _OpenMessage(Struct):
    """The message that is being written, and its words so far."""

    id: str
    output_index: int
    text: str = ""


class _OpenCall(Struct):
    """A call of an MCP server that has not returned."""

    item: McpCall
    output_index: int
    previous_item_id: str | None


class ResponseStream:
    """Turns results of an engine into the events of one response.

    Args:
        response: as announced: in progress, nothing in it.
        modality: ``audio`` speaks and writes a transcript, ``text`` only writes.
        format: of the sound that is added.
        sounds: where the items' sound is kept.
        emit: takes an event class and its fields.
        new_id: makes an id of a kind (``item``, ``call``).
        last_item_id: the item that a new item follows; not asked out of band.
    """

    def __init__(
        self,
        response: Response,
        *,
        modality: Literal["audio", "text"],
        format: AudioFormat,
        sounds: Sounds,
        emit: Emit,
        new_id: Callable[[str], str],
        last_item_id: Callable[[], str | None],
    ) -> None:
        self.id = response.id
        self.response = response
        self.in_conversation = response.conversation_id is not None
        self.text = ""
        self.audio_bytes = 0
        self._sounds = sounds
        self._format = format
        self._modality = modality
        self._emit = emit
        self._new_id = new_id
        self._last_item_id = last_item_id
        self._previous_item_id: str | None = None
        self._output: list[Item] = []
        self._message: _OpenMessage | None = None
        self._calls: dict[str, _OpenCall] = {}

    @property
    def sound_ms(self) -> float:
        """How long what was made so far sounds."""
        return self._format.duration_ms(self.audio_bytes)

    @property
    def empty(self) -> bool:
        """Whether nothing was made yet."""
        return not self._output and self._message is None

    @property
    def calling(self) -> bool:
        """Whether an MCP server has not answered yet."""
        return bool(self._calls)

    @property
    def output_ids(self) -> tuple[str, ...]:
        """The items that it has made."""
        return tuple(str(item.id) for item in self._output)

    def open(self) -> None:
        """Announce the response."""
        self._emit(events.ResponseCreated, response=self.response)

    def add_text(self, delta: str) -> None:
        """The next words: text, or the transcript of what is spoken."""
        message = self._open_message()
        message.text += delta
        self.text += delta
        kind: Any = (
            events.ResponseOutputAudioTranscriptDelta
            if self._modality == "audio"
            else events.ResponseOutputTextDelta
        )
        self._emit(kind, delta=delta, **self._place(message))

    def add_audio(self, data: bytes) -> None:
        """The next sound, in the response's output format."""
        message = self._open_message()
        self.audio_bytes += len(data)
        self._sounds.extend(message.id, data, self._format)
        self._emit(events.ResponseOutputAudioDelta, delta=data, **self._place(message))

    def add_call(self, name: str, arguments: str) -> None:
        """A function call, whole; it closes the message before it."""
        self._close_message("completed")
        call = FunctionCall(
            id=self._new_id("item"),
            status="in_progress",
            name=name,
            call_id=self._new_id("call"),
            arguments="",
        )
        index = len(self._output)
        self._announce(call, index)
        place = {
            "response_id": self.id,
            "item_id": call.id,
            "output_index": index,
            "call_id": call.call_id,
        }
        for start in range(0, len(arguments), _ARGUMENTS_DELTA):
            delta = arguments[start : start + _ARGUMENTS_DELTA]
            self._emit(events.ResponseFunctionCallArgumentsDelta, delta=delta, **place)
        self._emit(
            events.ResponseFunctionCallArgumentsDone,
            name=name,
            arguments=arguments,
            **place,
        )
        self.text += name + arguments
        self._finish(
            msgspec.structs.replace(call, status="completed", arguments=arguments),
            index,
        )

    def begin_mcp_call(self, server_label: str, name: str, arguments: str) -> str:
        """A call of an MCP server's tool, which stays open until ``end_mcp_call``; its id."""
        self._close_message("completed")
        item_id, index = self._new_id("item"), len(self._output)
        call = McpCall(id=item_id, server_label=server_label, name=name, arguments="")
        self._announce(call, index)
        place = {"response_id": self.id, "item_id": item_id, "output_index": index}
        for start in range(0, len(arguments), _ARGUMENTS_DELTA):
            delta = arguments[start : start + _ARGUMENTS_DELTA]
            # Some clients refuse the event without the padding (reference, section 2.5).
            self._emit(events.ResponseMcpCallArgumentsDelta, delta=delta, obfuscation="", **place)
        self._emit(events.ResponseMcpCallArgumentsDone, arguments=arguments, **place)
        self._emit(events.ResponseMcpCallInProgress, item_id=item_id, output_index=index)
        self.text += name + arguments
        call = msgspec.structs.replace(call, arguments=arguments)
        self._calls[item_id] = _OpenCall(call, index, self._previous_item_id)
        return item_id

    def end_mcp_call(self, item_id: str, *, output: str | None, error: McpError | None) -> bool:
        """The result of a call; false where it is not open here."""
        call = self._calls.pop(item_id, None)
        if call is None:
            return False
        kind = events.ResponseMcpCallFailed if error else events.ResponseMcpCallCompleted
        self._emit(kind, item_id=item_id, output_index=call.output_index)
        self._previous_item_id = call.previous_item_id
        item = msgspec.structs.replace(call.item, output=output, error=error)
        self._finish(item, call.output_index)
        return True

    def add_consent_request(self, server_label: str, name: str, arguments: str) -> tuple[str, int]:
        """A call that waits for the client's consent; its id and its place in the output."""
        self._close_message("completed")
        index = len(self._output)
        item_id = self._new_id("item")
        item = McpApprovalRequest(
            id=item_id, server_label=server_label, name=name, arguments=arguments
        )
        self._announce(item, index)
        self.text += name + arguments
        self._finish(item, index)
        return item_id, index

    def close(
        self,
        status: ResponseStatus,
        *,
        usage: Usage,
        details: StatusDetails | None = None,
    ) -> None:
        """End the response: what is open ends with it.

        A response has at least one item, so one to which nothing came has an empty message;
        only what was stopped or failed before anything came has none.
        """
        if self.empty and status in ("completed", "incomplete"):
            self._open_message()
        self._close_message("completed" if status == "completed" else "incomplete")
        for item_id in tuple(self._calls):
            error = McpToolExecutionError(message="The response ended before the tool answered.")
            self.end_mcp_call(item_id, output=None, error=error)
        self._emit(
            events.ResponseDone,
            response=msgspec.structs.replace(
                self.response,
                status=status,
                status_details=details,
                output=tuple(self._output),
                usage=usage,
            ),
        )

    def _open_message(self) -> _OpenMessage:
        if self._message is None:
            message = _OpenMessage(self._new_id("item"), len(self._output))
            item = Message(id=message.id, status="in_progress", role="assistant", content=())
            self._announce(item, message.output_index)
            part = AudioPart() if self._modality == "audio" else TextPart()
            self._emit(events.ResponseContentPartAdded, part=part, **self._place(message))
            self._message = message
        return self._message

    def _close_message(self, status: ItemStatus) -> None:
        message, self._message = self._message, None
        if message is None:
            return
        place = self._place(message)
        if self._modality == "audio":
            self._emit(events.ResponseOutputAudioDone, **place)
            self._emit(
                events.ResponseOutputAudioTranscriptDone,
                transcript=message.text,
                **place,
            )
            part: AudioPart | TextPart = AudioPart(transcript=message.text)
            content: OutputAudio | OutputText = OutputAudio(transcript=message.text)
        else:
            self._emit(events.ResponseOutputTextDone, text=message.text, **place)
            part = TextPart(text=message.text)
            content = OutputText(text=message.text)
        self._emit(events.ResponseContentPartDone, part=part, **place)
        item = Message(id=message.id, status=status, role="assistant", content=(content,))
        self._finish(item, message.output_index)

    def _announce(self, item: Item, output_index: int) -> None:
        self._output.append(item)
        if self.in_conversation:
            self._previous_item_id = self._last_item_id()
        self._emit(
            events.ResponseOutputItemAdded,
            response_id=self.id,
            output_index=output_index,
            item=item,
        )
        if self.in_conversation:
            self._emit(
                events.ConversationItemAdded,
                previous_item_id=self._previous_item_id,
                item=item,
            )

    def _finish(self, item: Item, output_index: int) -> None:
        if self.in_conversation:
            self._emit(
                events.ConversationItemDone,
                previous_item_id=self._previous_item_id,
                item=item,
            )
        self._emit(
            events.ResponseOutputItemDone,
            response_id=self.id,
            output_index=output_index,
            item=item,
        )
        self._output[output_index] = item

    def _place(self, message: _OpenMessage) -> dict[str, Any]:
        return {
            "response_id": self.id,
            "item_id": message.id,
            "output_index": message.output_index,
            "content_index": 0,
        }
