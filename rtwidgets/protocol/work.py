"""What the server core asks its shell to do: seven kinds of work, all plain values."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .config import AudioFormat, Tool, ToolChoice
from .items import PromptItem
from .mcp_config import McpTool

__all__ = [
    "CallTool",
    "Cancel",
    "ListTools",
    "Respond",
    "Resume",
    "Speculate",
    "Transcribe",
    "Work",
]


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
    items: tuple[PromptItem, ...]
    tools: tuple[Tool, ...]
    tool_choice: ToolChoice
    max_output_tokens: int | None
    temperature: float | None
    modality: Literal["audio", "text"]
    voice: str
    format: AudioFormat
    speed: float


class ListTools(Struct, frozen=True, kw_only=True):
    """Ask an MCP server for its tools; answer with ``tools_listed`` or ``tools_not_listed``."""

    item_id: str
    server: McpTool


class CallTool(Struct, frozen=True, kw_only=True):
    """Call an MCP server's tool; answer with ``tool_returned`` or ``tool_failed``.

    Belongs to a response, and ends with it, or to none where the client approved it later.
    """

    item_id: str
    server: McpTool
    name: str
    arguments: str
    response_id: str | None = None


class Cancel(Struct, frozen=True, kw_only=True):
    """Stop making ``response_id`` and its calls; what still arrives for it is dropped."""

    response_id: str


Work = Transcribe | Speculate | Resume | Respond | ListTools | CallTool | Cancel
