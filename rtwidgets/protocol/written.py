"""How much a client has written into its session: memory is bounded, whoever writes.

A model reads no more than its context, but a conversation keeps every item until it is deleted.
So what a client creates is counted, and beyond ``KEEP_CHARACTERS`` one more item is refused.
Sound is counted elsewhere (``sounds.py``): it is forgotten, and words are not.
"""

from __future__ import annotations

from .items import (
    FunctionCall,
    FunctionCallOutput,
    InputImage,
    InputText,
    Item,
    Message,
    OutputText,
)

__all__ = ["KEEP_CHARACTERS", "Written"]

#: Characters of text and pictures that the items of one session may hold.
KEEP_CHARACTERS = 64 * 2**20
#: What an item takes besides them, so that small ones have a limit as well.
_EACH = 1024


class Written:
    """The size of each item that a client created, by item id."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}
        self._held = 0

    def fits(self, item: Item) -> bool:
        """Whether there is room for one more item like this."""
        return self._held + _size(item) <= KEEP_CHARACTERS

    def add(self, item_id: str, item: Item) -> None:
        """Count an item."""
        self.drop(item_id)
        self._sizes[item_id] = size = _size(item)
        self._held += size

    def drop(self, item_id: str) -> None:
        """An item is kept no longer; one that was never counted is no matter."""
        self._held -= self._sizes.pop(item_id, 0)


def _size(item: Item) -> int:
    size = _EACH
    if isinstance(item, Message):
        for part in item.content:
            if isinstance(part, InputText | OutputText):
                size += len(part.text)
            elif isinstance(part, InputImage):
                size += len(part.image_url)
            elif part.transcript:
                size += len(part.transcript)
    elif isinstance(item, FunctionCall):
        size += len(item.name) + len(item.arguments)
    elif isinstance(item, FunctionCallOutput):
        size += len(item.output)
    return size
