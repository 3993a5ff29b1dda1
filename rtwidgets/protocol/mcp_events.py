"""Server events about MCP servers (reference, sections 2.5 and 4.14); GA only.

Those of a call name no response: a call that waited for consent is made after its response.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from .server_events import ServerEventBase

__all__ = [
    "McpListToolsCompleted",
    "McpListToolsFailed",
    "McpListToolsInProgress",
    "ResponseMcpCallArgumentsDelta",
    "ResponseMcpCallArgumentsDone",
    "ResponseMcpCallCompleted",
    "ResponseMcpCallFailed",
    "ResponseMcpCallInProgress",
]


class McpListToolsInProgress(
    ServerEventBase, frozen=True, kw_only=True, tag="mcp_list_tools.in_progress"
):
    """The server asks an MCP server for its tools."""

    item_id: str


class McpListToolsCompleted(
    ServerEventBase, frozen=True, kw_only=True, tag="mcp_list_tools.completed"
):
    """The tools are known; the item that is done next holds them."""

    item_id: str


class McpListToolsFailed(ServerEventBase, frozen=True, kw_only=True, tag="mcp_list_tools.failed"):
    """The tools could not be listed; the session goes on without them."""

    item_id: str


class ResponseMcpCallArgumentsDelta(
    ServerEventBase, frozen=True, kw_only=True, tag="response.mcp_call_arguments.delta"
):
    """More of a call's arguments."""

    response_id: str
    item_id: str
    output_index: int
    delta: str
    obfuscation: str | None | UnsetType = UNSET


class ResponseMcpCallArgumentsDone(
    ServerEventBase, frozen=True, kw_only=True, tag="response.mcp_call_arguments.done"
):
    """All the arguments of a call, as JSON text."""

    response_id: str
    item_id: str
    output_index: int
    arguments: str


class ResponseMcpCallInProgress(
    ServerEventBase, frozen=True, kw_only=True, tag="response.mcp_call.in_progress"
):
    """The MCP server is being asked."""

    item_id: str
    output_index: int


class ResponseMcpCallCompleted(
    ServerEventBase, frozen=True, kw_only=True, tag="response.mcp_call.completed"
):
    """The tool answered; the item that is done next holds its output."""

    item_id: str
    output_index: int


class ResponseMcpCallFailed(
    ServerEventBase, frozen=True, kw_only=True, tag="response.mcp_call.failed"
):
    """The call failed; the item that is done next holds the error."""

    item_id: str
    output_index: int
