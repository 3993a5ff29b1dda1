"""A client made of nothing but the ``websockets`` package: it judges the server from outside."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

__all__ = ["Wire", "dial", "tone_of"]


class Wire:
    """One connection: sends events as dicts, keeps every event that came."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def append(self, pcm: bytes, size: int = 9600) -> None:
        """Append sound in pieces of ``size`` bytes, as fast as it goes."""
        for start in range(0, len(pcm), size):
            audio = base64.b64encode(pcm[start : start + size]).decode()
            await self.send("input_audio_buffer.append", audio=audio)

    async def next(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(await asyncio.wait_for(self.socket.recv(), 60))
        self.events.append(event)
        return event

    async def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Read on to the next event of this type whose fields are these."""
        while True:
            event = await self.next()
            if event["type"] == kind and all(event.get(k) == v for k, v in fields.items()):
                return event

    async def settled(self) -> list[dict[str, Any]]:
        """Ask for something that is always answered; return what came before the answer."""
        seen = len(self.events)
        await self.send("conversation.item.retrieve", event_id="settled", item_id="none")
        while (await self.next()).get("error", {}).get("event_id") != "settled":
            pass
        return self.events[seen:-1]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    async def say(self, text: str) -> None:
        """Type something and ask for an answer."""
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        await self.send("conversation.item.create", item=item)
        await self.send("response.create")

    async def configure(self, **session: Any) -> None:
        await self.send("session.update", session={"type": "realtime", **session})
        await self.until("session.updated")

    def sound(self) -> bytes:
        """All sound of all answers so far."""
        deltas = self.of("response.output_audio.delta")
        return b"".join(base64.b64decode(event["delta"]) for event in deltas)


@asynccontextmanager
async def dial(
    url: str, *, first: str = "session.created", max_size: int | None = None, **options: Any
) -> AsyncIterator[Wire]:
    """A connection whose ``session.created`` has been read."""
    async with connect(url, max_size=max_size, compression=None, **options) as socket:
        wire = Wire(socket)
        assert (await wire.next())["type"] == first
        yield wire


def tone_of(seconds: float, *, level: float = 0.3) -> bytes:
    """PCM16 at 24 kHz that an energy detector takes for speech: noise in syllables."""
    rng = np.random.default_rng(7)
    count = int(seconds * 24000)
    syllables = 0.55 - 0.45 * np.cos(2 * np.pi * 4 * np.arange(count) / 24000)
    return bytes((rng.uniform(-level, level, count) * syllables * 32767).astype("<i2").tobytes())
