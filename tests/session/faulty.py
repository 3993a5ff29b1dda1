"""A Realtime server with a fault: each mode is a way in which real servers and networks fail.

``Faulty("stalled")`` is a scripted server over a real socket that behaves until a response is
asked for, and then has its fault. ``OPENING`` are the faults that let no session begin,
``TALKING`` those of a session; ``docs/faults.md`` has a row for each.
"""

from __future__ import annotations

import asyncio
import base64
import http
import json
from collections.abc import Awaitable, Callable
from typing import Any

from rtwidgets import _loop
from tests.session.scripted import Peer, Script, hang

__all__ = ["MODES", "OPENING", "TALKING", "Deaf", "Faulty", "faulty"]

Fault = Callable[[Peer, dict[str, Any]], Awaitable[None]]

EXPIRED = "Your session hit the maximum duration of 60 minutes."
DELTAS = 10_000
BIG = 8 * 1024 * 1024


class Deaf:
    """A port that takes connections and says nothing, not even about the upgrade."""

    def __enter__(self) -> Deaf:
        async def start() -> asyncio.Server:
            async def ignore(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                self._writers.append(writer)

            return await asyncio.start_server(ignore, "127.0.0.1", 0)

        self._writers: list[asyncio.StreamWriter] = []
        self._server = _loop.run(start(), 5)
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1/realtime"
        return self

    def __exit__(self, *_: object) -> None:
        async def stop() -> None:
            for writer in self._writers:
                writer.transport.abort()
            self._server.close()

        _loop.run(stop(), 5)


class Faulty(Script):
    """A plain server whose answers to ``response.create`` have one fault, as often as it is set."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.fault: Fault | None = TALKING[mode]
        self.on["response.create"] = self._respond

    def __exit__(self, *error: object) -> None:
        for peer in self.peers:
            _loop.post(peer.ws.transport.abort)  # also where it hears nothing any more
        super().__exit__(*error)

    async def _respond(self, peer: Peer, event: dict[str, Any]) -> None:
        if self.fault is not None:
            await self.fault(peer, event)
        else:
            await peer.begin(event)
            await peer.finish("Hello there", event)


def faulty(mode: str) -> Script | Deaf:
    """The server of any mode."""
    return OPENING[mode]() if mode in OPENING else Faulty(mode)


# No session.


def _refused(status: int) -> Callable[[], Script]:
    def refuse(connection: Any, request: Any) -> Any:
        return connection.respond(http.HTTPStatus(status), "go away\n")

    return lambda: Script(refuse=refuse)


def _in_band(message: str, code: str | None, close: int) -> Callable[[], Script]:
    async def greet(peer: Peer, event: dict[str, Any]) -> None:
        await peer.error(message, code=code)
        await peer.ws.close(close, f"invalid_request_error.{code}" if code else "")

    return lambda: Script(greet=greet)


def _closed_only() -> Script:
    async def greet(peer: Peer, event: dict[str, Any]) -> None:
        await peer.ws.close(3000, "invalid_request_error.invalid_api_key")

    return Script(greet=greet)


OPENING: dict[str, Callable[[], Script | Deaf]] = {
    "refused_400": _refused(400),
    "refused_401": _refused(401),
    "refused_403": _refused(403),
    "refused_404": _refused(404),
    "refused_429": _refused(429),
    "refused_500": _refused(500),
    "key_missing": _in_band("Missing bearer or basic authentication in header", None, 1008),
    "key_wrong_3000": _in_band("Incorrect API key provided", "invalid_api_key", 3000),
    "key_wrong_closed_only": _closed_only,
    "model_missing_4000": _in_band("You must provide a model parameter", "missing_model", 4000),
    "model_unknown_4004": _in_band("The model does not exist", "model_not_found", 4004),
    "beta_refused_4000": _in_band("The beta shape is gone", "beta_api_shape_disabled", 4000),
    "handshake_unanswered": Deaf,
    "no_greeting": lambda: Script(greet=hang),
}


# A session that goes wrong while it answers.


async def _begin_speaking(peer: Peer, event: dict[str, Any]) -> None:
    """A response that has said one word."""
    await peer.begin(event)
    place = {"response_id": peer.active, "item_id": "item_cut", "output_index": 0}
    await peer.send("response.output_audio_transcript.delta", **place, content_index=0, delta="Hel")


async def _lost(peer: Peer, event: dict[str, Any]) -> None:
    await _begin_speaking(peer, event)
    peer.ws.transport.abort()


def _closed(code: int, reason: str = "") -> Fault:
    async def close(peer: Peer, event: dict[str, Any]) -> None:
        await _begin_speaking(peer, event)
        await peer.ws.close(code, reason)

    return close


def _amid(*frames: str | bytes) -> Fault:
    """Strange frames in the middle of a good answer."""

    async def answer(peer: Peer, event: dict[str, Any]) -> None:
        await peer.begin(event)
        for frame in frames:
            await peer.ws.send(frame)
        await peer.finish("Hello there", event)

    return answer


async def _recorded(peer: Peer, event: dict[str, Any]) -> list[str]:
    """The frames of a good answer, not sent yet."""
    frames: list[str] = []

    async def keep(type: str, **fields: Any) -> None:
        frames.append(json.dumps({"type": type, "event_id": peer.new_id("event"), **fields}))

    peer.send = keep  # type: ignore[method-assign]
    try:
        await peer.begin(event)
        await peer.finish("Hello there", event)
    finally:
        del peer.send
    return frames


async def _duplicated(peer: Peer, event: dict[str, Any]) -> None:
    for frame in await _recorded(peer, event):
        await peer.ws.send(frame)
        await peer.ws.send(frame)


async def _reordered(peer: Peer, event: dict[str, Any]) -> None:
    for frame in reversed(await _recorded(peer, event)):
        await peer.ws.send(frame)


async def _big_delta(peer: Peer, event: dict[str, Any]) -> None:
    await peer.begin(event)
    place = {"response_id": peer.active, "item_id": "item_big", "output_index": 0}
    sound = base64.b64encode(bytes(BIG)).decode()
    await peer.send("response.output_audio.delta", **place, content_index=0, delta=sound)
    await peer.finish("Hello there", event)


async def _too_big(peer: Peer, event: dict[str, Any]) -> None:
    await peer.begin(event)
    await peer.send("response.output_text.delta", delta="x" * (65 * 1024 * 1024))


async def _flood(peer: Peer, event: dict[str, Any]) -> None:
    await peer.begin(event)
    place = {"response_id": peer.active, "item_id": "item_flood", "output_index": 0}
    for _ in range(DELTAS):
        await peer.send("response.output_text.delta", **place, content_index=0, delta="ab ")
    response = peer.response("completed", {})
    peer.active = None
    await peer.send("response.done", response=response)


async def _busy(peer: Peer, event: dict[str, Any]) -> None:
    """Every first request finds a response that the server has just begun by itself."""
    if peer.script.types().count("response.create") % 2:
        await peer.begin()
        code = "conversation_already_has_active_response"
        await peer.error("busy", code=code, event_id=event["event_id"])
        await peer.finish("Somebody else's answer")
    else:
        await peer.begin(event)
        await peer.finish("Hello there", event)


async def _slow_close(peer: Peer, event: dict[str, Any]) -> None:
    await _begin_speaking(peer, event)
    peer.ws.transport.pause_reading()  # whatever the client says from now on, nobody hears it


async def _expired(peer: Peer, event: dict[str, Any]) -> None:
    await _begin_speaking(peer, event)
    await peer.error(EXPIRED, code="session_expired")
    await peer.ws.close(1001, EXPIRED)


TALKING: dict[str, Fault] = {
    "lost_abruptly_1006": _lost,
    "closed_1001": _closed(1001, "bye"),
    "closed_1008": _closed(1008, "not allowed"),
    "closed_1011": _closed(1011, "keepalive ping timeout"),
    "closed_1013": _closed(1013, "try again later"),
    "session_expired": _expired,
    "stalled": _begin_speaking,
    "malformed_json": _amid("{no json", '{"type": 7}', "[]"),
    "binary_frame": _amid(b"\x00\xff\x00\xfe"),
    "unknown_event": _amid('{"type": "response.sparkles", "event_id": "e_x", "glow": [1]}'),
    "duplicated_events": _duplicated,
    "reordered_events": _reordered,
    "big_delta_8_mib": _big_delta,
    "message_of_65_mib": _too_big,
    "flood_10000": _flood,
    "busy": _busy,
    "slow_close": _slow_close,
}

MODES = (*OPENING, *TALKING)
