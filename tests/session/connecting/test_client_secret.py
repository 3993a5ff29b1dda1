"""Client secrets: made and used with the embedded server, and every way in which there is none."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets.session.connecting.providers import resolve
from rtwidgets.session.connecting.secret_request import _endpoint

pytestmark = pytest.mark.server

KEY = "words-of-a-key-4471"
#: How the embedded server calls a key that it does not know.
WRONG = "words-of-no-key-1174"


@pytest.fixture(scope="module")
def server() -> Iterator[rt.Server]:
    with rt.serve(engine="simulated", port=0, api_key=KEY) as running:
        yield running


class Desk:
    """An HTTP server that answers as a test says, and notes what it was asked."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = self.rfile.read(int(self.headers["Content-Length"]))
                desk.asked.append((self.path, dict(self.headers), json.loads(said)))
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1/realtime"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def desk() -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(status: int, body: Any = b"", **more: Any) -> Desk:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        made.append(Desk(status, text, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_session_begins_as_the_secret_says(server: rt.Server) -> None:
    for dialect in ("ga", "beta"):
        secret = rt.client_secret(
            server.url,
            api_key=KEY,
            dialect=dialect,
            voice="verse",
            instructions="Be brief.",
            turn_detection=None,
        )
        assert secret.value.startswith("ek_") and 50 < secret.seconds_left <= 600
        assert secret.session.instructions == "Be brief." and secret.dialect == dialect
        for key in (secret, secret.value):
            url = None if key is secret else server.url
            with rt.connect(url, client_secret=key, dialect=dialect, quiet=True) as session:
                config = session.conversation.session
                assert config.instructions == "Be brief."
                assert session._link.turn_detection is None
                assert "session.update" not in [event.type for event in session.events_log]
                assert session.say("add 1 and 2").wait(20).text == "1 plus 2 is 3."


def test_settings_of_connect_lie_on_top(server: rt.Server) -> None:
    secret = rt.client_secret(server.url, api_key=KEY, instructions="Be brief.", voice="verse")
    with rt.connect(client_secret=secret, voice="alloy", quiet=True) as session:
        config = session.conversation.session
        assert config.instructions == "Be brief."
        assert config.audio.output.voice == "alloy"  # type: ignore[union-attr]


def test_tools_are_told_and_run_where_they_are(server: rt.Server) -> None:
    def double(number: int) -> int:
        """Twice a number."""
        return number * 2

    secret = rt.client_secret(server.url, api_key=KEY, tools=[double])
    assert [tool.name for tool in secret.session.tools] == ["double"]  # type: ignore[union-attr]


def test_in_a_coroutine(server: rt.Server) -> None:
    async def main() -> tuple[rt.ClientSecret, int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0)
                ticks += 1

        beside = asyncio.ensure_future(tick())
        secret = await rt.client_secret_async(server.url, api_key=KEY, expires_after=20)
        beside.cancel()
        return secret, ticks

    secret, ticks = asyncio.run(main())
    assert 0 < secret.seconds_left <= 20 and ticks > 0, "the loop went on"
    with rt.connect(client_secret=secret, quiet=True) as session:
        assert session.free


def test_inside_a_callback_it_says_what_to_do(server: rt.Server) -> None:
    secret = rt.client_secret(server.url, api_key=KEY)
    found: list[BaseException] = []
    with rt.connect(client_secret=secret, quiet=True) as session:

        def ask(event: Any) -> None:
            try:
                rt.client_secret(server.url, api_key=KEY)
            except rt.LocalProtocolError as error:
                found.append(error)

        session.on("response.done", ask)
        session.say("Hi").wait(20)
    assert len(found) == 1 and "await" in str(found[0])


def test_the_value_shows_nowhere(server: rt.Server) -> None:
    secret = rt.client_secret(server.url, api_key=KEY)
    blob = pickle.dumps(secret)
    again = pickle.loads(blob)
    shown = repr(secret) + str(secret) + blob.decode("latin-1") + repr(vars(type(secret)))
    assert secret.value not in shown and KEY not in shown
    assert "_repr_html_" not in dir(secret) and repr(again) == repr(secret)
    assert copy.copy(secret) is secret and copy.deepcopy([secret])[0] is secret
    assert again.value == "" and again.expires_at == secret.expires_at
    with pytest.raises(rt.KeyRefused, match=r"pickled.*secret\.value"):
        rt.connect(client_secret=again)


def test_one_that_expired(server: rt.Server) -> None:
    secret = rt.client_secret(server.url, api_key=KEY)
    secret.expires_at = time.time() - 5
    with pytest.raises(rt.KeyRefused, match=r"expired 5 s ago: make a new one") as known:
        rt.connect(client_secret=secret)
    assert known.value.code == "client_secret_expired"
    # One that the server alone knows to be over.
    with pytest.raises(rt.KeyRefused, match=r"make a new one with rt\.client_secret\(\)") as told:
        rt.connect(server.url, client_secret="ek_0123456789")
    assert "check api_key" not in str(told.value)


def test_a_wrong_key(server: rt.Server) -> None:
    with pytest.raises(rt.KeyRefused, match=r"HTTP 401: .*check api_key=") as refused:
        rt.client_secret(server.url, api_key=WRONG)
    assert refused.value.status == 401 and refused.value.code == "invalid_api_key"
    shown = "".join(
        traceback.TracebackException.from_exception(refused.value, capture_locals=True).format()
    )
    assert WRONG not in shown
    with pytest.raises(rt.KeyRefused):
        asyncio.run(rt.client_secret_async(server.url, api_key=WRONG))


