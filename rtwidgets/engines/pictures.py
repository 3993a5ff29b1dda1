"""What a model that cannot see does with pictures: it says so before anything else.

The server hands such a model a note in place of each picture (``UNSEEN``); a model that is
run without a server meets the picture itself. Both count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..protocol.items import InputImage, InputText, Item, Message
from ..protocol.spoken_context import UNSEEN

__all__ = ["CANNOT_SEE", "about_a_picture", "is_picture", "shown_since"]

CANNOT_SEE = "I cannot see pictures."

_ABOUT = re.compile(
    r"\b(?:pictures?|images?|photos?|photographs?|screenshots?|drawings?|diagrams?|charts?"
    r"|pic|see|look\w*|shows?|showing|shown|describe|recogni[sz]e|read|this|that|these|those|it)\b",
    re.IGNORECASE,
)


def is_picture(part: object) -> bool:
    """Whether a part of a message is a picture or the note in its place."""
    return isinstance(part, InputImage) or (isinstance(part, InputText) and part.text == UNSEEN)


def shown_since(items: Sequence[Item]) -> int:
    """How many pictures the user has shown since the assistant last said something."""
    count = 0
    for item in reversed(items):
        if isinstance(item, Message):
            if item.role == "assistant":
                break
            count += sum(map(is_picture, item.content))
    return count


def about_a_picture(text: str) -> bool:
    """Whether words sent with a picture seem to ask about it; no words are about it for sure."""
    return not text.strip() or _ABOUT.search(text) is not None
