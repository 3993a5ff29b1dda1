"""Calls that a person allows first, and calls that nobody waits for."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets.session.tools import Approval
from tests.session.calling import (
    calling,
    creates,
    errors,
    outputs,
    until,
)
from tests.session.scripted import Script

pytestmark = pytest.mark.server


class TestApproval:
    @pytest.fixture
    def deleted(self, script: Script, session: rt.Session) -> list[str]:
        done: list[str] = []

        @session.tool(approve=True)
        def delete(path: str) -> str:
            done.append(path)
            return "gone"

        calling(script, (("delete", '{"path": "a.txt"}'),))
        return done

    def test_the_pending_list(
        self,
        script: Script,
        session: rt.Session,
        deleted: list[str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        wanted: list[Any] = []
        session.on("session.approval_wanted", wanted.append)
        turn = session.say("go")
        until(lambda: session.pending_approvals)
        (approval,) = session.pending_approvals
        assert approval.name == "delete" and approval.arguments == {"path": "a.txt"}
        assert repr(approval) == "<Approval delete(path='a.txt'): pending>" and deleted == []
        assert approval.call.status == "asking" and turn.status == "calling"
        until(lambda: "session.pending_approvals[0].approve()" in caplog.text)
        assert wanted[0].approval is approval
        approval.approve()
        approval.deny("too late")
        assert turn.wait(5).text == "The end"
        assert deleted == ["a.txt"] and outputs(script) == ["gone"]
        assert session.pending_approvals == () and not approval.pending

    def test_a_refusal(self, script: Script, session: rt.Session, deleted: list[str]) -> None:
        turn = session.say("go")
        until(lambda: session.pending_approvals)
        session.pending_approvals[0].deny("it is needed")
        turn.wait(5)
        assert errors(script) == [("Denied", "the user refused this call: it is needed")]
        assert deleted == [] and turn.tool_calls[0].status == "denied" and session.errors == ()

    def test_nobody_answers(self, script: Script, session: rt.Session, deleted: list[str]) -> None:
        session._link.tools.approvals.wait_s = 0.05
        turn = session.say("go").wait(5)
        said = "nobody answered within 0.05 s whether this call is allowed"
        assert errors(script) == [("Denied", said)]
        assert turn.text == "The end" and deleted == []

    @pytest.mark.parametrize("answer", [True, False])
    @pytest.mark.parametrize("kind", ["plain", "async"])
    def test_a_callback(
        self, script: Script, session: rt.Session, deleted: list[str], answer: bool, kind: str
    ) -> None:
        asked: list[Approval] = []

        def plain(approval: Approval) -> bool:
            time.sleep(0.01)
            asked.append(approval)
            return answer

        async def coroutine(approval: Approval) -> bool:
            await asyncio.sleep(0.01)
            return plain(approval)

        session.on_approval(plain if kind == "plain" else coroutine)
        session.say("go").wait(5)
        assert asked[0].arguments == {"path": "a.txt"}
        assert deleted == (["a.txt"] if answer else [])

    def test_a_callback_that_decides_later(
        self, session: rt.Session, script: Script, deleted: list[str]
    ) -> None:
        later: list[Approval] = []
        session.on_approval(later.append)
        turn = session.say("go")
        until(lambda: later)
        later[0].approve()
        turn.wait(5)
        assert deleted == ["a.txt"]

    @pytest.mark.parametrize("fault", ["raises", "says nonsense"])
    def test_a_callback_that_fails_is_a_refusal(
        self, script: Script, session: rt.Session, deleted: list[str], fault: str
    ) -> None:
        @session.on_approval
        def ask(approval: Approval) -> str:
            if fault == "raises":
                raise ValueError("oh")
            return "yes"

        session.say("go").wait(5)
        kind = "ValueError" if fault == "raises" else "ToolError"
        said = f"the user refused this call: the question failed with {kind}"
        assert errors(script) == [("Denied", said)] and deleted == []
        (error,) = session.callback_errors
        expected = "oh" if fault == "raises" else "must return True, False or None, not 'yes'"
        assert expected in str(error) and error.event == "session.approval_wanted"

    def test_wrong_arguments_are_not_asked_about(
        self, script: Script, session: rt.Session, deleted: list[str]
    ) -> None:
        calling(script, (("delete", "{}"),))
        session.say("go").wait(5)
        assert errors(script)[0][0] == "InvalidArguments"

    def test_the_session_ends(self, session: rt.Session, script: Script, deleted: Any) -> None:
        turn = session.say("go")
        until(lambda: session.pending_approvals)
        (approval,) = session.pending_approvals
        session.close()
        with pytest.raises(rt.SessionClosed):
            turn.wait(5)
        assert not approval.pending and deleted == []
        approval.approve()  # nothing any more


class TestNonBlocking:
    def test_the_voice_goes_on_and_the_result_follows(
        self, script: Script, session: rt.Session
    ) -> None:
        gate = threading.Event()

        @session.tool(blocking=False)
        def search(what: str) -> str:
            gate.wait(5)
            return "found it"

        calling(script, (("search", '{"what": "keys"}'),), then="I am looking")
        turn = session.say("go").wait(5)
        assert turn.text == "I am looking"
        (made,) = turn.tool_calls
        assert made.status == "running" and not made.done
        assert json.loads(outputs(script)[0])["status"] == "started"
        other = session.say("meanwhile").wait(5)
        assert other.text == "I am looking"
        gate.set()
        assert made.wait(5).result == "found it" and made.status == "done"
        until(lambda: script.types().count("response.create") == 4)
        item = [e["item"] for e in script.events if e["type"] == "conversation.item.create"][-1]
        assert item["role"] == "system"
        text = item["content"][0]["text"]
        assert text.startswith('The tool search, called with {"what": "keys"} (call call_')
        assert text.endswith("has finished. Its result: found it")
        assert creates(script)[-1]["tool_choice"] == "none"

    def test_its_response_waits_until_nothing_is_active(
        self, script: Script, session: rt.Session
    ) -> None:
        gate = threading.Event()

        @session.tool(blocking=False)
        def search() -> str:
            gate.wait(5)
            return "found"

        calling(script, (("search", "{}"),))
        session.say("go").wait(5)
        peer = script.peers[0]
        rt._loop.run(peer.begin(), 5)  # somebody speaks
        until(lambda: session.conversation.active_response is not None)
        gate.set()
        until(lambda: script.types()[-1] == "conversation.item.create")
        time.sleep(0.05)
        assert script.types().count("response.create") == 2
        rt._loop.run(peer.finish("Well"), 5)
        until(lambda: script.types().count("response.create") == 3)
        assert session.errors == ()


def test_a_call_can_be_waited_for(script: Script, session: rt.Session) -> None:
    gate = threading.Event()

    @session.tool(blocking=False)
    def slow() -> None:
        gate.wait(5)

    calling(script, (("slow", "{}"),))
    turn = session.say("go").wait(5)
    with pytest.raises(rt.WaitTimeout, match=r"the result of slow did not come within 0\.05 s"):
        turn.tool_calls[0].wait(0.05)
    gate.set()
    assert turn.tool_calls[0].wait(5).done


@pytest.fixture(autouse=True)
def _logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="rtwidgets.session")
