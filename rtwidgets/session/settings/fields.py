"""The settings of a session as the fields of a form, fitted to the dialect and the model.

``FIELDS`` says what each setting is to people; choices and limits are read from the protocol's
own types. A form knows text, numbers, switches and choices only, so objects of the wire are one
word there (``turn_detection`` its type) or several fields (``transcription.model``), and
``settings`` makes of them what ``Session.update`` takes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import UNSET, inspect

from ...errors import LocalProtocolError
from ...protocol.config import SessionConfig
from ...protocol.dialects import BETA, Dialect
from ...protocol.spelling import BETA_TURN_DETECTION, GA_TRANSCRIPTION
from .flat import SETTINGS

__all__ = ["FIELDS", "Field", "field_of", "fields_for", "form_value", "path_of", "settings"]

Kind = Literal["text", "area", "number", "choice", "switch", "json"]

#: A choice for what is null on the wire.
OFF = "off"
_SERVER, _SEMANTIC = ("server_vad",), ("semantic_vad",)
_BOTH = _SERVER + _SEMANTIC
_LOGPROBS = "item.input_audio_transcription.logprobs"


@dataclass(frozen=True)
class Field:
    """One line of the form."""

    name: str
    """As ``Session.update`` names it, with the member behind a dot where it is an object."""
    group: str
    label: str
    kind: Kind
    help: str
    nothing: str = ""
    """What the value "none" is called; empty where there is no such value."""
    when: tuple[str, ...] = ()
    """The kinds of turn detection that it belongs to; empty for all."""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    whole: bool = False
    """Only whole numbers."""

    @property
    def setting(self) -> str:
        """The flat name that it is a part of."""
        return self.name.partition(".")[0]


FIELDS: tuple[Field, ...] = (
    Field("instructions", "Answers", "Instructions", "area", "What the model is told to be."),
    Field("voice", "Answers", "Voice", "text", "Fixed once the model has spoken."),
    Field("speed", "Answers", "Speed", "number", "Of speech; 1 is as it is."),
    Field("output_modalities", "Answers", "Answers by", "choice", "Speech or text."),
    Field(
        *("max_output_tokens", "Answers", "Longest answer", "number"),
        help="In tokens; longer answers are cut.",
        nothing="no limit",
    ),
    Field("temperature", "Answers", "Temperature", "number", "How freely words are chosen."),
    Field("reasoning", "Answers", "Reasoning", "choice", "How long it may think beforehand."),
    Field("turn_detection", "Turns", "Detection", "choice", "Who finds the end of your turn."),
    Field(
        *("threshold", "Turns", "Threshold", "number"),
        help="How sure it must be that it hears speech; higher where it is loud.",
        when=_SERVER,
    ),
    Field(
        *("prefix_padding_ms", "Turns", "Padding before, ms", "number"),
        help="Sound that is kept from before the speech.",
        when=_SERVER,
    ),
    Field(
        *("silence_duration_ms", "Turns", "Silence, ms", "number"),
        help="A pause of this length ends your turn.",
        when=_SERVER,
    ),
    Field(
        *("idle_timeout_ms", "Turns", "Idle timeout, ms", "number"),
        help="The model goes on by itself when nobody speaks for so long.",
        nothing=OFF,
        when=_SERVER,
    ),
    Field(
        *("eagerness", "Turns", "Eagerness", "choice"),
        help="How soon it takes your turn for ended.",
        when=_SEMANTIC,
    ),
    Field(
        *("create_response", "Turns", "Answer by itself", "switch"),
        help="Your turn's end asks for an answer.",
        when=_BOTH,
    ),
    Field(
        *("interrupt_response", "Turns", "Can be interrupted", "switch"),
        help="Your speech stops the answer.",
        when=_BOTH,
    ),
    Field(
        *("transcription.model", "Listening", "Transcription by", "text"),
        help="The model that writes down what you say.",
        nothing=OFF,
    ),
    Field("transcription.language", "Listening", "Language", "text", "Such as en; helps it."),
    Field("transcription.prompt", "Listening", "Words to expect", "text", "Names, terms."),
    Field("noise_reduction", "Listening", "Noise reduction", "choice", "Headset, or a room."),
    Field("input_format", "Listening", "Format in", "choice", "PCM at 24 kHz, or telephone."),
    Field("output_format", "Answers", "Format out", "choice", "PCM at 24 kHz, or telephone."),
    Field("include", "Listening", "Log probabilities", "switch", "With each transcription."),
    Field("tool_choice", "Tools", "Choice of tools", "choice", "Whether it has to call one."),
    Field("parallel_tool_calls", "Tools", "Several at once", "switch", "Calls in one answer."),
    Field("truncation", "Context", "When it is full", "choice", "Cut the oldest, or fail."),
    Field("tracing", "Context", "Tracing", "choice", "Cannot be changed once it is on."),
    Field("prompt", "Context", "Stored prompt", "json", 'Such as {"id": "pmpt_..."}.'),
)

#: Models that think before they answer; a date as in ``gpt-realtime-2025-08-28`` is none of them.
_REASONS = re.compile(r"realtime-2(?:\.\d+)?(?!\d)")
_REASONING = ("reasoning", "parallel_tool_calls")
#: What a session that only writes down has nothing to do with.
_ANSWERING = ("create_response", "interrupt_response", "idle_timeout_ms")
_ORDER = ("minimal", "low", "medium", "high", "xhigh")
#: Text that has to be there.
_NEEDED = ("voice", "transcription.model")
#: The names of formats, which the wire gives media types.
_FORMATS = ("audio/pcm", "audio/pcmu", "audio/pcma")


def path_of(field: Field) -> str:
    """Where it hangs in the session object, in GA."""
    rest = field.name.partition(".")[2]
    return ".".join(("session", *SETTINGS[field.setting], *((rest,) if rest else ())))


def fields_for(
    dialect: Dialect, config: SessionConfig, model: str | None, asked: frozenset[str] = frozenset()
) -> list[Field]:
    """The fields that make sense here, with their choices and limits.

    ``asked`` names settings that were asked for: they are shown wherever they came from.
    """
    return [
        _specified(field, config) for field in FIELDS if _fits(field, dialect, config, model, asked)
    ]


def _fits(
    field: Field, dialect: Dialect, config: SessionConfig, model: str | None, asked: frozenset[str]
) -> bool:
    path = SETTINGS[field.setting]
    key = dialect.session_spelling.key(".".join(path))
    if key.partition(".")[0] not in dialect.session_spelling.known:
        return False
    if (
        dialect is BETA
        and key.startswith("turn_detection.")
        and path[-1] not in BETA_TURN_DETECTION
    ):
        return False
    if config.type == "transcription":
        listens = path[0] == "include" or path[:2] == ("audio", "input")
        return listens and path[0] in GA_TRANSCRIPTION and field.name not in _ANSWERING
    if field.setting in _REASONING:
        told = form_value(field, config) is not None or field.setting in asked
        return told or bool(_REASONS.search(model or ""))
    return True


def _specified(field: Field, config: SessionConfig) -> Field:
    least, most, whole = _limits(SETTINGS[field.setting])
    choices = _choices(field, config) if field.kind == "choice" else ()
    return replace(field, choices=choices, least=least, most=most, whole=whole)


def _choices(field: Field, config: SessionConfig) -> tuple[str, ...]:
    name = field.name
    words = {
        "output_modalities": ("audio", "text"),
        "input_format": _FORMATS,
        "output_format": _FORMATS,
        "tracing": (OFF, "auto"),
        "turn_detection": (OFF, *_BOTH),
        "noise_reduction": (OFF, "near_field", "far_field"),
    }.get(name) or _words_at((*SETTINGS[name], *(("effort",) if name == "reasoning" else ())))
    if name == "tool_choice":
        tools = config.tools if config.tools is not UNSET else ()
        words = (*words, *(tool.name for tool in tools if hasattr(tool, "name")))
    # What is in force and no plain word, such as a tracing of one's own, can be kept.
    now = form_value(field, config)
    return words if now in (None, *words) else (*words, str(now))


@cache
def _options(path: tuple[str, ...]) -> tuple[inspect.Type, ...]:
    """What the protocol's types allow at a path."""
    kinds: tuple[inspect.Type, ...] = (inspect.type_info(SessionConfig),)
    for key in path:
        found: list[inspect.Type] = []
        for kind in kinds:
            for one in kind.fields if isinstance(kind, inspect.StructType) else ():
                if one.encode_name == key:
                    inner = one.type
                    found += inner.types if isinstance(inner, inspect.UnionType) else (inner,)
        kinds = tuple(found)
    return kinds


