"""The questions that wait for a person, as cards of a panel of their own."""

from __future__ import annotations

from typing import Any

import pytest

from rtwidgets.protocol.events import ConversationItemAdded
from rtwidgets.protocol.mcp_items import McpApprovalRequest, McpApprovalResponse
from rtwidgets.session.events.notices import ApprovalWanted, SessionEnded
from rtwidgets.session.tools.approvals import Approval
from rtwidgets.session.tools.calls import ToolCall
from rtwidgets.widgets.approvals import DECIDED, Approvals
from tests.widgets.talk import Page, Talk


@pytest.fixture
def talk() -> Talk:
    return Talk()


def shown(talk: Talk) -> Page:
    page = Page(Approvals(talk))  # type: ignore[arg-type]
    talk.advance(1)
    return page


def asked(talk: Talk, key: str, wait_s: float = 60) -> Approval:
    approval = Approval(ToolCall(key, "delete", '{"path": "a"}'), wait_s)
    talk.events(ApprovalWanted(approval=approval))
    talk.advance(0.3)
    return approval


def states(page: Page) -> list[str]:
    return [question["ask"]["state"] for question in page.state["questions"]]


def test_a_question_is_a_card_until_somebody_answers(talk: Talk) -> None:
    page, other = shown(talk), shown(talk)
    approval = asked(talk, "k")
    (card,) = page.state["questions"]
    assert (card["name"], card["text"]) == ("delete", '{"path": "a"}')
    assert card["ask"] == {"key": "k", "state": "pending", "left_s": 60}
    assert page.state["waiting"] == 1
    assert repr(page.panel) == "Approvals of test server: 1 call waits"
    other.send("decide", key="k", approve=False)
    page.send("decide", key="k", approve=True)
    talk.advance(1)
    assert approval.decision == "denied", "the first answer counts"
    assert states(page) == states(other) == ["denied"]
    assert page.state["waiting"] == 0


def test_the_last_that_were_decided_stay(talk: Talk) -> None:
    page = shown(talk)
    for number in range(DECIDED + 3):
        asked(talk, f"k{number}").approve()
    asked(talk, "last")
    assert states(page) == ["approved"] * DECIDED + ["pending"]


def test_an_mcp_call_is_a_card_as_well(talk: Talk) -> None:
    page = shown(talk)
    sent: list[Any] = []
    talk.create_item = sent.append  # type: ignore[method-assign]
    talk.create_response = lambda: sent.append("respond")  # type: ignore[method-assign]
    request = McpApprovalRequest(id="q", server_label="files", name="rm", arguments="{}")
    talk.events(ConversationItemAdded(previous_item_id=None, item=request))
    talk.advance(1)
    (card,) = page.state["questions"]
    assert (card["name"], card["ask"]["left_s"]) == ("files: rm", -1)
    page.send("decide", key="q", approve=True)
    talk.advance(1)
    assert sent == [McpApprovalResponse(approval_request_id="q", approve=True), "respond"]


def test_after_the_end_nothing_waits(talk: Talk) -> None:
    page = shown(talk)
    asked(talk, "k")
    talk.closed = True
    talk.events(SessionEnded(reason="closed", expected=True))
    talk.advance(1)
    assert (page.state["waiting"], page.state["going_on"]) == (0, False)
