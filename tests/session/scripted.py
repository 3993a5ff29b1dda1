"""A Realtime server whose behaviour a test writes down: real sockets, no engine.

It answers like a plain GA server; a test replaces single answers with ``on[...]`` to make it
slow, strange or broken. Used where a fault is wanted; where an answer is wanted, the tests
talk to the embedded server.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from rtwidgets import _loop

Answer = Callable[["Peer", dict[str, Any]], Awaitable[None]]

USAGE = {
    "total_tokens": 200,
    "input_tokens": 139,
    "output_tokens": 61,
    "input_token_details": {
        "text_tokens": 43,
        "audio_tokens": 96,
        "image_tokens": 0,
        "cached_tokens": 64,
        "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 64, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 18, "audio_tokens": 43},
}
VAD = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 200,
    "idle_timeout_ms": None,
    "create_response": True,
    "interrupt_response": True,
}
#: 200 ms of a quiet buzz.
BUZZ = bytes([0, 4, 0, 252] * 2400)


class Peer:
    """One client, seen from the server."""

    def __init__(self, ws: ServerConnection, script: Script) -> None:
        self.ws = ws
        self.script = script
        self.count = 0
        self.last_item: str | None = None
        self.active: str | None = None
        self.session: dict[str, Any] = {
            "type": "realtime",
            "object": "realtime.session",
            "id": "sess_1",
            "model": "gpt-realtime",
            "output_modalities": ["audio"],
            "instructions": "",
            "tools": [],
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": 24000},
                    "transcription": None,
                    "turn_detection": dict(VAD),
                },
                "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "alloy"},
            },
        }

    def new_id(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.count}"

    async def send(self, type: str, **fields: Any) -> None:
        event = {"type": type, "event_id": self.new_id("event"), **fields}
        await self.ws.send(json.dumps(event))

    async def error(self, message: str, *, event_id: str | None = None, **fields: Any) -> None:
        error = {"type": "invalid_request_error", "code": None, "param": None}
        await self.send(
            "error", error={**error, **fields, "message": message, "event_id": event_id}
        )

    async def item(self, item: dict[str, Any]) -> None:
        await self.send("conversation.item.added", previous_item_id=self.last_item, item=item)
        self.last_item = item["id"]

    async def begin(self, event: dict[str, Any] | None = None) -> str:
        """``response.created``, with the request's metadata."""
        asked = (event or {}).get("response") or {}
        self.active = self.new_id("resp")
        await self.send("response.created", response=self.response("in_progress", asked))
        return self.active

    def response(self, status: str, asked: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return {
            "id": self.active,
            "object": "realtime.response",
            "status": status,
            "conversation_id": None if asked.get("conversation") == "none" else "conv_1",
            "output": [],
            "metadata": asked.get("metadata") if self.script.echoes else None,
            "usage": None,
            **fields,
        }

    async def finish(
        self, text: str, event: dict[str, Any] | None = None, status: str = "completed", **more: Any
    ) -> None:
        """Everything of a spoken response after ``response.created``."""
        asked = (event or {}).get("response") or {}
        item = {"id": self.new_id("item"), "type": "message", "role": "assistant", "content": []}
        place = {"response_id": self.active, "item_id": item["id"], "output_index": 0}
        await self.send(
            "response.output_item.added",
            **{k: place[k] for k in ("response_id", "output_index")},
            item=item,
        )
        await self.item(item)
        part = {**place, "content_index": 0}
        for word in text.split(" "):
            await self.send("response.output_audio_transcript.delta", **part, delta=word + " ")
            delta = base64.b64encode(BUZZ).decode()
            await self.send("response.output_audio.delta", **part, delta=delta)
        await self.send("response.output_audio.done", **part)
        await self.send("response.output_audio_transcript.done", **part, transcript=text)
        item = {
            **item,
            "status": "completed",
            "content": [{"type": "output_audio", "transcript": text}],
        }
        await self.send("conversation.item.done", item=item)
        await self.send(
            "response.output_item.done", response_id=self.active, output_index=0, item=item
        )
        response = self.response(status, asked, output=[item], usage=USAGE, **more)
        self.active = None
        await self.send("response.done", response=response)

    async def cancelled(self, reason: str) -> None:
        """The end of a response that was cut before it said anything."""
        details = {"type": "cancelled", "reason": reason}
        response = self.response("cancelled", {}, status_details=details)
        self.active = None
        await self.send("response.done", response=response)

    async def heard(self, start_ms: int, end_ms: int, words: str | None = None) -> str:
        """A whole speech: started, stopped, committed, and its words."""
        item_id = self.new_id("item")
        await self.send(
            "input_audio_buffer.speech_started", audio_start_ms=start_ms, item_id=item_id
        )
        await self.send("input_audio_buffer.speech_stopped", audio_end_ms=end_ms, item_id=item_id)
        await self.commit(item_id)
        if words is not None:
            await self.words(item_id, words)
        return item_id

    async def commit(self, item_id: str) -> None:
        await self.send(
            "input_audio_buffer.committed", item_id=item_id, previous_item_id=self.last_item
        )
        content = [{"type": "input_audio", "transcript": None}]
        await self.item(
            {
                "id": item_id,
                "type": "message",
                "role": "user",
                "content": content,
                "status": "completed",
            }
        )

    async def words(self, item_id: str, words: str) -> None:
        await self.send(
            "conversation.item.input_audio_transcription.completed",
            item_id=item_id,
            content_index=0,
            transcript=words,
            usage={"type": "duration", "seconds": 3},
        )


class Script:
    """A server; ``on[type]`` replaces the answer to one type of event."""

    def __init__(
        self, *, refuse: Any = None, greet: Answer | None = None, echoes: bool = True
    ) -> None:
        self.on: dict[str, Answer] = {}
        self.events: list[dict[str, Any]] = []
        self.peers: list[Peer] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.appended = 0
        self.echoes = echoes
        self._refuse = refuse
        self._greet = greet

    def __enter__(self) -> Script:
        async def start() -> Server:
            return await serve(
                self._serve, "127.0.0.1", 0, process_request=self._refuse, max_size=None
            )

        self._server = _loop.run(start(), 5)
        port = next(iter(self._server.sockets)).getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}/v1/realtime"
        return self

    def __exit__(self, *_: object) -> None:
        async def stop() -> None:
            self._server.close()
            await self._server.wait_closed()

        _loop.run(stop(), 5)

    def types(self) -> list[str]:
        """What clients sent, without the sound."""
        sent = [event["type"] for event in self.events]
        return [t for t in sent if t != "input_audio_buffer.append"]

    async def _serve(self, ws: ServerConnection) -> None:
        assert ws.request is not None
        self.headers.append(dict(ws.request.headers.raw_items()))
        self.paths.append(ws.request.path)
        peer = Peer(ws, self)
        self.peers.append(peer)
        try:
            if self._greet is not None:
                await self._greet(peer, {})
            else:
                await peer.send("session.created", session=peer.session)
            async for text in ws:
                event = json.loads(text)
                self.events.append(event)
                await self._answer(peer, event)
        except ConnectionClosed:
            pass

    async def _answer(self, peer: Peer, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind in self.on:
            await self.on[kind](peer, event)
        elif kind == "session.update":
            _lay_over(peer.session, event["session"])
            await peer.send("session.updated", session=peer.session)
        elif kind == "conversation.item.create":
            await peer.item({**event["item"], "status": "completed"})
        elif kind == "input_audio_buffer.append":
            self.appended += len(base64.b64decode(event["audio"]))
        elif kind == "input_audio_buffer.commit":
            item_id = peer.new_id("item")
            await peer.commit(item_id)
            await peer.words(item_id, "typed words")
        elif kind == "response.create":
            if peer.active is not None:
                await peer.error(
                    "Conversation already has an active response",
                    code="conversation_already_has_active_response",
                    event_id=event["event_id"],
                )
                return
            await peer.begin(event)
            await peer.finish("Hello there", event)
        elif kind == "response.cancel":
            if peer.active is not None:
                await peer.cancelled("client_cancelled")
            else:
                code = "response_cancel_not_active"
                await peer.error("no active response", code=code, event_id=event["event_id"])


def _lay_over(base: dict[str, Any], patch: dict[str, Any]) -> None:
    for key, value in patch.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _lay_over(base[key], value)
        else:
            base[key] = value


async def hang(peer: Peer, event: dict[str, Any]) -> None:
    """Say nothing, for ever."""
    await asyncio.sleep(0)
