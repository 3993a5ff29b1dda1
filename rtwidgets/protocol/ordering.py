"""The order of a conversation's items, which follows ``previous_item_id`` and never arrival."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

__all__ = ["Order"]


class Order:
    """Item ids in conversation order; ``ids`` is replaced by every change, never mutated.

    An id whose predecessor has not arrived yet stands last and waits; when the predecessor
    takes its place, those that waited for it follow it there, and those behind them too.
    """

    def __init__(self) -> None:
        self.ids: tuple[str, ...] = ()
        self._known: set[str] = set()  # of ids: it is asked for every event
        self._named: dict[str, str] = {}  # id -> the predecessor that its report named
        self._waiting: dict[str, None] = {}  # ids whose predecessor is to come, as they arrived

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._known

    def previous(self, item_id: str) -> str | None:
        """The id before this one; ``None`` for the first and for one that is not here."""
        ids = self.ids
        place = ids.index(item_id) if item_id in self._known else 0
        return ids[place - 1] if place else None

    def place(self, item_id: str, previous: str | None | UnsetType) -> None:
        """Put an id behind ``previous``: ``None`` is the front, ``UNSET`` is the end.

        An id that has its place already moves only when ``previous`` names another one.
        """
        new = item_id not in self._known
        behind_last = new and previous is not None and (previous,) == self.ids[-1:]
        if new:
            self._known.add(item_id)
            self.ids = (item_id, *self.ids) if previous is None else (*self.ids, item_id)
        if previous is not None and previous is not UNSET and previous != item_id:
            self._named[item_id] = previous
            if behind_last:
                pass  # it stands there already, as nearly every item does
            elif previous in self._known:
                self._waiting.pop(item_id, None)
                self._move(item_id, previous)
            else:
                self._waiting[item_id] = None
        if new and self._waiting:
            for follower in [i for i in self._waiting if self._named[i] == item_id]:
                del self._waiting[follower]
                self._move(follower, item_id)

    def remove(self, item_id: str) -> None:
        """Take an id out; one that is not here is no matter."""
        self._known.discard(item_id)
        self.ids = tuple(i for i in self.ids if i != item_id)
        self._named.pop(item_id, None)
        self._waiting.pop(item_id, None)

    def _move(self, item_id: str, previous: str) -> None:
        """Bring an id, and the ids behind it that belong behind it, to their predecessor."""
        ids = self.ids
        start = ids.index(item_id)
        if start and ids[start - 1] == previous:
            return
        end = start + 1
        while end < len(ids) and self._named.get(ids[end]) == ids[end - 1]:
            end += 1
        if previous in ids[start:end]:  # each claims to follow the other
            return
        rest = (*ids[:start], *ids[end:])
        place = rest.index(previous) + 1
        self.ids = (*rest[:place], *ids[start:end], *rest[place:])
