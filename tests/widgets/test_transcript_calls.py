"""Calls in the transcript: one row each, why one failed, and those that wait for a person."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from rtwidgets.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
)
from rtwidgets.protocol.mcp_items import McpApprovalRequest, McpApprovalResponse
from rtwidgets.session.events.notices import ApprovalWanted, SessionEnded, ToolFinished
from rtwidgets.session.tools.approvals import Approval
from rtwidgets.session.tools.calls import ToolCall
from tests.widgets.reader import added, shown
from tests.widgets.talk import Talk


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_a_tool_is_a_call_and_a_result(talk: Talk) -> None:
    _, page = shown(talk)
    call = FunctionCall(id="c", name="weather", call_id="k", arguments='{"city": "Bonn"}')
    output = FunctionCallOutput(id="o", call_id="k", output="7 °C")
    talk.events(added(call, None), added(output, "c"))
    talk.advance(1)
    assert page.lines() == [("call", '{"city": "Bonn"}')]
    (row,) = page.rows
    assert (row["name"], row["result"], row["state"]) == ("weather", "7 °C", "final")


def test_a_result_without_its_call_is_a_row_of_its_own(talk: Talk) -> None:
    _, page = shown(talk)
    talk.events(added(FunctionCallOutput(id="o", call_id="gone", output="7 °C"), None))
    talk.advance(1)
    assert page.lines() == [("result", "7 °C")]


def test_a_call_that_failed_says_why_and_how_long_it_took(talk: Talk) -> None:
    _, page = shown(talk)
    talk.events(added(FunctionCall(id="c", name="weather", call_id="k", arguments="{}"), None))
    talk.advance(1)
    assert page.catch_up()[0]["state"] == "pending"
    call = ToolCall("k", "weather", "{}")
    call.duration_s = 0.25
    call.end("failed", '{"error": {}}', ValueError("<b>no such town</b>"))
    talk.events(ToolFinished(call=call))
    talk.advance(1)
    (row,) = page.catch_up()
    assert (row["state"], row["failure"]) == ("failed", "ValueError: <b>no such town</b>")
    assert row["duration_ms"] == 250


def test_a_call_of_the_past_is_timed_by_its_events(talk: Talk) -> None:
    talk.now += 2
    talk.events(added(FunctionCall(id="c", name="weather", call_id="k", arguments="{}"), None))
    talk.now += 0.5
    output = '{"error": {"type": "ValueError", "message": "no such town"}}'
    talk.events(added(FunctionCallOutput(id="o", call_id="k", output=output), "c"))
    _, page = shown(talk)
    (row,) = page.catch_up()
    assert row["failure"] == "ValueError: no such town"
    assert (row["at_ms"], row["duration_ms"]) == (2000, 500)


class TestApproval:
    def asked(self, talk: Talk) -> Approval:
        call = FunctionCall(id="c", name="delete", call_id="k", arguments='{"path": "a"}')
        talk.events(added(call, None))
        approval = Approval(ToolCall("k", "delete", '{"path": "a"}'), 60)
        talk.events(ApprovalWanted(approval=approval))
        return approval

    def test_a_press_allows_the_call_and_everybody_sees_it(self, talk: Talk) -> None:
        _, page = shown(talk)
        _, other = shown(talk)
        approval = self.asked(talk)
        talk.advance(0.3)
        for tab in (page, other):
            (row,) = tab.catch_up()
            assert row["ask"] == {"key": "k", "state": "pending", "left_s": 60}
        page.send("decide", key="k", approve=True)
        other.send("decide", key="k", approve=False)
        talk.advance(1)
        assert approval.decision == "approved", "the first answer counts"
        for tab in (page, other):
            assert tab.catch_up()[0]["ask"]["state"] == "approved"

    def test_an_answer_from_a_cell_is_seen_as_well(self, talk: Talk) -> None:
        _, page = shown(talk)
        self.asked(talk).deny("not today")
        talk.advance(1)
        assert page.catch_up()[0]["ask"]["state"] == "denied"

    def test_nobody_s_answer_is_told(self, talk: Talk) -> None:
        _, page = shown(talk)
        self.asked(talk).expire("nobody answered")
        talk.advance(1)
        assert page.catch_up()[0]["ask"]["state"] == "expired"

    def test_a_panel_that_comes_late_shows_the_question(self, talk: Talk) -> None:
        talk.pending_approvals = (self.asked(talk),)
        _, page = shown(talk)
        assert page.catch_up()[0]["ask"]["state"] == "pending"

    def test_an_mcp_call_waits_for_the_same_press(self, talk: Talk) -> None:
        _, page = shown(talk)
        sent: list[Any] = []
        talk.create_item = sent.append  # type: ignore[method-assign]
        talk.create_response = lambda: sent.append("respond")  # type: ignore[method-assign]
        request = McpApprovalRequest(id="q", server_label="files", name="rm", arguments="{}")
        talk.events(added(request, None))
        talk.advance(1)
        (row,) = page.catch_up()
        assert row["ask"] == {"key": "q", "state": "pending", "left_s": -1}
        page.send("decide", key="q", approve=False)
        page.send("decide", key="q", approve=True)
        page.send("decide", key="nobody asked", approve=True)
        talk.advance(1)
        answer = McpApprovalResponse(approval_request_id="q", approve=False)
        assert sent == [answer, "respond"]
        talk.events(added(structs.replace(answer, id="a"), "q"))
        talk.advance(1)
        (row,) = page.catch_up()
        assert (row["ask"]["state"], row["state"]) == ("denied", "final")


def test_what_is_over_waits_for_nothing(talk: Talk) -> None:
    panel, page = shown(talk)
    talk.events(added(FunctionCall(id="c", name="f", call_id="k", arguments="{}"), None))
    talk.advance(1)
    assert panel.going_on
    talk.closed = True
    talk.events(SessionEnded(reason="closed", expected=True))
    talk.advance(1)
    (row,) = page.catch_up()
    assert (row["state"], row["note"]) == ("incomplete", "the session ended first")
    assert not panel.going_on