def test_settings_that_are_refused(server: rt.Server) -> None:
    with pytest.raises(rt.ApiError) as refused:
        rt.client_secret(server.url, api_key=KEY, expires_after=1)
    assert refused.value.param == "expires_after.seconds"
    with pytest.raises(rt.LocalProtocolError, match="did you mean 'voice'"):
        rt.client_secret(server.url, api_key=KEY, voise="verse")
    with pytest.raises(rt.LocalProtocolError, match="leave out api_key="):
        rt.connect(client_secret="ek_0123456789", api_key=KEY)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (403, rt.KeyRefused, "no access"),
        (404, rt.RequestRefused, "makes no client secrets"),
        (405, rt.RequestRefused, "makes no client secrets"),
        (429, rt.ServerUnavailable, "wait"),
        (500, rt.ServerUnavailable, "try again"),
        (503, rt.ServerUnavailable, "try again"),
        (418, rt.ConnectionFailed, "HTTP 418"),
    ],
)
def test_refusals(
    desk: Callable[..., Desk], status: int, kind: type[rt.ConnectionFailed], words: str
) -> None:
    error = {"error": {"message": f"no, {KEY}", "code": "some_code"}}
    for body in (error, f"no, {KEY}".encode()):
        with pytest.raises(rt.ConnectionFailed, match=words) as refused:
            rt.client_secret(desk(status, body).url, api_key=KEY)
        assert type(refused.value) is kind and refused.value.status == status
        assert KEY not in str(refused.value) and "no, [key]" in str(refused.value)


def test_a_key_is_not_carried_elsewhere(desk: Callable[..., Desk]) -> None:
    other = desk(200, b"{}")
    here = desk(307, headers={"Location": other.url})
    with pytest.raises(rt.ConnectionFailed, match="sends us elsewhere"):
        rt.client_secret(here.url, api_key=KEY)
    assert len(here.asked) == 1 and other.asked == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        {},
        {"value": "ek_1", "session": {}},
        {"value": 3, "expires_at": 1, "session": {}},
        {"client_secret": {"value": "", "expires_at": 1}},
        {"value": "ek_1", "expires_at": 1, "session": 3},
    ],
)
def test_answers_that_hold_none(desk: Callable[..., Desk], body: Any) -> None:
    with pytest.raises(rt.ConnectionFailed, match="holds none that can be read"):
        rt.client_secret(desk(200, body).url)


def test_nobody_is_there() -> None:
    with pytest.raises(rt.ServerUnavailable, match="nobody answers"):
        rt.client_secret("ws://127.0.0.1:1")


def test_nobody_answers() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ws://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(rt.ServerUnavailable, match="nothing came in time"):
            rt.client_secret(url, timeout=0.2)
        with pytest.raises(rt.ServerUnavailable, match=r"come within|came in time"):
            asyncio.run(rt.client_secret_async(url, timeout=0.2))


def test_what_is_asked_for(desk: Callable[..., Desk]) -> None:
    answer = {"value": "ek_0123456789", "expires_at": 4e9, "session": {"type": "realtime"}}
    ga = desk(200, answer)
    rt.client_secret(ga.url, api_key=KEY, model="m", query={"v": "2"}, expires_after=90, voice="x")
    (path, headers, body), *_ = ga.asked
    assert path == "/v1/realtime/client_secrets?v=2"
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert headers["Content-Type"] == "application/json"
    assert body["expires_after"] == {"anchor": "created_at", "seconds": 90}
    assert body["session"]["type"] == "realtime" and body["session"]["model"] == "m"
    assert body["session"]["audio"]["output"] == {"voice": "x"}
    beta = desk(200, {"client_secret": answer, "voice": "x", "object": "realtime.session"})
    secret = rt.client_secret(beta.url, api_key=KEY, model="m", dialect="beta", voice="x")
    (path, headers, body), *_ = beta.asked
    assert path == "/v1/realtime/sessions" and body["voice"] == "x" and body["model"] == "m"
    lower = {name.lower(): value for name, value in headers.items()}
    assert lower["openai-beta"] == "realtime=v1" and secret.value == "ek_0123456789"


@pytest.mark.parametrize(
    ("url", "dialect", "endpoint"),
    [
        (None, None, "https://api.openai.com/v1/realtime/client_secrets"),
        (
            "https://me.openai.azure.com",
            None,
            "https://me.openai.azure.com/openai/v1/realtime/client_secrets",
        ),
        (
            "https://me.openai.azure.com",
            "beta",
            "https://me.openai.azure.com/openai/realtimeapi/sessions?api-version=2025-04-01-preview",
        ),
        ("ws://127.0.0.1:8000/v1/realtime?model=m&x=1", None, "http://127.0.0.1:8000/v1/realtime/client_secrets?x=1"),
    ],
)  # fmt: skip
def test_where_it_is_asked(url: str | None, dialect: str | None, endpoint: str) -> None:
    target = resolve(url, api_key=KEY, model="m", dialect=dialect, environ={})
    assert _endpoint(target) == endpoint
