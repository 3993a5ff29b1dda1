"""A conversation through the ``openai`` package, in the words of either of its dialects."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from openai import AsyncOpenAI
from program import Case

__all__ = ["DIALECTS", "TRANSCRIPTION", "Beta", "Dialect", "Ga", "Talk", "open_client", "talking"]

TRANSCRIPTION = {"model": "whisper-1"}


class Dialect:
    """What the two dialects spell differently, as far as the scenarios need it."""

    model: str
    prefix: str
    """Of the events of a reply's text and sound."""
    added: str

    def union(self) -> Any:
        """The SDK's union of server events."""
        raise NotImplementedError

    def realtime(self, client: AsyncOpenAI) -> Any:
        raise NotImplementedError

    def session(self, **settings: Any) -> dict[str, Any]:
        """Settings by flat names: ``text``, ``vad``, ``transcription`` and what both share."""
        raise NotImplementedError

    def response(self, **settings: Any) -> dict[str, Any]:
        raise NotImplementedError


class Beta(Dialect):
    """``client.beta.realtime`` of 1.99.9."""

    model = "gpt-4o-realtime-preview"
    prefix = "response."
    added = "conversation.item.created"

    def union(self) -> Any:
        from openai.types.beta.realtime import RealtimeServerEvent

        return RealtimeServerEvent

    def realtime(self, client: AsyncOpenAI) -> Any:
        return client.beta.realtime

    def session(self, **settings: Any) -> dict[str, Any]:
        names = {"vad": "turn_detection", "transcription": "input_audio_transcription"}
        return {names.get(name, name): value for name, value in self.response(**settings).items()}

    def response(self, **settings: Any) -> dict[str, Any]:
        if settings.pop("text", False):
            settings["modalities"] = ["text"]
        return settings


class Ga(Dialect):
    """``client.realtime``."""

    model = "gpt-realtime"
    prefix = "response.output_"
    added = "conversation.item.added"

    def union(self) -> Any:
        from openai.types.realtime import RealtimeServerEvent

        return RealtimeServerEvent

    def realtime(self, client: AsyncOpenAI) -> Any:
        return client.realtime

    def session(self, **settings: Any) -> dict[str, Any]:
        heard = {
            name: settings.pop(short)
            for short, name in (("vad", "turn_detection"), ("transcription", "transcription"))
            if short in settings
        }
        return {"type": "realtime", **self.response(**settings), "audio": {"input": heard}}

    def response(self, **settings: Any) -> dict[str, Any]:
        if settings.pop("text", False):
            settings["output_modalities"] = ["text"]
        return settings


DIALECTS: dict[str, Dialect] = {"beta": Beta(), "ga": Ga()}


class Talk:
    """A connection of the SDK: what is sent goes through its methods, what comes is kept."""

    def __init__(self, connection: Any, dialect: Dialect, case: Case) -> None:
        self.connection = connection
        self.dialect = dialect
        self.events: list[Any] = []
        self._case = case

    async def next(self) -> Any:
        """The next event as the SDK's object, its frame validated on the way."""
        frame = await self.connection.recv_bytes()
        self._case.journal.enter(frame)
        event = self.connection.parse_event(frame)
        self.events.append(event)
        return event

    async def until(self, kind: str, **fields: Any) -> Any:
        """Read on to an event of this type; an error that is not waited for is a failure."""
        while True:
            event = await self.next()
            if event.type == kind and all(getattr(event, k) == v for k, v in fields.items()):
                return event
            assert event.type != "error", event.error

    async def reply(self, kind: str) -> Any:
        """Read on to an event of a reply, without the dialect's prefix."""
        return await self.until(self.dialect.prefix + kind)

    async def done(self, status: str = "completed") -> Any:
        """The response that is done next."""
        response = (await self.until("response.done")).response
        assert response.status == status, response
        return response

    async def update(self, **settings: Any) -> Any:
        await self.connection.session.update(session=self.dialect.session(**settings))
        return (await self.until("session.updated")).session

    async def user(self, text: str) -> str:
        """A typed item of the user; its id."""
        item = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": text}],
        }
        await self.connection.conversation.item.create(item=item)
        added = await self.until(self.dialect.added)
        assert added.item.content[0].text == text
        return str(added.item.id)

    async def respond(self, **settings: Any) -> None:
        await self.connection.response.create(response=self.dialect.response(**settings))

    async def hear(self) -> None:
        """Append the recording, faster than it was spoken."""
        for piece in self._case.pieces():
            audio = base64.b64encode(piece).decode()
            await self.connection.input_audio_buffer.append(audio=audio)

    def of(self, kind: str, **fields: Any) -> list[Any]:
        """The events so far of this type."""
        return [
            event
            for event in self.events
            if event.type == kind and all(getattr(event, k) == v for k, v in fields.items())
        ]

    def sound(self, response_id: str) -> bytes:
        """The sound of a reply so far."""
        deltas = self.of(f"{self.dialect.prefix}audio.delta", response_id=response_id)
        return b"".join(base64.b64decode(event.delta) for event in deltas)

    def said(self, response: Any) -> str:
        """The words of a response, which its deltas must add up to."""
        parts = [part for item in response.output for part in item.content or ()]
        words = "".join(part.text or part.transcript or "" for part in parts)
        deltas = "".join(
            event.delta
            for kind in ("text.delta", "audio_transcript.delta")
            for event in self.of(self.dialect.prefix + kind, response_id=response.id)
        )
        assert words == deltas, (words, deltas)
        return words


@asynccontextmanager
async def talking(
    case: Case, dialect: Dialect, *, key: str = "any", transcribing: bool = False
) -> AsyncIterator[Talk]:
    """A session of the SDK whose first event has come."""
    # A transcription session names no model, which beta's client cannot leave out.
    model, query = ("", {"intent": "transcription"}) if transcribing else (dialect.model, {})
    async with (
        open_client(case, key) as client,
        dialect.realtime(client).connect(model=model, extra_query=query) as connection,
    ):
        talk = Talk(connection, dialect, case)
        await talk.next()
        yield talk


def open_client(case: Case, key: str = "any") -> AsyncOpenAI:
    """The SDK, pointed at the server."""
    return AsyncOpenAI(api_key=key, base_url=case.http, websocket_base_url=case.url)
