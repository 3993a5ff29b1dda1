"""MCP servers that fail, hang, are not there or may not be named; and what stays secret."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from rtwidgets.server import Server, connection
from rtwidgets.server.mcp import LONGEST_OUTPUT, McpClient
from tests.server.mcp_wire import (
    LISTING,
    ROOT,
    TOKEN,
    about,
    answer,
    listed,
    mcp_server,
    run,
    said,
    session,
    tool,
)
from tests.server.wire import dial


@pytest.fixture(scope="module")
def tools_url() -> Iterator[str]:
    with mcp_server() as url:
        yield url


@pytest.fixture(scope="module")
def guarded_url() -> Iterator[str]:
    with mcp_server("--token", TOKEN) as url:
        yield url


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "McpClient", partial(McpClient, list_s=1.0, call_s=1.0))


def test_a_tool_that_raises(server: Server, tools_url: str) -> None:
    async def main() -> None:
        async with session(server, tool(tools_url, require_approval="never")) as wire:
            await wire.say("Please call broken_lamp.")
            response = await answer(wire)
            (item,) = response["output"]
            assert item["output"] is None
            assert item["error"]["type"] == "tool_execution_error"
            assert "broken_lamp" in item["error"]["message"]
            assert "response.mcp_call.failed" in about(wire, item["id"])
            assert response["status"] == "completed"
            await wire.send("response.create")
            assert "failed" in said(await answer(wire))

    run(main())


@pytest.mark.usefixtures("short")
def test_a_tool_that_takes_too_long(server: Server, tools_url: str) -> None:
    async def main() -> None:
        async with session(server, tool(tools_url, require_approval="never")) as wire:
            await wire.say("Please call sleepy_lookup.")
            (item,) = (await answer(wire))["output"]
            assert item["error"]["type"] == "http_error"
            assert item["error"]["code"] == 504

    run(main())


def test_a_response_that_is_cancelled_gives_its_call_up(server: Server, tools_url: str) -> None:
    async def main() -> None:
        async with session(server, tool(tools_url, require_approval="never")) as wire:
            await wire.say("Please call sleepy_lookup.")
            await wire.until("response.mcp_call.in_progress")
            await wire.send("response.cancel")
            response = await answer(wire)
            assert response["status"] == "cancelled"
            assert response["output"][0]["error"]["type"] == "tool_execution_error"
            await wire.say("hello")
            assert (await answer(wire))["status"] == "completed"

    run(main())


def test_a_long_answer_is_cut(server: Server, tools_url: str) -> None:
    async def main() -> None:
        async with session(server, tool(tools_url, require_approval="never")) as wire:
            await wire.say("Please call long_story.")
            (item,) = (await answer(wire))["output"]
            assert item["output"].startswith("x" * LONGEST_OUTPUT + "\n[")

    run(main())


def test_a_server_that_is_not_there(server: Server) -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        async with session(server, tool(f"http://127.0.0.1:{port}/mcp")) as wire:
            item = await listed(wire)
            assert item["tools"] == []
            assert about(wire, item["id"]) == [
                *LISTING,
                "mcp_list_tools.failed",
                "conversation.item.done",
            ]
            (error,) = wire.of("error")
            assert error["error"]["code"] == "mcp_list_tools_failed"
            assert "'tests'" in error["error"]["message"]
            assert "cannot be reached" in error["error"]["message"]
            await wire.say("hello")
            assert (await answer(wire))["status"] == "completed"

    run(main())


@pytest.mark.usefixtures("short")
def test_a_server_that_hangs(server: Server) -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            async with session(server, tool(f"http://127.0.0.1:{port}/mcp")) as wire:
                await wire.say("hello")  # waits no longer than the list may take
                assert (await answer(wire))["status"] == "completed"
                assert "did not answer" in wire.of("error")[0]["error"]["message"]

    run(main())


def test_secrets_reach_the_mcp_server_and_nobody_else(
    server: Server, guarded_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "rtwidgets")

    async def main() -> None:
        secret = tool(guarded_url, authorization=TOKEN, headers={"X-Key": f"{TOKEN}-2"})
        async with session(server, secret, instructions="") as wire:
            assert (await listed(wire))["tools"]
            (shown,) = wire.of("session.updated")[-1]["session"]["tools"]
            assert "authorization" not in shown and "headers" not in shown
            # A client that repeats its settings keeps the secrets, and lists nothing again.
            await wire.configure(tools=[{**shown, "require_approval": "never"}])
            await wire.say('Please call weather with city "Bern".')
            assert "rains" in (await answer(wire))["output"][0]["output"]
            assert len(wire.of("mcp_list_tools.in_progress")) == 1
            # Another URL gets none of them.
            await wire.configure(tools=[tool(guarded_url + "?other=1")])
            await wire.until("mcp_list_tools.failed")
            assert "401" in (await wire.until("error"))["error"]["message"]
        assert TOKEN not in json.dumps(wire.events)

    run(main())
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"connector_id": "connector_gmail"}, "session.tools[0].connector_id"),
        ({"tunnel_id": "t"}, "session.tools[0].tunnel_id"),
        ({}, "session.tools[0].server_url"),
        ({"server_url": "ftp://x/mcp"}, "session.tools[0].server_url"),
        ({"server_url": "http://me:hidden@x/mcp"}, "session.tools[0].server_url"),
        ({"server_url": "http://x", "require_approval": "sometimes"}, None),
    ],
)
def test_what_cannot_be_reached_is_refused(
    server: Server, fields: dict[str, Any], param: str | None
) -> None:
    async def main() -> None:
        async with dial(server.url) as wire:
            asked = {"type": "mcp", "server_label": "x", **fields}
            settings = {"type": "realtime", "instructions": "changed", "tools": [asked]}
            await wire.send("session.update", event_id="e1", session=settings)
            error = (await wire.until("error"))["error"]
            assert error["event_id"] == "e1"
            assert error["param"] == (param or "session.tools[0].require_approval")
            assert "hidden" not in json.dumps(wire.events)
            await wire.configure()
            assert wire.events[-1]["session"]["instructions"] != "changed"
            assert wire.events[-1]["session"]["tools"] == []

    run(main())


def test_beta_has_no_mcp_tools(server: Server) -> None:
    async def main() -> None:
        beta = {"OpenAI-Beta": "realtime=v1"}
        async with dial(server.url, additional_headers=beta) as wire:
            await wire.send("session.update", session={"tools": [tool("http://x/mcp")]})
            error = (await wire.until("error"))["error"]
            assert error["param"] == "session.tools[0].type"
            assert "GA" in error["message"]

    run(main())


WITHOUT = """
import asyncio, json, sys
sys.modules["mcp"] = None  # what an import finds where the package is not installed
from rtwidgets.server import serve
from tests.server.wire import dial

async def main(url):
    async with dial(url) as wire:
        tool = {"type": "mcp", "server_label": "x", "server_url": "http://127.0.0.1:9/mcp"}
        session = {"type": "realtime", "instructions": "changed", "tools": [tool]}
        await wire.send("session.update", session=session)
        error = (await wire.until("error"))["error"]
        await wire.configure(output_modalities=["text"])
        await wire.say("hello")
        status = (await wire.until("response.done"))["response"]["status"]
        tools = wire.of("session.updated")[-1]["session"]["tools"]
        print(json.dumps([error["message"], error["param"], tools, status]))

with serve("simulated", seed=1) as server:
    asyncio.run(main(server.url))
"""


def test_without_the_package_the_error_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    message, param, tools, status = json.loads(done.stdout)
    assert "pip install 'rtwidgets[mcp]'" in message
    assert (param, tools, status) == ("session.tools[0].type", [], "completed")