def _words_at(path: tuple[str, ...]) -> tuple[str, ...]:
    literals = (kind for kind in _options(path) if isinstance(kind, inspect.LiteralType))
    # Types forget the order in which they were written.
    return tuple(sorted((str(v) for kind in literals for v in kind.values), key=_rank))


def _rank(word: str) -> tuple[int, str]:
    return (_ORDER.index(word) if word in _ORDER else -1, word)


def _limits(path: tuple[str, ...]) -> tuple[float | None, float | None, bool]:
    for kind in _options(path):
        if isinstance(kind, (inspect.IntType, inspect.FloatType)):
            return kind.ge, kind.le, isinstance(kind, inspect.IntType)
    return None, None, False


# Values


def form_value(field: Field, config: SessionConfig) -> Any:
    """What the form shows of the value in force; ``None`` where the server does not say."""
    tree: Any = msgspec.to_builtins(config)
    for key in SETTINGS[field.setting]:
        if not isinstance(tree, dict) or key not in tree:
            return None
        tree = tree[key]
    return _SHOWN.get(field.setting, lambda _, value: value)(field, tree)


def _kind(field: Field, value: Any) -> Any:
    """An object by its one word; null is off."""
    if value is None:
        return OFF if OFF in (field.nothing, *_NULLABLE.get(field.name, ())) else None
    if isinstance(value, dict):
        return value.get("type") or value.get("effort") or "custom"
    return value


