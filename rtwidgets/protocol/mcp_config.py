"""MCP servers as tools: what a client says of one, and which rules it sets (reference, 3.6).

``authorization`` and ``headers`` are secrets between the client and the MCP server: no repr
shows them, and ``without_secrets`` is what a session reports.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

__all__ = [
    "McpApproval",
    "McpTool",
    "McpToolFilter",
    "ToolChoiceMcp",
    "without_secrets",
]


class McpToolFilter(Struct, frozen=True, kw_only=True):
    """Some tools of a server: by name, or by the server's own word that they change nothing."""

    tool_names: tuple[str, ...] | None | UnsetType = UNSET
    read_only: bool | None | UnsetType = UNSET

    def matches(self, name: str, *, read_only: bool) -> bool:
        """Whether a tool fits all that is said here; nothing said fits no tool."""
        if not isinstance(self.tool_names, tuple) and not isinstance(self.read_only, bool):
            return False
        if isinstance(self.tool_names, tuple) and name not in self.tool_names:
            return False
        return not isinstance(self.read_only, bool) or self.read_only == read_only


class McpApproval(Struct, frozen=True, kw_only=True):
    """Which calls wait for the client's consent."""

    always: McpToolFilter | None | UnsetType = UNSET
    never: McpToolFilter | None | UnsetType = UNSET


class McpTool(Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp"):
    """The tools of an MCP server; the Realtime server lists and calls them by itself."""

    server_label: str
    server_url: str | None | UnsetType = UNSET
    connector_id: str | None | UnsetType = UNSET
    tunnel_id: str | None | UnsetType = UNSET
    authorization: str | None | UnsetType = UNSET
    headers: dict[str, str] | None | UnsetType = UNSET
    server_description: str | None | UnsetType = UNSET
    allowed_tools: tuple[str, ...] | McpToolFilter | None | UnsetType = UNSET
    require_approval: Literal["always", "never"] | McpApproval | None | UnsetType = UNSET
    defer_loading: bool | None | UnsetType = UNSET
    allowed_callers: tuple[Literal["direct", "programmatic"], ...] | None | UnsetType = UNSET

    def __repr__(self) -> str:
        return f"McpTool(server_label={self.server_label!r})"

    def allows(self, name: str, *, read_only: bool) -> bool:
        """Whether the model may know this tool; without a rule it may know all."""
        allowed = self.allowed_tools
        if isinstance(allowed, tuple):
            return name in allowed
        if isinstance(allowed, McpToolFilter) and allowed != McpToolFilter():
            return allowed.matches(name, read_only=read_only)
        return True

    def asks(self, name: str, *, read_only: bool) -> bool:
        """Whether a call of this tool waits for consent.

        It does unless a rule says never, and a rule that says always has the last word.
        """
        rule = self.require_approval
        if not isinstance(rule, McpApproval):
            return rule != "never"
        if isinstance(rule.always, McpToolFilter) and rule.always.matches(
            name, read_only=read_only
        ):
            return True
        never = rule.never
        return not (isinstance(never, McpToolFilter) and never.matches(name, read_only=read_only))


class ToolChoiceMcp(Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp"):
    """The model must call a tool of this server: the named one, or any."""

    server_label: str
    name: str | None | UnsetType = UNSET


def without_secrets(tool: McpTool) -> McpTool:
    """``tool`` as a session reports it: its secrets are left out, not masked.

    A mask would be sent back as if it were a header by a client that repeats its settings.
    """
    return msgspec.structs.replace(tool, authorization=UNSET, headers=UNSET)
