"""The MCP half of the server core, with both cores joined and no network."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from rtwidgets.protocol import events as on
from rtwidgets.protocol.config import SessionConfig
from rtwidgets.protocol.defaults import default_session
from rtwidgets.protocol.items import FunctionCallOutput
from rtwidgets.protocol.mcp_config import McpTool
from rtwidgets.protocol.mcp_items import (
    ListedTool,
    McpApprovalRequest,
    McpApprovalResponse,
    McpCall,
    McpListTools,
    McpToolExecutionError,
)
from rtwidgets.protocol.work import CallTool, Cancel, ListTools, Respond
from tests.pair import Pair, asked

URL = "https://example.org/mcp"
READ = ListedTool(
    name="read",
    description="",
    input_schema={"type": "object"},
    annotations={"readOnlyHint": True},
)
WRITE = ListedTool(name="write", description="", input_schema={"type": "object"})


def server(label: str = "disk", **fields: Any) -> McpTool:
    return McpTool(server_label=label, server_url=URL, **fields)


def updated(pair: Pair, *tools: McpTool) -> list[Any]:
    config = SessionConfig(type="realtime", output_modalities=("text",), tools=tools)
    return pair.update(config)


def equipped(**rules: Any) -> Pair:
    """A session that knows what its server offers."""
    pair = Pair()
    updated(pair, server(**rules))
    pair.server.tools_listed(pair.take(ListTools).item_id, [READ, WRITE])
    pair.settle()
    return pair


def responding(pair: Pair) -> Respond:
    pair.client.create_item(asked("hello"))
    pair.client.create_response()
    pair.settle()
    return pair.take(Respond)


def kinds(events: list[Any]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_a_list_is_announced_and_done() -> None:
    pair = Pair()
    assert kinds(updated(pair, server())) == [
        "SessionUpdated",
        "ConversationItemAdded",
        "McpListToolsInProgress",
    ]
    pair.server.tools_listed(pair.take(ListTools).item_id, [READ])
    assert kinds(pair.settle()) == ["McpListToolsCompleted", "ConversationItemDone"]
    (item,) = pair.client.conversation.items
    assert item == McpListTools(id=item.id, server_label="disk", tools=(READ,))


def test_a_list_that_fails_is_told_and_asked_for_again_by_the_next_update() -> None:
    pair = Pair()
    updated(pair, server())
    pair.server.tools_not_listed(pair.take(ListTools).item_id, "It is gone.")
    events = pair.settle()
    assert kinds(events) == ["McpListToolsFailed", "Error", "ConversationItemDone"]
    assert events[1].error.code == "mcp_list_tools_failed"
    assert "It is gone." in events[1].error.message
    responding(pair)  # goes on without, and asks nobody
    assert not [work for work in pair.work if isinstance(work, ListTools)]
    updated(pair, server())
    pair.take(ListTools)


def test_an_update_that_changes_no_server_lists_nothing() -> None:
    pair = equipped()
    assert kinds(updated(pair, server(require_approval="never"))) == ["SessionUpdated"]
    assert kinds(pair.update(SessionConfig(type="realtime"))) == ["SessionUpdated"]


def test_a_list_that_was_deleted_does_not_come_back() -> None:
    pair = Pair()
    updated(pair, server())
    work = pair.take(ListTools)
    pair.client.delete_item(work.item_id)
    pair.settle()
    pair.server.tools_listed(work.item_id, [READ])
    assert kinds(pair.settle()) == ["McpListToolsCompleted"]
    assert pair.client.conversation.items == ()


def test_a_response_waits_for_its_tools() -> None:
    pair = Pair()
    updated(pair, server())
    pair.client.create_item(asked("hello"))
    pair.client.create_response()
    pair.settle()
    assert not [work for work in pair.work if isinstance(work, Respond)]
    pair.server.tools_listed(pair.take(ListTools).item_id, [READ])
    pair.settle()
    work = pair.take(Respond)
    assert [tool.name for tool in work.tools] == ["read"]
    assert [getattr(item, "role", None) for item in work.items] == ["user"]


def test_the_response_ends_when_its_calls_have_returned() -> None:
    pair = equipped(require_approval="never")
    respond = responding(pair)
    pair.server.tool_call(respond.response_id, "read", '{"a":1}')
    pair.server.tool_call(respond.response_id, "write", "{}")
    pair.server.finished(respond.response_id)
    pair.settle()
    first, second = (work for work in pair.work if isinstance(work, CallTool))
    assert (first.name, first.arguments, first.response_id) == (
        "read",
        '{"a":1}',
        respond.response_id,
    )
    pair.server.tool_failed(second.item_id, McpToolExecutionError(message="no"))
    assert pair.client.conversation.active_response is not None
    pair.server.tool_returned(first.item_id, "42")
    events = pair.settle()
    assert kinds(events)[-1] == "ResponseDone"
    done = events[-1].response
    assert done.status == "completed"
    assert [(item.name, item.output) for item in done.output] == [("read", "42"), ("write", None)]
    assert done.output[1].error == McpToolExecutionError(message="no")
    items = responding(pair).items
    outputs = [item.output for item in items if isinstance(item, FunctionCallOutput)]
    assert outputs == ["42", "The call failed: no"]


def test_who_stops_a_response_stops_its_calls() -> None:
    pair = equipped(require_approval="never")
    respond = responding(pair)
    pair.server.tool_call(respond.response_id, "read", "{}")
    pair.settle()
    call = pair.take(CallTool)
    pair.client.cancel_response()
    events = pair.settle()
    assert kinds(events) == [
        "ResponseMcpCallFailed",
        "ConversationItemDone",
        "ResponseOutputItemDone",
        "ResponseDone",
    ]
    assert pair.take(Cancel).response_id == respond.response_id
    pair.server.tool_returned(call.item_id, "late")
    assert pair.settle() == []


def test_a_model_that_fails_gives_its_calls_up() -> None:
    pair = equipped(require_approval="never")
    respond = responding(pair)
    pair.server.tool_call(respond.response_id, "read", "{}")
    pair.server.failed(respond.response_id, "broken")
    assert pair.settle()[-1].response.status == "failed"
    assert pair.take(CallTool).response_id == pair.take(Cancel).response_id


def consenting(pair: Pair) -> tuple[str, list[Any]]:
    """A response that asks for consent: the id of the request, and the events."""
    respond = responding(pair)
    pair.server.tool_call(respond.response_id, "write", "{}")
    pair.server.finished(respond.response_id)
    events = pair.settle()
    (request,) = events[-1].response.output
    assert isinstance(request, McpApprovalRequest)
    return str(request.id), events


def test_consent_makes_the_call_and_the_next_response_waits_for_it() -> None:
    pair = equipped()
    request_id, events = consenting(pair)
    assert "ResponseMcpCallInProgress" not in kinds(events)
    pair.client.create_item(McpApprovalResponse(approval_request_id=request_id, approve=True))
    pair.client.create_response()
    assert kinds(pair.settle()) == [
        "ConversationItemAdded",
        "ConversationItemDone",
        "ConversationItemAdded",
        "ResponseMcpCallInProgress",
        "ResponseCreated",
    ]
    call = pair.take(CallTool)
    assert call.response_id is None
    assert not [work for work in pair.work if isinstance(work, Respond)]
    pair.server.tool_returned(call.item_id, "written")
    assert kinds(pair.settle()) == ["ResponseMcpCallCompleted", "ConversationItemDone"]
    outputs = [i.output for i in pair.take(Respond).items if isinstance(i, FunctionCallOutput)]
    assert outputs == ["written"]
    made = pair.client.conversation.item(call.item_id)
    assert isinstance(made, McpCall) and made.approval_request_id == request_id


def test_an_answer_needs_a_question() -> None:
    pair = equipped()
    request_id, _ = consenting(pair)
    for asked_id, approve, kind in (
        ("nobody", True, "Error"),
        (request_id, False, "ConversationItemAdded"),
        (request_id, True, "Error"),
    ):
        answer = McpApprovalResponse(approval_request_id=asked_id, approve=approve)
        pair.client.create_item(answer)
        assert kinds(pair.settle())[0] == kind
    assert pair.events[-1].error.param == "item.approval_request_id"
    assert not [work for work in pair.work if isinstance(work, CallTool)]


def test_an_answer_that_cannot_be_placed_answers_nothing() -> None:
    pair = equipped()
    request_id, _ = consenting(pair)
    answer = McpApprovalResponse(approval_request_id=request_id, approve=True)
    pair.client.create_item(answer, "nowhere")
    assert pair.settle()[0].error.param == "previous_item_id"
    pair.client.create_item(answer)
    pair.settle()
    pair.take(CallTool)


def test_what_the_session_keeps_secret_goes_on_with_the_same_server() -> None:
    pair = Pair()
    events = updated(pair, server(authorization="abc", headers={"X": "abc"}))
    (shown,) = events[0].session.tools
    assert shown == server()
    assert pair.take(ListTools).server.authorization == "abc"
    assert "abc" not in "".join(text for text in pair.wire if "session.updated" in text)
    # Repeated as it was shown, it is the same server; null takes the token away.
    assert kinds(updated(pair, shown)) == ["SessionUpdated"]
    updated(pair, server(authorization=None))
    assert pair.take(ListTools).server.authorization is None
    updated(pair, McpTool(server_label="disk", server_url="https://other.org"))
    other = pair.take(ListTools).server
    assert other.authorization is UNSET and other.headers is UNSET


def test_a_session_may_begin_with_a_server() -> None:
    session = default_session(id="sess_1", model="m", expires_at=1)
    config = {name: getattr(session, name) for name in session.__struct_fields__}
    pair = Pair(session=SessionConfig(**{**config, "tools": (server(authorization="abc"),)}))
    created = [e for e in pair.events if isinstance(e, on.SessionCreated)]
    assert created[0].session.tools == (server(),)
    assert pair.take(ListTools).server.authorization == "abc"


def test_a_response_names_a_server_of_the_session_by_its_label() -> None:
    from rtwidgets.protocol.response_config import ResponseConfig

    pair = equipped(authorization="abc")
    pair.client.create_response(ResponseConfig(tools=(McpTool(server_label="disk"),)))
    pair.settle()
    assert [tool.name for tool in pair.take(Respond).tools] == ["read", "write"]


@pytest.mark.parametrize("count", [100])
def test_what_is_remembered_of_servers_is_bounded(count: int) -> None:
    pair = Pair()
    for place in range(count):
        updated(pair, server(f"s{place}"))
        pair.server.tools_listed(pair.take(ListTools).item_id, [READ])
        pair.settle()
    assert len(pair.server._mcp._listings) <= 34


def test_servers_that_do_not_answer_do_not_pile_up() -> None:
    pair = Pair()
    for place in range(100):
        updated(pair, server(f"s{place}"))
    asked_for = [work for work in pair.work if isinstance(work, ListTools)]
    assert len(asked_for) == 32
    assert pair.events[-1].error.param == "session.tools"
