"""Items as a language model reads them: whatever concerns an MCP server becomes a function call.

A model knows functions and their results. A call that was made reads as one with its result; a
request for consent reads as one whose result is that nobody agreed, or not yet. Once a
request is approved, its call stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from .items import FunctionCall, FunctionCallOutput, Item, PromptItem
from .mcp_items import McpApprovalRequest, McpApprovalResponse, McpCall, McpListTools

__all__ = ["prompt_items"]


def prompt_items(items: Iterable[Item]) -> tuple[PromptItem, ...]:
    """``items`` in the words of a language model."""
    items = tuple(items)
    answers = {
        item.approval_request_id: item for item in items if isinstance(item, McpApprovalResponse)
    }
    found: list[PromptItem] = []
    for item in items:
        if isinstance(item, McpListTools | McpApprovalResponse):
            continue
        if isinstance(item, McpCall):
            found += _pair(item, _result(item))
        elif isinstance(item, McpApprovalRequest):
            answer = answers.get(str(item.id))
            if answer is None:
                found += _pair(item, "Not called: the user has not approved it yet.")
            elif not answer.approve:
                reason = f" Reason: {answer.reason}" if answer.reason else ""
                found += _pair(item, f"Not called: the user refused.{reason}")
        else:
            found.append(item)
    return tuple(found)


def _pair(item: McpCall | McpApprovalRequest, result: str) -> tuple[PromptItem, PromptItem]:
    call_id = str(item.id)
    call = FunctionCall(
        id=item.id, status="completed", name=item.name, call_id=call_id, arguments=item.arguments
    )
    return call, FunctionCallOutput(id=f"{call_id}/output", call_id=call_id, output=result)


def _result(item: McpCall) -> str:
    if item.error is not None:
        return f"The call failed: {item.error.message}"
    return "The call has not returned yet." if item.output is None else item.output
