"""Pure functions on items: their words, and how two reports of one item become one.

Words have three homes: ``text`` of a text part, ``transcript`` of a spoken part, and
``arguments`` of a function call. A report without words never takes words away, because
servers repeat items with a null transcript long after the words were said; only truncating
(``with_words(item, index, "")``) and deleting do.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET, structs

from .items import (
    AudioPart,
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
    Part,
)

__all__ = ["Spoken", "from_part", "merged", "part_words", "silent", "with_words", "words"]

#: Which kind of part a stream of words belongs to.
Spoken = type[OutputText] | type[OutputAudio] | type[InputAudio]


_NEW: dict[Spoken, Callable[[str], ContentPart]] = {
    OutputText: lambda said: OutputText(text=said),
    OutputAudio: lambda said: OutputAudio(transcript=said),
    InputAudio: lambda said: InputAudio(transcript=said),
}


def part_words(part: ContentPart) -> str:
    """What a part says; ``""`` for a picture or for sound that nobody wrote down."""
    if isinstance(part, (InputText, OutputText)):
        return part.text
    if isinstance(part, InputImage) or part.transcript is UNSET:
        return ""
    return part.transcript or ""


def words(item: Item) -> str:
    """What an item says: its parts one after another, its arguments, or its output."""
    if isinstance(item, Message):
        return " ".join(said for part in item.content if (said := part_words(part)))
    return item.output if isinstance(item, FunctionCallOutput) else item.arguments


def from_part(part: Part) -> OutputText | OutputAudio:
    """The content part that ``response.content_part.*`` speaks of."""
    if isinstance(part, AudioPart):
        return OutputAudio(transcript=part.transcript or "")
    return OutputText(text=part.text)


def with_words(item: Message, index: int, said: str, kind: Spoken) -> Message:
    """``item`` whose part ``index`` is of ``kind`` and says exactly ``said``.

    Parts that a server never announced are put in, empty, so that an index always means
    the same part.
    """
    part = _NEW[kind](said)
    content = item.content
    if index == 0 and len(content) <= 1:
        content = (part,)
    else:
        gap = OutputText(text="") if item.role == "assistant" else InputText(text="")
        filled = content + (gap,) * (index - len(content))
        content = (*filled[:index], part, *filled[index + 1 :])
    # Twice as fast as structs.replace, and this runs for every delta.
    return Message(
        id=item.id, object=item.object, status=item.status, role=item.role, content=content
    )


def silent(item: Item) -> Item:
    """``item`` without bytes of sound: a conversation remembers words, not sound."""
    if isinstance(item, Message):
        for part in item.content:
            if isinstance(part, (InputAudio, OutputAudio)) and part.audio is not UNSET:
                break
        else:
            return item
        return structs.replace(item, content=tuple(_silent_part(part) for part in item.content))
    return item


def _silent_part(part: ContentPart) -> ContentPart:
    if isinstance(part, (InputAudio, OutputAudio)):
        return structs.replace(part, audio=UNSET)
    return part


def merged(old: Item, new: Item) -> Item:
    """The newer report, with the words of the older one wherever the newer has none."""
    if isinstance(old, Message) and isinstance(new, Message):
        if old.content == new.content:
            return new
        parts = tuple(_merged_part(a, b) for a, b in zip(old.content, new.content, strict=False))
        longer = old.content if len(old.content) > len(new.content) else new.content
        return structs.replace(new, content=parts + longer[len(parts) :])
    if isinstance(old, FunctionCall) and isinstance(new, FunctionCall):
        return structs.replace(new, arguments=new.arguments or old.arguments)
    return new


def _merged_part(old: ContentPart, new: ContentPart) -> ContentPart:
    return old if part_words(old) and not part_words(new) else new
