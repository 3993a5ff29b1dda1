"""Changes of conversation items that wait for the server's word.

The server acknowledges each with an event that names the item, and refuses with an ``error``
that names our event. An edit is two changes: the new item is put behind the old one, and only
when it is there is the old one deleted, so that a refusal loses nothing.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from ... import _loop
from ...errors import ApiError, RealtimeError
from ...protocol import events as on
from ...protocol.conversation import Conversation
from ...protocol.items import Item

__all__ = ["ANSWER_S", "ItemChange", "ItemChanges"]

#: A server that has not acknowledged a change by then never will, in s.
ANSWER_S = 10.0


class ItemChange:
    """One change on its way: ``change.wait()`` or ``await change``, or leave it to itself.

    A refusal that nobody waits for is in ``session.errors``.
    """

    def __init__(self, what: str, item_id: str) -> None:
        self.what = what
        """For people: ``deleting item_1``."""
        self.item_id = item_id
        """The item that was made or changed; of an edit, the new one."""
        self.awaited = False
        """Somebody waits and will be told."""
        self._future: concurrent.futures.Future[Item | None] = concurrent.futures.Future()

    @property
    def done(self) -> bool:
        """The server has answered, or never will."""
        return self._future.done()

    @property
    def item(self) -> Item | None:
        """The item as the server has it now, with its sound where it was retrieved."""
        good = self.done and self._future.exception() is None
        return self._future.result() if good else None

    @property
    def error(self) -> BaseException | None:
        """Why the server refused, or ``None``."""
        return self._future.exception() if self.done else None

    def wait(self, timeout: float = ANSWER_S) -> ItemChange:
        """Wait here until the server has acknowledged the change.

        Raises its refusal (``ApiError``), ``SessionClosed``, or ``WaitTimeout`` after
        ``timeout`` s.
        """
        self.awaited = True
        _loop.wait(self._future, timeout, what=f"the server's word on {self.what}")
        return self

    def __await__(self) -> Generator[Any, None, ItemChange]:
        return self.finished().__await__()

    async def finished(self, timeout: float = ANSWER_S) -> ItemChange:
        """``wait`` for coroutines."""
        self.awaited = True
        await _loop.listen(self._future, timeout, what=f"the server's word on {self.what}")
        return self

    def settle(self, item: Item | None) -> None:
        """The server took it."""
        with contextlib.suppress(concurrent.futures.InvalidStateError):
            self._future.set_result(item)

    def fail(self, error: BaseException) -> None:
        """It will not be."""
        with contextlib.suppress(concurrent.futures.InvalidStateError):
            self._future.set_exception(error)

    def __str__(self) -> str:
        """The item's id, so that a change can be printed beside one."""
        return self.item_id

    def __repr__(self) -> str:
        """``<ItemChange: deleting item_1, acknowledged>``."""
        how = "waiting" if not self.done else "refused" if self.error else "acknowledged"
        return f"<ItemChange: {self.what}, {how}>"


@dataclass
class _Waiting:
    event_id: str
    kinds: tuple[type, ...]
    item_id: str
    change: ItemChange
    then: Callable[[Item | None], None]


_ADDED = (on.ConversationItemAdded, on.ConversationItemDone)
_WITH_ITEM = (*_ADDED, on.ConversationItemRetrieved)
_ANSWERS = (*_WITH_ITEM, on.ConversationItemTruncated, on.ConversationItemDeleted)


def _id_of(event: Any) -> str:
    return str(event.item.id if isinstance(event, _WITH_ITEM) else event.item_id)


class ItemChanges:
    """All changes on their way, the oldest first; on the loop thread."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._waiting: list[_Waiting] = []

    def expect(
        self,
        change: ItemChange,
        event_id: str,
        kind: type,
        *,
        item_id: str = "",
        then: Callable[[Item | None], None] | None = None,
    ) -> None:
        """``change``, sent as ``event_id``, is over when an event of ``kind`` names its item.

        ``item_id`` is another item than the change's own, ``then`` goes on instead.
        """
        kinds = _ADDED if kind is on.ConversationItemAdded else (kind,)
        waiting = _Waiting(
            event_id, kinds, item_id or change.item_id, change, then or change.settle
        )
        self._waiting.append(waiting)

    def hear(self, event: object) -> None:
        """An event that may be an answer."""
        if not self._waiting or type(event) not in _ANSWERS:
            return
        item_id = _id_of(event)
        for waiting in self._waiting:
            if waiting.item_id == item_id and isinstance(event, waiting.kinds):
                self._waiting.remove(waiting)
                told = self._conversation.item(waiting.item_id)
                if isinstance(event, on.ConversationItemRetrieved):
                    told = event.item
                try:
                    waiting.then(told)
                except RealtimeError as error:
                    waiting.change.fail(error)
                return

    def refused(self, error: ApiError, *, unnamed: bool = False) -> bool:
        """The server refused one; with ``unnamed`` the oldest. False where nobody waits for it."""
        for waiting in self._waiting:
            if error.event_id == waiting.event_id or (unnamed and error.event_id is None):
                self._waiting.remove(waiting)
                waiting.change.fail(error)
                return waiting.change.awaited
        return False

    def abandon(self, error: Exception) -> None:
        """No answer will come."""
        for waiting in self._waiting:
            waiting.change.fail(error)
        self._waiting.clear()
