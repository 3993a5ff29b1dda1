"""The order of a conversation's items, which follows ``previous_item_id`` and never arrival."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

__all__ = ["Order"]


class Order:
    """Item ids in conversation order; ``ids`` is replaced by every change, never mutated.

    An id whose predecessor has not arrived yet stands last and waits; when the predecessor
    takes its place, those that waited for it follow it there.
    """

    def __init__(self) -> None:
        self.ids: tuple[str, ...] = ()
        self._wanted: dict[str, str] = {}  # id -> its predecessor, which is still to come

    def __contains__(self, item_id: str) -> bool:
        return item_id in self.ids

    def previous(self, item_id: str) -> str | None:
        """The id before this one; ``None`` for the first and for one that is not here."""
        ids = self.ids
        place = ids.index(item_id) if item_id in ids else 0
        return ids[place - 1] if place else None

    def place(self, item_id: str, previous: str | None | UnsetType) -> None:
        """Put an id behind ``previous``: ``None`` is the front, ``UNSET`` is the end.

        An id that has its place already moves only when ``previous`` names another one.
        """
        new = item_id not in self.ids
        if previous is None or previous is UNSET or previous == item_id:
            if new:
                self.ids = (item_id, *self.ids) if previous is None else (*self.ids, item_id)
        elif previous in self.ids:
            self._wanted.pop(item_id, None)
            self._move(item_id, previous)
        else:
            self._wanted[item_id] = previous
            if new:
                self.ids = (*self.ids, item_id)
        if new and self._wanted:
            for waiting in [i for i, wanted in self._wanted.items() if wanted == item_id]:
                del self._wanted[waiting]
                self._move(waiting, item_id)

    def remove(self, item_id: str) -> None:
        """Take an id out; one that is not here is no matter."""
        self.ids = tuple(i for i in self.ids if i != item_id)
        self._wanted.pop(item_id, None)

    def _move(self, item_id: str, previous: str) -> None:
        if self.previous(item_id) == previous:
            return
        rest = [i for i in self.ids if i != item_id]
        rest.insert(rest.index(previous) + 1, item_id)
        self.ids = tuple(rest)
