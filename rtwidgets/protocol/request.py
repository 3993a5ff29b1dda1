"""What a ``response.create`` asks for: its own parameters over those of the session.

Nothing here has state. A parameter of the request must fit; one that the session holds and
that fits no longer, such as the choice of a tool that was taken away, is let go, because
nobody asked for it now and an automatic response has nobody to refuse it to.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from ..errors import RemoteProtocolError
from .config import (
    PCM16_24K,
    AudioConfig,
    AudioOutput,
    CustomVoice,
    SessionConfig,
    Tool,
    ToolChoice,
    ToolChoiceFunction,
    Voice,
)
from .items import PromptItem, Response, ResponseAudio, ResponseAudioOutput
from .mcp_config import McpTool, ToolChoiceMcp
from .mcp_rules import mcp_tools
from .response_config import ResponseConfig
from .session_update import check_voice
from .work import Respond

__all__ = ["announced", "asked"]


def asked(
    response_id: str,
    config: ResponseConfig,
    session: SessionConfig,
    items: tuple[PromptItem, ...],
    *,
    voices: tuple[str, ...],
    voice_locked: bool,
) -> Respond:
    """The work that ``config`` asks for in ``session``, on the context ``items``.

    Raises:
        RemoteProtocolError: a parameter does not fit.
    """
    output, override = _output(session.audio), _output(config.audio)
    check_voice(
        override.voice,
        current=output.voice,
        voices=voices,
        locked=voice_locked and config.conversation != "none",
        param="response.audio.output.voice",
    )
    given = config.tools if isinstance(config.tools, tuple) else session.tools or ()
    servers = mcp_tools(given)
    # What MCP servers offer joins them when it is known (``mcp_rules.equipped``).
    tools = tuple(tool for tool in given if isinstance(tool, Tool))
    limit = _first(config.max_output_tokens, session.max_output_tokens, "inf")
    modalities = _first(config.output_modalities, session.output_modalities, ("audio",))
    modality: Literal["audio", "text"] = "audio" if "audio" in modalities else "text"
    instructions = _first(config.instructions, session.instructions, "")
    return Respond(
        response_id=response_id,
        instructions=instructions,
        items=items,
        tools=tools,
        tool_choice=_choice(config, session, tools, servers),
        max_output_tokens=limit if isinstance(limit, int) else None,
        temperature=config.temperature or session.temperature or None,
        modality=modality,
        voice=_name(_first(override.voice, output.voice, voices[0])),
        format=_first(override.format, output.format, PCM16_24K),
        speed=_first(output.speed, 1.0),
    )


def announced(
    work: Respond, config: ResponseConfig, session: SessionConfig, *, conversation_id: str | None
) -> Response:
    """The response as ``response.created`` shows it."""
    voice: Voice = _first(_output(config.audio).voice, _output(session.audio).voice, work.voice)
    return Response(
        id=work.response_id,
        status="in_progress",
        conversation_id=conversation_id,
        output_modalities=(work.modality,),
        max_output_tokens=work.max_output_tokens or "inf",
        audio=ResponseAudio(output=ResponseAudioOutput(format=work.format, voice=voice)),
        temperature=config.temperature or session.temperature,
        metadata=config.metadata if isinstance(config.metadata, dict) else None,
    )


def _choice(
    config: ResponseConfig,
    session: SessionConfig,
    tools: tuple[Tool, ...],
    servers: tuple[McpTool, ...],
) -> ToolChoice:
    names = {tool.name for tool in tools}
    own = config.tool_choice
    labels = {server.server_label for server in servers}
    if isinstance(own, ToolChoiceMcp) and own.server_label not in labels:
        raise RemoteProtocolError(
            f"Tool choice '{own.server_label:.64}' not found in 'tools' parameter.",
            code="invalid_value",
            param="response.tool_choice",
        )
    if servers:  # which functions there are is not known yet
        return _first(own, session.tool_choice, "auto")  # type: ignore[no-any-return]
    if isinstance(own, ToolChoiceFunction) and own.name not in names:
        raise RemoteProtocolError(
            f"Tool choice '{own.name:.64}' not found in 'tools' parameter.",
            code="invalid_value",
            param="response.tool_choice",
        )
    choice: ToolChoice = _first(own, session.tool_choice, "auto")
    if isinstance(choice, ToolChoiceMcp):
        return "auto"
    if isinstance(choice, ToolChoiceFunction) and choice.name not in names:
        return "auto"
    return choice if tools else "auto" if choice == "required" else choice


def _output(audio: AudioConfig | UnsetType) -> AudioOutput:
    if isinstance(audio, AudioConfig) and isinstance(audio.output, AudioOutput):
        return audio.output
    return AudioOutput()


def _name(voice: Voice) -> str:
    return voice.id if isinstance(voice, CustomVoice) else voice


def _first(*values: Any) -> Any:
    """The first value that is set: a response's own, the session's, the default."""
    return next(value for value in values if value is not UNSET and value is not None)
