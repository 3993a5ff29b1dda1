"""Which MCP servers a client may name, and which functions of theirs a response gets.

Pure functions: ``mcp_servers.py`` holds the state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import UNSET, Struct

from ..errors import RemoteProtocolError
from .config import AnyTool, Tool, ToolChoice, ToolChoiceFunction
from .mcp_config import McpTool, ToolChoiceMcp
from .mcp_items import ListedTool
from .work import Respond

__all__ = ["MOST_SERVERS", "Remote", "check_servers", "equipped", "mcp_tools"]

#: MCP servers in one list of tools: each is asked over the network.
MOST_SERVERS = 16

_URL = re.compile(r"https?://([^/?#\s]+)[^\s]*$", re.IGNORECASE)


class Remote(Struct, frozen=True):
    """A function that the model sees, and whose it is."""

    server: McpTool
    tool: ListedTool

    @property
    def asks(self) -> bool:
        """Whether a call waits for the client's consent."""
        return self.server.asks(self.tool.name, read_only=self.tool.read_only)


def mcp_tools(tools: Iterable[AnyTool]) -> tuple[McpTool, ...]:
    """The MCP servers among ``tools``."""
    return tuple(tool for tool in tools if isinstance(tool, McpTool))


def check_servers(tools: Sequence[AnyTool], path: str, trouble: str | None) -> None:
    """Refuse what cannot be reached from here.

    Args:
        path: of ``tools`` in the event.
        trouble: why no MCP server can be reached at all, if so.
    """
    labels: set[str] = set()
    for place, tool in enumerate(tools):
        if not isinstance(tool, McpTool):
            continue
        here = f"{path}[{place}]"
        if trouble is not None:
            raise RemoteProtocolError(trouble, code="invalid_value", param=f"{here}.type")
        for name in ("connector_id", "tunnel_id"):
            if getattr(tool, name):
                raise RemoteProtocolError(
                    f"Invalid '{here}.{name}': this server reaches MCP servers by 'server_url' "
                    "alone; connectors and tunnels belong to OpenAI's.",
                    code="invalid_value",
                    param=f"{here}.{name}",
                )
        if not tool.server_url:
            raise RemoteProtocolError(
                f"Missing required parameter: '{here}.server_url'.",
                code="missing_required_parameter",
                param=f"{here}.server_url",
            )
        _check_url(tool.server_url, f"{here}.server_url")
        if tool.server_label in labels:
            raise RemoteProtocolError(
                f"Invalid value: '{tool.server_label:.64}'. Each MCP server needs a label of its "
                "own.",
                code="invalid_value",
                param=f"{here}.server_label",
            )
        labels.add(tool.server_label)
        if len(labels) > MOST_SERVERS:
            raise RemoteProtocolError(
                f"Invalid '{path}': at most {MOST_SERVERS} MCP servers are supported.",
                code="invalid_value",
                param=path,
            )


def _check_url(url: str, param: str) -> None:
    """The value itself stays out of the message: it may hold a password."""
    trouble, found = None, _URL.match(url)
    if found is None:
        trouble = "expected an http or https URL"
    elif "@" in found[1]:
        trouble = "put credentials into 'authorization' or 'headers'"
    if trouble is not None:
        raise RemoteProtocolError(
            f"Invalid '{param}': {trouble}.", code="invalid_value", param=param
        )


def equipped(
    work: Respond, offers: Iterable[tuple[McpTool, Sequence[ListedTool]]]
) -> tuple[Respond, dict[str, Remote]]:
    """``work`` with the functions of MCP servers beside its own, and what each name stands for.

    A name that is taken already gets the label of its server in front.
    """
    taken = {tool.name for tool in work.tools}
    functions, remotes = list(work.tools), {}
    for server, listed in offers:
        for tool in listed:
            name = _function_name(tool.name)
            if name in taken:
                name = _function_name(f"{server.server_label}_{tool.name}")
            if name in taken:
                continue
            taken.add(name)
            remotes[name] = Remote(server, tool)
            schema = tool.input_schema
            functions.append(
                Tool(
                    name=name,
                    description=tool.description or UNSET,
                    parameters=schema if isinstance(schema, dict) else UNSET,
                )
            )
    choice, functions = _chosen(work.tool_choice, functions, remotes)
    work = msgspec.structs.replace(work, tools=tuple(functions), tool_choice=choice)
    return work, remotes


def _chosen(
    choice: ToolChoice, functions: list[Tool], remotes: dict[str, Remote]
) -> tuple[ToolChoice, list[Tool]]:
    """The choice among what there is; one that nothing fits any more is let go."""
    names = {tool.name for tool in functions}
    if isinstance(choice, ToolChoiceMcp):
        wanted = {
            name
            for name, remote in remotes.items()
            if remote.server.server_label == choice.server_label
            and choice.name in (UNSET, None, remote.tool.name)
        }
        if not wanted:
            return "auto", functions
        if choice.name:
            return ToolChoiceFunction(name=wanted.pop()), functions
        return "required", [tool for tool in functions if tool.name in wanted]
    if isinstance(choice, ToolChoiceFunction) and choice.name not in names:
        return "auto", functions
    return "auto" if choice == "required" and not functions else choice, functions


def _function_name(name: str) -> str:
    """As language models take it: MCP allows dots and slashes as well."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:64]