_NULLABLE = {"turn_detection": (OFF,), "noise_reduction": (OFF,), "tracing": (OFF,)}


def _tool_choice(_: Field, value: Any) -> Any:
    if isinstance(value, dict):
        return value.get("name") or value.get("server_label")
    return value


def _transcription(field: Field, value: Any) -> Any:
    member = field.name.partition(".")[2]
    return (value or {}).get(member) or ("" if member != "model" else None if value else OFF)


_SHOWN: dict[str, Any] = {
    "output_modalities": lambda _, value: "audio" if "audio" in value else "text",
    "voice": lambda _, value: value.get("id") if isinstance(value, dict) else value,
    "max_output_tokens": lambda field, value: field.nothing if value == "inf" else value,
    "idle_timeout_ms": lambda field, value: field.nothing if value is None else value,
    "turn_detection": _kind,
    "noise_reduction": _kind,
    "reasoning": _kind,
    "truncation": _kind,
    "tracing": _kind,
    "input_format": _kind,
    "output_format": _kind,
    "tool_choice": _tool_choice,
    "transcription": _transcription,
    "include": lambda _, value: bool(value) and _LOGPROBS in value,
    "prompt": lambda _, value: "" if value is None else json.dumps(value),
}


def field_of(name: str) -> Field | None:
    """The field of that name."""
    return next((field for field in FIELDS if field.name == name), None)


def settings(changes: Mapping[str, Any], config: SessionConfig) -> dict[str, Any]:
    """What ``Session.update`` takes for fields that were changed.

    Raises ``LocalProtocolError`` whose message begins with the field's name.
    """
    result: dict[str, Any] = {}
    for name, value in changes.items():
        field = field_of(name)
        if field is None:
            raise LocalProtocolError(f"{name} is no setting")
        _refuse_empty(field, value, config)
        if field.setting != "transcription":
            result[name] = _wire(field, value)
    if any(name.startswith("transcription.") for name in changes):
        result["transcription"] = _listener(changes, config)
    return result


def _refuse_empty(field: Field, value: Any, config: SessionConfig) -> None:
    """A line that was emptied, or a number out of its limits, in words of the form."""
    if field.nothing and value == field.nothing:
        return
    if field.name in _NEEDED and value == "":
        off = f"; choose {field.nothing!r} to do without" if field.nothing else ""
        raise LocalProtocolError(f"{field.name} must not be empty{off}")
    if field.kind != "number":
        return
    field = _specified(field, config)
    least = -math.inf if field.least is None else field.least
    most = math.inf if field.most is None else field.most
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and least <= value <= most and not (field.whole and value % 1):
        return
    words = "a whole number" if field.whole else "a number"
    if field.least is not None and field.most is not None:
        words += f" from {least:,.6g} to {most:,.6g}"
    elif field.least is not None:
        words += f", {least:,.6g} at least"
    elif field.most is not None:
        words += f", {most:,.6g} at most"
    nothing = f", or {field.nothing!r}" if field.nothing else ""
    raise LocalProtocolError(f"{field.name} must be {words}{nothing}")


def _wire(field: Field, value: Any) -> Any:
    if field.name == "max_output_tokens":
        return "inf" if value == field.nothing else value
    if field.name == "include":
        return [_LOGPROBS] if value else None
    if value == OFF and (field.nothing == OFF or field.name in _NULLABLE):
        return None
    if field.name == "reasoning":
        return {"effort": value}
    if field.kind == "json":
        try:
            return json.loads(value) if str(value).strip() else None
        except ValueError as error:
            raise LocalProtocolError(f"{field.name} is no JSON: {error}") from None
    return value


def _listener(changes: Mapping[str, Any], config: SessionConfig) -> dict[str, Any] | None:
    """The transcription is given whole: what was not changed is what is in force."""
    whole = dict(_members(config))
    whole.update({name.partition(".")[2]: changes[name] for name in changes if "." in name})
    if whole.get("model") == OFF:
        return None
    return {name: value for name, value in whole.items() if value not in (None, "")}


def _members(config: SessionConfig) -> Iterator[tuple[str, Any]]:
    for field in FIELDS:
        if field.setting == "transcription":
            yield field.name.partition(".")[2], form_value(field, config)
