"""Statements 1 to 10: how a session begins and ends."""

from __future__ import annotations

import asyncio
import base64
import http
import json
import time
from typing import Any

import pytest
from websockets.asyncio.client import connect as open_async
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

import rtwidgets as rt
from rtwidgets.server import Server, serve
from tests.conformance.wire import PATIENCE_S, Wire, dial, open_socket
from tests.session.scripted import Peer, Script

KEY = "sk-a-key-of-this-test"
LIMIT_S = {"ga": 3600, "beta": 1800}


@pytest.fixture(scope="module")
def keyed() -> Any:
    with serve("simulated", seed=1, api_key=KEY) as server:
        yield server


def first(socket: ClientConnection) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(socket.recv(PATIENCE_S))
    return event


def closed(socket: ClientConnection) -> tuple[int, str]:
    """The code and reason of the server's close."""
    with pytest.raises(ConnectionClosed) as raised:
        socket.recv(PATIENCE_S)
    frame = raised.value.rcvd
    assert frame is not None
    return frame.code, frame.reason


def test_01_a_bearer_key_opens_a_session(keyed: Server, dialect: str) -> None:
    bearer = {"Authorization": f"Bearer {KEY}"}
    with open_socket(keyed.url, dialect, headers=bearer) as socket:
        created = first(socket)
        assert created["type"] == "session.created"
        assert created["session"]["model"] == "test-model"
        assert created["session"]["id"].startswith("sess_")


def test_02_a_key_as_subprotocol(keyed: Server, dialect: str) -> None:
    tokens = ["realtime", f"openai-insecure-api-key.{KEY}", "openai-organization.org-1", "x"]
    with open_socket(keyed.url, dialect, subprotocols=tokens) as socket:
        assert first(socket)["type"] == "session.created"
        assert socket.subprotocol == "realtime"


@pytest.mark.parametrize("by", ["header", "token"])
def test_03_the_dialect_that_was_asked_for(server: Server, dialect: str, by: str) -> None:
    tokens = ["realtime", *(["openai-beta.realtime-v1"] if dialect == "beta" else [])]
    options: dict[str, Any] = {} if by == "header" else {"subprotocols": tokens}
    with open_socket(server.url, dialect if by == "header" else "ga", **options) as socket:
        session = first(socket)["session"]
        assert ("modalities" in session) == (dialect == "beta")
        assert ("output_modalities" in session) == (dialect == "ga")


def test_04_a_wrong_key_at_the_server(keyed: Server, dialect: str) -> None:
    wrong = {"Authorization": "Bearer sk-wrong"}
    with open_socket(keyed.url, dialect, headers=wrong) as socket:
        refused = first(socket)
        assert refused["type"] == "error"
        assert refused["error"]["type"] == "invalid_request_error"
        assert refused["error"]["code"] == "invalid_api_key"
        assert refused["error"]["message"].startswith("Incorrect API key provided")
        assert closed(socket) == (3000, "invalid_request_error.invalid_api_key")


def test_04_a_wrong_key_at_the_client(dialect: str) -> None:
    async def refuse(peer: Peer, event: dict[str, Any]) -> None:
        await peer.error("Incorrect API key provided: sk-…", code="invalid_api_key")
        await peer.ws.close(3000, "invalid_request_error.invalid_api_key")

    with Script(greet=refuse) as script:
        with pytest.raises(rt.ConnectionFailed, match="Incorrect API key"):
            rt.connect(script.url, api_key="sk-wrong", dialect=dialect, quiet=True)
        assert len(script.peers) == 1, "the same key is not tried twice"


@pytest.mark.parametrize("status", [400, 401, 403])
def test_05_an_upgrade_refused_over_http(dialect: str, status: int) -> None:
    def refuse(connection: Any, request: Any) -> Any:
        return connection.respond(http.HTTPStatus(status), "no\n")

    with Script(refuse=refuse) as script, pytest.raises(rt.ConnectionFailed, match=f"{status}"):
        rt.connect(script.url, api_key="sk-x", dialect=dialect, quiet=True)


def test_06_the_server_answers_pings(wire: Wire) -> None:
    assert wire.socket.ping().wait(PATIENCE_S)


def test_06_the_client_answers_pings(dialect: str) -> None:
    answered: list[float] = []

    async def ping(peer: Peer, event: dict[str, Any]) -> None:
        answered.append(await asyncio.wait_for(await peer.ws.ping(), PATIENCE_S))
        await peer.begin(event)
        await peer.finish("Yes")

    with Script() as script:
        script.on["response.create"] = ping
        with rt.connect(script.url, quiet=True) as session:
            session.say("Are you there?").wait(PATIENCE_S)
    assert answered


def test_07_fifteen_mebibytes_and_no_more(wire: Wire) -> None:
    wire.update(turn_detection=None)
    most = 15 * 2**20
    wire.append(bytes(most), most)
    assert wire.settled() == []
    larger = base64.b64encode(bytes(most + 3)).decode()
    error = wire.refused("input_audio_buffer.append", audio=larger)
    assert error["type"] == "invalid_request_error"
    wire.send("input_audio_buffer.clear")
    wire.expect("input_audio_buffer.cleared")


def test_08_early_frames_count(server: Server, dialect: str) -> None:
    async def main() -> list[str]:
        headers = {"OpenAI-Beta": "realtime=v1"} if dialect == "beta" else {}
        async with open_async(server.url, additional_headers=headers, compression=None) as socket:
            # Written before anything was read.
            for n in range(10):
                bad = {"type": "conversation.item.delete", "event_id": f"e{n}", "item_id": "no"}
                await socket.send(json.dumps(bad))
            created, *errors = [json.loads(await socket.recv()) for _ in range(11)]
            assert created["type"] == "session.created"
            return [event["error"]["event_id"] for event in errors]

    assert asyncio.run(asyncio.wait_for(main(), PATIENCE_S)) == [f"e{n}" for n in range(10)]


def test_09_a_new_connection_is_empty(server: Server, dialect: str) -> None:
    def connected() -> rt.Session:
        return rt.connect(server.url, dialect=dialect, quiet=True, output_modalities="text")

    with connected() as session:
        session.say("say hello").wait(PATIENCE_S)
        known = session.conversation.session.id
        assert len(session.conversation.items) == 2
    with connected() as again:
        assert again.conversation.session.id != known
        assert again.conversation.items == () and again.conversation.usage.rows == ()


def test_10_a_session_ends_with_its_age(dialect: str) -> None:
    brief = serve("simulated", seed=1, session_s=0.3)
    with brief as server, open_socket(server.url, dialect) as socket:
        assert abs(first(socket)["session"]["expires_at"] - time.time()) <= 2
        ended = first(socket)
        assert ended["error"]["code"] == "session_expired"
        code, reason = closed(socket)
        assert code == 1001 and reason == ended["error"]["message"]


def test_10_a_session_says_when_it_ends(server: Server, dialect: str) -> None:
    with dial(server.url, dialect) as wire:
        expires = wire.events[0]["session"]["expires_at"]
        assert isinstance(expires, int)
        assert abs(expires - (time.time() + LIMIT_S[dialect])) <= 2
