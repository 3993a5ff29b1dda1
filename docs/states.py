"""Draws ``docs/states.md`` from the core's own tables: ``python docs/states.py``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from rtwidgets.protocol.moves import ITEM_MOVES, RESPONSE_MOVES  # noqa: E402  (after the path)
from rtwidgets.protocol.turns import MOVES  # noqa: E402

PAGE = ROOT / "docs" / "states.md"
HEAD = """# States

Every legal move of a response, an item and the input buffer. The core reads the same tables
(`rtwidgets/protocol/moves.py` and `turns.py`) from which `python docs/states.py` draws this page.
"""
BUFFER = {
    "started": "speech_started",
    "paused": "a pause, transcribed ahead",
    "resumed": "the user goes on",
    "stopped": "speech_stopped, committed",
    "left": "commit, clear, or detection off",
}


def drawn(title: str, words: str, first: str, arrows: list[tuple[str, str, str]]) -> str:
    """One diagram under its heading."""
    left = {source for source, _, _ in arrows}
    ends = dict.fromkeys(target for _, target, _ in arrows if target not in left)
    lines = [f"    [*] --> {first}"]
    lines += [f"    {a} --> {b}{f' : {how}' if how else ''}" for a, b, how in arrows]
    lines += [f"    {state} --> [*]" for state in ends]
    diagram = "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])
    return f"## {title}\n\n{words}\n\n{diagram}\n"


def status(
    moves: Mapping[str, frozenset[str]], reasons: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    """The arrows of a table of statuses."""
    return [(a, b, reasons.get(b, "")) for a in moves for b in sorted(moves[a])]


def page() -> str:
    """All of it."""
    response = {
        "completed": "all was said",
        "cancelled": "response.cancel, or speech",
        "incomplete": "the token limit",
        "failed": "the engine failed",
    }
    item = {"completed": "all was said", "incomplete": "its response was cut"}
    buffer = [(a, b, BUFFER[how]) for a, moves in MOVES.items() for how, b in moves.items()]
    return "\n".join(
        [
            HEAD,
            drawn(
                "A response",
                "From `response.created` to `response.done`, once.",
                "in_progress",
                status(RESPONSE_MOVES, response),
            ),
            drawn(
                "An item",
                "A client's is completed at once; the model's is in progress first.",
                "in_progress",
                status(ITEM_MOVES, item),
            ),
            drawn(
                "The input buffer",
                "With turn detection off it stays `quiet`, and a commit takes all.",
                "quiet",
                buffer,
            ),
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
