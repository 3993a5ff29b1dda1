"""A page that shows the transcript, and short ways to make items for it."""

from __future__ import annotations

from typing import Any

from rtwidgets.protocol.events import ConversationItemAdded
from rtwidgets.protocol.items import InputText, Message
from rtwidgets.widgets.transcript import Transcript
from tests.widgets.talk import Page, Talk

__all__ = ["Shown", "added", "message", "shown"]


class Shown(Page):
    """A page with the transcript: the window that its patches make."""

    def __init__(self, panel: Transcript) -> None:
        super().__init__(panel)
        self.rows: list[Any] = list(self.state["rows"])
        self.seq = self.state["seq"]

    def catch_up(self) -> list[Any]:
        """Apply the patches that came since the last time, as js/src/window.ts does."""
        for message in self.messages:
            assert message["kind"] == "patch"
            if message["seq"] <= self.seq:
                continue
            assert message["seq"] == self.seq + 1
            self.seq = message["seq"]
            known = {row["id"]: row for row in [*self.rows, *message["rows"]]}
            order = message.get("order", [row["id"] for row in self.rows])
            self.rows = [known[key] for key in order]
        self.messages.clear()
        return self.rows

    def lines(self) -> list[tuple[str, str]]:
        return [(row["role"], row["text"]) for row in self.catch_up()]


def shown(talk: Talk) -> tuple[Transcript, Shown]:
    panel = Transcript(talk)  # type: ignore[arg-type]
    page = Shown(panel)
    talk.advance(1)
    return panel, page


def message(item_id: str, text: str, role: Any = "user") -> Message:
    return Message(id=item_id, role=role, status="completed", content=(InputText(text=text),))


def added(item: Any, after: str | None) -> ConversationItemAdded:
    return ConversationItemAdded(previous_item_id=after, item=item)
