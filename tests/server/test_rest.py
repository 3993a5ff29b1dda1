"""Client secrets over HTTP: made, used by sockets of both dialects, and refused."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from rtwidgets.server import Server, client_secrets, serve
from tests.server.http import Got, ask

openai = pytest.importorskip("openai")

KEY = "sk-right"
SECRETS, SESSIONS, TRANSCRIPTIONS = (
    f"/v1/realtime/{name}" for name in ("client_secrets", "sessions", "transcription_sessions")
)


@pytest.fixture(scope="module")
def keyed() -> Iterator[Server]:
    with serve("simulated", seed=1, api_key=KEY) as running:
        yield running


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, 30))


def made(server: Server, path: str, body: Any) -> Any:
    got = ask(server.url, path, body, key=KEY)
    assert got.status == 200, got
    return got.body


async def first(url: str, key: str | None, *, by: str = "header", beta: bool = False) -> Any:
    """The first event of a connection, and how the server closed it, if it did."""
    headers = {"OpenAI-Beta": "realtime=v1"} if beta else {}
    options: dict[str, Any] = {"additional_headers": headers}
    if key is not None and by == "header":
        headers["Authorization"] = f"Bearer {key}"
    elif key is not None:
        options["subprotocols"] = ["realtime", f"openai-insecure-api-key.{key}"]
    async with connect(url, **options) as socket:
        event = json.loads(await socket.recv())
        if event["type"] != "error":
            return event, None
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        return event, (socket.close_code, socket.close_reason)


# Making them


def test_a_secret_without_any_wish(keyed: Server) -> None:
    secret = made(keyed, SECRETS, None)
    assert set(secret) == {"value", "expires_at", "session"}
    assert secret["value"].startswith("ek_")
    assert secret["expires_at"] == pytest.approx(time.time() + 600, abs=3)
    session = secret["session"]
    assert session["type"] == "realtime" and session["id"].startswith("sess_")
    assert "temperature" not in session
    assert session["audio"]["output"]["voice"] == keyed.engines.synthesizer.voices[0]


@pytest.mark.parametrize("seconds", [10, 7200])
def test_a_secret_lives_as_long_as_asked(keyed: Server, seconds: int) -> None:
    after = {"anchor": "created_at", "seconds": seconds}
    secret = made(keyed, SECRETS, {"expires_after": after, "session": {"type": "realtime"}})
    assert secret["expires_at"] == pytest.approx(time.time() + seconds, abs=3)


def test_a_secret_carries_its_session(keyed: Server) -> None:
    wanted = {
        "type": "realtime",
        "model": "gpt-realtime-2.1",
        "instructions": "Be brief.",
        "output_modalities": ["text"],
        "audio": {"output": {"voice": "verse"}, "input": {"turn_detection": None}},
        "tools": [{"type": "function", "name": "look", "parameters": {"type": "object"}}],
    }
    told = made(keyed, SECRETS, {"session": wanted})
    for by in ("header", "token"):
        event, _ = run(first(keyed.url, told["value"], by=by))
        session = event["session"]
        for mine in (told["session"], session):
            assert mine["model"] == "gpt-realtime-2.1"
            assert mine["instructions"] == "Be brief."
            assert mine["output_modalities"] == ["text"]
            assert mine["audio"]["output"]["voice"] == "verse"
            assert mine["audio"]["input"]["turn_detection"] is None
            assert mine["tools"][0]["name"] == "look"
        assert session["expires_at"] == pytest.approx(time.time() + 3600, abs=3)
    url = keyed.url + "?model=gpt-realtime-mini"
    assert run(first(url, told["value"]))[0]["session"]["model"] == "gpt-realtime-mini"
    beta = run(first(keyed.url, told["value"], beta=True))[0]["session"]
    assert (beta["modalities"], beta["voice"]) == (["text"], "verse")


def test_sessions_of_one_secret_are_different_ones(keyed: Server) -> None:
    value = made(keyed, SECRETS, {})["value"]
    ids = {run(first(keyed.url, value))[0]["session"]["id"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize("beta", [False, True])
def test_a_secret_for_transcription(keyed: Server, beta: bool) -> None:
    if beta:
        body: Any = {"input_audio_transcription": {"model": "whisper-1", "language": "en"}}
        told = made(keyed, TRANSCRIPTIONS, body)
        value, setting = told["client_secret"]["value"], told["input_audio_transcription"]
    else:
        listener = {"model": "whisper-1", "language": "en"}
        body = {"type": "transcription", "audio": {"input": {"transcription": listener}}}
        told = made(keyed, SECRETS, {"session": body})
        assert told["session"]["type"] == "transcription"
        value = told["value"]
        setting = told["session"]["audio"]["input"]["transcription"]
    assert (setting["model"], setting["language"]) == ("whisper-1", "en")
    # Some clients always name a model; the secret knows better what this is.
    event, _ = run(first(keyed.url + "?model=any", value, beta=beta))
    assert event["type"] == ("transcription_session.created" if beta else "session.created")
    session = event["session"]
    heard = session if beta else session["audio"]["input"]
    name = "input_audio_transcription" if beta else "transcription"
    assert heard[name]["model"] == "whisper-1"


def test_a_session_of_beta(keyed: Server) -> None:
    body = {"model": "gpt-4o-realtime-preview", "modalities": ["text"], "temperature": 0.7}
    told = made(keyed, SESSIONS, body)
    secret = told["client_secret"]
    assert set(secret) == {"value", "expires_at"}
    assert secret["expires_at"] == pytest.approx(time.time() + 60, abs=3)
    assert told["object"] == "realtime.session" and told["model"] == "gpt-4o-realtime-preview"
    event, _ = run(first(keyed.url, secret["value"], beta=True))
    session = event["session"]
    assert session["client_secret"] is None
    assert (session["modalities"], session["temperature"]) == (["text"], 0.7)


# Refusing


@pytest.mark.parametrize("key", [None, "sk-wrong", "ek_" + "0" * 32])
def test_a_secret_takes_the_server_s_key(keyed: Server, key: str | None) -> None:
    for path in (SECRETS, SESSIONS, TRANSCRIPTIONS):
        got = ask(keyed.url, path, {}, key=key)
        assert got.status == 401
        error = got.body["error"]
        assert error["type"] == "invalid_request_error"
        assert error["code"] == (None if key is None else "invalid_api_key")
        assert KEY not in str(got) and (key is None or key not in str(got))


def test_a_secret_makes_no_secrets(keyed: Server) -> None:
    value = made(keyed, SECRETS, {})["value"]
    assert ask(keyed.url, SECRETS, {}, key=value).status == 401


def test_without_a_key_this_machine_gets_secrets(server: Server) -> None:
    got = ask(server.url, SECRETS, {})
    assert got.status == 200
    assert run(first(server.url, got.body["value"]))[0]["type"] == "session.created"


@pytest.mark.parametrize("beta", [False, True])
@pytest.mark.parametrize("by", ["header", "token"])
def test_a_wrong_secret_is_refused_like_a_wrong_key(
    server: Server, keyed: Server, by: str, beta: bool
) -> None:
    for one in (server, keyed):
        event, closed = run(first(one.url, "ek_" + "0" * 32, by=by, beta=beta))
        assert event["error"]["code"] == "invalid_api_key"
        assert event["error"]["message"].startswith("Incorrect API key provided: ")
        assert "ek_" not in event["error"]["message"]
        assert closed == (3000, "invalid_request_error.invalid_api_key")


def test_an_expired_secret_opens_nothing(keyed: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    value = made(keyed, SECRETS, {"expires_after": {"seconds": 10}})["value"]
    assert run(first(keyed.url, value))[1] is None
    monkeypatch.setattr(keyed._endpoint._secrets, "_clock", lambda: time.time() + 10)
    assert run(first(keyed.url, value))[1] == (3000, "invalid_request_error.invalid_api_key")


def test_a_session_outlives_its_secret(keyed: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    value = made(keyed, SECRETS, {})["value"]

    async def main() -> None:
        headers = {"Authorization": f"Bearer {value}"}
        async with connect(keyed.url, additional_headers=headers) as socket:
            await socket.recv()
            monkeypatch.setattr(keyed._endpoint._secrets, "_clock", lambda: time.time() + 9000)
            await socket.send('{"type": "response.cancel"}')
            assert json.loads(await socket.recv())["error"]["code"] == "response_cancel_not_active"

    run(main())


@pytest.mark.parametrize(
    ("path", "body", "code", "param"),
    [
        (SECRETS, b"{", "invalid_json", None),
        (SECRETS, b"\xff", "invalid_json", None),
        (SECRETS, b"[" * 100_000, "invalid_json", None),
        (SECRETS, {"session": json.loads("[" * 500 + "]" * 500)}, "invalid_json", None),
        (SECRETS, [], "invalid_type", "body"),
        (SECRETS, {"colour": "blue"}, "unknown_parameter", "colour"),
        (SECRETS, {"expires_after": {"seconds": 9}}, "integer_below_min_value", None),
        (SECRETS, {"expires_after": {"seconds": 7201}}, "integer_above_max_value", None),
        (SECRETS, {"expires_after": {"seconds": "x"}}, "invalid_type", "expires_after.seconds"),
        (SECRETS, {"expires_after": {"anchor": "x"}}, "invalid_value", "expires_after.anchor"),
        (SECRETS, {"session": "x"}, "invalid_type", "session"),
        (SECRETS, {"session": {}}, "missing_required_parameter", "session.type"),
        (SECRETS, {"session": {"type": "x"}}, "invalid_value", "session.type"),
        (
            SECRETS,
            {"session": {"type": "realtime", "audio": {"output": {"voice": "nobody"}}}},
            "invalid_value",
            "session.audio.output.voice",
        ),
        (
            SECRETS,
            {"session": {"type": "transcription", "instructions": "x"}},
            "unknown_parameter",
            "session.instructions",
        ),
        (SESSIONS, {"voice": "nobody"}, "invalid_value", "voice"),
        (SESSIONS, {"modalities": ["audio"]}, "invalid_value", "modalities"),
        (SESSIONS, {"temperature": 2}, "decimal_above_max_value", "temperature"),
        (SESSIONS, {"colour": 1}, "unknown_parameter", "colour"),
        (
            TRANSCRIPTIONS,
            {"turn_detection": {"type": "server_vad", "threshold": 7}},
            "decimal_above_max_value",
            "turn_detection.threshold",
        ),
    ],
)
def test_a_wrong_wish_is_named(
    keyed: Server, path: str, body: Any, code: str, param: str | None
) -> None:
    got = ask(keyed.url, path, body, key=KEY)
    assert got.status == 400
    error = got.body["error"]
    assert error["type"] == "invalid_request_error"
    assert error["code"] == code
    if param is not None:
        assert error["param"] == param
        assert (
            param == "body"
            or f"'{param}" in error["message"]
            or "Invalid value" in (error["message"])
            or "modalities" in error["message"]
        )
    assert "session." not in error["message"] or path == SECRETS


def test_too_many_secrets(keyed: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_secrets, "MAX_SECRETS", 0)
    got = ask(keyed.url, SECRETS, {}, key=KEY)
    assert (got.status, got.body["error"]["code"]) == (429, "rate_limit_exceeded")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_paths_are_nothing(keyed: Server, method: str) -> None:
    for path in ("/", "/v1", "/v1/realtime/calls", "/v1/realtime/client_secrets/x"):
        got = ask(keyed.url, path, {}, method=method, key=KEY)
        assert got.status == 404
        assert path in got.body["error"]["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", [SECRETS, SESSIONS + "/", TRANSCRIPTIONS + "?x=1"])
def test_other_methods_are_not_allowed(keyed: Server, method: str, path: str) -> None:
    got = ask(keyed.url, path, None, method=method, key=KEY)
    assert got.status == 405
    assert got.headers["allow"] == "POST, OPTIONS"
    assert got.body["error"]["type"] == "invalid_request_error"


def test_the_socket_s_path_takes_no_post(keyed: Server) -> None:
    got = ask(keyed.url, "/v1/realtime", {}, key=KEY)
    assert (got.status, got.headers["allow"]) == (405, "GET")


# Pages


def preflight(server: Server, origin: str) -> Got:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-stainless-os",
    }
    return ask(server.url, SECRETS, method="OPTIONS", headers=headers)


def test_a_page_of_this_machine_may_ask(keyed: Server) -> None:
    origin = "http://localhost:8888"
    got = preflight(keyed, origin)
    assert got.status == 204 and got.body is None
    assert got.headers["access-control-allow-origin"] == origin
    assert "x-stainless-os" in got.headers["access-control-allow-headers"]
    assert got.headers["access-control-allow-methods"] == "POST"
    for key, status in ((KEY, 200), ("sk-wrong", 401)):
        made = ask(keyed.url, SECRETS, {}, key=key, headers={"Origin": origin})
        assert made.status == status
        assert made.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize("origin", ["https://example.org", "null", "http://[x", "file://"])
def test_a_foreign_page_may_not(keyed: Server, origin: str) -> None:
    for got in (
        preflight(keyed, origin),
        ask(keyed.url, SECRETS, {}, key=KEY, headers={"Origin": origin}),
    ):
        assert got.status == 403
        assert "access-control-allow-origin" not in got.headers


# The judge


def test_openai_makes_a_secret_and_connects_with_it(keyed: Server) -> None:
    base = keyed.url.removesuffix("/realtime")

    def client(key: str) -> Any:
        return openai.AsyncOpenAI(
            api_key=key,
            base_url=base.replace("ws://", "http://"),
            websocket_base_url=base,
            max_retries=0,
        )

    async def main() -> None:
        async with client(KEY) as backend:
            secret = await backend.realtime.client_secrets.create(
                expires_after={"anchor": "created_at", "seconds": 60},
                session={
                    "type": "realtime",
                    "model": "gpt-realtime",
                    "instructions": "Be brief.",
                    "output_modalities": ["text"],
                    "audio": {"output": {"voice": "verse"}},
                },
            )
        kind = type(secret)
        assert kind.model_validate(secret.model_dump(mode="json", warnings="error"), strict=True)
        assert secret.session.type == "realtime" and secret.session.model == "gpt-realtime"
        page = client(secret.value)
        async with page.realtime.connect(model="gpt-realtime") as connection:
            created = await connection.recv()
            assert created.session.instructions == "Be brief."
            assert created.session.audio.output.voice == "verse"
            await connection.response.create()
            async for event in connection:
                if event.type == "response.done":
                    assert event.response.status == "completed"
                    break
        await page.close()
        with pytest.raises(openai.AuthenticationError):
            await client("sk-wrong").realtime.client_secrets.create()
        with pytest.raises(openai.BadRequestError, match="singing"):
            await client(KEY).realtime.client_secrets.create(session={"type": "singing"})

    run(main())
