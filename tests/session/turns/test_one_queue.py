"""Whatever a user does, in any order: two responses of ours never meet at the server.

The server here is strict and slow: it answers in steps, and between them it takes whatever
comes. It counts each ``response.create`` that finds a response of the conversation active.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

import rtwidgets as rt
from rtwidgets import _loop
from tests.session.scripted import Peer, Script

pytestmark = pytest.mark.server

ACTIONS = ("say", "respond", "bare", "aside", "interrupt", "cancel", "sound", "wait")


class Strict:
    """One response of the conversation at a time, each taking ``pace`` turns of the loop."""

    def __init__(self, script: Script, pace: list[int]) -> None:
        self.met = 0
        self.created = 0
        self._pace = pace
        self._tasks: dict[str, asyncio.Task[None]] = {}
        script.on["response.create"] = self.create
        script.on["response.cancel"] = self.cancel

    async def create(self, peer: Peer, event: dict[str, Any]) -> None:
        self.created += 1
        asked = event.get("response") or {}
        beside = asked.get("conversation") == "none"
        if peer.active is not None and not beside:
            self.met += 1
            await peer.error(
                "busy",
                code="conversation_already_has_active_response",
                event_id=event["event_id"],
            )
            return
        before = peer.active
        response_id = await peer.begin(event)
        if beside:
            await self._end(peer, response_id, asked, "completed")
            peer.active = before
        else:
            pace = self._pace[self.created % len(self._pace)]
            self._tasks[response_id] = asyncio.create_task(
                self._run(peer, response_id, asked, pace)
            )

    async def _run(self, peer: Peer, response_id: str, asked: dict[str, Any], pace: int) -> None:
        for _ in range(pace):
            await asyncio.sleep(0)
        if peer.active == response_id:
            with contextlib.suppress(ConnectionClosed):  # the example is over
                await self._end(peer, response_id, asked, "completed")

    async def _end(self, peer: Peer, response_id: str, asked: dict[str, Any], status: str) -> None:
        response = {**peer.response(status, asked), "id": response_id}
        if peer.active == response_id:
            peer.active = None
        await peer.send("response.done", response=response)

    async def cancel(self, peer: Peer, event: dict[str, Any]) -> None:
        if peer.active is None or event.get("response_id") not in (None, peer.active):
            await peer.error("none", code="response_cancel_not_active", event_id=event["event_id"])
        else:
            await self._end(peer, peer.active, {}, "cancelled")


def act(session: rt.Session, action: str, turns: list[rt.Turn]) -> None:
    """One thing that a user may do."""
    does: dict[str, Callable[[], Any]] = {
        "say": lambda: turns.append(session.say("x")),
        "respond": lambda: turns.append(session.respond(instructions="y")),
        "aside": lambda: turns.append(session.respond(conversation="none", input="z")),
        "sound": lambda: turns.append(session.say(_sound())),
        "bare": session.create_response,
        "interrupt": session.interrupt,
        "cancel": lambda: turns and turns[-1].cancel(),
        "wait": lambda: turns and turns[-1].wait(10),
    }
    does[action]()


def _sound() -> rt.Pcm:
    return rt.Pcm.from_bytes(b"\1\0" * 2400, 24000)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    actions=st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=12),
    pace=st.lists(st.integers(0, 40), min_size=1, max_size=4),
    detects=st.booleans(),
)
def test_no_two_responses_of_ours_meet(actions: list[str], pace: list[int], detects: bool) -> None:
    with Script() as script, rt.connect(script.url, quiet=True) as session:
        if not detects:
            session.update(turn_detection=None)
        else:
            actions = [action for action in actions if action != "sound"]  # nobody hears it here
        server, turns = Strict(script, pace), []  # type: ignore[var-annotated]
        for action in actions:
            act(session, action, turns)
        for turn in turns:
            turn.wait(10)
        last = session.say("and the queue is free").wait(10)
        assert last.status == "completed"
        assert server.met == 0
        busy = "conversation_already_has_active_response"
        assert not [e for e in session.errors if isinstance(e, rt.ApiError) and e.code == busy]


def test_many_asides_run_beside_an_answer(session: rt.Session, script: Script) -> None:
    """Outside the conversation nobody waits: all are asked for before any has ended."""
    waiting: list[Callable[[], Awaitable[None]]] = []

    async def create(peer: Peer, event: dict[str, Any]) -> None:
        if (event.get("response") or {}).get("conversation") != "none":
            await peer.begin(event)  # the answer beside which they run
            return
        before = peer.active
        name = await peer.begin(event)
        peer.active = before

        async def end() -> None:
            peer.active = name
            await peer.finish(event["response"]["metadata"]["topic"], event)
            peer.active = before

        waiting.append(end)
        if len(waiting) == 3:
            for step in reversed(waiting):
                await step()

    script.on["response.create"] = create
    main = session.say("a long answer")
    asides = [
        session.respond(conversation="none", input="classify", metadata={"topic": topic})
        for topic in ("one", "two", "three")
    ]
    assert [turn.wait(5).text for turn in asides] == ["one", "two", "three"]
    assert not main.done and not session.errors
    main.cancel()
    assert main.wait(5).status == "cancelled"


class TestInterrupt:
    def test_drops_a_bare_response_that_waits(self, session: rt.Session, script: Script) -> None:
        begun = threading.Event()

        async def begin(peer: Peer, event: dict[str, Any]) -> None:
            await peer.begin(event)
            begun.set()

        script.on["response.create"] = begin
        turn = session.say("x")
        assert begun.wait(10)
        session.create_response()
        session.create_response()
        session.interrupt()
        assert turn.wait(10).status == "cancelled"
        del script.on["response.create"]
        assert session.say("y").wait(10).text == "Hello there"
        assert script.types().count("response.create") == 2
        assert not session._link.queue.waiting and session.errors == ()

    def test_turns_that_wait_put_nothing_into_the_conversation(
        self, session: rt.Session, script: Script
    ) -> None:
        async def both() -> list[rt.Turn]:
            # At once, so that the first one has not been asked for.
            turns = [session.say("x"), session.say("y"), session.say("z")]
            session.interrupt()
            return turns

        first, *others = [turn.wait(10) for turn in _loop.run(both(), 10)]
        assert first.done and [turn.status for turn in others] == ["cancelled"] * 2
        assert session.say("w").wait(10).text == "Hello there"
        said = [e["item"]["content"][0]["text"] for e in script.events if "item" in e]
        assert said == ["x", "w"], "the first one was asked for"
