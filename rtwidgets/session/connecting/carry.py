"""What of a conversation can be said again to a server that knows nothing of it.

A client may create messages, calls and results; sound it remembers as words alone, and what
concerns MCP servers is the server's to say (reference, sections 1.5 and 3.8). So speech
becomes its transcript, and what cannot be made is left out. Each such loss is a value: nothing
is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import UNSET, structs

from ...protocol.content import part_words
from ...protocol.items import (
    ClientItem,
    ContentPart,
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputImage,
    InputText,
    Item,
    Message,
    OutputAudio,
    OutputText,
)
from ..ids import new_id

__all__ = ["Loss", "Resumed", "carry"]

#: Servers take ids of a client up to this length (reference, section 5.1).
LONGEST_ID = 32


@dataclass(frozen=True)
class Loss:
    """One thing that the new session does not have."""

    item_id: str
    """In the old conversation."""
    what: str
    """In words for people."""
    kept: bool
    """The item is there all the same, without what is named."""

    def __str__(self) -> str:
        """``item_7: its sound; the transcript stands for it``."""
        return f"{self.item_id}: {self.what}"


@dataclass(frozen=True)
class Resumed:
    """How much of a conversation a new session has; true where it has everything."""

    items: int
    """Items that the new session was given."""
    losses: tuple[Loss, ...] = ()
    """What it was not given, in the order of the conversation."""
    settings: str | None = None
    """Why the server did not take the old settings, where it did not."""

    def __bool__(self) -> bool:
        return not self.losses and self.settings is None

    def __str__(self) -> str:
        """A line that counts, and a line for each loss."""
        kept = sum(loss.kept for loss in self.losses)
        gone = len(self.losses) - kept
        parts = [f"{self.items} items carried over"]
        if kept:
            parts.append(f"{kept} of them not whole")
        if gone:
            parts.append(f"{gone} left out")
        lines = [", ".join(parts)]
        if self.settings is not None:
            lines.append(f"the settings were refused: {self.settings}")
        return "\n".join([*lines, *map(str, self.losses)])

    def __repr__(self) -> str:
        return f"<Resumed: {self}>"


def carry(items: Iterable[Item]) -> tuple[list[ClientItem], list[Loss]]:
    """The items to create, in order, and what is lost by it."""
    items = tuple(items)
    answered = {item.call_id for item in items if isinstance(item, FunctionCallOutput)}
    called = {item.call_id for item in items if isinstance(item, FunctionCall)} & answered
    made: list[ClientItem] = []
    losses: list[Loss] = []
    for item in items:
        found: ClientItem | None = None
        what = ""
        if isinstance(item, Message):
            found, what = _message(item)
        elif isinstance(item, FunctionCall):
            if item.call_id in called:
                found = item
            else:
                what = f"the call of {item.name}: it has no result"
        elif isinstance(item, FunctionCallOutput):
            if item.call_id in called:
                found = item
            else:
                what = "a result of a call that is not there"
        else:
            what = "it concerns an MCP server, and only the server may say so"
        if found is not None:
            made.append(_fresh(found))
        if what:
            losses.append(Loss(str(item.id or "an item"), what, kept=found is not None))
    return made, losses


def _fresh(item: ClientItem) -> ClientItem:
    """``item`` as a client creates it: under its own id where that is short enough."""
    known = item.id
    name = known if known is not UNSET and 0 < len(known) <= LONGEST_ID else new_id("item")
    return structs.replace(item, id=name, status=UNSET, object=UNSET)


def _message(item: Message) -> tuple[Message | None, str]:
    parts: list[ContentPart] = []
    lost: list[str] = []
    for part in item.content:
        if isinstance(part, InputImage) and not part.image_url:
            lost.append("its picture, which the server does not show")
        elif isinstance(part, (InputAudio, OutputAudio)):
            said = part_words(part)
            kind = InputText if isinstance(part, InputAudio) else OutputText
            if said:
                parts.append(kind(text=said))
                lost.append("its sound; the transcript stands for it")
            else:
                lost.append("its sound, which nobody wrote down")
        elif isinstance(part, InputImage) or part.text:
            parts.append(part)
    if item.status in ("in_progress", "incomplete") and item.role == "assistant":
        lost.append("its end: it was cut off")
    what = " and ".join(dict.fromkeys(lost))
    if not parts:
        return None, what or "it says nothing"
    return structs.replace(item, content=tuple(parts)), what
