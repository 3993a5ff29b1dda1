"""From a response with calls to the answer that follows, and interruptions."""

from __future__ import annotations

import json
import re
import threading
import time
from typing import Any

import pytest

import rtwidgets as rt
from tests.session.calling import (
    add,
    call,
    calling,
    creates,
    errors,
    outputs,
    until,
    updates,
)
from tests.session.scripted import Peer, Script

pytestmark = pytest.mark.server


class TestRounds:
    def test_outputs_in_the_order_of_the_calls_and_one_follow_up(
        self, script: Script, session: rt.Session
    ) -> None:
        @session.tool
        def wait(seconds: float) -> float:
            time.sleep(seconds)
            return seconds

        calling(script, (("wait", '{"seconds": 0.3}'), ("wait", '{"seconds": 0.0}'),
                         ("wait", '{"seconds": 0.2}')))  # fmt: skip
        begun = time.monotonic()
        turn = session.say("go").wait(5)
        assert time.monotonic() - begun < 0.5  # in parallel
        assert outputs(script) == ["0.3", "0.0", "0.2"]
        assert [c.result for c in turn.tool_calls] == [0.3, 0.0, 0.2]
        assert script.types().count("response.create") == 2
        assert turn.text == "The end" and turn.status == "completed"

    def test_rounds_follow_one_another(self, script: Script, session: rt.Session) -> None:
        session.tools.add(add)
        calling(script, (("add", '{"a": 1, "b": 2}'),), (("add", '{"a": 3, "b": 4}'),))
        turn = session.say("go").wait(5)
        assert outputs(script) == ["3", "7"] and len(turn.tool_calls) == 2
        assert "called add(a=1, b=2), add(" in repr(turn) and "ToolCall" not in repr(turn)
        assert re.search(r"add\(a=1, b=2\): done in [\d.]+ s → 3</div>", turn._repr_html_())
        assert repr(turn.tool_calls[0]).startswith("<ToolCall add(a=1, b=2): done in ")
        assert turn.text == "The end"

    def test_the_status_meanwhile(self, script: Script, session: rt.Session) -> None:
        gate = threading.Event()

        @session.tool
        def hold() -> str:
            gate.wait(5)
            return "ok"

        calling(script, (("hold", "{}"),))
        turn = session.say("go")
        until(lambda: turn.status == "calling")
        assert session.state == "thinking" and turn.tool_calls[0].status in ("queued", "running")
        other = session.say("another")
        gate.set()
        assert turn.wait(5).text == "The end" and other.wait(5).text == "The end"
        typed = [e["item"]["content"][0]["text"] for e in script.events
                 if e.get("item", {}).get("role") == "user"]  # fmt: skip
        assert typed == ["go", "another"]
        kinds = [e["item"]["type"] for e in script.events
                 if e["type"] == "conversation.item.create"]  # fmt: skip
        assert kinds == ["message", "function_call_output", "message"]  # nothing comes between

    def test_endless_rounds_are_capped(self, script: Script, session: rt.Session) -> None:
        session.tools.add(add)
        session.tools.max_rounds = 2
        calling(script, *[(("add", '{"a": 1, "b": 1}'),)] * 3)
        turn = session.say("go").wait(5)
        assert turn.text == "The end"
        assert outputs(script)[:2] == ["2", "2"]
        told = json.loads(outputs(script)[2])["error"]
        assert told["type"] == "TooManyRounds"
        assert (
            told["message"]
            == "2 rounds of calls are the limit of one turn: answer with what you have"
        )
        assert [c.get("tool_choice") for c in creates(script)] == [None, None, None, "none"]
        assert "2 rounds" in str(session.errors[-1])

    def test_a_model_that_never_stops(self, script: Script, session: rt.Session) -> None:
        session.tools.add(add)
        calling(script, *[(("add", '{"a": 1, "b": 1}'),)] * 50)
        turn = session.say("go").wait(5)
        until(lambda: len(outputs(script)) == 10)
        assert turn.done and len(turn.tool_calls) == 10
        assert sum(c.status == "done" for c in turn.tool_calls) == 8

    def test_a_demanded_tool_is_demanded_once(self, script: Script, session: rt.Session) -> None:
        session.tools.add(add)
        calling(script, (("add", '{"a": 1, "b": 1}'),))
        session.respond(tool_choice="required", instructions="Be brief.").wait(5)
        first, second = creates(script)
        assert first["tool_choice"] == "required" and second["tool_choice"] == "auto"
        assert second["instructions"] == "Be brief."

    def test_a_response_with_its_own_input(self, script: Script, session: rt.Session) -> None:
        session.tools.add(add)
        calling(script, (("add", '{"a": 1, "b": 1}'),))
        session.respond(input="what is it?").wait(5)
        given = creates(script)[1]["input"]
        assert [one["type"] for one in given] == ["message", "item_reference", "item_reference"]
        ids = {str(item.id) for item in session.conversation.items}
        assert {one["id"] for one in given[1:]} <= ids

    def test_the_servers_own_response(self, script: Script, session: rt.Session) -> None:
        """A microphone's turn: nobody here asked for it."""
        session.tools.add(add)
        until(lambda: updates(script))
        calling(script)
        rt._loop.run(call(script.peers[0], None, ("add", '{"a": 1, "b": 1}')), 5)
        until(lambda: session.conversation.responses and "response.create" in script.types())
        until(lambda: len(session.conversation.responses) == 2)
        assert outputs(script) == ["2"] and script.types().count("response.create") == 1

    def test_a_busy_server_is_asked_again(self, script: Script, session: rt.Session) -> None:
        session.tools.add(add)
        peers: list[Peer] = []
        seen: list[str] = []

        async def create(peer: Peer, event: dict[str, Any]) -> None:
            seen.append(event["event_id"])
            if len(seen) == 1:
                await call(peer, event, ("add", '{"a": 1, "b": 1}'))
            elif len(seen) == 2:
                peers.append(peer)
                await peer.error("busy", code="conversation_already_has_active_response",
                                 event_id=event["event_id"])  # fmt: skip
            else:
                await peer.begin(event)
                await peer.finish("At last", event)

        script.on["response.create"] = create
        turn = session.say("go").wait(5)
        assert turn.text == "At last" and len(seen) == 3
        assert turn.usage.total_tokens == 200

    def test_an_answer_that_began_after_the_outputs_takes_the_place(
        self, script: Script, session: rt.Session
    ) -> None:
        @session.tool(name="add")
        def slow(a: int, b: int) -> int:
            until(lambda: session.conversation.active_response is not None)
            return a + b

        async def create(peer: Peer, event: dict[str, Any]) -> None:
            if script.types().count("response.create") == 1:
                await call(peer, event, ("add", '{"a": 1, "b": 1}'))
                await peer.begin()  # the user spoke meanwhile

        async def item(peer: Peer, event: dict[str, Any]) -> None:
            await peer.item({**event["item"], "status": "completed"})
            if event["item"]["type"] == "function_call_output":
                await peer.cancelled("turn_detected")
                await peer.begin()
                await peer.finish("You said something")

        script.on["response.create"] = create
        script.on["conversation.item.create"] = item
        turn = session.say("go").wait(5)
        assert turn.text == "You said something"
        assert script.types().count("response.create") == 1

    def test_outside_the_conversation_nothing_runs(
        self, script: Script, session: rt.Session
    ) -> None:
        session.tools.add(add)
        calling(script, (("add", '{"a": 1, "b": 1}'),))
        turn = session.respond(conversation="none").wait(5)
        assert turn.tool_calls[0].status == "yours" and turn.tool_calls[0].arguments["a"] == 1
        assert outputs(script) == []

    def test_tools_that_are_data_are_the_users(self, script: Script, session: rt.Session) -> None:
        session.update(tools=[{"name": "mine"}])
        calling(script, (("mine", '{"a": 1}'),))
        turn = session.say("go").wait(5)
        assert [c.status for c in turn.tool_calls] == ["yours"] and outputs(script) == []
        session.tools.add(add)
        calling(script, (("mine", "{}"), ("add", '{"a": 1, "b": 1}')))
        turn = session.say("go").wait(5)
        assert [c.status for c in turn.tool_calls] == ["yours", "done"]
        until(lambda: outputs(script) == ["2"])
        assert script.types().count("response.create") == 2  # the follow-up is the user's


