"""What the tests of tools share: a server that calls, and what it was told."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.session.scripted import Peer, Script

__all__ = ["add", "call", "calling", "creates", "errors", "multiply", "outputs", "until", "updates"]


def until(condition: Any, limit: float = 10) -> None:
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


async def call(
    peer: Peer, event: dict[str, Any] | None, *calls: tuple[str, str], **more: Any
) -> None:
    """A whole response that consists of calls."""
    asked = (event or {}).get("response") or {}
    if peer.active is None:
        await peer.begin(event)
    output = []
    for name, arguments in calls:
        item = {
            "id": peer.new_id("item"), "type": "function_call", "status": "completed",
            "name": name, "call_id": peer.new_id("call"), "arguments": arguments,
        }  # fmt: skip
        if asked.get("conversation") != "none":
            await peer.item(item)
        output.append(item)
    status = more.pop("status", "completed")
    response = peer.response(status, asked, output=output, **more)
    peer.active = None
    await peer.send("response.done", response=response)


def calling(script: Script, *rounds: tuple[tuple[str, str], ...], then: str = "The end") -> None:
    """The server calls, round by round, and then it answers."""
    left = list(rounds)

    async def create(peer: Peer, event: dict[str, Any]) -> None:
        if peer.active is not None:
            await peer.error("busy", code="conversation_already_has_active_response",
                             event_id=event["event_id"])  # fmt: skip
        elif left:
            await call(peer, event, *left.pop(0))
        else:
            await peer.begin(event)
            await peer.finish(then, event)

    script.on["response.create"] = create


def outputs(script: Script) -> list[Any]:
    """What the model was told, in order."""
    items = [e["item"] for e in script.events if e["type"] == "conversation.item.create"]
    return [i["output"] for i in items if i["type"] == "function_call_output"]


def errors(script: Script) -> list[tuple[str, str]]:
    found = [json.loads(text)["error"] for text in outputs(script)]
    return [(error["type"], error["message"]) for error in found]


def updates(script: Script) -> list[list[str]]:
    """The names of the tools in each ``session.update`` that has any."""
    sent = [e["session"] for e in script.events if e["type"] == "session.update"]
    return [[tool["name"] for tool in s["tools"]] for s in sent if "tools" in s]


def creates(script: Script) -> list[dict[str, Any]]:
    sent = [e for e in script.events if e["type"] == "response.create"]
    return [{k: v for k, v in (e.get("response") or {}).items() if k != "metadata"} for e in sent]


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def multiply(a: int, b: int) -> int:
    return a * b
