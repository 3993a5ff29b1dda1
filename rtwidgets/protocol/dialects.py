"""``GA`` and ``BETA``: the two ways to write the protocol. Everything else speaks GA.

A dialect turns text into events and events into text, and knows what a handshake carries.
How beta spells names, paths and words is data (``spelling.py``); GA decodes straight into
the structs. What a server writes is read generously (``leniency.py``) and in either
spelling, because many servers mix them; what a client writes is checked to the letter
(``validation.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
from msgspec import UNSET, structs

from ..errors import RemoteProtocolError
from . import events as on
from .appends import read_append
from .config import AudioFormat, SessionConfig
from .leniency import Unreadable, read
from .refusals import missing, unknown
from .renaming import Json, Spelling, dug, items_of
from .spelling import (
    BETA_NAMES,
    BETA_REQUEST,
    BETA_SESSION,
    BETA_TURN_DETECTION,
    CLIENT_EVENTS,
    FORMATS,
    GA_NAMES,
    GA_ONLY,
    GA_REQUEST,
    GA_SESSION,
    GA_TRANSCRIPTION,
    HOLDERS,
    SERVER_EVENTS,
    TRANSCRIPTION_NAMES,
    server_to_ga,
    to_beta,
    without_reference_part,
)
from .validation import (
    Parts,
    check,
    check_choice,
    check_known,
    check_mcp_free,
    check_modalities,
    check_parts,
    parse,
)

__all__ = ["BETA", "GA", "Dialect", "offered_dialect", "offered_key"]


_DECODE = msgspec.json.Decoder(on.ServerEvent).decode


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Dialect:
    """One way to write the protocol; there are two of them, and each equals itself alone."""

    name: str
    parts: Parts
    """What a client may put into an item of each role: the part's name here → in GA."""
    modalities: tuple[tuple[str, ...], ...]
    """The combinations that a client may ask for."""
    session_spelling: Spelling
    request_spelling: Spelling
    headers: Mapping[str, str] = field(default_factory=dict)
    """What a client's handshake carries besides its key."""
    subprotocols: tuple[str, ...] = ("realtime",)
    """The same for a client that cannot set headers; a server selects the first."""
    client_names: tuple[str, ...]
    """What a server takes, in the order in which its errors say so."""
    limits: tuple[str, ...]
    """What ``rate_limits.updated`` speaks of."""
    limits_after: type
    """The event that it follows (reference, section 3.10)."""

    def __repr__(self) -> str:
        return f"<Dialect {self.name}>"

    # Decoding

    def decode_server(self, text: str | bytes) -> on.ServerEvent | on.UnknownEvent:
        """What a server sent; an unknown event, or one about an unknown item, is a value.

        Raises:
            RemoteProtocolError: the text is no event, or one that lacks what it is about.
        """
        if self is GA:
            try:
                return cast("on.ServerEvent", _DECODE(text))
            except (msgspec.MsgspecError, ValueError, RecursionError):
                pass  # read it again, with patience
        raw = parse(text)
        kind = SERVER_EVENTS.get(GA_NAMES.get(raw["type"], raw["type"]))
        if kind is None:
            return _unknown_event(raw)
        event = server_to_ga(raw)
        try:
            return cast("on.ServerEvent", msgspec.convert(event, kind))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            pass
        try:
            return cast("on.ServerEvent", read(kind, event))
        except Unreadable as error:
            if error.unknown:
                return _unknown_event(raw)
            raise RemoteProtocolError(
                f"the server's {raw['type']} cannot be read: {error}", code="invalid_value"
            ) from None

    def decode_client(self, text: str | bytes) -> on.ClientEvent:
        """What a client sent.

        Raises:
            RemoteProtocolError: with code, message, param (as this dialect spells it) and the
                client's ``event_id`` where that can be read.
        """
        append = read_append(text)
        if append is not None:
            return append
        raw = parse(text)
        event_id = raw.get("event_id")
        ga = False
        try:
            check_choice(raw["type"], self.client_names, "type")
            raw = self._checked(raw)
            ga = True  # from here on, errors name paths of GA
            event = check(raw, CLIENT_EVENTS[raw["type"]])
            _check_formats(event)
        except RemoteProtocolError as error:
            param, message = (self.param(error.param) if ga else error.param), str(error)
            if param != error.param:
                message = message.replace(f"'{error.param}'", f"'{param}'")
            readable = isinstance(event_id, str) and len(event_id) <= 512
            raise RemoteProtocolError(
                message, code=error.code, param=param, event_id=event_id if readable else None
            ) from None
        return cast("on.ClientEvent", event)

    def _checked(self, raw: Json) -> Json:
        """A client's event in GA, after the checks that its own spelling needs."""
        transcription = raw["type"] in TRANSCRIPTION_NAMES
        raw["type"] = GA_NAMES.get(raw["type"], raw["type"])
        for root, spelling in (
            ("session", self.session_spelling),
            ("response", self.request_spelling),
        ):
            config = raw.get(root)
            if isinstance(config, dict):
                self._check_config(config, spelling, root)
                raw[root] = config = spelling.to_ga(config)
                if root == "session" and self is BETA:
                    config["type"] = "transcription" if transcription else "realtime"
                    if transcription:  # beta lists the field there, where it means nothing
                        config.pop("output_modalities", None)
                if root == "session":
                    _check_session(config)
        for container, key, path in items_of(raw):
            item = container[key]
            if self is BETA:
                check_mcp_free(item, f"{path}.type")
                item.pop("object", None)
                item = container[key] = without_reference_part(item)
            check_parts(item, self.parts, path)
        return raw

    def _check_config(self, config: Json, spelling: Spelling, root: str) -> None:
        check_known(config, spelling.known, root)
        key = spelling.key("output_modalities")
        if config.get(key) is not None:
            check_modalities(config[key], self.modalities, f"{root}.{key}")
        if self is BETA:
            check_mcp_free(config.get("tool_choice"), f"{root}.tool_choice.type")
            tools = config.get("tools")
            for place, tool in enumerate(tools if isinstance(tools, list) else ()):
                check_mcp_free(tool, f"{root}.tools[{place}].type")
            check_known(config.get("turn_detection"), BETA_TURN_DETECTION, f"{root}.turn_detection")
        for key in ("input_audio_format", "output_audio_format"):
            if config.get(key) is not None:
                check_choice(config[key], FORMATS, f"{root}.{key}")

    def param(self, path: str | None) -> str | None:
        """A parameter's path in the GA vocabulary, as this dialect spells it."""
        root, dot, rest = (path or "").partition(".")
        if dot and root == "session":
            return f"session.{self.session_spelling.key(rest)}"
        if dot and root == "response":
            return f"response.{self.request_spelling.key(rest)}"
        return path

    # Encoding

    def encode(self, event: on.Event | on.UnknownEvent) -> str | None:
        """An event as text; ``None`` where this dialect has no such event."""
        if isinstance(event, on.UnknownEvent):
            return msgspec.json.encode(event.raw).decode()
        kind = type(event)
        if self is GA:
            return msgspec.json.encode(_without_temperature(event)).decode()
        if kind in GA_ONLY:
            return None
        if kind in HOLDERS:
            return msgspec.json.encode(to_beta(event)).decode()
        text = msgspec.json.encode(event).decode()
        name = str(kind.__struct_config__.tag)
        return text.replace(name, BETA_NAMES.get(name, name), 1)  # the type comes first

    def session(self, config: SessionConfig) -> SessionConfig:
        """What of a configuration this dialect can say, which is all the other side sees."""
        told = self.decode_server(self.encode(on.SessionUpdated(session=config)) or "")
        return told.session if isinstance(told, on.SessionUpdated) else config

    # Handshake

    def connect_headers(self, api_key: str | None = None) -> dict[str, str]:
        """The headers of a client's upgrade request."""
        key = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        return {**key, **self.headers}


