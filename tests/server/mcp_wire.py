"""Sessions with MCP tools, and the MCP server of ``mcp_tools.py`` as a process, for tests."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from openai.types.realtime.realtime_server_event import RealtimeServerEvent

from rtwidgets.server import Server
from tests.judges.wire_models import Journal
from tests.server.wire import Wire, dial

__all__ = ["LISTING", "ROOT", "TOKEN", "about", "answer", "listed", "mcp_server", "run"]
__all__ += ["said", "session", "tool"]

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
    journal = Journal(RealtimeServerEvent)
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
