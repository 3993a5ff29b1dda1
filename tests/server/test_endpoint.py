"""Who may connect, and where: keys, origins, ports."""

from __future__ import annotations

import asyncio
import json
import logging
import urllib.error
import urllib.request
from collections.abc import Coroutine
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from rtwidgets.errors import ConnectionFailed, EngineError
from rtwidgets.server import Server, serve
from tests.server import scripted
from tests.server.http import ask
from tests.server.wire import dial


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, 30))


async def greeted(url: str, **options: Any) -> bool:
    async with dial(url, **options) as wire:
        return wire.events[0]["type"] == "session.created"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"additional_headers": {"Authorization": "Bearer whatever"}},
        {"origin": "http://localhost:8888"},
        {"subprotocols": ["realtime", "openai-insecure-api-key.whatever"]},
    ],
)
def test_without_a_key_this_machine_may_connect(server: Server, options: Any) -> None:
    assert run(greeted(server.url, **options))
    assert run(greeted(server.url.replace("/v1", ""), **options))


def test_a_foreign_page_is_refused(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "rtwidgets.server"), pytest.raises(InvalidStatus) as refused:
        run(greeted(server.url, origin="https://example.org"))
    assert refused.value.response.status_code == 403
    assert "pages of https://example.org may not connect" in caplog.text


def test_another_path_is_not_found(server: Server) -> None:
    with pytest.raises(InvalidStatus) as refused:
        run(greeted(server.url + "/else"))
    assert refused.value.response.status_code == 404


def test_a_browser_tab_on_the_port_is_told_what_this_is(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(server.url.replace("ws://", "http://").replace("/v1/realtime", "/"))
    assert answer.value.code == 404
    assert b"Realtime client" in answer.value.read()


def test_the_model_s_name_is_the_client_s(server: Server) -> None:
    async def main() -> str:
        async with dial(server.url + "?model=gpt-realtime-2.1") as wire:
            return str(wire.events[0]["session"]["model"])

    assert run(main()) == "gpt-realtime-2.1"


@pytest.mark.parametrize(
    "options",
    [
        {"additional_headers": {"Authorization": "Bearer sk-right"}},
        {"additional_headers": {"api-key": "sk-right"}},
        {"subprotocols": ["realtime", "openai-insecure-api-key.sk-right"]},
    ],
)
def test_the_right_key_opens(options: Any) -> None:
    with serve("simulated", api_key="sk-right") as server:
        assert run(greeted(server.url, **options))


@pytest.mark.parametrize(
    ("headers", "code", "reason"),
    [
        (
            {"Authorization": "Bearer sk-wrong"},
            "invalid_api_key",
            "invalid_request_error.invalid_api_key",
        ),
        ({}, None, "invalid_request_error"),
    ],
)
@pytest.mark.parametrize("beta", [False, True])
def test_a_wrong_key_is_told_in_band(
    headers: dict[str, str], code: str | None, reason: str, beta: bool
) -> None:
    headers = {**headers, **({"OpenAI-Beta": "realtime=v1"} if beta else {})}

    async def main(url: str) -> None:
        async with connect(url, additional_headers=headers) as socket:
            error = json.loads(await socket.recv())["error"]
            assert error["type"] == "invalid_request_error"
            assert error["code"] == code
            assert "sk-" not in error["message"]
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert (socket.close_code, socket.close_reason) == (3000, reason)

    with serve("simulated", api_key="sk-right") as server:
        run(main(server.url))


def test_a_key_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serve("simulated", api_key="sk-right") as server:
        made = ask(server.url, "/v1/realtime/client_secrets", {}, key="sk-right").body["value"]
        ask(server.url, "/v1/realtime/client_secrets", b"{", key="sk-right")
        ask(server.url, "/v1/realtime/client_secrets?key=sk-right", key="sk-wrong")
        for key in ("sk-right", made):
            tokens = ["realtime", f"openai-insecure-api-key.{key}"]
            assert run(greeted(server.url, subprotocols=tokens))
        with pytest.raises(AssertionError):
            run(greeted(server.url, additional_headers={"Authorization": "Bearer sk-wrong"}))
        shown = "".join(
            [repr(server), repr(vars(server._endpoint)), repr(server._endpoint._desk)]
        ).replace("'_api_key': 'sk-right'", "")
    told = "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("rtwidgets")
    )
    for text in (told, shown):
        assert "sk-" not in text and "ek_" not in text and made not in text


@pytest.mark.parametrize("sees", [None, False, True])
def test_what_a_model_tells_of_itself_is_heard(sees: bool | None) -> None:
    engines = scripted.engines(["Seen."])
    mind: Any = engines.language_model
    mind.context_tokens = 4096 + 600
    if sees is not None:
        mind.sees = sees

    async def main(url: str) -> None:
        async with dial(url) as wire:
            for text in "old " * 200, "older " * 200, "new " * 200, "newest " * 50:
                part = {"type": "input_text", "text": text}
                item = {"type": "message", "role": "user", "content": [part]}
                await wire.send("conversation.item.create", item=item)
            picture = {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="}
            item = {"type": "message", "role": "user", "content": [picture]}
            await wire.send("conversation.item.create", item=item)
            await wire.send("response.create")
            assert (await wire.until("response.done"))["response"]["status"] == "completed"

    with serve(engines) as server:
        run(main(server.url))
    told = repr(mind.prompts[-1].items)
    assert "newest" in told and "old " not in told, "the context is as long as the model's"
    assert ("iVBORw0KGgo" in told) is (sees is not False)


def test_realtime_is_the_selected_subprotocol(server: Server) -> None:
    async def main() -> str | None:
        offered: Any = ["openai-insecure-api-key.sk-1", "realtime", "x"]
        async with connect(server.url, subprotocols=offered) as socket:
            return socket.subprotocol

    assert run(main()) == "realtime"


def test_other_machines_need_a_key() -> None:
    with pytest.raises(ConnectionFailed, match="--api-key"):
        serve("simulated", host="0.0.0.0")
    with serve("simulated", host="0.0.0.0", api_key="sk-1") as server:
        assert server.url.startswith("ws://0.0.0.0:")


def test_a_port_that_is_taken_is_named(server: Server) -> None:
    port = int(server.url.split(":")[2].split("/")[0])
    with pytest.raises(ConnectionFailed, match=f"port {port} .* taken"):
        serve("simulated", port=port)


def test_a_port_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConnectionFailed, match="70000"):
        serve("simulated", port=70000)


def test_an_engine_that_does_not_exist_is_named() -> None:
    with pytest.raises(EngineError, match="no engine"):
        serve("imaginary")  # type: ignore[arg-type]


def test_a_closed_server_ends_its_sessions_and_frees_its_port() -> None:
    server = serve("simulated")
    assert server.url in repr(server)

    async def main() -> int | None:
        async with dial(server.url) as wire:
            await asyncio.to_thread(server.close)
            await wire.socket.wait_closed()
            return wire.socket.close_code

    assert run(main()) == 1001
    server.close()
    assert "closed" in repr(server)
    port = int(server.url.split(":")[2].split("/")[0])
    serve("simulated", port=port).close()
