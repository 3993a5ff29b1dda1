"""An MCP server with a few tools: ``python -m tests.server.mcp_tools`` prints its port.

It is the official package's own server, so what the tests see is what a real one does. A
request for ``/mcp`` without the right token is refused where ``--token`` was given.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations

server = MCPServer("tests")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def weather(city: str) -> str:
    """The weather of a city."""
    return f"It rains in {city}."


@server.tool()
def delete_file(path: str) -> str:
    """Delete a file."""
    return f"deleted {path}"


@server.tool()
def broken_lamp() -> str:
    """Switch a lamp on."""
    raise RuntimeError("the bulb is gone")


@server.tool()
async def sleepy_lookup() -> str:
    """Takes an hour."""
    await asyncio.sleep(3600)
    return "late"


@server.tool()
def long_story() -> str:
    """Tell more than fits into an event."""
    return "x" * 250_000


def guarded(app: Any, token: str) -> Any:
    async def call(
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        headers = dict(scope.get("headers", ()))
        if scope["type"] == "http" and headers.get(b"authorization") != f"Bearer {token}".encode():
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, receive, send)

    return call


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--token")
    token = parser.parse_args().token
    app: Any = server.streamable_http_app()
    if token:
        app = guarded(app, token)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(app, log_level="error")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