_KEY_SUBPROTOCOL = "openai-insecure-api-key."
_TAKEN = tuple(name for name in CLIENT_EVENTS if name != "output_audio_buffer.clear")

_USER_PARTS = {"input_text": "input_text", "input_audio": "input_audio"}

GA = Dialect(
    name="ga",
    parts={
        "system": {"input_text": "input_text"},
        "user": {**_USER_PARTS, "input_image": "input_image"},
        "assistant": {"output_text": "output_text"},
    },
    modalities=(("text",), ("audio",)),
    session_spelling=GA_SESSION,
    request_spelling=GA_REQUEST,
    client_names=_TAKEN,
    limits=("tokens",),
    limits_after=on.ResponseDone,
)
BETA = Dialect(
    name="beta",
    parts={
        "system": {"input_text": "input_text"},
        "user": _USER_PARTS,
        "assistant": {"text": "output_text"},
    },
    modalities=(("text",), ("audio", "text")),
    session_spelling=BETA_SESSION,
    request_spelling=BETA_REQUEST,
    headers={"OpenAI-Beta": "realtime=v1"},
    subprotocols=("realtime", "openai-beta.realtime-v1"),
    client_names=(*_TAKEN, "transcription_session.update"),
    limits=("requests", "tokens"),
    limits_after=on.ResponseCreated,
)


