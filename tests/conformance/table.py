"""``docs/conformance.md`` out of the statements and the outcomes of a run.

``pytest tests/conformance --conformance-table docs/conformance.md`` writes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tests.conformance.statements import OPEN, REASONS, SECTIONS, STATEMENTS, Statement

__all__ = ["PAGE", "number_of", "render"]

PAGE = Path(__file__).parent.parent.parent / "docs" / "conformance.md"

_HEAD = """# Conformance

What a Realtime server and its clients owe each other, as 84 numbered statements. Each is a test
in `tests/conformance/`: a statement about the server is put to the embedded server with the
simulated engine over a loopback websocket, by a client made of `websockets` and JSON alone; a
statement about the client is put to the client core, a session or the loudspeaker.

`pytest tests/conformance --conformance-table docs/conformance.md` writes this page.
"""


def number_of(test: str) -> int | None:
    """The statement that a test named ``test_NN_words`` is about."""
    found = re.match(r"test_(\d\d)_", test)
    return int(found[1]) if found else None


def render(outcomes: Mapping[tuple[int, str], str]) -> str:
    """The page; ``outcomes`` says of (statement, dialect) ``pass``, ``fail`` or ``open``."""
    page = [_HEAD]
    for section, title in SECTIONS.items():
        rows = [
            _row(statement, outcomes)
            for statement in STATEMENTS.values()
            if statement.section == section
        ]
        page.append(f"## {title}\n\n| | statement | of | GA | beta |\n|---|---|---|---|---|")
        page.append("\n".join(rows) + "\n")
    notes = [
        f"* **{number}**{f' ({dialect})' if dialect else ''} does not apply: {why}"
        for (number, dialect), why in REASONS.items()
    ] + [f"* **{number}** ({dialect}) is open: {why}" for (number, dialect), why in OPEN.items()]
    if notes:
        page.append("## Notes\n\n" + "\n".join(notes) + "\n")
    return "\n".join(page)


def _row(statement: Statement, outcomes: Mapping[tuple[int, str], str]) -> str:
    number = statement.number
    cells = []
    for dialect in ("ga", "beta"):
        if (number, None) in REASONS or (number, dialect) in REASONS:
            cells.append("n/a")
        elif dialect not in statement.dialects:
            cells.append("–")
        else:
            cells.append(outcomes.get((number, dialect), "not run"))
    return f"| {number} | {statement.text} | {statement.who} | {' | '.join(cells)} |"
