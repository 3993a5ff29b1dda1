"""What the server core asks its shell to do: five kinds of work, all plain values."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .config import AudioFormat, Tool, ToolChoice
from .items import Item

__all__ = ["Cancel", "Respond", "Resume", "Speculate", "Transcribe", "Work"]


class Transcribe(Struct, frozen=True, kw_only=True):
    """Write down a committed item; answer with ``transcribed`` or ``transcription_failed``.

    Asked for every spoken item, also when the session shows no transcripts: the language
    model reads words, so somebody has to write them.
    """

    item_id: str
    audio: bytes
    format: AudioFormat
    language: str | None = None
    prompt: str | None = None


class Speculate(Struct, frozen=True, kw_only=True):
    """The user paused: ``audio`` so far may be the whole turn, so transcribe it ahead."""

    item_id: str
    audio: bytes
    format: AudioFormat
    language: str | None = None
    prompt: str | None = None


class Resume(Struct, frozen=True, kw_only=True):
    """The user went on: what was speculated about ``item_id`` is worth nothing."""

    item_id: str


class Respond(Struct, frozen=True, kw_only=True):
    """Make an answer; report it by ``text_delta``, ``audio_delta``, ``tool_call``, ``finished``.

    Handed out once all transcripts that ``items`` need are known; they are filled in.
    """

    response_id: str
    instructions: str
    items: tuple[Item, ...]
    tools: tuple[Tool, ...]
    tool_choice: ToolChoice
    max_output_tokens: int | None
    temperature: float | None
    modality: Literal["audio", "text"]
    voice: str
    format: AudioFormat
    speed: float


class Cancel(Struct, frozen=True, kw_only=True):
    """Stop making ``response_id``; what still arrives for it is dropped by the core."""

    response_id: str


Work = Transcribe | Speculate | Resume | Respond | Cancel
