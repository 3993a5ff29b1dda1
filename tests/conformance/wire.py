"""A client of ``websockets`` and JSON alone, which judges the server from outside.

Tests are written once, in GA's words; the two tables here say what beta calls the same. They
are written apart from the server's own tables on purpose: two authors seldom err alike.
"""

from __future__ import annotations

import base64
import functools
import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from rtwidgets.engines import load

__all__ = ["SILENCE", "TOOL", "Wire", "dial", "message", "name_in", "open_socket", "speech"]

#: Nothing here takes longer; whoever waits for it waits in vain.
PATIENCE_S = 30.0
SECOND = 48_000
SILENCE = bytes(SECOND)
TOOL = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather of a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}

_BETA_NAMES = {
    "conversation.item.added": "conversation.item.created",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
}
#: What beta has no event for.
_GA_EVENTS = ("conversation.item.done",)
_PATHS = {
    "output_modalities": ("output_modalities", "modalities"),
    "input_format": ("audio.input.format", "input_audio_format"),
    "transcription": ("audio.input.transcription", "input_audio_transcription"),
    "noise_reduction": ("audio.input.noise_reduction", "input_audio_noise_reduction"),
    "turn_detection": ("audio.input.turn_detection", "turn_detection"),
    "output_format": ("audio.output.format", "output_audio_format"),
    "voice": ("audio.output.voice", "voice"),
    "speed": ("audio.output.speed", "speed"),
    "max_output_tokens": ("max_output_tokens", "max_response_output_tokens"),
}
_FORMATS = {
    "pcm16": {"type": "audio/pcm", "rate": 24000},
    "g711_ulaw": {"type": "audio/pcmu"},
    "g711_alaw": {"type": "audio/pcma"},
}


def name_in(dialect: str, kind: str) -> str:
    """GA's name of an event, as ``dialect`` says it."""
    return _BETA_NAMES.get(kind, kind) if dialect == "beta" else kind


@functools.cache
def speech(text: str = "Is anybody there?", *, silence_s: float = 1.0) -> bytes:
    """PCM16 that an energy detector takes for one spoken turn, and the silence behind it."""
    voice = load("simulated", seed=1).synthesizer
    chunks = [chunk.astype("<i2").tobytes() for chunk in voice.synthesize(text, voice="alloy")]
    return b"".join(chunks) + bytes(int(24000 * silence_s) * 2)