def offered_dialect(headers: Mapping[str, str], subprotocols: Iterable[str] = ()) -> Dialect:
    """The dialect that a client's handshake asks for; header names in any case."""
    for name, value in headers.items():
        if name.lower() == "openai-beta" and "realtime=v1" in value:
            return BETA
    return BETA if BETA.subprotocols[1] in tuple(subprotocols) else GA


def offered_key(headers: Mapping[str, str], subprotocols: Iterable[str] = ()) -> str | None:
    """The API key of a client's handshake, from its header or its subprotocols."""
    for name, value in headers.items():
        scheme, _, key = value.strip().partition(" ")
        if name.lower() == "authorization" and scheme.lower() == "bearer" and key.strip():
            return key.strip()
    for token in subprotocols:
        if token.startswith(_KEY_SUBPROTOCOL):
            return token.removeprefix(_KEY_SUBPROTOCOL) or None
    return None


def _unknown_event(raw: Json) -> on.UnknownEvent:
    event_id = raw.get("event_id")
    known = event_id if isinstance(event_id, str) else UNSET
    return on.UnknownEvent(type=raw["type"], event_id=known, raw=raw)


_TEMPERED: dict[type, str] = {
    on.SessionCreated: "session",
    on.SessionUpdated: "session",
    on.ResponseCreated: "response",
    on.ResponseDone: "response",
}


def _without_temperature(event: Any) -> Any:
    """GA servers have no word for it; a GA client that says it is told so by the server."""
    name = _TEMPERED.get(type(event))
    if name is None or getattr(event, name).temperature is UNSET:
        return event
    told = structs.replace(getattr(event, name), temperature=UNSET)
    return structs.replace(event, **{name: told})


def _check_session(config: Json) -> None:
    if config.get("type") is None:
        raise missing("session.type")
    if config["type"] == "transcription":
        check_known(config, GA_TRANSCRIPTION, "session")
        for audio in dug(config, "audio"):
            check_known(audio, ("input",), "session.audio")


def _check_formats(event: Any) -> None:
    """PCM names its rate, G.711 has none; a response takes no sound in and no speed of its own."""
    for root in ("session", "response"):
        audio: Any = getattr(getattr(event, root, UNSET), "audio", UNSET)
        for side in ("input", "output") if audio is not UNSET else ():
            half = getattr(audio, side)
            if half is not UNSET and (root, side) == ("response", "input"):
                raise unknown("response.audio.input")
            if root == "response" and getattr(half, "speed", UNSET) is not UNSET:
                raise unknown("response.audio.output.speed")
            path, format = f"{root}.audio.{side}.format.rate", getattr(half, "format", UNSET)
            if not isinstance(format, AudioFormat):
                continue
            if format.type == "audio/pcm" and format.rate is UNSET:
                raise missing(path)
            if format.type != "audio/pcm" and format.rate is not UNSET:
                raise unknown(path)
