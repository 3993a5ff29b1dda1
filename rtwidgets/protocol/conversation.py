"""The reducer: server events in, the state of a conversation out.

Theory of operation
===================

``Conversation.apply`` is the only function that changes anything here. A client applies the
events that it receives, the embedded server applies the events that it sends, so both hold
the same state by construction. Items, responses, the session and the ledger are frozen and
get replaced; a reader in another thread sees each of them whole, before or after an event.

**Order.** ``items`` follows ``previous_item_id``, never arrival (``ordering.py``). The order
is taken from *added* events; *done* events repeat a wrong predecessor now and then and count
only for items that nothing else has announced.

**Who announces an item.** Up to four events do: ``response.output_item.added``,
``conversation.item.added``, ``conversation.item.done``, ``response.output_item.done``; and
``response.done`` lists it again. Servers leave some out, so the first one that comes enters
the item and the others refine it. The items of a response outside the conversation
(``conversation_id`` null) are known to that response alone and never enter ``items``.

**Words.** Deltas add to a part; its *done* sets the final value and closes it, so that a
straggling delta cannot spoil it. What a user says may be written down before the item
exists: such words wait in ``_pending``. A report without words takes no words away.

**Moves.** The tables of ``moves.py`` are all the legal changes of status; no other is made.
What no correct server sends is counted in ``oddities``: data never makes this raise.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from typing import Any

from msgspec import UNSET, structs

from . import events as on
from .config import merge
from .content import (
    Spoken,
    blank_call,
    blank_message,
    detects_turns,
    from_part,
    merged,
    part_words,
    silent,
    with_arguments,
    with_words,
    words_at,
)
from .conversation_state import ConversationState
from .items import (
    FunctionCall,
    InputAudio,
    Item,
    Message,
    OutputAudio,
    OutputText,
)
from .mcp_items import McpCall
from .moves import RESPONSE_MOVES, moved

__all__ = ["Conversation"]

ArgumentsDelta = on.ResponseFunctionCallArgumentsDelta | on.ResponseMcpCallArgumentsDelta
ArgumentsDone = on.ResponseFunctionCallArgumentsDone | on.ResponseMcpCallArgumentsDone


class Conversation(ConversationState):
    """The state of one session's conversation, and the one function that changes it.

    What it can be asked is in ``ConversationState``.
    """

    # Changing.

    def apply(self, event: on.ServerEvent | on.UnknownEvent) -> None:
        """Take one event; an event that means nothing to the state changes nothing."""
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def _session_created(self, event: on.SessionCreated) -> None:
        self.session = event.session

    def _session_updated(self, event: on.SessionUpdated) -> None:
        # Laid over the old one, because some servers repeat only what changed.
        self.session = merge(self.session, event.session)
        if not detects_turns(self.session):
            self.speaking = False

    # Items.

    def _enter(self, item: Item, *, final: bool) -> str | None:
        """Take a report of an item: its id, or ``None`` where it is not to be entered."""
        item_id = item.id
        if item_id is UNSET:
            self.oddities += 1
            return None
        if final and item_id in self._deleted:  # it was deleted while it was being made
            return None
        self._deleted.discard(item_id)
        item = silent(item)
        old = self._items.get(item_id)
        if old is not None:
            item, legal = moved(old, item)
            self.oddities += not legal
            item = merged(old, item)
        elif isinstance(item, Message) and item_id in self._pending:
            item = with_words(item, 0, self._pending.pop(item_id), InputAudio)
        self._items[item_id] = item
        return item_id

    def _item_added(self, event: on.ConversationItemAdded) -> None:
        item_id = self._enter(event.item, final=False)
        if item_id is not None:
            previous = event.previous_item_id
            if previous is None and event.item.status == "in_progress":
                # What the model makes comes last: null there is a server that does not know.
                previous = UNSET
            self._order.place(item_id, previous)

    def _item_done(self, event: on.ConversationItemDone) -> None:
        item_id = self._enter(event.item, final=True)
        if item_id is not None and item_id not in self._order:
            self._order.place(item_id, event.previous_item_id)

    def _item_retrieved(self, event: on.ConversationItemRetrieved) -> None:
        if event.item.id in self._items:
            self._enter(event.item, final=True)

    def _item_truncated(self, event: on.ConversationItemTruncated) -> None:
        item_id = event.item_id
        item = self._items.get(item_id)
        if isinstance(item, Message):
            self._items[item_id] = with_words(item, event.content_index, "", OutputAudio)
        else:
            self.oddities += 1
        if item_id in self._audio:
            kept = self.output_format(item_id).byte_count(max(0, event.audio_end_ms))
            self._audio[item_id] = min(self._audio[item_id], kept)

    def _item_deleted(self, event: on.ConversationItemDeleted) -> None:
        self._order.remove(event.item_id)
        self._deleted.add(event.item_id)
        self._items.pop(event.item_id, None)
        self._audio.pop(event.item_id, None)

    # What the user says.

    def _speech_started(self, event: on.InputAudioBufferSpeechStarted) -> None:
        self.speaking = True

    def _speech_over(self, event: object) -> None:
        # Whoever commits or clears the buffer ends the turn in it; nobody says so again.
        self.speaking = False

    def _heard_delta(self, event: on.ConversationItemInputAudioTranscriptionDelta) -> None:
        item_id = event.item_id
        if item_id in self._items or (item_id, event.content_index) in self._closed:
            self._say(event, InputAudio)
        elif item_id not in self._deleted:
            self._pending[item_id] = self._pending.get(item_id, "") + event.delta

    def _heard(self, event: on.ConversationItemInputAudioTranscriptionCompleted) -> None:
        item_id = event.item_id
        if item_id in self._items:
            self._said(event, event.transcript, InputAudio)
        elif item_id not in self._deleted:
            self._closed.add((item_id, event.content_index))
            self._pending[item_id] = event.transcript
        if event.usage:
            self.usage = self.usage.with_transcription(item_id, event.usage, self.session)

    # What the model says. Deltas are the events that come by the thousand.

    def _say(self, event: Any, kind: Spoken) -> None:
        item_id, index = event.item_id, event.content_index
        item = self._items.get(item_id)
        if (item_id, index) in self._closed:
            self.oddities += 1
            return
        if item is None:
            item = self._announced(event, kind)
        if isinstance(item, Message):
            said = words_at(item, index) + event.delta
            self._items[item_id] = with_words(item, index, said, kind)

    def _said(self, event: Any, text: str, kind: Spoken) -> None:
        self._closed.add((event.item_id, event.content_index))
        item = self._items.get(event.item_id) or self._announced(event, kind)
        if isinstance(item, Message):
            self._items[event.item_id] = with_words(item, event.content_index, text, kind)

    def _announced(self, event: Any, kind: Spoken | None) -> Item | None:
        """The item of an event that came before any announcement of it."""
        item_id = event.item_id
        if item_id in self._deleted:
            return None
        self.oddities += 1
        if not item_id or kind is InputAudio:
            return None
        item: Item
        if kind:
            item = blank_message(item_id)
        elif isinstance(event, ArgumentsDelta | ArgumentsDone) and hasattr(event, "call_id"):
            item = blank_call(item_id, event.call_id)
        else:
            item = McpCall(id=item_id, server_label="", name="", arguments="")
        self._put_out(event.response_id, event.output_index, item, final=False)
        return item

    def _audio_delta(self, event: on.ResponseOutputAudioDelta) -> None:
        audio, item_id = self._audio, event.item_id
        if item_id not in self._deleted:
            audio[item_id] = audio.get(item_id, 0) + len(event.delta)

    def _arguments_delta(self, event: ArgumentsDelta) -> None:
        item = self._items.get(event.item_id) or self._announced(event, None)
        if isinstance(item, FunctionCall | McpCall) and (event.item_id, 0) not in self._closed:
            self._items[event.item_id] = with_arguments(item, item.arguments + event.delta)

    def _arguments(self, event: ArgumentsDone) -> None:
        item = self._items.get(event.item_id) or self._announced(event, None)
        if isinstance(item, FunctionCall | McpCall):
            name = getattr(event, "name", "") or ""  # an MCP call is named by its item alone
            self._closed.add((event.item_id, 0))
            self._items[event.item_id] = with_arguments(item, event.arguments, name)

    def _part_added(self, event: on.ResponseContentPartAdded) -> None:
        part = from_part(event.part)
        item = self._items.get(event.item_id) or self._announced(event, type(part))
        if isinstance(item, Message) and not words_at(item, event.content_index):
            said = with_words(item, event.content_index, part_words(part), type(part))
            self._items[event.item_id] = said

    def _part_done(self, event: on.ResponseContentPartDone) -> None:
        part = from_part(event.part)
        if said := part_words(part):
            self._said(event, said, type(part))

    # Responses.

    def _put_out(self, response_id: str, index: int, item: Item, *, final: bool) -> None:
        """Enter an item that a response made, and into the conversation if it belongs there."""
        if item.id is UNSET:
            self.oddities += 1
            return
        response = self._responses.get(response_id)
        if item.id not in self._origin:
            self._origin[item.id] = response_id
            if response_id in self._outputs:
                entries = list(self._outputs[response_id])
                insort(entries, (index, item.id), key=lambda entry: entry[0])
                self._outputs[response_id] = tuple(entries)
        item_id = self._enter(item, final=final)
        outside = response is not None and response.conversation_id is None
        if item_id is not None and not outside:
            self._order.place(item_id, UNSET)

    def _output_item_added(self, event: on.ResponseOutputItemAdded) -> None:
        self._put_out(event.response_id, event.output_index, event.item, final=False)

    def _output_item_done(self, event: on.ResponseOutputItemDone) -> None:
        self._put_out(event.response_id, event.output_index, event.item, final=True)

    def _response_created(self, event: on.ResponseCreated) -> None:
        response = event.response
        if response.id in self._responses:
            self.oddities += 1
            return
        self._responses[response.id] = structs.replace(response, status="in_progress")
        self._outputs[response.id] = ()
        if response.conversation_id is not None:
            self._active = response.id

    def _response_done(self, event: on.ResponseDone) -> None:
        response = event.response
        if response.status == "in_progress":  # done is done, whatever it says beside
            response = structs.replace(response, status="completed")
        old = self._responses.get(response.id) or structs.replace(response, status="in_progress")
        if response.status not in RESPONSE_MOVES[old.status]:
            self.oddities += 1
            return
        self._responses[response.id] = old  # one that was never created belongs somewhere too
        for index, item in enumerate(response.output):
            self._put_out(response.id, index, item, final=True)
        if not response.output:
            response = structs.replace(response, output=self._filled(old).output)
        self._responses[response.id] = response
        self._outputs.pop(response.id, None)
        if self._active == response.id:
            self._active = None
        self.usage = self.usage.with_response(response, self.session)


_HANDLERS: dict[type, Callable[[Conversation, Any], None]] = {
    on.SessionCreated: Conversation._session_created,
    on.SessionUpdated: Conversation._session_updated,
    on.ConversationItemAdded: Conversation._item_added,
    on.ConversationItemDone: Conversation._item_done,
    on.ConversationItemRetrieved: Conversation._item_retrieved,
    on.ConversationItemTruncated: Conversation._item_truncated,
    on.ConversationItemDeleted: Conversation._item_deleted,
    on.ConversationItemInputAudioTranscriptionDelta: Conversation._heard_delta,
    on.ConversationItemInputAudioTranscriptionCompleted: Conversation._heard,
    on.InputAudioBufferSpeechStarted: Conversation._speech_started,
    on.InputAudioBufferSpeechStopped: Conversation._speech_over,
    on.InputAudioBufferCommitted: Conversation._speech_over,
    on.InputAudioBufferCleared: Conversation._speech_over,
    on.ResponseCreated: Conversation._response_created,
    on.ResponseDone: Conversation._response_done,
    on.ResponseOutputItemAdded: Conversation._output_item_added,
    on.ResponseOutputItemDone: Conversation._output_item_done,
    on.ResponseContentPartAdded: Conversation._part_added,
    on.ResponseContentPartDone: Conversation._part_done,
    on.ResponseOutputTextDelta: lambda state, event: state._say(event, OutputText),
    on.ResponseOutputTextDone: lambda state, event: state._said(event, event.text, OutputText),
    on.ResponseOutputAudioTranscriptDelta: lambda state, event: state._say(event, OutputAudio),
    on.ResponseOutputAudioTranscriptDone: lambda state, event: state._said(
        event, event.transcript, OutputAudio
    ),
    on.ResponseOutputAudioDelta: Conversation._audio_delta,
    on.ResponseFunctionCallArgumentsDelta: Conversation._arguments_delta,
    on.ResponseFunctionCallArgumentsDone: Conversation._arguments,
    on.ResponseMcpCallArgumentsDelta: Conversation._arguments_delta,
    on.ResponseMcpCallArgumentsDone: Conversation._arguments,
}
