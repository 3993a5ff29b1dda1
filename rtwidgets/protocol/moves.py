"""The legal moves of items and responses, as tables.

The reducer makes no other move, the embedded server asks for no other, and the diagrams of
the documentation are drawn from here.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import UNSET, structs

from .items import Item, ItemStatus, ResponseStatus

__all__ = ["ITEM_MOVES", "RESPONSE_MOVES", "moved"]

#: Where an item's status may go.
ITEM_MOVES: Mapping[ItemStatus, frozenset[ItemStatus]] = {
    "in_progress": frozenset({"completed", "incomplete"}),
    "completed": frozenset(),
    "incomplete": frozenset(),
}

#: Where a response's status may go.
RESPONSE_MOVES: Mapping[ResponseStatus, frozenset[ResponseStatus]] = {
    "in_progress": frozenset({"completed", "cancelled", "failed", "incomplete"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
    "failed": frozenset(),
    "incomplete": frozenset(),
}


def moved(old: Item, new: Item) -> tuple[Item, bool]:
    """``new`` with a status that it may have after ``old``, and whether it asked for that one.

    A report without a status keeps the old one.
    """
    if new.status == old.status or old.status is UNSET:
        return new, True
    if new.status is not UNSET and new.status in ITEM_MOVES[old.status]:
        return new, True
    return structs.replace(new, status=old.status), new.status is UNSET