class TestInterruption:
    @pytest.mark.parametrize("how", ["session", "turn"])
    def test_outputs_yes_follow_up_no(self, script: Script, session: rt.Session, how: str) -> None:
        gate = threading.Event()

        @session.tool
        def hold() -> str:
            gate.wait(5)
            return "late"

        calling(script, (("hold", "{}"),))
        turn = session.say("go")
        until(lambda: turn.status == "calling")
        session.interrupt() if how == "session" else turn.cancel()
        assert turn.wait(5).status == "cancelled"
        gate.set()
        until(lambda: outputs(script))
        assert outputs(script) == ["late"]
        assert session.say("go on").wait(5).text == "The end"
        assert script.types().count("response.create") == 2  # one for each turn
        assert session.state == "idle" and session.errors == ()

    def test_of_a_response_that_nobody_here_asked_for(
        self, script: Script, session: rt.Session
    ) -> None:
        gate = threading.Event()

        @session.tool
        def hold() -> str:
            gate.wait(5)
            return "late"

        calling(script)
        until(lambda: updates(script))
        rt._loop.run(call(script.peers[0], None, ("hold", "{}")), 5)
        until(lambda: session.state == "thinking")
        session.interrupt()
        gate.set()
        until(lambda: outputs(script))
        until(lambda: session.state == "idle")
        assert "response.create" not in script.types()

    def test_calls_of_a_cut_response_do_not_run(self, script: Script, session: rt.Session) -> None:
        ran: list[int] = []

        @session.tool
        def act() -> None:
            ran.append(1)

        async def create(peer: Peer, event: dict[str, Any]) -> None:
            details = {"type": "cancelled", "reason": "turn_detected"}
            await call(peer, event, ("act", "{}"), status="cancelled", status_details=details)

        script.on["response.create"] = create
        turn = session.say("go").wait(5)
        assert turn.status == "cancelled" and ran == []
        until(lambda: outputs(script))
        assert errors(script) == [("Interrupted", "not run: the response was cancelled")]
        assert script.types().count("response.create") == 1
