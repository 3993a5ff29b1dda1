"""The MCP servers of a session: their tools are listed, their calls approved and made.

Theory of operation. Each server that a list of tools names for the first time is asked for its
tools: an ``mcp_list_tools`` item enters the conversation, the shell is given ``ListTools``, and
``listed`` or ``not_listed`` ends it. A response whose tools are still being listed waits for
them. What a response calls is its own business (``responder.py``), until a rule asks for
consent: then ``ask_consent`` keeps the call, and the client's answer makes it at once, after the
response; the next response waits for its result. The conversation shows no secrets, so the
tools with theirs are kept here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec import UNSET, Struct

from ..errors import RemoteProtocolError
from . import mcp_events as events
from . import server_events
from .config import AnyTool, SessionConfig
from .conversation import Conversation
from .items import Item
from .mcp_config import McpTool, without_secrets
from .mcp_items import (
    ListedTool,
    McpApprovalResponse,
    McpCall,
    McpError,
    McpListTools,
)
from .mcp_rules import Remote, check_servers, equipped, mcp_tools
from .response_stream import Emit
from .work import CallTool, ListTools, Respond, Work

__all__ = ["McpServers"]

#: Lists of tools that are remembered beside those of the session.
_REMEMBERED = 32
#: Servers that may be asked for their lists at a time, before more are refused.
_MOST_UNDER_WAY = 32
#: Calls that may wait for consent at a time.
_MOST_ASKED = 256


class _Listing(Struct):
    """One server's tools: under way until ``tools`` or ``failed`` is set."""

    server: McpTool
    item: McpListTools
    previous_item_id: str | None
    tools: tuple[ListedTool, ...] | None = None
    failed: bool = False

    @property
    def under_way(self) -> bool:
        """Whether the server has not answered yet."""
        return self.tools is None and not self.failed


class _Asked(Struct, frozen=True):
    """A call that waits for consent."""

    remote: Remote
    arguments: str
    output_index: int


class _Approved(Struct, frozen=True):
    """A call that was approved and is being made."""

    item: McpCall
    previous_item_id: str | None
    output_index: int


