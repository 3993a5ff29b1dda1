"""No call hangs: every wait has a limit, a sensible one by default, and says what it waited for.

The server here takes everything and answers nothing, unless a test says what it does answer.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtwidgets as rt
from rtwidgets.session.events.event_stream import EventStream
from rtwidgets.session.items import changes as item_changes
from rtwidgets.session.session import Session
from rtwidgets.session.tools.calls import ToolCall
from rtwidgets.session.turns import speech, waiting
from tests.session.calling import calling
from tests.session.faulty import Faulty, faulty
from tests.session.scripted import Peer, Script, hang

PACKAGE = Path(rt.__file__).parent
#: Generous: what takes longer hangs.
SOON_S = 5.0

#: Parameters named ``timeout`` whose default is no number, and what the limit is then.
OPEN = {
    "Turn.wait": "until nothing was sent or has come for STALLED_S",
    "Turn.finished": "the same",
    "Session.events": "the end of the session, which servers limit to an hour",
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "STALLED_S", 0.2)
    monkeypatch.setattr(speech, "NO_SPEECH_S", 0.2)
    monkeypatch.setattr(speech, "LONGEST_SILENCE_S", 0.4)
    monkeypatch.setattr(importlib.import_module("rtwidgets.session.session"), "UPDATE_S", 0.2)
    monkeypatch.setattr(
        importlib.import_module("rtwidgets.session.connecting.reopening"), "SILENT_S", 0.2
    )


@pytest.fixture
def silent(script: Script) -> Iterator[rt.Session]:
    """A session whose server has fallen silent."""
    with rt.connect(script.url, quiet=True) as session:
        for kind in (
            *("response.create", "response.cancel", "session.update", "conversation.item.create"),
            *(
                "conversation.item.delete",
                "conversation.item.retrieve",
                "input_audio_buffer.commit",
            ),
            "conversation.item.truncate",
        ):
            script.on[kind] = hang
        yield session


def run(make: Callable[[], Any]) -> Any:
    async def main() -> Any:
        return await make()

    return asyncio.run(main())


def sound(seconds: float = 0.2) -> Any:
    return (np.sin(np.arange(int(seconds * 24000)) / 10) * 9000).astype(np.int16)


def call() -> ToolCall:
    return ToolCall("call_1", "weather", "{}")


#: What a user waits for -> the wait, and the words of its ``WaitTimeout``.
WAITS: dict[str, tuple[Callable[[rt.Session], Any], str]] = {
    "turn.wait()": (lambda s: s.say("x").wait(), "the turn was still .* silent for 0.2 s"),
    "turn.wait(timeout)": (lambda s: s.say("x").wait(0.1), "the turn was still .* after 0.1 s"),
    "await turn": (lambda s: run(lambda: s.say("x")), "the turn was still .* silent for 0.2 s"),
    "turn.finished(timeout)": (
        lambda s: run(lambda: s.say("x").finished(0.1)), "the turn was still .* after 0.1 s"
    ),
    "a turn behind another": (
        lambda s: (s.say("x"), s.say("y"))[1].wait(), "the turn was still queued and silent"
    ),
    "respond": (lambda s: s.respond().wait(), "the turn was still waiting"),
    "an aside": (lambda s: s.respond(conversation="none").wait(), "the turn was still waiting"),
    "change.wait(timeout)": (
        lambda s: s.delete_item("item_1").wait(0.1), "word on deleting item item_1 .* 0.1 s"
    ),
    "change.finished(timeout)": (
        lambda s: run(lambda: s.retrieve_item("item_1").finished(0.1)),
        "word on retrieving item item_1 .* 0.1 s",
    ),
    "update": (lambda s: s.update(voice="ash"), "acknowledge the new settings within 0.2 s"),
    "next(events)": (lambda s: next(s.events(timeout=0.1)), "the next event did not come"),
    "anext(events)": (
        lambda s: run(lambda: s.events("response.done", timeout=0.1).__anext__()),
        "the next response.done did not come within 0.1 s",
    ),
    "call.wait(timeout)": (lambda s: call().wait(0.1), "the result of weather .* 0.1 s"),
    "call.finished(timeout)": (
        lambda s: run(lambda: call().finished(0.1)), "the result of weather .* 0.1 s"
    ),
}  # fmt: skip


@pytest.mark.server
@pytest.mark.parametrize("wait", WAITS)
def test_a_silent_server(silent: rt.Session, wait: str) -> None:
    fn, words = WAITS[wait]
    begun = time.monotonic()
    with pytest.raises(rt.WaitTimeout, match=words):
        fn(silent)
    assert time.monotonic() - begun < SOON_S and not silent.closed


@pytest.mark.server
class TestOpening:
    @pytest.mark.parametrize("mode", ["handshake_unanswered", "no_greeting"])
    def test_connect(self, mode: str) -> None:
        with faulty(mode) as server, pytest.raises(rt.ServerUnavailable, match="in time"):
            rt.connect(server.url, quiet=True, timeout=0.2)

    def test_settings_that_nobody_acknowledges(
        self, script: Script, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connect = importlib.import_module("rtwidgets.session.connect")
        monkeypatch.setattr(connect, "UNACKNOWLEDGED_S", 0.2)
        script.on["session.update"] = hang
        with rt.connect(script.url, quiet=True, voice="ash") as session:
            assert not session.closed, "some servers never do"

    def test_resume(self, script: Script) -> None:
        with rt.connect(script.url, quiet=True) as session:
            session.say("x").wait(SOON_S)
            script.on["conversation.item.create"] = hang
            assert session.resume().resumed is not None, "some servers say nothing of items"
            script._greet = hang
            with pytest.raises(rt.ServerUnavailable, match="in time"):
                session.resume(timeout=1)
            assert not session.closed


@pytest.mark.server
class TestSound:
    """A server with turn detection that hears nothing, or no end."""

    def test_nothing_is_heard(self, silent: rt.Session) -> None:
        with pytest.raises(rt.RealtimeError, match="the server heard no speech in this sound"):
            silent.say(sound()).wait(SOON_S)

    @pytest.mark.parametrize("realtime", [False, True])
    def test_no_end_is_heard(self, silent: rt.Session, script: Script, realtime: bool) -> None:
        async def append(peer: Peer, event: dict[str, Any]) -> None:
            if not script.appended:
                script.appended = 1
                await peer.send(
                    "input_audio_buffer.speech_started", audio_start_ms=0, item_id="item_1"
                )

        script.on["input_audio_buffer.append"] = append
        with pytest.raises(rt.RealtimeError, match=r"but not its end, in 0\.4 s of silence"):
            silent.say(sound(), realtime=realtime).wait(SOON_S)

    def test_whoever_waits_for_its_place_waits_as_long_as_it_takes(
        self, silent: rt.Session
    ) -> None:
        first = silent.say(sound(0.6), realtime=True)  # longer than a silent server is waited for
        second = silent.say(sound(0.1), realtime=True)
        with pytest.raises(rt.RealtimeError, match="heard no speech"):
            second.wait()
        assert first.done


@pytest.mark.server
class TestTools:
    def test_a_function_that_takes_longer_than_silence_may(
        self, script: Script, session: rt.Session
    ) -> None:
        def look() -> str:
            time.sleep(0.6)
            return "a cat"

        session.tools.add(look)
        calling(script, (("look", "{}"),))

        async def both() -> tuple[rt.Turn, rt.Turn]:
            return session.say("x"), session.say("y")

        first, second = asyncio.run(both())
        assert second.wait().text == "The end", "nor does one behind it despair"
        assert first.text == "The end" and first.tool_calls[0].result == "a cat"

    def test_one_that_never_ends(self, script: Script, session: rt.Session) -> None:
        over = threading.Event()
        session.tool(timeout=0.1)(_stuck(over))
        calling(script, (("stuck", "{}"),))
        try:
            turn = session.say("x").wait()
            assert turn.text == "The end"
            assert "did not finish within 0.1 s" in str(turn.tool_calls[0].output)
        finally:
            over.set()

    def test_nobody_answers_whether_it_may_run(self, script: Script, session: rt.Session) -> None:
        session.tool(approve=True)(_look)
        session._link.tools.approvals.wait_s = 0.5
        calling(script, (("_look", "{}"),))
        turn = session.say("x").wait()
        assert turn.tool_calls[0].status == "denied"
        assert "nobody answered within 0.5 s" in str(turn.tool_calls[0].output)

    def test_the_answer_after_the_call_never_begins(
        self, script: Script, session: rt.Session
    ) -> None:
        session.tool(_look)
        calling(script, (("_look", "{}"),))
        answer = script.on["response.create"]

        async def once(peer: Peer, event: dict[str, Any]) -> None:
            script.on["response.create"] = hang
            await answer(peer, event)

        script.on["response.create"] = once
        with pytest.raises(rt.WaitTimeout, match="the turn was still calling and silent for"):
            session.say("x").wait()


def _stuck(over: threading.Event) -> Callable[[], str]:
    def stuck() -> str:
        over.wait(SOON_S)
        return "late"

    return stuck


def _look() -> str:
    return "a cat"


@pytest.mark.server
def test_close_does_not_wait_for_a_server_that_hangs() -> None:
    with Faulty("slow_close") as script:
        session = rt.connect(script.url, quiet=True)
        session.say("x")
        begun = time.monotonic()
        session.close()
        assert time.monotonic() - begun < SOON_S


class TestDefaults:
    """The same by the book: what a signature and the code say."""

    def test_every_timeout_has_a_default(self) -> None:
        found = {}
        for kind in (Session, rt.Turn, item_changes.ItemChange, ToolCall, EventStream):
            for name, method in inspect.getmembers(kind, inspect.isfunction):
                parameter = inspect.signature(method).parameters.get("timeout")
                if parameter is not None and not name.startswith("_"):
                    found[f"{kind.__name__}.{name}"] = parameter.default
        assert set(OPEN) == {name for name, default in found.items() if default is None}
        limits = [default for name, default in found.items() if name not in OPEN]
        assert len(limits) >= 6 and all(0 < limit <= 120 for limit in limits)
        assert 0 < inspect.signature(rt.connect).parameters["timeout"].default <= 120

    @pytest.mark.parametrize("package", ["session", "widgets", "server", "commands"])
    def test_every_wait_in_the_code_says_its_limit_and_what_for(self, package: str) -> None:
        waits, bad = 0, []
        for path in sorted((PACKAGE / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf8"))):
                if isinstance(node, ast.Call) and re.fullmatch(
                    r"_loop\.(run|wait|listen)", ast.unparse(node.func)
                ):
                    waits += 1
                    named = {keyword.arg for keyword in node.keywords}
                    limited = len(node.args) > 1 or "timeout" in named
                    if not limited or "what" not in named:
                        bad.append(f"{path.name}:{node.lineno}")
        assert not bad
        assert waits > 8 or package != "session"
