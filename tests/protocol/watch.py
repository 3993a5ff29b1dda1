"""A reader of everything that a server says, which fails at the first word out of place.

It knows the rules that hold in every session (reference, sections 4 and 8): ids are used once,
a response begins and ends once and says nothing after, deltas sum to what *done* says, and
that equals the part, the item and the output of ``response.done``.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct

from rtwidgets.protocol import events as on
from rtwidgets.protocol.items import FunctionCall, Item, Message, OutputAudio, Usage
from rtwidgets.protocol.mcp_items import McpApprovalRequest, McpCall

__all__ = ["Watch"]

_DELTAS = {
    on.ResponseOutputTextDelta,
    on.ResponseOutputAudioTranscriptDelta,
    on.ResponseFunctionCallArgumentsDelta,
    on.ResponseMcpCallArgumentsDelta,
}
_DONES: dict[Any, str] = {
    on.ResponseOutputTextDone: "text",
    on.ResponseOutputAudioTranscriptDone: "transcript",
    on.ResponseFunctionCallArgumentsDone: "arguments",
    on.ResponseMcpCallArgumentsDone: "arguments",
}


class _Item(Struct):
    """An item that a response is writing."""

    index: int
    said: str = ""
    final: str | None = None
    part_open: bool = False


class _Open(Struct):
    """A response under way: the items that it announced, those open, and those done by place."""

    in_conversation: bool
    announced: int = 0
    items: dict[str, _Item] = {}
    output: dict[int, Item] = {}


class Watch:
    """Follows one session's server; ``see`` is given each event in order."""

    def __init__(self) -> None:
        self.open: dict[str, _Open] = {}
        self.done: dict[str, Usage] = {}
        self._event_ids: set[str] = set()
        self._item_ids: set[str] = set()
        self._mcp_calls: set[str] = set()
        self._written: set[str] = set()

    def see(self, event: Any) -> None:
        """The next event."""
        assert isinstance(event.event_id, str)
        assert event.event_id not in self._event_ids, "an event id is used once"
        self._event_ids.add(event.event_id)
        if isinstance(event, on.ResponseCreated):
            self._created(event)
        elif isinstance(event, on.ResponseDone):
            self._done(event)
        elif hasattr(event, "response_id"):
            self._piece(event, self.open[event.response_id])
        elif isinstance(event, on.ConversationItemInputAudioTranscriptionDelta):
            assert event.item_id not in self._written, "a delta after all the words"
        elif isinstance(event, on.ConversationItemInputAudioTranscriptionCompleted):
            assert event.item_id not in self._written, "two transcripts of one item"
            assert event.usage, "a transcript without its usage"
            self._written.add(event.item_id)
        elif isinstance(event, on.Error):
            assert event.error.type
            assert event.error.message
            assert len(event.error.message) <= 2000, "an error repeats megabytes"
            assert "Traceback" not in event.error.message

    def _created(self, event: on.ResponseCreated) -> None:
        response = event.response
        assert response.id not in self.open
        assert response.id not in self.done
        assert (response.status, response.output, response.usage) == ("in_progress", (), None)
        assert response.status_details is None
        inside = response.conversation_id is not None
        assert not inside or not any(r.in_conversation for r in self.open.values())
        self.open[response.id] = _Open(inside)

    def _piece(self, event: Any, state: _Open) -> None:
        if isinstance(event, on.ResponseOutputItemAdded):
            self._item_added(event, state)
            return
        if isinstance(event, on.ResponseOutputItemDone):
            item = state.items.pop(str(event.item.id))
            assert event.output_index == item.index
            assert getattr(event.item, "status", UNSET) in (UNSET, "completed", "incomplete")
            if not isinstance(event.item, McpApprovalRequest):
                assert _words(event.item) == item.said == item.final
            assert not item.part_open
            state.output[item.index] = event.item
            return
        item = state.items[event.item_id]
        assert event.output_index == item.index
        if isinstance(event, on.ResponseContentPartAdded):
            assert event.part.__struct_config__.tag in ("text", "audio")
            item.part_open = True
        elif isinstance(event, on.ResponseContentPartDone):
            said = getattr(event.part, "text", "") or getattr(event.part, "transcript", "")
            assert said == item.final
            item.part_open = False
        elif type(event) in _DELTAS:
            assert item.final is None, "a delta after the end"
            assert event.delta
            item.said += event.delta
        elif type(event) in _DONES:
            assert item.final is None, "an end after the end"
            item.final = getattr(event, _DONES[type(event)])
            assert item.final == item.said, "the deltas sum to what done says"

    def _item_added(self, event: on.ResponseOutputItemAdded, state: _Open) -> None:
        opened = [i for i in state.items if i not in self._mcp_calls]
        assert opened == [], "an item opens before the last one is closed"
        assert event.output_index == state.announced
        assert event.item.id not in self._item_ids
        if isinstance(event.item, McpCall):  # these are open beside each other
            self._mcp_calls.add(str(event.item.id))
        elif not isinstance(event.item, McpApprovalRequest):
            assert event.item.status == "in_progress"
        if not isinstance(event.item, McpApprovalRequest):
            assert _words(event.item) == ""
        self._item_ids.add(str(event.item.id))
        state.announced += 1
        state.items[str(event.item.id)] = _Item(event.output_index)

    def _done(self, event: on.ResponseDone) -> None:
        response = event.response
        state = self.open.pop(response.id)
        assert state.items == {}, "a response ends with an open item"
        assert list(response.output) == [state.output[n] for n in range(state.announced)]
        assert response.status in ("completed", "cancelled", "failed", "incomplete")
        assert (response.status_details is None) == (response.status == "completed")
        assert response.conversation_id is not None or not state.in_conversation
        usage = response.usage
        assert usage is not None
        read, wrote = usage.input_token_details, usage.output_token_details
        cached = read.cached_tokens_details
        assert usage.total_tokens == usage.input_tokens + usage.output_tokens
        assert usage.input_tokens == read.text_tokens + read.audio_tokens + read.image_tokens
        assert usage.output_tokens == wrote.text_tokens + wrote.audio_tokens
        assert cached.text_tokens <= read.text_tokens
        assert cached.audio_tokens <= read.audio_tokens
        assert cached.image_tokens <= read.image_tokens
        self.done[response.id] = usage


def _words(item: Item) -> str:
    """What an item of a response says; it carries no sound."""
    if isinstance(item, FunctionCall | McpCall):
        return item.arguments
    assert isinstance(item, Message)
    assert not any(isinstance(part, OutputAudio) and part.audio for part in item.content)
    return "".join(getattr(p, "text", "") or getattr(p, "transcript", "") for p in item.content)
