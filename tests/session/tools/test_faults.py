"""What goes wrong in a tool is told in short and shown in full."""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import threading
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets.session.tools import workers
from tests.session.calling import (
    add,
    calling,
    errors,
    outputs,
    until,
)
from tests.session.scripted import Peer, Script

pytestmark = pytest.mark.server


class TestFaults:
    def test_an_exception_is_told_in_short_and_shown_in_full(
        self, script: Script, session: rt.Session, caplog: pytest.LogCaptureFixture
    ) -> None:
        finished: list[Any] = []
        session.on("session.tool_finished", finished.append)

        @session.tool
        def read(path: str) -> str:
            raise FileNotFoundError(f"no {path} for sk-abcdef0123456789 " + "x" * 2000)

        calling(script, (("read", '{"path": "a.txt"}'),))
        turn = session.say("go").wait(5)
        ((kind, message),) = errors(script)
        assert kind == "FileNotFoundError" and message.startswith("no a.txt for [key] xxx")
        assert len(message) < 1010 and "Traceback" not in outputs(script)[0]
        (made,) = turn.tool_calls
        assert isinstance(made.error, FileNotFoundError) and made.status == "failed"
        assert "sk-abcdef" not in repr(made) + repr(turn) + turn._repr_html_()
        assert "the tool read failed: FileNotFoundError" in str(session.errors[-1])
        assert session.errors[-1].__cause__ is made.error
        assert "Traceback" in caplog.text and "sk-abcdef" not in caplog.text
        assert turn.text == "The end" and finished[0].call is made

    @pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), StopIteration(),
                                       asyncio.CancelledError()], ids=repr)  # fmt: skip
    @pytest.mark.parametrize("kind", ["plain", "async"])
    def test_no_exception_gets_away(
        self, script: Script, session: rt.Session, error: BaseException, kind: str
    ) -> None:
        def plain() -> None:
            raise error

        async def coroutine() -> None:
            raise error

        session.tools.add(plain if kind == "plain" else coroutine, name="bad")
        calling(script, (("bad", "{}"),))
        if kind == "async" and isinstance(error, StopIteration):
            assert session.say("go").wait(5).tool_calls[0].status == "failed"
        else:
            assert session.say("go").wait(5).tool_calls[0].error is error
        assert not session.closed

    def test_text_that_cannot_be_sent_and_errors_without_words(
        self, script: Script, session: rt.Session
    ) -> None:
        class Mute(Exception):
            def __str__(self) -> str:
                raise RuntimeError("no")

        @session.tool
        def half() -> str:
            return "half: \ud83d"

        @session.tool
        def mute() -> None:
            raise Mute

        calling(script, (("half", "{}"), ("mute", "{}")))
        turn = session.say("go").wait(5)
        assert outputs(script)[0] == "half: ?" and turn.text == "The end"
        assert json.loads(outputs(script)[1])["error"] == {"type": "Mute", "message": "[no text]"}
        assert "Mute: [no text]" in repr(turn.tool_calls[1])

    def test_wrong_arguments_are_told_with_path_and_value(
        self, script: Script, session: rt.Session
    ) -> None:
        ran: list[int] = []

        @session.tool
        def days(count: int) -> None:
            ran.append(count)

        calling(script, (("days", '{"count": "many"}'), ("days", "{")))
        turn = session.say("go").wait(5)
        (first, second) = errors(script)
        said = "argument 'count': expected int, got str; it was \"many\""
        assert first == ("InvalidArguments", said)
        assert second[1].startswith("the arguments are no JSON")
        assert ran == [] and [c.status for c in turn.tool_calls] == ["not run"] * 2
        assert turn.tool_calls[1].text == "{" and turn.tool_calls[1].arguments == {}
        assert said in str(session.errors[0])

    def test_a_tool_that_the_model_made_up(self, script: Script, session: rt.Session) -> None:
        session.tools.add(add)
        calling(script, (("adds", "{}"),))
        assert session.say("go").wait(5).text == "The end"
        assert errors(script) == [("UnknownTool", "no tool is called 'adds': did you mean 'add'?")]

    @pytest.mark.parametrize("kind", ["plain", "async"])
    def test_a_timeout(
        self, script: Script, session: rt.Session, kind: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        gate = threading.Event()
        stopped: list[str] = []

        def plain() -> None:
            gate.wait(5)
            stopped.append("plain")

        async def coroutine() -> None:
            try:
                await asyncio.sleep(5)
            finally:
                stopped.append("async")

        function = plain if kind == "plain" else coroutine
        session.tools.add(function, name="slow", timeout=0.1)
        calling(script, (("slow", "{}"),))
        turn = session.say("go").wait(5)
        assert errors(script) == [("Timeout", "slow did not finish within 0.1 s")]
        assert turn.tool_calls[0].status == "failed" and turn.text == "The end"
        assert "what it returns is thrown away" in caplog.text
        gate.set()
        until(lambda: stopped == [kind])  # a thread goes on, a coroutine is stopped

    def test_a_coroutine_that_blocks_holds_nobody_up(
        self, script: Script, session: rt.Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(workers, "STUCK_S", 0.05)
        gate = threading.Event()

        @session.tool(timeout=0.1)
        async def stuck() -> None:
            gate.wait(10)

        @session.tool
        async def fine() -> str:
            return "fine"

        calling(script, (("stuck", "{}"),), then="Later")
        assert session.say("go").wait(5).text == "Later"
        until(lambda: workers._loop is None)
        calling(script, (("fine", "{}"),))
        assert session.say("go").wait(5).tool_calls[0].result == "fine"
        gate.set()

    def test_the_session_ends_while_a_tool_runs(self, script: Script, session: rt.Session) -> None:
        gate = threading.Event()

        @session.tool
        def hold() -> None:
            gate.wait(5)

        calling(script, (("hold", "{}"),))
        turn = session.say("go")
        until(lambda: turn.status == "calling")
        session.close()
        with pytest.raises(rt.SessionClosed):
            turn.wait(5)
        assert turn.tool_calls[0].wait(5).status == "failed"
        gate.set()

    def test_a_refused_output_ends_the_turn(self, script: Script, session: rt.Session) -> None:
        async def refuse(peer: Peer, event: dict[str, Any]) -> None:
            if event["item"]["type"] == "message":
                await peer.item({**event["item"], "status": "completed"})
            else:
                await peer.error("no such call", event_id=event["event_id"])

        script.on["conversation.item.create"] = refuse
        session.tools.add(add)
        calling(script, (("add", '{"a": 1, "b": 1}'),))
        with pytest.raises(rt.ApiError, match="no such call"):
            session.say("go").wait(5)

    def test_where_tools_run(self, script: Script, session: rt.Session) -> None:
        mark = contextvars.ContextVar("mark", default="nothing")
        mark.set("the cell")
        seen: list[tuple[str, str]] = []

        @session.tool
        def plain() -> None:
            seen.append((threading.current_thread().name, mark.get()))

        @session.tool
        async def coroutine() -> None:
            seen.append((threading.current_thread().name, mark.get()))

        calling(script, (("plain", "{}"), ("coroutine", "{}")))
        session.say("go").wait(5)
        assert sorted(seen) == [
            ("rtwidgets-tool-plain", "nothing"), ("rtwidgets-tools", "nothing")
        ]  # fmt: skip

    def test_a_plain_function_that_makes_a_coroutine(
        self, script: Script, session: rt.Session
    ) -> None:
        async def inner() -> int:
            return 3

        class Caller:
            async def __call__(self) -> int:
                return 4

        session.tools.add(lambda: inner(), name="made")  # noqa: PLW0108
        session.tools.add(Caller(), name="object")
        calling(script, (("made", "{}"), ("object", "{}")))
        session.say("go").wait(5)
        assert outputs(script) == ["3", "4"]


@pytest.fixture(autouse=True)
def _logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="rtwidgets.session")