class McpServers:
    """Lists tools, keeps consent, and makes the calls that it allowed.

    Args:
        refuse: says an error to the client.
        on_ready: called when what a response may have waited for is there.
        trouble: why no MCP server can be reached; ``None`` where they can.
    """

    def __init__(
        self,
        *,
        conversation: Conversation,
        emit: Emit,
        ask: Callable[[Work], None],
        new_id: Callable[[str], str],
        refuse: Callable[[RemoteProtocolError], None],
        on_ready: Callable[[], None],
        trouble: str | None,
    ) -> None:
        self._conversation = conversation
        self._emit = emit
        self._ask = ask
        self._new_id = new_id
        self._refuse = refuse
        self._on_ready = on_ready
        self._trouble = trouble
        self._session_tools: tuple[AnyTool, ...] = ()
        self._listings: dict[bytes, _Listing] = {}
        self._asked: dict[str, _Asked] = {}
        self._approved: dict[str, _Approved] = {}

    # Settings

    def configured(self, session: SessionConfig) -> SessionConfig:
        """Take the tools of ``session``: what the client may see of it comes back.

        Raises:
            RemoteProtocolError: a server cannot be reached from here; nothing was taken.
        """
        tools = session.tools or ()
        self._session_tools = self.own(tools, "session.tools")
        if not mcp_tools(tools):
            return session
        shown = tuple(
            without_secrets(tool) if isinstance(tool, McpTool) else tool
            for tool in self._session_tools
        )
        return msgspec.structs.replace(session, tools=shown)

    def own(self, tools: Sequence[AnyTool], path: str) -> tuple[AnyTool, ...]:
        """``tools`` of a request, with what the session knows of the same servers.

        A client repeats its settings without secrets, because it never sees them; so those
        of the same label and URL go on. A response may name a server by its label alone.
        """
        known = {tool.server_label: tool for tool in mcp_tools(self._session_tools)}
        own = tuple(
            _joined(known.get(tool.server_label), tool) if isinstance(tool, McpTool) else tool
            for tool in tools
        )
        check_servers(own, path, self._trouble)
        under_way = sum(listing.under_way for listing in self._listings.values())
        if under_way >= _MOST_UNDER_WAY and mcp_tools(own):
            raise RemoteProtocolError(
                f"{under_way} MCP servers have not said yet what they offer: wait for them.",
                code="invalid_value",
                param=path,
            )
        return own

    @property
    def session_tools(self) -> tuple[AnyTool, ...]:
        """The tools of the session, secrets included."""
        return self._session_tools

    # Lists

    def list_tools(self, tools: Iterable[AnyTool], *, again: bool) -> None:
        """Ask each server of ``tools`` that was not asked yet; ``again`` also those that failed."""
        for server in mcp_tools(tools):
            key = _key(server)
            listing = self._listings.get(key)
            if listing is None or (listing.failed and again):
                self._listings.pop(key, None)
                self._listings[key] = self._begin(server)
        self._forget()

    def listed(self, item_id: str, tools: Sequence[ListedTool]) -> None:
        """A server answered; its client's filter decides what of it counts."""
        listing = self._listing(item_id)
        if listing is None:
            return
        allowed = tuple(
            tool for tool in tools if listing.server.allows(tool.name, read_only=tool.read_only)
        )
        listing.tools = allowed
        self._emit(events.McpListToolsCompleted, item_id=item_id)
        self._end(listing, msgspec.structs.replace(listing.item, tools=allowed))

    def not_listed(self, item_id: str, message: str) -> None:
        """A server did not answer; the client is told why."""
        listing = self._listing(item_id)
        if listing is None:
            return
        listing.failed = True
        self._emit(events.McpListToolsFailed, item_id=item_id)
        label = listing.server.server_label
        trouble = f"The tools of the MCP server '{label:.64}' could not be listed: {message}"
        self._refuse(RemoteProtocolError(trouble, code="mcp_list_tools_failed"))
        self._end(listing, listing.item)

    def waits(self, tools: Iterable[AnyTool], items: Iterable[Item]) -> bool:
        """Whether a response with these tools and items has to wait for a server."""
        for server in mcp_tools(tools):
            listing = self._listings.get(_key(server))
            if listing is not None and listing.under_way:
                return True
        return bool(self._approved) and any(item.id in self._approved for item in items)

    def equip(self, work: Respond, tools: Iterable[AnyTool]) -> tuple[Respond, dict[str, Remote]]:
        """``work`` with the functions that the servers of ``tools`` offer."""
        servers = mcp_tools(tools)
        if not servers:
            return work, {}
        listings = [(server, self._listings.get(_key(server))) for server in servers]
        return equipped(
            work, [(server, found.tools or ()) for server, found in listings if found is not None]
        )

    # Consent

    def ask_consent(self, item_id: str, remote: Remote, arguments: str, output_index: int) -> None:
        """Keep a call until the client answers the request ``item_id``."""
        self._asked[item_id] = _Asked(remote, arguments, output_index)
        while len(self._asked) > _MOST_ASKED:
            del self._asked[next(iter(self._asked))]

    def check_answer(self, answer: McpApprovalResponse) -> None:
        """Refuse an answer to what was not asked, or was answered before."""
        if answer.approval_request_id not in self._asked:
            raise RemoteProtocolError(
                f"No approval request with id '{answer.approval_request_id:.64}' waits for an "
                "answer.",
                code="invalid_value",
                param="item.approval_request_id",
            )

    def answered(self, answer: McpApprovalResponse) -> None:
        """Make the call that ``answer``, now in the conversation, allows; or forget it."""
        asked = self._asked.pop(answer.approval_request_id)
        if not answer.approve:
            return
        server, previous = asked.remote.server, answer.id or None
        item = McpCall(
            id=self._new_id("item"),
            server_label=server.server_label,
            name=asked.remote.tool.name,
            arguments=asked.arguments,
            approval_request_id=answer.approval_request_id,
        )
        item_id = str(item.id)
        self._approved[item_id] = _Approved(item, previous, asked.output_index)
        self._emit(server_events.ConversationItemAdded, previous_item_id=previous, item=item)
        self._emit(
            events.ResponseMcpCallInProgress, item_id=item_id, output_index=asked.output_index
        )
        self._ask(
            CallTool(item_id=item_id, server=server, name=item.name, arguments=item.arguments)
        )

    def called(self, item_id: str, output: str | None, error: McpError | None) -> bool:
        """The result of an approved call; false where ``item_id`` is none."""
        approved = self._approved.pop(item_id, None)
        if approved is None:
            return False
        kind = events.ResponseMcpCallFailed if error else events.ResponseMcpCallCompleted
        self._emit(kind, item_id=item_id, output_index=approved.output_index)
        if self._conversation.holds(item_id):
            self._emit(
                server_events.ConversationItemDone,
                previous_item_id=approved.previous_item_id,
                item=msgspec.structs.replace(approved.item, output=output, error=error),
            )
        self._on_ready()
        return True

    # Helpers

    def _begin(self, server: McpTool) -> _Listing:
        item = McpListTools(id=self._new_id("item"), server_label=server.server_label, tools=())
        previous = self._conversation.last_item_id
        self._emit(server_events.ConversationItemAdded, previous_item_id=previous, item=item)
        self._emit(events.McpListToolsInProgress, item_id=item.id)
        self._ask(ListTools(item_id=str(item.id), server=server))
        return _Listing(server, item, previous)

    def _end(self, listing: _Listing, item: McpListTools) -> None:
        # The client may have deleted it in the meantime, and then it is not to come back.
        if self._conversation.holds(str(item.id)):
            self._emit(
                server_events.ConversationItemDone,
                previous_item_id=listing.previous_item_id,
                item=item,
            )
        self._on_ready()

    def _listing(self, item_id: str) -> _Listing | None:
        for listing in self._listings.values():
            if listing.item.id == item_id and listing.under_way:
                return listing
        return None

    def _forget(self) -> None:
        kept = {_key(server) for server in mcp_tools(self._session_tools)}
        old = [
            key
            for key, listing in self._listings.items()
            if key not in kept and not listing.under_way
        ]
        for key in old[:-_REMEMBERED]:
            del self._listings[key]


def _joined(known: McpTool | None, tool: McpTool) -> McpTool:
    if known is None:
        return tool
    if all(getattr(tool, name) is UNSET for name in ("server_url", "connector_id", "tunnel_id")):
        tool = msgspec.structs.replace(tool, server_url=known.server_url)
        for name in ("allowed_tools", "require_approval"):
            if getattr(tool, name) is UNSET:
                tool = msgspec.structs.replace(tool, **{name: getattr(known, name)})
    if tool.server_url != known.server_url:
        return tool
    for name in ("authorization", "headers"):
        if getattr(tool, name) is UNSET:
            tool = msgspec.structs.replace(tool, **{name: getattr(known, name)})
    return tool


def _key(server: McpTool) -> bytes:
    """What makes a list of tools another one."""
    headers = sorted(server.headers.items()) if server.headers else None
    what = (
        server.server_label,
        server.server_url,
        server.authorization or None,
        headers,
        server.allowed_tools or None,
    )
    return msgspec.json.encode(what)
