"""What items about MCP servers say in words, and how two reports of one are joined."""

from __future__ import annotations

from typing import TypeVar

from msgspec import Struct, structs

from .mcp_items import McpApprovalRequest, McpApprovalResponse, McpCall, McpListTools

__all__ = ["mcp_merged", "mcp_words"]

_T = TypeVar("_T", bound=Struct)


def mcp_words(item: McpListTools | McpCall | McpApprovalRequest | McpApprovalResponse) -> str:
    """The names of tools, the result of a call (its arguments until then), or the answer."""
    if isinstance(item, McpListTools):
        return ", ".join(tool.name for tool in item.tools)
    if isinstance(item, McpApprovalResponse):
        answer = "approved" if item.approve else "refused"
        return f"{answer}: {item.reason}" if item.reason else answer
    if isinstance(item, McpCall):
        if item.error is not None:
            return item.error.message
        return item.arguments if item.output is None else item.output
    return item.arguments


def mcp_merged(old: Struct, new: _T) -> _T:
    """The newer report, with what the older one knew wherever the newer says nothing."""
    if isinstance(old, McpListTools) and isinstance(new, McpListTools):
        return structs.replace(new, tools=new.tools or old.tools)
    if isinstance(old, McpCall) and isinstance(new, McpCall):
        return structs.replace(
            new,
            server_label=new.server_label or old.server_label,
            name=new.name or old.name,
            arguments=new.arguments or old.arguments,
            approval_request_id=new.approval_request_id or old.approval_request_id,
            output=old.output if new.output is None else new.output,
            error=old.error if new.error is None else new.error,
        )
    return new
