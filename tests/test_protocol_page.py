"""The page of events and limits is what the classes say, and leaves none of them out."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import get_args

from rtwidgets.protocol import events

DOCS = Path(__file__).parent.parent / "docs"


def test_the_page_is_written_from_the_classes() -> None:
    written = runpy.run_path(str(DOCS / "protocol.py"))["page"]()
    assert (DOCS / "protocol.md").read_text("utf-8") == written, "python docs/protocol.py"


def test_every_event_is_on_the_page_with_its_meaning() -> None:
    rows = {
        cells[2]: cells
        for line in (DOCS / "protocol.md").read_text("utf-8").splitlines()
        if len(cells := [cell.strip(" `") for cell in line.strip("|").split("|")]) == 4
    }
    for kind in (*get_args(events.ClientEvent), *get_args(events.ServerEvent)):
        name, _, _, meaning = rows[kind.__name__]
        assert name == kind.__struct_config__.tag
        assert meaning.endswith(".")


def test_limits_are_said_in_both_spellings() -> None:
    page = (DOCS / "protocol.md").read_text("utf-8")
    assert "| `session.audio.output.speed` | `session.speed` | 0.25 to 1.5 |" in page
    assert "| – | `session.temperature` | 0.6 to 1.2 |" in page
