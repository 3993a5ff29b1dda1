"""A beginning for every event that a client may send, in the spelling of its dialect.

Each is made from the event's own class and written by the dialect, so it is valid as it stands;
who sends it changes what it says.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from . import events as on
from .config import AudioConfig, AudioInput, SessionConfig, Transcription
from .dialects import Dialect
from .items import InputText, Message
from .response_config import ResponseConfig

__all__ = ["templates"]

#: 2 ms of silence in PCM16 at 24 kHz: long enough to be sound, short enough to be read.
_SILENCE = bytes(96)

_REALTIME = on.SessionUpdate(
    session=SessionConfig(type="realtime", instructions="Answer in one short sentence.")
)
_TRANSCRIPTION = on.SessionUpdate(
    session=SessionConfig(
        type="transcription",
        audio=AudioConfig(input=AudioInput(transcription=Transcription(model="whisper-1"))),
    )
)
_EVENTS: tuple[Struct, ...] = (
    _REALTIME,
    on.InputAudioBufferAppend(audio=_SILENCE),
    on.InputAudioBufferCommit(),
    on.InputAudioBufferClear(),
    on.ConversationItemCreate(
        item=Message(role="user", content=(InputText(text="What is a transformer?"),))
    ),
    on.ConversationItemRetrieve(item_id="item_..."),
    on.ConversationItemTruncate(item_id="item_...", content_index=0, audio_end_ms=1000),
    on.ConversationItemDelete(item_id="item_..."),
    on.ResponseCreate(response=ResponseConfig(instructions="Say hello.")),
    on.ResponseCancel(),
)


def templates(dialect: Dialect) -> dict[str, str]:
    """Type as the dialect spells it → an event of that type as indented JSON."""
    return dict(_written(dialect))


def _written(dialect: Dialect) -> Iterator[tuple[str, str]]:
    for event in (*_EVENTS, _TRANSCRIPTION):
        text = dialect.encode(event)  # type: ignore[arg-type]
        if text is None:
            continue
        name = msgspec.json.decode(text)["type"]
        if event is _TRANSCRIPTION and name == "session.update":
            continue  # GA tells the two apart by ``session.type``
        yield name, msgspec.json.format(text, indent=2)
