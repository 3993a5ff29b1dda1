"""MCP tools against real MCP servers over HTTP, seen by a plain websocket client.

The MCP server is the official package's own, in a process of its own (``mcp_tools.py``); every
event is held against OpenAI's models as well.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rtwidgets.server import Server, connection
from rtwidgets.server.mcp import LONGEST_OUTPUT, McpClient
from tests.judges.wire_models import Journal
from tests.server.wire import Wire, dial

pytest.importorskip("mcp")
models = pytest.importorskip("openai.types.realtime.realtime_server_event")

ROOT = Path(__file__).parents[2]
TOKEN = "token-of-the-tests"


@contextmanager
def mcp_server(*arguments: str) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.server.mcp_tools", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/mcp"
        finally:
            process.kill()


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


def tool(url: str, **rules: Any) -> dict[str, Any]:
    return {"type": "mcp", "server_label": "tests", "server_url": url, **rules}


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, 60))


@asynccontextmanager
async def session(server: Server, *tools: Any, **settings: Any) -> AsyncIterator[Wire]:
    """A session that answers in text and has these tools; its events are judged at the end."""
    async with dial(server.url) as wire:
        await wire.configure(output_modalities=["text"], tools=list(tools), **settings)
        yield wire
        await wire.settled()
    journal = Journal(models.RealtimeServerEvent)
    for event in wire.events:
        journal.enter(json.dumps(event))
    assert journal.invalid == []
    assert [path for path in journal.unknown if "mcp" in path or "tools" in path] == []


async def listed(wire: Wire) -> dict[str, Any]:
    """The item that says what a server offers."""
    while True:
        event = await wire.until("conversation.item.done")
        if event["item"]["type"] == "mcp_list_tools":
            return event["item"]


async def answer(wire: Wire) -> dict[str, Any]:
    return (await wire.until("response.done"))["response"]


def said(response: dict[str, Any]) -> str:
    return " ".join(part["text"] for item in response["output"] for part in item["content"])


def about(wire: Wire, item_id: str) -> list[str]:
    """The kinds of the events about an item, in order, repeated deltas as one."""
    kinds: list[str] = []
    for event in wire.events:
        if item_id in (event.get("item_id"), event.get("item", {}).get("id")) and (
            not kinds or kinds[-1] != event["type"]
        ):
            kinds.append(event["type"])
    return kinds


LISTING = ["conversation.item.added", "mcp_list_tools.in_progress"]


def test_tools_are_listed(server: Server, tools_url: str) -> None:
    async def main() -> None:
        async with session(server, tool(tools_url)) as wire:
            item = await listed(wire)
            names = [one["name"] for one in item["tools"]]
            assert names[:2] == ["weather", "delete_file"]
            weather = item["tools"][0]
            assert weather["description"] == "The weather of a city."
            assert weather["input_schema"]["properties"]["city"]["type"] == "string"
            assert weather["annotations"] == {"readOnlyHint": True}
            assert about(wire, item["id"]) == [
                *LISTING,
                "mcp_list_tools.completed",
                "conversation.item.done",
            ]
            assert wire.of("conversation.item.added")[0]["item"]["tools"] == []

    run(main())


@pytest.mark.parametrize(
    ("allowed", "names"),
    [
        (["weather", "unknown"], ["weather"]),
        ({"read_only": True}, ["weather"]),
        ({"tool_names": ["delete_file"], "read_only": False}, ["delete_file"]),
        ({"tool_names": ["delete_file"], "read_only": True}, []),
    ],
)
def test_only_allowed_tools_are_listed(
    server: Server, tools_url: str, allowed: Any, names: list[str]
) -> None:
    async def main() -> None:
        async with session(server, tool(tools_url, allowed_tools=allowed)) as wire:
            assert [one["name"] for one in (await listed(wire))["tools"]] == names

    run(main())


def test_a_call_is_made_without_the_client(server: Server, tools_url: str) -> None:
    async def main() -> None:
        async with session(server, tool(tools_url, require_approval="never")) as wire:
            # Asked at once: the response waits for the list.
            await wire.say('Please call weather with city "Bern".')
            response = await answer(wire)
            (item,) = response["output"]
            assert (item["type"], item["server_label"], item["name"]) == (
                "mcp_call",
                "tests",
                "weather",
            )
            city = json.loads(item["arguments"])["city"]
            assert item["output"] == f"It rains in {city}."
            assert item["error"] is None and item["approval_request_id"] is None
            assert response["status"] == "completed" and response["usage"]["output_tokens"] > 0
            assert about(wire, item["id"]) == [
                "response.output_item.added",
                "conversation.item.added",
                "response.mcp_call_arguments.delta",
                "response.mcp_call_arguments.done",
                "response.mcp_call.in_progress",
                "response.mcp_call.completed",
                "conversation.item.done",
                "response.output_item.done",
            ]
            deltas = wire.of("response.mcp_call_arguments.delta")
            assert "".join(one["delta"] for one in deltas) == item["arguments"]
            await wire.send("response.create")
            assert "It rains in" in said(await answer(wire))

    run(main())


def test_a_call_waits_for_consent(server: Server, tools_url: str) -> None:
    async def main() -> None:
        async with session(server, tool(tools_url)) as wire:
            await wire.say('Please call delete_file with path "a.txt".')
            (request,) = (await answer(wire))["output"]
            assert (request["type"], request["name"]) == ("mcp_approval_request", "delete_file")
            assert about(wire, request["id"]) == [
                "response.output_item.added",
                "conversation.item.added",
                "conversation.item.done",
                "response.output_item.done",
            ]
            consent = {
                "type": "mcp_approval_response",
                "approval_request_id": request["id"],
                "approve": True,
            }
            await wire.send("conversation.item.create", item=consent)
            await wire.send("response.create")  # waits for the result
            reply = said(await answer(wire))
            assert "deleted" in reply
            call = next(
                one["item"]
                for one in wire.of("conversation.item.done")
                if one["item"]["type"] == "mcp_call"
            )
            assert call["approval_request_id"] == request["id"]
            assert call["arguments"] == request["arguments"]
            assert about(wire, call["id"]) == [
                "conversation.item.added",
                "response.mcp_call.in_progress",
                "response.mcp_call.completed",
                "conversation.item.done",
            ]
            await wire.send("conversation.item.create", item=consent)
            error = (await wire.until("error"))["error"]
            assert error["param"] == "item.approval_request_id"

    run(main())


def test_a_call_that_is_refused_is_not_made(server: Server, tools_url: str) -> None:
    async def main() -> None:
        async with session(server, tool(tools_url)) as wire:
            await wire.say('Please call delete_file with path "a.txt".')
            (request,) = (await answer(wire))["output"]
            refusal = {
                "type": "mcp_approval_response",
                "approval_request_id": request["id"],
                "approve": False,
                "reason": "I need it",
            }
            await wire.send("conversation.item.create", item=refusal)
            await wire.send("response.create")
            reply = said(await answer(wire))
            assert "refused" in reply and "I need it" in reply
            assert not any("mcp_call." in kind for kind in wire.kinds())

    run(main())


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ({"never": {"tool_names": ["weather"]}}, "mcp_call"),
        ({"never": {"read_only": True}}, "mcp_call"),
        ({"never": {"tool_names": ["delete_file"]}}, "mcp_approval_request"),
        (
            {"never": {"read_only": True}, "always": {"tool_names": ["weather"]}},
            "mcp_approval_request",
        ),
        ({"never": {}}, "mcp_approval_request"),
        (None, "mcp_approval_request"),
    ],
)
def test_rules_say_which_calls_wait(server: Server, tools_url: str, rule: Any, kind: str) -> None:
    async def main() -> None:
        async with session(server, tool(tools_url, require_approval=rule)) as wire:
            await wire.say('Please call weather with city "Bern".')
            assert [item["type"] for item in (await answer(wire))["output"]] == [kind]

    run(main())


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


def test_a_response_brings_its_own_server(server: Server, tools_url: str) -> None:
    async def main() -> None:
        async with session(server) as wire:
            choice = {"type": "mcp", "server_label": "tests", "name": "delete_file"}
            own = tool(tools_url, require_approval="never")
            await wire.send("response.create", response={"tools": [own], "tool_choice": choice})
            (item,) = (await answer(wire))["output"]
            assert (item["type"], item["name"]) == ("mcp_call", "delete_file")
            await wire.say('Please call weather with city "Bern".')
            assert [one["type"] for one in (await answer(wire))["output"]] == ["message"]

    run(main())


def test_functions_of_the_client_stay_its_own(server: Server, tools_url: str) -> None:
    async def main() -> None:
        own = {"type": "function", "name": "weather", "parameters": {"type": "object"}}
        remote = tool(tools_url, require_approval="never", allowed_tools=["weather"])
        async with session(server, own, remote) as wire:
            await wire.send("response.create", response={"tool_choice": "required"})
            assert [one["type"] for one in (await answer(wire))["output"]] == ["function_call"]
            choice = {"type": "mcp", "server_label": "tests"}
            await wire.send("response.create", response={"tool_choice": choice})
            (item,) = (await answer(wire))["output"]
            assert (item["type"], item["name"]) == ("mcp_call", "weather")

    run(main())


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
