"""What a client does to the items of the conversation: create, retrieve, truncate, delete.

Theory of operation. Each request is checked against the conversation first; one that is
refused changes nothing (reference, sections 3.7, 4.11 and 5.3). Only items of the default
conversation can be named: those of a response beside it belong to that response. An item
that was deleted can no longer be retrieved, yet a response may still refer to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import UNSET

from ..errors import RemoteProtocolError
from . import client_events as client
from . import events
from .conversation import Conversation
from .items import (
    ClientItem,
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    Item,
    Message,
    OutputAudio,
)
from .listener import Listener
from .mcp_items import McpApprovalResponse
from .response_stream import Emit
from .sounds import Sounds
from .spoken_context import heard_share, with_words
from .transcripts import Transcripts
from .written import Written

__all__ = ["RETRIEVED_BYTES", "Editor"]

#: Sound in one ``conversation.item.retrieved``: in base64 it stays under the 1 MiB that old
#: clients take. A longer sound is given as far as that goes.
RETRIEVED_BYTES = 720_000
#: Deleted items that a response may still refer to.
_REMEMBERED = 256


class Editor:
    """Carries out a client's requests about items."""

    def __init__(
        self,
        *,
        conversation: Conversation,
        sounds: Sounds,
        transcripts: Transcripts,
        listener: Listener,
        emit: Emit,
        new_id: Callable[[str], str],
    ) -> None:
        self._conversation = conversation
        self._sounds = sounds
        self._transcripts = transcripts
        self._listener = listener
        self._emit = emit
        self._new_id = new_id
        self._deleted: dict[str, Item] = {}
        self._written = Written()

    def create(self, event: client.ConversationItemCreate) -> ClientItem:
        """Put an item into the conversation, and return it as it is there."""
        item = event.item
        item_id = item.id or self._new_id("item")
        if self._conversation.item(item_id) is not None:
            raise RemoteProtocolError(
                f"Error adding item: the item with id '{item_id}' already exists.",
                code="item_create_duplicate_item_id",
                param="item.id",
            )
        if isinstance(item, FunctionCallOutput):
            self.check_call(item, self._conversation.items)
        previous = self._place(event.previous_item_id)
        self._make_room(item)
        # The output of a function has no status on the real wire, nor has a consent.
        plain = isinstance(item, FunctionCallOutput | McpApprovalResponse)
        status: Any = UNSET if plain else "completed"
        item = msgspec.structs.replace(item, id=item_id, status=status, object=UNSET)
        if isinstance(item, FunctionCall) and item.call_id is UNSET:
            item = msgspec.structs.replace(item, call_id=self._new_id("call"))
        self._deleted.pop(item_id, None)  # its id is free again, and this is another item
        self._written.add(item_id, item)
        if isinstance(item, Message):
            item = self._listener.listen_to(item)
        self._emit(events.ConversationItemAdded, previous_item_id=previous, item=item)
        self._emit(events.ConversationItemDone, previous_item_id=previous, item=item)
        return item

    def retrieve(self, event: client.ConversationItemRetrieve) -> None:
        """Show an item with its sound."""
        item = self._known(
            event.item_id,
            "Error retrieving item: the item with id '{}' does not exist.",
            "item_retrieve_invalid_item_id",
        )
        audio = self._sounds.data(event.item_id)
        if isinstance(item, Message) and audio:
            content, audio = [], audio[:RETRIEVED_BYTES]
            for part in item.content:
                if isinstance(part, InputAudio | OutputAudio) and audio:
                    part, audio = msgspec.structs.replace(part, audio=audio), b""
                content.append(part)
            item = msgspec.structs.replace(item, content=tuple(content))
        self._emit(events.ConversationItemRetrieved, item=item)

    def truncate(self, event: client.ConversationItemTruncate) -> None:
        """Forget the sound of an answer from where the user stopped hearing it."""
        item = self._known(
            event.item_id, "Item with item_id not found: {}", "item_truncate_invalid_item_id"
        )
        spoken = isinstance(item, Message) and item.role == "assistant"
        if not spoken or event.item_id not in self._sounds or event.content_index != 0:
            raise RemoteProtocolError(
                "Only model output audio messages can be truncated",
                code="unsupported_content_type",
            )
        length = int(self._sounds.duration_ms(event.item_id))
        if event.audio_end_ms > length:
            raise RemoteProtocolError(
                f"Audio content of {length}ms is already shorter than {event.audio_end_ms}ms",
                code="invalid_value",
                param="audio_end_ms",
            )
        words = self._transcripts.words
        known = words.get(event.item_id, self._conversation.text(event.item_id))
        words[event.item_id] = heard_share(known, event.audio_end_ms / length if length else 0.0)
        self._sounds.cut(event.item_id, event.audio_end_ms)
        self._emit(
            events.ConversationItemTruncated,
            item_id=event.item_id,
            content_index=event.content_index,
            audio_end_ms=event.audio_end_ms,
        )

    def delete(self, event: client.ConversationItemDelete) -> None:
        """Take an item out of the conversation."""
        item = self._known(
            event.item_id,
            "Error deleting item: the item with id '{}' does not exist.",
            "item_delete_invalid_item_id",
        )
        self._deleted[event.item_id] = with_words(item, self._transcripts.words)
        while len(self._deleted) > _REMEMBERED:
            self._forget_oldest()
        self._listener.forget(event.item_id)
        self._emit(events.ConversationItemDeleted, item_id=event.item_id)

    def referred(self, item_id: str) -> Item | None:
        """An item that is in the conversation, or was."""
        if self._conversation.holds(item_id):
            return self._conversation.item(item_id)
        return self._deleted.get(item_id)

    def check_call(self, item: Item, history: Iterable[Item]) -> None:
        """Refuse the output of a function that ``history`` never called."""
        if not isinstance(item, FunctionCallOutput):
            return
        for known in history:
            if isinstance(known, FunctionCall) and known.call_id == item.call_id:
                return
        raise RemoteProtocolError(
            f"Tool call ID '{item.call_id}' not found in conversation.",
            code="invalid_tool_call_id",
        )

    def _make_room(self, item: Item) -> None:
        """Forget deleted items until this one fits; refuse it where it never does."""
        while not self._written.fits(item):
            if not self._deleted:
                raise RemoteProtocolError(
                    "Invalid 'item': the conversation is full. Delete items that are no longer "
                    "needed, or begin a new session.",
                    code="string_above_max_length",
                    param="item",
                )
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        oldest = next(iter(self._deleted))
        del self._deleted[oldest]
        self._written.drop(oldest)

    def _known(self, item_id: str, message: str, code: str) -> Item:
        item = self._conversation.item(item_id)
        if item is None or not self._conversation.holds(item_id):
            raise RemoteProtocolError(message.format(f"{item_id:.64}"), code=code)
        return item

    def _place(self, previous_item_id: str | None | msgspec.UnsetType) -> str | None:
        """The id that a new item follows; ``None`` puts it first."""
        if previous_item_id == "root":
            return None
        if isinstance(previous_item_id, str):
            if not self._conversation.holds(previous_item_id):
                raise RemoteProtocolError(
                    f"Previous item with id '{previous_item_id:.64}' not found.",
                    code="invalid_value",
                    param="previous_item_id",
                )
            return previous_item_id
        return self._conversation.last_item_id
