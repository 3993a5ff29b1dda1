"""The legal moves of items and responses, as tables.

The reducer makes no other move, the embedded server asks for no other, and the diagrams of
the documentation are drawn from here.
"""

from __future__ import annotations

from collections.abc import Mapping

from .items import ItemStatus, ResponseStatus

__all__ = ["ITEM_MOVES", "RESPONSE_MOVES"]

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