class Wire:
    """One connection: sends events, keeps every event that came.

    ``rate_limits.updated`` is kept apart: it is the account's and may come between any two.
    """

    def __init__(self, socket: ClientConnection, dialect: str) -> None:
        self.socket = socket
        self.dialect = dialect
        self.ga = dialect == "ga"
        self.events: list[dict[str, Any]] = []
        self.limits: list[dict[str, Any]] = []
        self._ids = itertools.count(1)

    # Sending

    def send(self, kind: str, **fields: Any) -> None:
        self.socket.send(json.dumps({"type": kind, **fields}))

    def append(self, pcm: bytes, size: int = 24_000) -> None:
        """Append sound in pieces, as fast as it goes."""
        for start in range(0, len(pcm), size):
            audio = base64.b64encode(pcm[start : start + size]).decode()
            self.send("input_audio_buffer.append", audio=audio)

    def update(self, **settings: Any) -> dict[str, Any]:
        """Change the session; what it is then."""
        self.send("session.update", session=self.session(**settings))
        session: dict[str, Any] = self.until("session.updated")["session"]
        return session

    def user(self, text: str, **fields: Any) -> dict[str, Any]:
        """Create a typed item of the user; the item as it was announced."""
        self.send("conversation.item.create", item=message("user", text), **fields)
        added: dict[str, Any] = self.until("conversation.item.added")["item"]
        if self.ga:
            self.until("conversation.item.done")
        return added

    def respond(self, text: str | None = None, **settings: Any) -> dict[str, Any]:
        """Have a response made, to ``text`` where it is given; the response when it is done."""
        if text is not None:
            self.user(text)
        self.ask(**settings)
        done: dict[str, Any] = self.until("response.done")["response"]
        return done

    def ask(self, **settings: Any) -> None:
        """Send a ``response.create``."""
        self.send("response.create", response=self.spelled(settings))

    def session(self, **settings: Any) -> dict[str, Any]:
        """Settings with flat names as this dialect nests them."""
        return {**({"type": "realtime"} if self.ga else {}), **self.spelled(settings)}

    def spelled(self, settings: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in settings.items():
            *folders, last = self.path(name).split(".")
            place = found
            for folder in folders:
                place = place.setdefault(folder, {})
            place[last] = self._value(name, value)
        return found

    def path(self, name: str) -> str:
        """The dotted path of a setting."""
        ga, beta = _PATHS.get(name, (name, name))
        return ga if self.ga else beta

    def _value(self, name: str, value: Any) -> Any:
        if name.endswith("_format") and self.ga:
            return _FORMATS.get(value, value) if isinstance(value, str) else value
        if name == "output_modalities" and isinstance(value, str):
            return ["text", "audio"] if value == "audio" and not self.ga else [value]
        return value

    def setting(self, session: dict[str, Any], name: str) -> Any:
        """A setting of a session, by its flat name."""
        place: Any = session
        for key in self.path(name).split("."):
            place = place[key]
        return place

    # Receiving

    def next(self) -> dict[str, Any]:
        while True:
            event: dict[str, Any] = json.loads(self.socket.recv(PATIENCE_S))
            if event["type"] != "rate_limits.updated":
                self.events.append(event)
                return event
            self.limits.append(event)

    def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Read on to the next event of this type whose fields are these."""
        kind = name_in(self.dialect, kind)
        while True:
            event = self.next()
            if event["type"] == kind and all(event.get(k) == v for k, v in fields.items()):
                return event

    def expect(self, *kinds: str) -> list[dict[str, Any]]:
        """The next events, which must be of these types and no others."""
        wanted = self.names(kinds)
        got = [self.next() for _ in wanted]
        assert [event["type"] for event in got] == wanted
        return got

    def settled(self) -> list[dict[str, Any]]:
        """Ask for something that is always answered at once; what came before the answer."""
        seen, mark = len(self.events), f"settled_{next(self._ids)}"
        self.send("conversation.item.retrieve", event_id=mark, item_id="none")
        while (self.next().get("error") or {}).get("event_id") != mark:
            pass
        return self.events[seen:-1]

    def refused(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send what must be refused: its error, which is all that comes of it."""
        event_id = f"bad_{next(self._ids)}"
        self.send(kind, event_id=event_id, **fields)
        answers = self.settled()
        assert [event["type"] for event in answers] == ["error"], answers
        error: dict[str, Any] = answers[0]["error"]
        assert error["event_id"] == event_id
        return error

    # Reading

    def names(self, kinds: Sequence[str]) -> list[str]:
        """GA's names as this dialect has them, without what it does not have."""
        return [name_in(self.dialect, kind) for kind in kinds if self.ga or kind not in _GA_EVENTS]

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        wanted = self.names(kinds)
        return [event for event in self.events if event["type"] in wanted]

    def since(self, kind: str) -> list[dict[str, Any]]:
        """The last event of this type and all that came after it."""
        kind = name_in(self.dialect, kind)
        at = max(i for i, event in enumerate(self.events) if event["type"] == kind)
        return self.events[at:]

    def order(self, kinds: Sequence[str], events: Sequence[dict[str, Any]] | None = None) -> bool:
        """Whether the first event of each type comes in this order, all being there."""
        types = [event["type"] for event in (self.events if events is None else events)]
        places = [types.index(kind) for kind in self.names(kinds)]
        return places == sorted(places)

    def sound(self, **fields: Any) -> bytes:
        """All sound of replies so far, joined."""
        return b"".join(
            base64.b64decode(event["delta"])
            for event in self.of("response.output_audio.delta")
            if all(event[key] == value for key, value in fields.items())
        )


def message(role: str, text: str, dialect: str = "ga", **fields: Any) -> dict[str, Any]:
    """A message item of one text part."""
    kind = "input_text"
    if role == "assistant":
        kind = "output_text" if dialect == "ga" else "text"
    content = [{"type": kind, "text": text}]
    return {"type": "message", "role": role, "content": content, **fields}


@contextmanager
def open_socket(url: str, dialect: str = "ga", **options: Any) -> Iterator[ClientConnection]:
    """A websocket that asks for a dialect as SDKs do."""
    headers = {**options.pop("headers", {})}
    if dialect == "beta":
        headers["OpenAI-Beta"] = "realtime=v1"
    options = {"compression": None, "max_size": None, "close_timeout": 1, **options}
    with connect(f"{url}?model=test-model", additional_headers=headers, **options) as socket:
        yield socket


@contextmanager
def dial(url: str, dialect: str, **options: Any) -> Iterator[Wire]:
    """A session whose ``session.created`` has been read."""
    with open_socket(url, dialect, **options) as socket:
        wire = Wire(socket, dialect)
        wire.expect("session.created")
        yield wire
