"""The diagrams of the documentation are drawn from the tables of legal moves."""

from __future__ import annotations

import runpy
from pathlib import Path

from rtwidgets.protocol.moves import ITEM_MOVES, RESPONSE_MOVES

DOCS = Path(__file__).parent.parent / "docs"


def test_the_page_is_drawn_from_these_tables() -> None:
    drawn = runpy.run_path(str(DOCS / "states.py"))["page"]()
    assert (DOCS / "states.md").read_text("utf-8") == drawn, "python docs/states.py"
    for table in (ITEM_MOVES, RESPONSE_MOVES):
        for state, targets in table.items():
            assert all(f"    {state} --> {target}" in drawn for target in targets)
