"""Opening a session: what it says, and one clear error for every way it can fail."""

from __future__ import annotations

import asyncio
import http
import importlib
import logging
import socket
import time
import traceback
from typing import Any

import pytest

import rtwidgets as rt
from tests.session.scripted import Peer, Script, hang

pytestmark = pytest.mark.server

KEY = "sk-test-SECRETSECRET0123"


def failure(url: str, **arguments: Any) -> str:
    """The message of the ``ConnectionFailed``; nothing anywhere shows the key."""
    with pytest.raises(rt.ConnectionFailed) as raised:
        rt.connect(url, api_key=KEY, quiet=True, **arguments)
    shown = "".join(traceback.format_exception(raised.value))
    assert KEY not in shown and "SECRETSECRET" not in shown
    return str(raised.value)


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_it_says_with_whom(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    rt.connect(script.url, model="my-model").close()
    host = script.url.split("/")[2]
    assert capsys.readouterr().out == f"rtwidgets: talking to {host} my-model\n"
    assert script.paths == ["/v1/realtime?model=my-model"]
    rt.connect(script.url, quiet=True).close()
    assert capsys.readouterr().out == ""


def test_the_handshake_carries_what_was_asked(script: Script) -> None:
    with rt.connect(
        script.url, api_key=KEY, headers={"X-Trace": "7"}, query={"v": "2"}, quiet=True
    ):
        headers = {name.lower(): value for name, value in script.headers[0].items()}
    assert headers["authorization"] == f"Bearer {KEY}" and headers["x-trace"] == "7"
    assert "openai-beta" not in headers and script.paths == ["/v1/realtime?v=2"]


def test_the_users_settings_are_sent_first_thing(script: Script) -> None:
    with rt.connect(script.url, quiet=True, voice="verse", turn_detection=None) as session:
        sent = script.events[0]["session"]
        assert sent["audio"]["output"] == {"voice": "verse"}
        assert sent["audio"]["input"]["turn_detection"] is None
        assert session.conversation.session.audio.output.voice == "verse"  # type: ignore[union-attr]


def test_a_typing_error_is_told_before_anything_is_opened() -> None:
    with pytest.raises(rt.LocalProtocolError, match="did you mean 'voice'"):
        rt.connect("ws://127.0.0.1:1/v1/realtime", voise="verse")


def test_defaults_that_a_server_does_not_take_are_dropped(script: Script) -> None:
    async def no_transcription(peer: Peer, event: dict[str, Any]) -> None:
        if "transcription" in str(event):
            await peer.error("no transcription here", event_id=event["event_id"])
        else:
            await peer.send("session.updated", session=peer.session)

    script.on["session.update"] = no_transcription
    with rt.connect(script.url, quiet=True, voice="verse") as session:
        assert session.say("x").wait(5).text == "Hello there"
    with pytest.raises(rt.ApiError, match="no transcription"):
        rt.connect(script.url, quiet=True, transcription=True)


def test_a_server_that_never_acknowledges(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    # The package has a function of that name.
    module = importlib.import_module("rtwidgets.session.connect")
    monkeypatch.setattr(module, "UNACKNOWLEDGED_S", 0.1)
    script.on["session.update"] = hang
    with rt.connect(script.url, quiet=True) as session:
        assert session.say("x").wait(5).text == "Hello there"


def test_nobody_there() -> None:
    message = failure(f"ws://127.0.0.1:{closed_port()}/v1/realtime")
    assert "nobody answers" in message and "rtwidgets serve" in message


def test_no_such_host() -> None:
    message = failure("ws://no-such-host.invalid/v1/realtime", timeout=20)
    assert "not known" in message or "nobody answers" in message


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "key is missing or wrong"),
        (403, "no access"),
        (400, "check url="),
        (404, "no Realtime endpoint"),
        (503, "try again"),
    ],
)
def test_a_refused_upgrade(status: int, hint: str) -> None:
    def refuse(connection: Any, request: Any) -> Any:
        return connection.respond(http.HTTPStatus(status), f"go away {KEY}\n")

    with Script(refuse=refuse) as script:
        message = failure(script.url)
    assert f"HTTP {status}" in message and hint in message and "go away [key]" in message


@pytest.mark.parametrize(
    ("code", "close", "hint"),
    [
        ("invalid_api_key", 3000, "OPENAI_API_KEY"),
        ("missing_model", 4000, "rt.connect(model="),
        ("model_not_found", 4004, "choose another"),
        ("beta_api_shape_disabled", 4000, "leave out dialect='beta'"),
    ],
)
def test_a_refusal_in_the_session(code: str, close: int, hint: str) -> None:
    async def greet(peer: Peer, event: dict[str, Any]) -> None:
        await peer.error(f"Incorrect API key provided: {KEY}.", code=code)
        await peer.ws.close(close, f"invalid_request_error.{code}")

    with Script(greet=greet) as script:
        assert hint in failure(script.url)


def test_a_close_without_a_word() -> None:
    async def greet(peer: Peer, event: dict[str, Any]) -> None:
        await peer.ws.close(1008, "who are you")

    with Script(greet=greet) as script:
        message = failure(script.url)
    assert "code 1008: who are you" in message and "accept the key" in message


def test_a_server_that_says_nothing() -> None:
    with Script(greet=hang) as script:
        begun = time.monotonic()
        message = failure(script.url, timeout=0.5)
    assert "nothing came in time" in message and time.monotonic() - begun < 3


def test_something_that_is_no_websocket_server() -> None:
    async def main() -> str:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 smtp.example ESMTP\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        message = await asyncio.to_thread(failure, f"ws://127.0.0.1:{port}/v1/realtime")
        server.close()
        return message

    assert "WebSocket" in asyncio.run(main())


def test_secure_where_the_server_is_not(script: Script) -> None:
    assert "ws://" in failure(script.url.replace("ws://", "wss://"), timeout=5)


def test_nothing_in_the_logs_shows_the_key(
    script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), rt.connect(script.url, api_key=KEY, quiet=True) as session:
        session.say("x").wait(5)
        shown = repr(session) + repr(vars(session)) + session.url + repr(session.usage)
    # The test's own server is in this process and logs what it gets.
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("rtwidgets")]
    assert "> Authorization: Bearer [key]" in ours
    assert "SECRETSECRET" not in shown + "".join(ours)


def test_the_beta_dialect(script: Script) -> None:
    with rt.connect(script.url, dialect="beta", quiet=True, temperature=0.8):
        headers = {name.lower(): value for name, value in script.headers[0].items()}
        assert headers["openai-beta"] == "realtime=v1"
        assert script.events[0]["session"]["temperature"] == 0.8
        assert "type" not in script.events[0]["session"]
