"""Calls that wait for a person's word, whoever makes them, as panels show and answer them.

Two kinds are one here: a tool of ours with ``approve=True``, which waits in
``session.pending_approvals``, and an MCP tool that the server would call, which waits in the
conversation as an item. The first answer counts, whichever page gave it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from ..protocol.events import ConversationItemDeleted, Error
from ..protocol.items import FunctionCall
from ..protocol.mcp_items import McpApprovalRequest, McpApprovalResponse
from ..session.connecting.secrets import scrub
from ..session.events.notices import ApprovalWanted
from .transcript_row import MAX_TEXT, Ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..protocol.conversation import Conversation
    from ..session.events.notices import Happening

__all__ = ["Question", "Questions"]

#: Questions that were answered are remembered up to here.
MOST = 200


class Question(TypedDict):
    """A question as a card."""

    name: str
    """The function."""
    text: str
    """Its arguments, as JSON."""
    ask: Ask


class Questions:
    """The questions of one session; on the loop thread."""

    def __init__(self, session: Any, changed: Callable[[], None]) -> None:
        self._session = session
        self._changed = changed
        self._ours: dict[str, Any] = {}  # call id -> Approval
        self._answered: set[str] = set()  # MCP requests that were answered here
        for approval in session.pending_approvals:
            self._take(approval)

    def observe(self, event: Happening) -> None:
        """Hear of a question, or of an answer that the server refused."""
        if isinstance(event, ApprovalWanted):
            self._take(event.approval)
        elif isinstance(event, (Error, ConversationItemDeleted)):
            self._answered.clear()  # perhaps it was that: whoever answers again is not harmed

    def _take(self, approval: Any) -> None:
        self._ours[approval.call.call_id] = approval
        for key in list(self._ours)[:-MOST]:
            del self._ours[key]
        # Whoever answers it, here, in a cell or by a callback, everybody sees it at once.
        approval.answer.add_done_callback(lambda _: self._changed())

    def of_call(self, item: FunctionCall) -> Ask | None:
        """What was asked about a call of ours, if anything."""
        approval = self._ours.get(str(item.call_id))
        if approval is None:
            return None
        key = str(item.call_id)
        return {"key": key, "state": approval.decision, "left_s": _left(approval)}

    def of_request(self, item: McpApprovalRequest, answer: McpApprovalResponse | None) -> Ask:
        """What became of a question about an MCP tool."""
        key = str(item.id)
        if answer is None:
            return {"key": key, "state": "pending", "left_s": -1}
        return {"key": key, "state": "approved" if answer.approve else "denied", "left_s": -1}

    def all(self, conversation: Conversation) -> list[Question]:
        """The questions of both kinds, ours first, the oldest first."""
        asked: list[Question] = []
        for key, approval in self._ours.items():
            ask: Ask = {"key": key, "state": approval.decision, "left_s": _left(approval)}
            call = approval.call
            asked.append({"name": call.name, "text": scrub(call.text)[:MAX_TEXT], "ask": ask})
        items = conversation.items
        answers = {i.approval_request_id: i for i in items if isinstance(i, McpApprovalResponse)}
        for item in items:
            if isinstance(item, McpApprovalRequest):
                ask = self.of_request(item, answers.get(str(item.id)))
                name = f"{item.server_label}: {item.name}"
                asked.append({"name": name, "text": item.arguments[:MAX_TEXT], "ask": ask})
        return asked

    @property
    def counting(self) -> bool:
        """A question of ours waits, and its time runs."""
        return any(approval.pending for approval in self._ours.values())

    def decide(self, key: str, conversation: Conversation, *, approve: bool) -> None:
        """Somebody pressed a button; a second answer changes nothing."""
        approval = self._ours.get(key)
        if approval is not None:
            approval.approve() if approve else approval.deny()
            return
        asked = any(
            isinstance(item, McpApprovalRequest) and item.id == key for item in conversation.items
        )
        told = any(
            isinstance(item, McpApprovalResponse) and item.approval_request_id == key
            for item in conversation.items
        )
        if not asked or told or key in self._answered:
            return
        self._answered.add(key)
        self._session.create_item(McpApprovalResponse(approval_request_id=key, approve=approve))
        # The call itself gives no answer: the model is asked for one, which waits for the call.
        self._session.create_response()


def _left(approval: Any) -> int:
    """A countdown that begins with the whole time."""
    return int(approval.left_s + 0.999)
