"""Pictures of a conversation as a page may show them: the item's own bytes, within bounds.

A page shows nothing but a data URI of a kind that is a picture and no document (an SVG can hold
a script), so nothing is fetched and nothing runs. What is too large is said instead.
"""

from __future__ import annotations

import re

from ..protocol.items import InputImage, Item, Message

__all__ = ["MOST", "MOST_EACH", "Pictures"]

#: Characters of one picture as a data URI (750 kB of bytes).
MOST_EACH = 1_000_000
#: Of all pictures in the window; the newest ones are shown.
MOST = 3_000_000

_URI = re.compile(r"data:image/(?:png|jpeg|jpg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}")


class Pictures:
    """What is left of the bounds while rows are made, the newest first."""

    def __init__(self) -> None:
        self._left = MOST
        self._fit: dict[int, bool] = {}  # by the text's identity: a megabyte is read once

    def begin(self, items: list[Item]) -> dict[str, tuple[list[str], str]]:
        """By item: the pictures to show, and a note on those that are not shown."""
        shown: dict[str, tuple[list[str], str]] = {}
        self._left, known = MOST, self._fit
        self._fit = {}
        for item in reversed(items):
            if isinstance(item, Message):
                images = [part for part in item.content if isinstance(part, InputImage)]
                if images:
                    shown[str(item.id)] = self._of(images, known)
        return shown

    def _of(self, images: list[InputImage], known: dict[int, bool]) -> tuple[list[str], str]:
        shown = [image.image_url for image in images if self._takes(image.image_url, known)]
        hidden = len(images) - len(shown)
        if not hidden:
            return shown, ""
        return shown, "1 picture not shown" if hidden == 1 else f"{hidden} pictures not shown"

    def _takes(self, uri: str, known: dict[int, bool]) -> bool:
        key = id(uri)
        fits = known.get(key)
        if fits is None:
            fits = len(uri) <= MOST_EACH and _URI.fullmatch(uri) is not None
        self._fit[key] = fits
        if not fits or len(uri) > self._left:
            return False
        self._left -= len(uri)
        return True
