"""Items as a language model reads them: what was said in words, what cannot be seen as a note.

The conversation shows a transcript only where the session asked for one, and truncation
takes it away; the model behind the server reads words in either case. A picture is kept for
whoever can see it, and named to a model that cannot, so that its answer can say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from .items import ContentPart, InputAudio, InputImage, InputText, Item, Message, OutputAudio

__all__ = ["UNSEEN", "heard_share", "with_words", "without_pictures"]

_Item = TypeVar("_Item", bound=Item)

#: What a model that cannot see reads in place of a picture.
UNSEEN = "[an image that this model cannot see]"


def with_words(item: _Item, words: Mapping[str, str]) -> _Item:
    """``item`` with the words that are known for its sound, all of them in its first part."""
    known = words.get(str(item.id))
    if known is None or not isinstance(item, Message):
        return item
    content: list[ContentPart] = []
    for part in item.content:
        if isinstance(part, InputAudio | OutputAudio) and known is not None:
            part, known = msgspec.structs.replace(part, transcript=known), None
        content.append(part)
    return msgspec.structs.replace(item, content=tuple(content))


def without_pictures(item: _Item) -> _Item:
    """``item`` with a note in place of each picture."""
    if not isinstance(item, Message) or not any(
        isinstance(part, InputImage) for part in item.content
    ):
        return item
    content = tuple(
        InputText(text=UNSEEN) if isinstance(part, InputImage) else part for part in item.content
    )
    return msgspec.structs.replace(item, content=content)


def heard_share(text: str, share: float) -> str:
    """The words of ``text`` that fall into its first ``share`` (0 to 1), whole words only.

    Speech has no timestamps here, so words are taken to be spread evenly.
    """
    words = text.split()
    return " ".join(words[: int(len(words) * share)])
