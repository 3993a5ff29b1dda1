"""The part of a session that changes items: create, edit, delete, truncate, retrieve.

Each command is sent at once and gives an ``ItemChange``: wait for it where the server's word
matters, or go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType, structs

from ... import _loop
from ...errors import LocalProtocolError, RealtimeError
from ...protocol import events as on
from ...protocol.items import FunctionCallOutput, InputText, Message, OutputText, Role
from ..door import Door
from ..ids import new_id
from ..logs import logger
from ..turns.endings import lost
from .changes import ItemChange

if TYPE_CHECKING:
    from ...protocol.items import ClientItem, Item
    from ..link import Link

__all__ = ["ItemCommands"]


class ItemCommands(Door):
    """What ``Session`` offers for items."""

    def create_item(
        self,
        item: ClientItem | str,
        previous_item_id: str | None | UnsetType = UNSET,
        *,
        role: Role = "user",
    ) -> ItemChange:
        """Put an item into the conversation: an item, or the text of a message of ``role``.

        Last, or behind ``previous_item_id``, or first (``"root"``). Its id is in
        ``.item_id``, chosen here where it has none. Nobody answers it by itself, see
        ``respond``.
        """
        if isinstance(item, str):
            item = _message(role, item)
        if item.id is UNSET:
            item = structs.replace(item, id=new_id("item"))
        change = ItemChange(f"creating item {item.id}", str(item.id))
        new = item

        def begin(link: Link) -> None:
            event_id = link.send(link.client.create_item(new, previous_item_id))
            link.changes.expect(change, event_id, on.ConversationItemAdded)

        return self._change(change, begin)

    def edit_item(self, item_id: str, new: ClientItem | str) -> ItemChange:
        """Put another item in the place of one: text keeps the role of the old message.

        The protocol has no such command: the new item, with an id of its own in
        ``.item_id``, is created behind the old one, and the old one is deleted then. Of an
        answer that was spoken, the sound goes and the new text stays.
        """
        change = ItemChange(f"editing item {item_id}", new_id("item"))

        def begin(link: Link) -> None:
            item = structs.replace(self._edited(link, item_id, new), id=change.item_id)
            event_id = link.send(link.client.create_item(item, item_id))
            link.changes.expect(
                change, event_id, on.ConversationItemAdded, then=lambda new: delete(link, new)
            )

        def delete(link: Link, created: Item | None) -> None:
            event_id = link.send(link.client.delete_item(item_id))
            link.changes.expect(
                change,
                event_id,
                on.ConversationItemDeleted,
                item_id=item_id,
                then=lambda _: change.settle(created),
            )

        return self._change(change, begin)

    def _edited(self, link: Link, item_id: str, new: ClientItem | str) -> ClientItem:
        if not link.conversation.holds(item_id):
            raise LocalProtocolError(f"no item {item_id!r} in the conversation to edit")
        if not isinstance(new, str):
            return new
        old = link.conversation.item(item_id)
        if isinstance(old, Message):
            return _message(old.role, new)
        if isinstance(old, FunctionCallOutput):
            return FunctionCallOutput(call_id=old.call_id, output=new)
        raise LocalProtocolError(
            f"item {item_id!r} is no message, and text cannot take its place: give an item"
        )

    def retrieve_item(self, item_id: str) -> ItemChange:
        """Ask for an item with its sound, which is then in ``.item``."""
        change = ItemChange(f"retrieving item {item_id}", item_id)

        def begin(link: Link) -> None:
            event_id = link.send(link.client.retrieve_item(item_id))
            link.changes.expect(change, event_id, on.ConversationItemRetrieved)

        return self._change(change, begin)

    def truncate_item(self, item_id: str, audio_end_ms: int) -> ItemChange:
        """Forget the sound of an answer after ``audio_end_ms``: nobody heard it.

        A position past its end is brought back to it. ``Turn.heard`` ends there from now on.
        """
        change = ItemChange(f"truncating item {item_id}", item_id)
        return self._change(change, lambda link: link.truncate(change, audio_end_ms))

    def delete_item(self, item_id: str) -> ItemChange:
        """Take an item out of the conversation."""
        change = ItemChange(f"deleting item {item_id}", item_id)

        def begin(link: Link) -> None:
            event_id = link.send(link.client.delete_item(item_id))
            link.changes.expect(change, event_id, on.ConversationItemDeleted)

        return self._change(change, begin)

    def _change(self, change: ItemChange, begin: Callable[[Link], None]) -> ItemChange:
        """Send it from the loop thread; what goes wrong is the change's to tell."""
        self._refuse_closed()
        link = self._link

        def begin_safely() -> None:
            try:
                if link.ended is not None:
                    change.fail(lost(link.ended.reason))
                else:
                    begin(link)
            except (RealtimeError, TypeError, ValueError) as error:
                logger.warning("%s: %s", change.what, error)
                if isinstance(error, RealtimeError):
                    link.errors.append(error)
                change.fail(error)

        if _loop.on_loop():
            begin_safely()
        else:
            _loop.post(begin_safely)
        return change


def _message(role: Role, text: str) -> Message:
    part = OutputText(text=text) if role == "assistant" else InputText(text=text)
    return Message(role=role, content=(part,))
