"""The only place where the protocol has two spellings: tables, and the renaming that reads them.

Reading a server, ``server_to_ga`` takes whichever spelling it finds; writing beta, ``to_beta``
writes what was recorded of OpenAI's. Reference, section 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import msgspec
from msgspec import Struct

from . import events as on
from .config import SessionConfig, TurnDetection
from .mcp_events import __all__ as MCP_EVENTS  # noqa: N812  (a constant)
from .renaming import Json, Spelling, dug, items_of
from .response_config import ResponseConfig

__all__ = [
    "BETA_NAMES",
    "BETA_REQUEST",
    "BETA_SESSION",
    "BETA_TURN_DETECTION",
    "CLIENT_EVENTS",
    "FORMATS",
    "GA_NAMES",
    "GA_ONLY",
    "GA_REQUEST",
    "GA_SESSION",
    "GA_TRANSCRIPTION",
    "HOLDERS",
    "SERVER_EVENTS",
    "TRANSCRIPTION_NAMES",
    "server_to_ga",
    "to_beta",
    "without_reference_part",
]


def _by_name(events: Any) -> dict[str, type[Struct]]:
    return {str(kind.__struct_config__.tag): kind for kind in get_args(events)}


CLIENT_EVENTS = _by_name(on.ClientEvent)
SERVER_EVENTS = _by_name(on.ServerEvent)

#: Beta name → GA name; all other names are the same. A name that a transcription session
#: has of its own is told apart by ``session.type`` in GA.
EVENT_NAMES = {
    "conversation.item.created": "conversation.item.added",
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
}
TRANSCRIPTION_NAMES = {
    "transcription_session.update": "session.update",
    "transcription_session.created": "session.created",
    "transcription_session.updated": "session.updated",
}
GA_NAMES = {**EVENT_NAMES, **TRANSCRIPTION_NAMES}
BETA_NAMES = {ga: beta for beta, ga in EVENT_NAMES.items()}

#: Events that beta does not have.
GA_ONLY = frozenset(
    {
        on.ConversationItemDone,
        on.ConversationItemInputAudioTranscriptionSegment,
        on.InputAudioBufferDtmfEventReceived,
        on.InputAudioBufferTimeoutTriggered,
        *(getattr(on, name) for name in MCP_EVENTS),
    }
)

FORMATS: Mapping[str, Json] = {
    "pcm16": {"type": "audio/pcm", "rate": 24000},
    "g711_ulaw": {"type": "audio/pcmu"},
    "g711_alaw": {"type": "audio/pcma"},
}
_FORMAT_NAMES = {format["type"]: name for name, format in FORMATS.items()}

#: What beta knows of turn detection: the idle timeout came with GA.
BETA_TURN_DETECTION = frozenset(TurnDetection.__struct_fields__) - {"idle_timeout_ms"}


def _is_server_vad(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "server_vad"


_WORDS = {
    "output_modalities": (
        lambda beta: ["audio"] if "audio" in (beta or ()) else beta,
        lambda ga: ["text", "audio"] if "audio" in ga else ga,
    ),
    "audio.input.format": (
        lambda beta: FORMATS.get(str(beta), beta),
        lambda ga: _FORMAT_NAMES[ga["type"]],
    ),
    "audio.input.turn_detection": (
        # Beta has no idle timeout, which GA calls null.
        lambda beta: {"idle_timeout_ms": None, **beta} if _is_server_vad(beta) else beta,
        lambda ga: ga and {k: v for k, v in ga.items() if k in BETA_TURN_DETECTION},
    ),
}
_WORDS["audio.output.format"] = _WORDS["audio.input.format"]

#: Spelled alike in both dialects.
_SAME = frozenset({"instructions", "tools", "tool_choice", "prompt"})
_GA_FIELDS = frozenset({"type", "truncation", "parallel_tool_calls", "reasoning"})
_OUTPUT_PATHS = {
    "modalities": "output_modalities",
    "voice": "audio.output.voice",
    "output_audio_format": "audio.output.format",
}
_SESSION_PATHS = {
    **_OUTPUT_PATHS,
    "input_audio_format": "audio.input.format",
    "input_audio_transcription": "audio.input.transcription",
    "input_audio_noise_reduction": "audio.input.noise_reduction",
    "turn_detection": "audio.input.turn_detection",
    "speed": "audio.output.speed",
    "max_response_output_tokens": "max_output_tokens",
}
_REQUEST_PATHS = {**_OUTPUT_PATHS, "max_response_output_tokens": "max_output_tokens"}

BETA_SESSION = Spelling(
    paths=_SESSION_PATHS,
    words=_WORDS,
    foreign=_GA_FIELDS,
    dropped=frozenset({"client_secret"}),
    known=frozenset({"id", "object", "expires_at", "client_secret", "model", "temperature"})
    | {"tracing", "include", *_SAME, *_SESSION_PATHS},
)
BETA_REQUEST = Spelling(
    paths=_REQUEST_PATHS,
    words=_WORDS,
    foreign=_GA_FIELDS,
    known=frozenset({"conversation", "input", "temperature", "max_output_tokens", "metadata"})
    | {*_SAME, *_REQUEST_PATHS},
)
#: The response itself says ``max_output_tokens`` in both (reference, section 2.2).
BETA_RESPONSE = Spelling(paths=_OUTPUT_PATHS, words=_WORDS, known=frozenset())

GA_SESSION = Spelling(known=frozenset(SessionConfig.__struct_fields__) - {"temperature"})
GA_REQUEST = Spelling(known=frozenset(ResponseConfig.__struct_fields__) - {"temperature"})
GA_TRANSCRIPTION = frozenset({"type", "id", "object", "expires_at", "audio", "include"})

#: Content parts of the assistant; those of the others are spelled alike.
PART_NAMES = {"text": "output_text", "audio": "output_audio"}
_BETA_PART_NAMES = {ga: beta for beta, ga in PART_NAMES.items()}


#: Details of usage that some servers of the beta family spell with one letter more.
_USAGE_NAMES = {
    "input_tokens_details": "input_token_details",
    "output_tokens_details": "output_token_details",
}


#: Events that hold an object with two spellings, or one with a temperature.
HOLDERS = frozenset(
    kind
    for kind in (*CLIENT_EVENTS.values(), *SERVER_EVENTS.values())
    if {"session", "response", "item"} & set(kind.__struct_fields__)
)


def server_to_ga(raw: Json) -> Json:
    """A copy of a server's event in GA, whatever mixture it was written in."""
    name = raw["type"]
    event = {**raw, "type": GA_NAMES.get(name, name)}
    session, response, error = event.get("session"), event.get("response"), event.get("error")
    if isinstance(session, dict):
        event["session"] = session = BETA_SESSION.to_ga(session)
        session.setdefault("type", "transcription" if name in TRANSCRIPTION_NAMES else "realtime")
    if isinstance(response, dict):
        event["response"] = response = BETA_RESPONSE.to_ga(response)
        response.setdefault("status", "completed" if name == "response.done" else "in_progress")
        for key in ("input", "output"):
            if isinstance(response.get(key), list):
                response[key] = list(response[key])
        if isinstance(response.get("usage"), dict):
            usage = response["usage"]
            response["usage"] = {_USAGE_NAMES.get(k, k): v for k, v in usage.items()}
    if name == "error" and not isinstance(error, dict):  # flat at some servers
        event["error"] = {
            **raw,
            "type": "server_error",
            "message": str(error or raw.get("message")),
        }
    for container, key, _ in items_of(event):
        container[key] = _item_to_ga(container[key])
    return event


