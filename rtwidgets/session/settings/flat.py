"""What a user may set, as flat names that are the same for every server.

``update(voice="verse", silence_duration_ms=300)`` names leaves of the nested session object;
the table ``SETTINGS`` says where each leaf hangs. Values are checked here, by the types of
``protocol/config.py``, before anything is sent, so that a typing error is answered at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Struct

from ...errors import LocalProtocolError
from ...protocol.config import SessionConfig, TurnDetection, merge
from ...protocol.response_config import ResponseConfig

__all__ = ["OVERRIDES", "SETTINGS", "nearest", "response_config", "session_config"]

_VAD = ("audio", "input", "turn_detection")

#: Flat name -> path in the session object.
SETTINGS: dict[str, tuple[str, ...]] = {
    "instructions": ("instructions",),
    "voice": ("audio", "output", "voice"),
    "speed": ("audio", "output", "speed"),
    "output_modalities": ("output_modalities",),
    "turn_detection": _VAD,
    "threshold": (*_VAD, "threshold"),
    "prefix_padding_ms": (*_VAD, "prefix_padding_ms"),
    "silence_duration_ms": (*_VAD, "silence_duration_ms"),
    "idle_timeout_ms": (*_VAD, "idle_timeout_ms"),
    "eagerness": (*_VAD, "eagerness"),
    "create_response": (*_VAD, "create_response"),
    "interrupt_response": (*_VAD, "interrupt_response"),
    "transcription": ("audio", "input", "transcription"),
    "noise_reduction": ("audio", "input", "noise_reduction"),
    "input_format": ("audio", "input", "format"),
    "output_format": ("audio", "output", "format"),
    "tools": ("tools",),
    "tool_choice": ("tool_choice",),
    "parallel_tool_calls": ("parallel_tool_calls",),
    "max_output_tokens": ("max_output_tokens",),
    "temperature": ("temperature",),
    "reasoning": ("reasoning",),
    "truncation": ("truncation",),
    "tracing": ("tracing",),
    "prompt": ("prompt",),
    "include": ("include",),
}

#: Flat name -> path in the parameters of one response.
OVERRIDES: dict[str, tuple[str, ...]] = {
    "instructions": ("instructions",),
    "voice": ("audio", "output", "voice"),
    "output_format": ("audio", "output", "format"),
    "output_modalities": ("output_modalities",),
    "conversation": ("conversation",),
    "input": ("input",),
    "tools": ("tools",),
    "tool_choice": ("tool_choice",),
    "parallel_tool_calls": ("parallel_tool_calls",),
    "max_output_tokens": ("max_output_tokens",),
    "temperature": ("temperature",),
    "reasoning": ("reasoning",),
    "metadata": ("metadata",),
    "prompt": ("prompt",),
}

#: Other words for formats: the beta dialect's, which most tutorials use.
_FORMATS = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'voice'?``, or the list of all where nothing is near."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1, 0.6)
    return f"did you mean {near[0]!r}?" if near else "known are " + ", ".join(names)


def session_config(
    settings: Mapping[str, Any],
    *,
    current: SessionConfig | None = None,
    transcription_model: str = "whisper-1",
    dialect: str = "ga",
) -> SessionConfig:
    """A ``session.update`` that changes what ``settings`` names and nothing else.

    ``current`` decides the type of turn detection that a single member (``threshold``)
    belongs to. Raises ``LocalProtocolError`` for an unknown name, an impossible value and
    what the dialect does not have.
    """
    _refuse_unknown(settings, SETTINGS, "setting")
    if dialect == "ga" and settings.get("temperature") is not None:
        raise LocalProtocolError(
            "temperature does not exist in the GA dialect: leave it out, "
            "or connect with dialect='beta' to a server that speaks it"
        )
    config = SessionConfig()
    # A whole turn_detection first, its single members on top of it.
    for name, value in sorted(settings.items(), key=lambda pair: len(SETTINGS[pair[0]])):
        if name == "transcription" and value is True:
            value = transcription_model
        config = merge(config, _leaf(SessionConfig, SETTINGS[name], name, value))
    return _with_vad_type(config, settings, current)


def response_config(overrides: Mapping[str, Any]) -> ResponseConfig | None:
    """The parameters of one ``response.create``; ``None`` where nothing differs."""
    _refuse_unknown(overrides, OVERRIDES, "response parameter")
    config = ResponseConfig()
    for name, value in overrides.items():
        config = merge(config, _leaf(ResponseConfig, OVERRIDES[name], name, value))
    return config if overrides else None


def _refuse_unknown(names: Iterable[str], known: Mapping[str, Any], kind: str) -> None:
    for name in names:
        if name not in known:
            raise LocalProtocolError(f"unknown {kind} {name!r}: {nearest(name, known)}")


_C = TypeVar("_C", SessionConfig, ResponseConfig)


def _leaf(kind: type[_C], path: tuple[str, ...], name: str, value: Any) -> _C:
    """A ``kind`` in which only ``path`` is set, checked by its own types."""
    try:
        # Structs become what JSON would hold, so that they are checked like everything else.
        tree: Any = msgspec.to_builtins(_SHORTHAND.get(name, _as_is)(value))
        for key in reversed(path):
            tree = {key: tree}
        return msgspec.convert(tree, kind)
    except (msgspec.ValidationError, TypeError) as error:
        reason = str(error).partition(" - at ")[0]
        raise LocalProtocolError(f"{name}={value!r} is not possible: {reason}") from None


def _with_vad_type(
    config: SessionConfig, settings: Mapping[str, Any], current: SessionConfig | None
) -> SessionConfig:
    """Servers want ``turn_detection.type`` named whenever one of its members is."""
    members = [n for n, path in SETTINGS.items() if path[:-1] == _VAD and n in settings]
    if not members:
        return config
    if settings.get("turn_detection", UNSET) in (None, False):
        raise LocalProtocolError(
            f"{members[0]} says how turns are detected, turn_detection=None says not at all: "
            "leave one of them out"
        )
    detection = _detection(config)
    if detection is None or detection.type is not UNSET:
        return config
    now = _detection(current) if current is not None else None
    kind = "semantic_vad" if "eagerness" in settings else "server_vad"
    if now is not None and now.type is not UNSET and "eagerness" not in settings:
        kind = now.type
    return merge(_leaf(SessionConfig, _VAD, "turn_detection", kind), config)


def _detection(config: SessionConfig) -> TurnDetection | None:
    audio = config.audio
    if audio is UNSET or audio.input is UNSET or audio.input.turn_detection is UNSET:
        return None
    return audio.input.turn_detection


# Shorthands: what people write, as what the types want.


def _as_is(value: Any) -> Any:
    return value


def _named(value: Any) -> Any:
    """``"server_vad"`` for ``{"type": "server_vad"}``; false is off."""
    if isinstance(value, str):
        return {"type": value}
    return None if value is False else value


def _transcription(value: Any) -> Any:
    if isinstance(value, str):
        return {"model": value}
    return None if value is False else value


def _modalities(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _format(value: Any) -> Any:
    if isinstance(value, str):
        value = {"type": _FORMATS.get(value, value)}
    if isinstance(value, dict) and value.get("type") == "audio/pcm":
        return {"rate": 24000, **value}
    return value


def _tools(value: Any) -> Any:
    """Both ways to write a function: flat, and with a ``function`` object inside."""
    if value is None:
        return ()
    if isinstance(value, (dict, Struct)):
        value = [value]
    return [
        {**tool["function"], "type": "function"}
        if isinstance(tool, dict) and isinstance(tool.get("function"), dict)
        else {"type": "function", **tool}
        if isinstance(tool, dict)
        else tool
        for tool in value
    ]


def _tool_choice(value: Any) -> Any:
    if isinstance(value, str) and value not in ("auto", "none", "required"):
        return {"type": "function", "name": value}
    return value


def _input(value: Any) -> Any:
    """Text stands for a user message."""
    if isinstance(value, str):
        value = [value]
    if value is None:
        return None
    return [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": item}]}
        if isinstance(item, str)
        else item
        for item in value
    ]


_SHORTHAND: dict[str, Callable[[Any], Any]] = {
    "turn_detection": _named,
    "noise_reduction": _named,
    "transcription": _transcription,
    "output_modalities": _modalities,
    "input_format": _format,
    "output_format": _format,
    "tools": _tools,
    "tool_choice": _tool_choice,
    "input": _input,
}
