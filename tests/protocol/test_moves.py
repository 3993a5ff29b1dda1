"""The tables of legal moves: what the reducer makes of them, and the page drawn from them."""

from __future__ import annotations

import pytest

from rtwidgets.protocol.items import InputText, Message
from rtwidgets.protocol.moves import ITEM_MOVES, RESPONSE_MOVES, moved
from rtwidgets.protocol.turns import MOVES


def test_every_state_can_be_reached_and_is_in_its_table() -> None:
    for table, first in ((ITEM_MOVES, "in_progress"), (RESPONSE_MOVES, "in_progress")):
        assert set(table) == {first, *(b for targets in table.values() for b in targets)}
    assert set(MOVES) == {"quiet"} | {b for moves in MOVES.values() for b in moves.values()}


@pytest.mark.parametrize("old", ITEM_MOVES)
@pytest.mark.parametrize("new", ITEM_MOVES)
def test_an_item_makes_the_moves_of_the_table_alone(old: str, new: str) -> None:
    def item(status: str) -> Message:
        return Message(id="i", status=status, role="user", content=(InputText(text="x"),))  # type: ignore[arg-type]

    found, legal = moved(item(old), item(new))
    assert legal == (old == new or new in ITEM_MOVES[old])  # type: ignore[index]
    assert found.status == (new if legal else old)