def _item_to_ga(item: Json) -> Json:
    item = {key: value for key, value in item.items() if key != "object"}
    return _with_part_names(item, PART_NAMES)


def _with_part_names(item: Json, names: Mapping[str, str]) -> Json:
    content = item.get("content")
    if isinstance(content, list) and item.get("role", "assistant") == "assistant":
        item["content"] = [
            {**part, "type": names.get(str(part.get("type")), part.get("type"))}
            if isinstance(part, dict)
            else part
            for part in content
        ]
    return item


def to_beta(event: Any) -> Json:
    """An event of ``HOLDERS`` as beta writes it."""
    # By way of text, because to_builtins keeps tuples, which nothing here expects.
    raw: Json = msgspec.json.decode(msgspec.json.encode(event))
    name = raw["type"]
    from_server = name in SERVER_EVENTS
    raw["type"] = BETA_NAMES.get(name, name)
    session, response = raw.get("session"), raw.get("response")
    if session is not None:
        if session.get("type") == "transcription":
            raw["type"] = f"transcription_{name}"
        raw["session"] = session = BETA_SESSION.from_ga(session)
        if from_server:
            session["client_secret"] = None
    if response is not None:
        spelling = BETA_RESPONSE if from_server else BETA_REQUEST
        raw["response"] = response = spelling.from_ga(response)
        for details in dug(response, "usage.input_token_details"):
            details.pop("image_tokens", None)
            details["cached_tokens_details"].pop("image_tokens", None)
    for container, key, _ in items_of(raw):
        item = _with_part_names(container[key], _BETA_PART_NAMES)
        container[key] = {"object": "realtime.item", **item} if from_server else item
    return raw


def without_reference_part(item: Json) -> Json:
    """An item for a message whose one part refers to it, as early beta clients wrote it."""
    content = item.get("content")
    only = content[0] if isinstance(content, list) and len(content) == 1 else None
    if isinstance(only, dict) and only.get("type") == "item_reference":
        return {"type": "item_reference", "id": only.get("id")}
    return item
