"""What a language model reads of MCP servers, and what such items say to people."""

from __future__ import annotations

from typing import Any

import pytest

from rtwidgets.protocol.content import merged, words
from rtwidgets.protocol.items import FunctionCall, FunctionCallOutput
from rtwidgets.protocol.mcp_context import prompt_items
from rtwidgets.protocol.mcp_items import (
    ListedTool,
    McpApprovalRequest,
    McpApprovalResponse,
    McpCall,
    McpHttpError,
    McpListTools,
)
from tests.protocol.steps import user

LIST = McpListTools(id="l", server_label="s", tools=(ListedTool(name="a"), ListedTool(name="b")))
CALL = McpCall(id="c", server_label="s", name="a", arguments="{}")
ASKED = McpApprovalRequest(id="q", server_label="s", name="a", arguments="{}")


def answer(approve: bool, reason: str | None = None) -> McpApprovalResponse:
    return McpApprovalResponse(id="y", approval_request_id="q", approve=approve, reason=reason)


def called(**result: Any) -> McpCall:
    return McpCall(id="c", server_label="s", name="a", arguments="{}", **result)


@pytest.mark.parametrize(
    ("items", "result"),
    [
        ([called(output="42")], "42"),
        ([called(error=McpHttpError(code=502, message="gone"))], "The call failed: gone"),
        ([CALL], "The call has not returned yet."),
        ([ASKED], "Not called: the user has not approved it yet."),
        ([ASKED, answer(False, "no")], "Not called: the user refused. Reason: no"),
        ([ASKED, answer(True), called(output="42")], "42"),
    ],
)
def test_a_call_reads_as_a_function_and_its_result(items: list[Any], result: str) -> None:
    first, call, output = prompt_items([user("u"), LIST, *items])
    assert first == user("u")
    assert isinstance(call, FunctionCall) and isinstance(output, FunctionCallOutput)
    assert (call.name, call.arguments, call.call_id) == ("a", "{}", output.call_id)
    assert output.output == result


def test_a_call_that_is_under_way_after_consent_is_told_once() -> None:
    assert len(prompt_items([ASKED, answer(True), CALL])) == 2


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (LIST, "a, b"),
        (CALL, "{}"),
        (called(output=""), ""),
        (called(error=McpHttpError(code=502, message="gone")), "gone"),
        (ASKED, "{}"),
        (answer(True), "approved"),
        (answer(False, "no"), "refused: no"),
    ],
)
def test_items_have_words(item: Any, said: str) -> None:
    assert words(item) == said


def test_a_later_report_takes_nothing_away() -> None:
    whole = called(output="42", approval_request_id="q")
    assert merged(whole, McpCall(id="c", server_label="", name="", arguments="")) == whole
    assert merged(LIST, McpListTools(id="l", server_label="s", tools=())) == LIST
