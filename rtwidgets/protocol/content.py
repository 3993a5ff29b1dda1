"""Pure functions that the reducer stands on: an item's words, and what a setting means.

Words have three homes: ``text`` of a text part, ``transcript`` of a spoken part, and
``arguments`` of a function call. A report without words never takes words away, because
servers repeat items with a null transcript long after the words were said; only truncating
(``with_words(item, index, "")``) and deleting do.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET, structs

from .config import AudioFormat, SessionConfig
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
    Response,
)
from .mcp_content import mcp_merged, mcp_words
from .mcp_items import McpCall

__all__ = [
    "Spoken",
    "blank_call",
    "blank_message",
    "detects_turns",
    "from_part",
    "merged",
    "output_format",
    "part_words",
    "silent",
    "with_arguments",
    "with_words",
    "words",
    "words_at",
]

#: Which kind of part a stream of words belongs to.
Spoken = type[OutputText] | type[OutputAudio] | type[InputAudio]


#: A message with more parts than this is a mistake, and filling it up would take memory.
_MOST_PARTS = 256

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


def words_at(item: Message, index: int) -> str:
    """What part ``index`` says; ``""`` where there is no such part."""
    return part_words(item.content[index]) if 0 <= index < len(item.content) else ""


def words(item: Item) -> str:
    """What an item says: its parts one after another, its arguments, or its output."""
    if isinstance(item, Message):
        return " ".join(said for part in item.content if (said := part_words(part)))
    if isinstance(item, FunctionCall):
        return item.arguments
    return item.output if isinstance(item, FunctionCallOutput) else mcp_words(item)


def from_part(part: Part) -> OutputText | OutputAudio:
    """The content part that ``response.content_part.*`` speaks of."""
    if isinstance(part, AudioPart):
        return OutputAudio(transcript=part.transcript or "")
    return OutputText(text=part.text)


def with_words(item: Message, index: int, said: str, kind: Spoken) -> Message:
    """``item`` whose part ``index`` is of ``kind`` and says exactly ``said``.

    Parts that a server never announced are put in, empty, so that an index always means
    the same part. An index that makes no sense changes nothing.
    """
    if not 0 <= index < _MOST_PARTS:
        return item
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


def with_arguments(
    item: FunctionCall | McpCall, arguments: str, name: str = ""
) -> FunctionCall | McpCall:
    """``item`` with exactly these arguments, and with ``name`` if it had none."""
    return structs.replace(item, name=item.name or name, arguments=arguments)


def blank_message(item_id: str) -> Message:
    """A reply of which nothing is known yet."""
    return Message(id=item_id, status="in_progress", role="assistant", content=())


def blank_call(item_id: str, call_id: str) -> FunctionCall:
    """A function call of which nothing else is known yet."""
    known = call_id or UNSET
    return FunctionCall(id=item_id, status="in_progress", name="", call_id=known, arguments="")


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
    return mcp_merged(old, new)


def _merged_part(old: ContentPart, new: ContentPart) -> ContentPart:
    return old if part_words(old) and not part_words(new) else new


def output_format(config: Response | SessionConfig | None) -> AudioFormat | None:
    """How a response or a session writes its sound, where it says so."""
    if config is None or config.audio is UNSET or config.audio.output is UNSET:
        return None
    return config.audio.output.format or None


def detects_turns(session: SessionConfig) -> bool:
    """Whether the server listens for turns; a session that does not say is one that does."""
    audio = session.audio
    return audio is UNSET or audio.input is UNSET or audio.input.turn_detection is not None
