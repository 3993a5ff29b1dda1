"""Spoken items as a language model reads them: with their words filled in.

The conversation shows a transcript only where the session asked for one, and truncation
takes it away; the model behind the server reads words in either case.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .items import InputAudio, Item, Message, OutputAudio

__all__ = ["heard_share", "with_words"]


def with_words(item: Item, words: Mapping[str, str]) -> Item:
    """``item`` with the words that are known for its sound."""
    known = words.get(str(item.id))
    if known is None or not isinstance(item, Message):
        return item
    content = tuple(
        msgspec.structs.replace(part, transcript=known)
        if isinstance(part, InputAudio | OutputAudio)
        else part
        for part in item.content
    )
    return msgspec.structs.replace(item, content=content)


def heard_share(text: str, share: float) -> str:
    """The words of ``text`` that fall into its first ``share`` (0 to 1), whole words only.

    Speech has no timestamps here, so words are taken to be spread evenly.
    """
    words = text.split()
    return " ".join(words[: int(len(words) * share)])
