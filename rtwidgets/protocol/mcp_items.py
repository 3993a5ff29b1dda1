"""Items about MCP servers: what they offer, calls, and the consent to a call (reference, 3.7).

A call that has neither ``output`` nor ``error`` is still under way. ``status`` and ``object``
are read from servers that say them; the embedded server says neither, as the reference has it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

__all__ = [
    "ListedTool",
    "McpApprovalRequest",
    "McpApprovalResponse",
    "McpCall",
    "McpError",
    "McpHttpError",
    "McpListTools",
    "McpProtocolError",
    "McpToolExecutionError",
]

_Status = Literal["in_progress", "completed", "incomplete"]
_Id = Annotated[str, Meta(max_length=32)]


class ListedTool(Struct, frozen=True, kw_only=True):
    """A tool that an MCP server offers; ``input_schema`` is a JSON schema."""

    name: str
    description: str | None | UnsetType = UNSET
    input_schema: Any = UNSET
    annotations: Any = UNSET

    @property
    def read_only(self) -> bool:
        """Whether its server says that it changes nothing."""
        hints = self.annotations
        return isinstance(hints, dict) and hints.get("readOnlyHint") is True


class McpListTools(Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp_list_tools"):
    """What an MCP server offers; empty until its list has come."""

    id: _Id | UnsetType = UNSET
    object: Literal["realtime.item"] | UnsetType = UNSET
    status: _Status | UnsetType = UNSET
    server_label: str
    tools: tuple[ListedTool, ...]


class McpProtocolError(Struct, frozen=True, kw_only=True, tag_field="type", tag="protocol_error"):
    """The MCP server refused the request; ``code`` is that of JSON-RPC."""

    code: int
    message: str


class McpToolExecutionError(
    Struct, frozen=True, kw_only=True, tag_field="type", tag="tool_execution_error"
):
    """The tool ran and failed."""

    message: str


class McpHttpError(Struct, frozen=True, kw_only=True, tag_field="type", tag="http_error"):
    """The MCP server could not be asked; ``code`` is that of HTTP."""

    code: int
    message: str


McpError = McpProtocolError | McpToolExecutionError | McpHttpError


class McpCall(Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp_call"):
    """A call of an MCP server's tool, made by the Realtime server; ``arguments`` is JSON text."""

    id: _Id | UnsetType = UNSET
    object: Literal["realtime.item"] | UnsetType = UNSET
    status: _Status | UnsetType = UNSET
    server_label: str
    name: str
    arguments: str
    approval_request_id: str | None = None
    output: str | None = None
    error: McpError | None = None


class McpApprovalRequest(
    Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp_approval_request"
):
    """The model wants to call a tool and waits for the client's consent."""

    id: _Id | UnsetType = UNSET
    object: Literal["realtime.item"] | UnsetType = UNSET
    status: _Status | UnsetType = UNSET
    server_label: str
    name: str
    arguments: str


class McpApprovalResponse(
    Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp_approval_response"
):
    """The client's yes or no to a call."""

    id: _Id | UnsetType = UNSET
    object: Literal["realtime.item"] | UnsetType = UNSET
    status: _Status | UnsetType = UNSET
    approval_request_id: str
    approve: bool
    reason: str | None | UnsetType = UNSET
