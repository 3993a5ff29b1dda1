"""A session's events in a loop of the user's own: ``for`` and ``async for``."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import importlib
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets import _loop
from rtwidgets.session.events import event_stream
from rtwidgets.session.events.notices import event_type
from tests.session.calling import calling
from tests.session.faulty import Faulty
from tests.session.scripted import Peer, Script

pytestmark = pytest.mark.server

SOON_S = 10.0


@pytest.fixture(scope="module")
def server() -> Iterator[rt.Server]:
    with rt.serve("simulated", seed=1) as running:
        yield running


@pytest.fixture(params=["ga", "beta"])
def embedded(server: rt.Server, request: pytest.FixtureRequest) -> Iterator[rt.Session]:
    with rt.connect(server.url, dialect=request.param, quiet=True) as opened:
        yield opened


def names(events: Any) -> list[str]:
    return [event_type(event) for event in events]


def subscribed(session: rt.Session) -> tuple[list[Any], Any]:
    """What a subscriber hears, and the stream that was made at the same moment."""
    heard: list[Any] = []

    async def both() -> Any:
        session.subscribe(lambda event, _: heard.append(event))
        return session.events()

    return heard, _loop.run(both(), SOON_S)


class TestSynchronous:
    def test_everything_in_order_until_the_end(self, embedded: rt.Session) -> None:
        heard, stream = subscribed(embedded)
        turn = embedded.say("count from 1 to 5").wait(SOON_S)
        embedded.close()
        read = list(stream)
        assert read == heard and names(read)[-1] == "session.ended"
        assert [event.type for event in read] == names(read), "as on the wire"
        assert b"".join(e.delta for e in read if event_type(e) == "response.output_audio.delta")
        assert turn.text == "1, 2, 3, 4, 5."

    def test_one_that_waits_is_told(self, embedded: rt.Session) -> None:
        events = embedded.events("response.created", "response.done")
        turn = embedded.say("count from 1 to 3")
        assert names([next(events), next(events)]) == ["response.created", "response.done"]
        assert turn.wait(SOON_S).status == "completed"

    def test_the_end_comes_to_one_that_waits_for_something_else(self, script: Script) -> None:
        session = rt.connect(script.url, quiet=True)
        threading.Timer(0.1, session.close).start()
        assert list(session.events("response.done", timeout=SOON_S)) == []

    def test_a_limit_says_what_did_not_come(self, session: rt.Session) -> None:
        events = session.events("response.done", timeout=0.05)
        with pytest.raises(rt.WaitTimeout, match=r"next response\.done did not come within 0\.05"):
            next(events)
        session.say("x").wait(SOON_S)
        assert event_type(next(events)) == "response.done", "it may be asked again"

    def test_a_name_that_is_none(self, session: rt.Session) -> None:
        before = len(session._link.subscribers._entries)
        with pytest.raises(rt.LocalProtocolError, match=r"did you mean 'response\.done'"):
            session.events("response.created", "response.dine")
        assert len(session._link.subscribers._entries) == before

    def test_of_a_session_that_is_over(self, script: Script) -> None:
        session = rt.connect(script.url, quiet=True)
        session.close()
        with pytest.raises(rt.SessionClosed):
            session.events()

    def test_inside_a_callback_it_would_wait_for_itself(self, session: rt.Session) -> None:
        session.on("response.done", lambda _: next(session.events()))
        session.say("x").wait(SOON_S)
        _loop.run(asyncio.sleep(0), SOON_S)
        assert "inside a callback" in str(session.callback_errors[0])

    def test_an_interrupt_ends_the_wait_and_nothing_else(self, session: rt.Session) -> None:
        events = session.events("response.done")
        pid = threading.main_thread().ident
        assert pid is not None
        threading.Timer(0.1, signal.pthread_kill, (pid, signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            next(events)
        session.say("x").wait(SOON_S)
        assert event_type(next(events)) == "response.done"

    def test_close_ends_it(self, session: rt.Session) -> None:
        events = session.events()
        session.say("x").wait(SOON_S)
        events.close()
        count = events.pending
        session.say("y").wait(SOON_S)
        assert len(list(events)) == count > 5


class TestAsynchronous:
    def test_several_at_once_under_asyncio_run(self, embedded: rt.Session) -> None:
        async def read(stream: Any) -> list[str]:
            return [event_type(event) async for event in stream]

        async def main() -> list[list[str]]:
            streams = [embedded.events(), embedded.events(), embedded.events("response.done")]
            reading = asyncio.gather(*map(read, streams))
            await embedded.say("count from 1 to 3")
            await asyncio.to_thread(embedded.close)
            return await asyncio.wait_for(reading, SOON_S)

        one, other, done = asyncio.run(main())
        assert one == other and one[-1] == "session.ended" and done == ["response.done"]

    def test_two_readers_of_one_stream_share_it(self, session: rt.Session) -> None:
        heard, stream = subscribed(session)

        async def read() -> list[Any]:
            return [event async for event in stream]

        async def main() -> list[Any]:
            reading = asyncio.gather(read(), read())
            await session.say("x")
            await asyncio.to_thread(session.close)
            one, other = await asyncio.wait_for(reading, SOON_S)
            return [*one, *other]

        assert sorted(map(id, asyncio.run(main()))) == sorted(map(id, heard))

    def test_on_the_loop_of_the_sessions(self, session: rt.Session) -> None:
        async def read() -> str:
            events = session.events("response.done", timeout=SOON_S)
            session.say("x")
            return event_type(await events.__anext__())

        assert _loop.run(read(), SOON_S) == "response.done"

    def test_a_cancelled_read_takes_no_event_with_it(self, session: rt.Session) -> None:
        async def main() -> str:
            events = session.events("response.done")
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(events.__anext__(), 0.05)
            await session.say("x")
            return event_type(await events.__anext__())

        assert asyncio.run(main()) == "response.done"

    def test_others_on_the_loop_have_their_turn(self, session: rt.Session) -> None:
        async def main() -> int:
            events = session.events()
            for _ in range(20):
                await session.say("x")
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                while True:
                    ticks += 1
                    await asyncio.sleep(0)

            ticking = asyncio.create_task(tick())
            for _ in range(events.pending):
                await events.__anext__()
            ticking.cancel()
            return ticks

        assert asyncio.run(main()) > 1

    def test_a_limit(self, session: rt.Session) -> None:
        async def main() -> None:
            async for _ in session.events(timeout=0.05):
                pass

        with pytest.raises(rt.WaitTimeout, match="the next event did not come"):
            asyncio.run(main())


class TestBacklog:
    @pytest.mark.parametrize("keep_mb", [64, 0.01])
    def test_what_does_not_fit_comes_back_from_the_log(
        self, server: rt.Server, monkeypatch: pytest.MonkeyPatch, keep_mb: float
    ) -> None:
        monkeypatch.setattr(event_stream, "KEPT_BYTES", 20_000)
        for dialect in ("ga", "beta"):
            with rt.connect(
                server.url, dialect=dialect, quiet=True, keep_events_mb=keep_mb
            ) as session:
                heard, stream = subscribed(session)
                for n in range(3):
                    session.say(f"count from {n} to 9").wait(SOON_S)
                session.interrupt()
            assert len(stream._later) > len(stream._events) > 0
            assert list(stream) == heard and stream.lost == 0
            assert "session.interrupted" in names(heard)

    def test_what_is_gone_from_the_log_is_counted(
        self, script: Script, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(event_stream, "KEPT_BYTES", 3_000)
        with rt.connect(script.url, quiet=True, keep_events_mb=0.001) as session:
            monkeypatch.setattr(session.events_log, "_write", _refuse)
            heard, stream = subscribed(session)
            session.say("x").wait(SOON_S)
        read = list(stream)
        assert stream.lost > 0 and len(read) + stream.lost == len(heard)
        assert f"{stream.lost} lost" in repr(stream)

    def test_a_flood_that_nobody_reads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(event_stream, "KEPT_BYTES", 100_000)
        with Faulty("flood_10000") as flood, rt.connect(flood.url, quiet=True) as session:
            stream = session.events("response.output_text.delta")
            session.say("x").wait(60)
            assert stream.pending == 10_000 and len(stream._events) < 200
            events = [next(stream) for _ in range(10_000)]
            assert {event.delta for event in events} == {"ab "}


def _refuse(_: object) -> None:
    raise OSError("no room")


class TestLifetimes:
    def test_a_stream_that_nobody_has_leaves(self, session: rt.Session) -> None:
        before = len(session._link.subscribers._entries)
        stream = session.events()
        assert len(session._link.subscribers._entries) == before + 2
        del stream
        gc.collect()
        _loop.run(asyncio.sleep(0), SOON_S)
        assert len(session._link.subscribers._entries) == before

    def test_a_stream_holds_its_session_and_not_the_other_way_round(self, script: Script) -> None:
        events = rt.connect(script.url, quiet=True).events(timeout=SOON_S)
        gc.collect()
        events._session.say("x")  # type: ignore[attr-defined]
        assert event_type(next(events)) == "conversation.item.added"
        link = events._session._link  # type: ignore[attr-defined]
        del events
        gc.collect()
        deadline = time.monotonic() + SOON_S
        while link.ended is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def test_it_goes_on_with_a_connection_that_is_opened_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        module = importlib.import_module("rtwidgets.session.connecting.reconnect")
        monkeypatch.setattr(module, "PAUSES_S", (0.01, 0.02))
        with (
            Faulty("lost_abruptly_1006") as faulty,
            rt.connect(faulty.url, quiet=True, reconnect=True) as session,
        ):
            events = session.events(
                "session.ended", "session.resumed", "response.done", timeout=SOON_S
            )
            session.say("x")
            assert names([next(events), next(events)]) == ["session.ended", "session.resumed"]
            faulty.fault, fault = None, faulty.fault
            session.say("y")
            assert event_type(next(events)) == "response.done"
            faulty.fault = fault
            session.say("z")
            assert event_type(next(events)) == "session.ended"
            session.close()
            assert set(names(events)) <= {"session.resumed", "session.ended"}

    def test_it_ends_where_opening_again_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        module = importlib.import_module("rtwidgets.session.connecting.reconnect")
        monkeypatch.setattr(module, "PAUSES_S", (0.01,))
        with Faulty("lost_abruptly_1006") as faulty:
            session = rt.connect(faulty.url, quiet=True, reconnect=True)
            events = session.events("session.ended", timeout=SOON_S)
            session.say("x")
            next(events)
            faulty._greet = _gone
            assert set(names(events)) <= {"session.ended"}
            assert not session.going_on or session.resumed is not None
            session.close()


async def _gone(peer: Peer, event: dict[str, Any]) -> None:
    await peer.ws.close(1008, "no more")


#: As the output of a cell is kept.
CELL: contextvars.ContextVar[str] = contextvars.ContextVar("CELL", default="none")


def test_nothing_of_a_cell_follows_a_callback(script: Script) -> None:
    """Subscribers, timers, tools and approvals run in a context that no cell has touched."""
    calling(script, (("look", "{}"), ("watch", "{}")))
    seen: dict[str, set[str]] = {}

    def note(where: str) -> None:
        seen.setdefault(where, set()).add(CELL.get())

    async def slow(event: Any, _: Any) -> None:
        await asyncio.sleep(0)
        note("coroutine")

    def allow(_: Any) -> bool:
        note("approval")
        return True

    def look() -> str:
        note("tool")
        return "a cat"

    async def watch() -> str:
        note("async tool")
        return "a cat"

    CELL.set("first cell")
    with rt.connect(script.url, quiet=True) as session:
        session.subscribe(lambda event, _: note("subscriber"))
        session.subscribe(slow)
        session.on("response.done", lambda _: note("on"))
        session.tool(approve=True)(look)
        session.tool(watch)
        session.on_approval(allow)
        CELL.set("second cell")
        session.say("x").wait(SOON_S)
        done = threading.Event()
        session.later(0, lambda: (note("later"), done.set()))
        assert done.wait(SOON_S)
        session.interrupt()
        session.update(voice="ash")
    places = ("subscriber", "coroutine", "on", "approval", "tool", "async tool", "later")
    assert seen == {place: {"none"} for place in places}
    assert CELL.get() == "second cell"
