"""Items that a model or a server makes besides messages, as rows: one row for a call.

A call and what came of it are two items or more on the wire (the call, its output; a request for
approval, the answer to it). A reader sees one thing that happened, so they are one row, at the
place of the first; a result whose call is not in the window has a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import UNSET

from ..protocol.content import words
from ..protocol.items import FunctionCall, FunctionCallOutput, Item, Message
from ..protocol.mcp_items import (
    McpApprovalRequest,
    McpApprovalResponse,
    McpCall,
    McpListTools,
)
from ..session.connecting.secrets import scrub
from ..session.tools.calls import error_text
from .approval_questions import Questions
from .transcript_row import Row, State, failure_of, make_row

__all__ = ["Calls"]


class Calls:
    """The calls in one window of items, with their outputs and answers."""

    def __init__(self, items: Iterable[Item], finished: dict[str, Any], questions: Questions):
        self._finished = finished
        self._questions = questions
        items = list(items)
        self._calls = {i.call_id for i in items if isinstance(i, FunctionCall)}
        self._names = {i.call_id: i.name for i in items if isinstance(i, FunctionCall)}
        self._outputs = {
            i.call_id: i
            for i in items
            if isinstance(i, FunctionCallOutput) and i.call_id in self._calls
        }
        requests = {i.id for i in items if isinstance(i, McpApprovalRequest)}
        self._answers = {
            i.approval_request_id: i
            for i in items
            if isinstance(i, McpApprovalResponse) and i.approval_request_id in requests
        }

    def hidden(self, item: Item) -> bool:
        """It is told in another row."""
        if isinstance(item, FunctionCallOutput):
            return self._outputs.get(item.call_id) is item
        if isinstance(item, McpApprovalResponse):
            return self._answers.get(item.approval_request_id) is item
        return False

    def row(self, item: Item, at: dict[str, float]) -> Row:
        """The row of an item that is no message."""
        assert not isinstance(item, Message)
        item_id = str(item.id)
        if isinstance(item, FunctionCall):
            return self._call(item, at)
        if isinstance(item, FunctionCallOutput):
            failure = failure_of(item.output)
            state: State = "failed" if failure else "final"
            name, text = self._names.get(item.call_id, ""), item.output
            return make_row(item_id, "result", state, name=name, text=text, failure=failure)
        if isinstance(item, McpListTools):
            note = "tools of an MCP server"
            return make_row(item_id, "result", name=item.server_label, text=words(item), note=note)
        if isinstance(item, McpApprovalResponse):
            return make_row(item_id, "result", text=words(item), note="approval")
        name = f"{item.server_label}: {item.name}"
        if isinstance(item, McpApprovalRequest):
            answer = self._answers.get(item_id)
            ask = self._questions.of_request(item, answer)
            reason = "" if answer is None or answer.reason is UNSET else answer.reason or ""
            state = "pending" if answer is None else "final"
            fields: dict[str, Any] = {"text": item.arguments, "note": reason, "ask": ask}
            return make_row(item_id, "call", state, name=name, **fields)
        return _mcp_call(item, name)

    def _call(self, item: FunctionCall, at: dict[str, float]) -> Row:
        item_id = str(item.id)
        call_id = str(item.call_id)
        known, output = self._finished.get(call_id), self._outputs.get(call_id)
        result = "" if output is None else output.output
        failure = failure_of(result)
        duration = 0.0
        if known is not None:
            duration = (known.duration_s or 0.0) * 1000
            if known.error is not None:
                # What nobody allowed is no error of the function's.
                denied = known.status == "denied"
                failure = scrub(str(known.error) if denied else error_text(known.error))
            result = known.output or result
        elif output is not None:
            # Nobody measured the function: from the call to its result, as the server told them.
            duration = max(0.0, at.get(str(output.id), 0.0) - at.get(item_id, 1e15))
        ask = self._questions.of_call(item)
        if item.status == "in_progress":
            state: State = "growing"
        elif failure:
            state, result = "failed", ""
        elif output is None and known is None:
            state = "pending"
        else:
            state = "final"
        fields = {"name": item.name, "text": item.arguments, "result": result}
        timed = {"failure": failure, "duration_ms": round(duration), "ask": ask}
        return make_row(item_id, "call", state, **fields, **timed)


def _mcp_call(item: McpCall, name: str) -> Row:
    fields: dict[str, Any] = {"name": name, "text": item.arguments}
    if item.error is not None:
        return make_row(str(item.id), "call", "failed", failure=item.error.message, **fields)
    if item.output is not None:
        return make_row(str(item.id), "call", result=item.output, **fields)
    return make_row(str(item.id), "call", "growing", **fields)
