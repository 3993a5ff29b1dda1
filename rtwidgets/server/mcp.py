"""MCP servers over HTTP, by the official package ``mcp``: the work that the core hands out.

Theory of operation. Each piece of work is a connection of its own: greet, ask, leave. It runs
as a task beside the one that waits for it, so that a server which hangs, even while it is taken
leave of, costs no more than its time limit. What went wrong is told in the three kinds of the
protocol; messages and log lines name a server by its label, never by its headers or its URL.
The package is large and not everybody needs it, so it is imported by the first who does.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from importlib import metadata, util
from typing import Any, TypeVar

import msgspec

from ..protocol.mcp_config import McpTool
from ..protocol.mcp_items import (
    ListedTool,
    McpError,
    McpHttpError,
    McpProtocolError,
    McpToolExecutionError,
)
from ..protocol.server import ServerProtocol
from ..protocol.work import CallTool, ListTools

__all__ = ["CALL_S", "LIST_S", "McpClient", "McpFailure", "trouble"]

log = logging.getLogger(__name__)

#: How long (s) a server may take to say what it offers, and to answer a call. A response
#: waits that long for them.
LIST_S, CALL_S = 10.0, 30.0
#: Servers that one session asks at a time.
AT_A_TIME = 4
#: Characters of a tool's answer: an event stays under the 1 MiB that old clients take.
LONGEST_OUTPUT = 100_000
#: Bytes of a list of tools, for the same reason.
LONGEST_LIST = 700_000
#: JSON-RPC codes.
INVALID_PARAMS, INTERNAL_ERROR = -32602, -32603
#: What a gateway would answer for a server that is not there, or does not answer.
BAD_GATEWAY, GATEWAY_TIMEOUT = 502, 504

T = TypeVar("T")


class McpFailure(Exception):
    """An MCP server did not do what it was asked to."""

    def __init__(self, error: McpError) -> None:
        super().__init__(error.message)
        self.error = error


def trouble() -> str | None:
    """Why no MCP server can be reached from this Python; ``None`` where they can."""
    if util.find_spec("mcp") is None:
        return "MCP tools need the package 'mcp': pip install 'rtwidgets[mcp]'."
    version = metadata.version("mcp")
    if version.startswith(("0.", "1.")):
        return f"MCP tools need 'mcp' 2, and {version} is here: pip install 'rtwidgets[mcp]'."
    return None


class McpClient:
    """Asks MCP servers for one session, and tells its core what they say.

    Args:
        core: takes the results.
        flush: sends what the core has to say.
        list_s: how long a server may take to list its tools.
        call_s: how long a tool may take.
    """

    def __init__(
        self,
        core: ServerProtocol,
        flush: Callable[[], Awaitable[None]],
        *,
        list_s: float = LIST_S,
        call_s: float = CALL_S,
    ) -> None:
        self._core = core
        self._flush = flush
        self._list_s = list_s
        self._call_s = call_s
        self._room = asyncio.Semaphore(AT_A_TIME)

    async def list_tools(self, work: ListTools) -> None:
        """Do ``work``."""
        try:
            tools = await self._ask(_list(work.server), self._list_s)
        except McpFailure as failure:
            log.warning("the tools of %r are unknown: %s", work.server, failure)
            self._core.tools_not_listed(work.item_id, str(failure))
        else:
            self._core.tools_listed(work.item_id, tools)
        await self._flush()

    async def call_tool(self, work: CallTool) -> None:
        """Do ``work``."""
        try:
            output = await self._ask(_call(work.server, work.name, work.arguments), self._call_s)
        except McpFailure as failure:
            log.info("%s of %r failed: %s", work.name, work.server, failure)
            self._core.tool_failed(work.item_id, failure.error)
        else:
            self._core.tool_returned(work.item_id, output)
        await self._flush()

    async def _ask(self, question: Coroutine[Any, Any, T], limit_s: float) -> T:
        """The answer, or ``McpFailure``, in ``limit_s``."""
        async with self._room:
            task = asyncio.create_task(question)
            task.add_done_callback(_look)
            try:
                done, _ = await asyncio.wait({task}, timeout=limit_s)
            finally:
                task.cancel()
        if not done:
            message = f"It did not answer within {limit_s:g} s."
            raise McpFailure(McpHttpError(code=GATEWAY_TIMEOUT, message=message))
        return task.result()


def _look(task: asyncio.Task[Any]) -> None:
    """Nobody else may look at the exception of a task that was given up."""
    if not task.cancelled():
        task.exception()


async def _list(server: McpTool) -> list[ListedTool]:
    async with _connected(server) as client:
        tools: list[ListedTool] = []
        cursor, size = None, 0
        while True:
            page = await client.list_tools(cursor=cursor)
            for tool in page.tools:
                hints = tool.annotations
                listed = ListedTool(
                    name=tool.name,
                    # Some clients refuse null (reference, section 2.5).
                    description=tool.description or "",
                    input_schema=tool.input_schema,
                    annotations=hints and hints.model_dump(by_alias=True, exclude_none=True),
                )
                size += len(msgspec.json.encode(listed))
                if size > LONGEST_LIST:
                    log.warning("%r offers too many tools; the last are left out", server)
                    return tools
                tools.append(listed)
            cursor = page.next_cursor
            if not cursor:
                return tools


async def _call(server: McpTool, name: str, arguments: str) -> str:
    try:
        given = json.loads(arguments or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        message = "The arguments are no JSON object."
        raise McpFailure(McpProtocolError(code=INVALID_PARAMS, message=message))
    async with _connected(server) as client:
        result = await client.call_tool(name, given)
    output = _words(result)
    if result.is_error:
        raise McpFailure(McpToolExecutionError(message=output or "The tool failed."))
    return output


@asynccontextmanager
async def _connected(server: McpTool) -> AsyncIterator[Any]:
    """A client of ``server``; what goes wrong while it is used becomes ``McpFailure``."""
    mcp = await asyncio.to_thread(importlib.import_module, "mcp")
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    answered: list[int] = []

    async def note(response: httpx2.Response) -> None:
        if response.request.method == "POST":
            answered.append(response.status_code)

    headers = dict(server.headers or {})
    if server.authorization:
        headers["Authorization"] = f"Bearer {server.authorization}"
    info = mcp.types.Implementation(name="rtwidgets", version=metadata.version("rtwidgets"))
    try:
        async with httpx2.AsyncClient(
            headers=headers,
            timeout=httpx2.Timeout(LIST_S, read=CALL_S),
            event_hooks={"response": [note]},
        ) as http:
            transport = streamable_http_client(str(server.server_url), http_client=http)
            async with mcp.Client(transport, client_info=info, cache=None) as client:
                yield client
    except McpFailure:
        raise
    except Exception as error:
        failed = answered[-1] if answered and answered[-1] >= 400 else None
        raise McpFailure(_explained(error, failed)) from error


def _explained(error: BaseException, status: int | None) -> McpError:
    """An exception of the packages as one of the protocol's three kinds."""
    import httpx2
    from mcp import MCPError

    while (inner := getattr(error, "exceptions", None)) is not None:  # groups of tasks
        error = inner[0]
    if status is not None:
        return McpHttpError(code=status, message=f"It answered with HTTP status {status}.")
    if isinstance(error, MCPError):
        return McpProtocolError(code=error.code, message=error.message)
    if isinstance(error, httpx2.TimeoutException):
        return McpHttpError(code=GATEWAY_TIMEOUT, message="It did not answer in time.")
    if isinstance(error, httpx2.TransportError):
        return McpHttpError(code=BAD_GATEWAY, message="It cannot be reached.")
    if isinstance(error, httpx2.InvalidURL | UnicodeError):
        return McpHttpError(code=BAD_GATEWAY, message="Its URL or headers cannot be used.")
    log.exception("an MCP server was misunderstood", exc_info=error)
    message = f"Its answer could not be used ({type(error).__name__})."
    return McpProtocolError(code=INTERNAL_ERROR, message=message)


def _words(result: Any) -> str:
    """What a tool said, as text: a picture or a sound is named, not shown."""
    said = [
        getattr(block, "text", None)
        or getattr(getattr(block, "resource", None), "text", None)
        or f"[{block.type}]"
        for block in result.content
        if getattr(block, "text", None) != ""
    ]
    output = "\n".join(said)
    if not said and result.structured_content is not None:
        output = json.dumps(result.structured_content, ensure_ascii=False)
    if len(output) > LONGEST_OUTPUT:
        output = output[:LONGEST_OUTPUT] + f"\n[{len(output) - LONGEST_OUTPUT} characters more]"
    return output
