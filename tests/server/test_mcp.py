"""MCP tools against real MCP servers over HTTP, seen by a plain websocket client.

The MCP server is the official package's own, in a process of its own (``mcp_tools.py``); every
event is held against OpenAI's models as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rtwidgets.server import Server
from tests.server.mcp_wire import (
    LISTING,
    about,
    answer,
    listed,
    mcp_server,
    run,
    said,
    session,
    tool,
)


@pytest.fixture(scope="module")
def tools_url() -> Iterator[str]:
    with mcp_server() as url:
        yield url


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
