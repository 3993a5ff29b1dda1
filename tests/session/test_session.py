"""A session over a real socket: who hears of events, what can be set, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time
import weakref
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets import _loop
from rtwidgets.session.events.notices import Interrupted, SessionEnded, event_type
from tests.session.scripted import Peer, Script, hang

pytestmark = pytest.mark.server


class TestSubscribers:
    def test_in_order_on_the_loop_thread_and_last_the_end(self, script: Script) -> None:
        seen: list[tuple[str, bool]] = []
        session = rt.connect(script.url, quiet=True)
        session.subscribe(lambda event, _: seen.append((event_type(event), _loop.on_loop())))
        session.say("x").wait(5)
        session.close()
        kinds = [kind for kind, _ in seen]
        assert all(on_loop for _, on_loop in seen)
        assert kinds[:2] == ["conversation.item.added", "response.created"]
        assert kinds[-2:] == ["response.done", "session.ended"]

    def test_one_that_raises_stops_nothing(self, session: rt.Session) -> None:
        seen: list[object] = []

        def bad(event: object, conversation: object) -> None:
            raise ZeroDivisionError("mine")

        session.subscribe(bad)
        session.subscribe(lambda event, _: seen.append(event))
        assert session.say("x").wait(5).text == "Hello there"
        assert len(session.callback_errors) >= len(seen) > 5
        error = session.callback_errors[0]
        assert isinstance(error.error, ZeroDivisionError) and "bad" in str(error)

    def test_by_type_and_out_again(self, session: rt.Session) -> None:
        done: list[Any] = []
        stop = session.on("response.done", done.append)
        session.say("x").wait(5)
        stop()
        session.say("y").wait(5)
        assert [event.response.status for event in done] == ["completed"]
        with pytest.raises(rt.LocalProtocolError, match=r"response\.done"):
            session.on("response.dne", print)
        with pytest.raises(rt.LocalProtocolError, match=r"output_audio\.delta"):
            session.on("response.audio.delta", print)

    def test_a_coroutine_is_run(self, session: rt.Session) -> None:
        got = threading.Event()

        async def later(event: object) -> None:
            await asyncio.sleep(0.01)
            got.set()

        session.on("response.done", later)
        session.say("x").wait(5)
        assert got.wait(2)

    def test_waiting_inside_a_callback_is_refused(self, session: rt.Session) -> None:
        session.on("response.done", lambda event: session.say("more").wait())
        session.on("response.created", lambda event: rt.connect())
        session.say("x").wait(5)
        messages = [str(error.error) for error in session.callback_errors]
        assert len(messages) >= 2 and all("inside a callback" in text for text in messages)
        assert all(isinstance(e.error, rt.LocalProtocolError) for e in session.callback_errors)

    def test_a_turn_that_is_done_may_be_waited_for_anywhere(self, session: rt.Session) -> None:
        turn = session.say("x").wait(5)
        texts: list[str] = []
        session.on("response.done", lambda event: texts.append(turn.wait().text))
        session.say("y").wait(5)
        assert texts == ["Hello there"]

    def test_whoever_waited_finds_that_subscribers_were_told(self, session: rt.Session) -> None:
        told: list[str] = []

        def slow(event: Any) -> None:
            time.sleep(0.05)
            told.append("done")

        async def main() -> None:
            await session.say("y")
            assert len(told) == 2

        session.on("response.done", slow)
        session.say("x").wait(5)
        assert len(told) == 1
        asyncio.run(main())

    def test_commands_inside_a_callback(self, session: rt.Session) -> None:
        chained: list[rt.Turn] = []
        unsubscribe = session.on(
            "response.done", lambda event: (unsubscribe(), chained.append(session.say("again")))
        )
        session.say("x").wait(5)
        assert chained[0].wait(5).text == "Hello there"

    def test_interrupt_tells_the_speaker(self, session: rt.Session, script: Script) -> None:
        async def begin(peer: Peer, event: dict[str, Any]) -> None:
            await peer.begin(event)

        script.on["response.create"] = begin
        notices: list[Any] = []
        session.on("session.interrupted", notices.append)
        turn = session.say("x")
        while turn.status != "in_progress":
            time.sleep(0.01)
        session.interrupt()
        assert turn.wait(5).status == "cancelled"
        assert isinstance(notices[0], Interrupted)
        assert turn.response is not None and notices[0].response_id == turn.response.id
        assert script.types().count("response.cancel") == 1

    def test_later_runs_on_the_loop(self, session: rt.Session) -> None:
        ran: list[bool] = []
        done = threading.Event()
        session.later(0.01, lambda: (ran.append(_loop.on_loop()), done.set()))
        assert done.wait(2) and ran == [True]


class TestState:
    def test_words(self, session: rt.Session, script: Script) -> None:
        words: list[str] = []
        session.subscribe(lambda event, _: words.append(session.state))
        assert session.state == "idle"
        session.say("x").wait(5)
        assert session.state == "idle"
        assert "thinking" in words and "speaking" in words
        asked = threading.Event()

        async def listen(peer: Peer, event: dict[str, Any]) -> None:
            await peer.send("input_audio_buffer.speech_started", audio_start_ms=0, item_id="i")
            asked.set()

        script.on["input_audio_buffer.append"] = listen
        session.append_audio(b"\0\0" * 960)
        assert asked.wait(2)
        with contextlib.suppress(AssertionError):
            for _ in range(50):
                assert session.state != "listening"
                time.sleep(0.02)
        assert session.state == "listening"


class TestSettings:
    def test_defaults_of_a_new_session(self, session: rt.Session, script: Script) -> None:
        sent = script.events[0]["session"]
        assert sent["type"] == "realtime"
        assert sent["audio"]["input"]["transcription"]["model"]

    def test_update_returns_what_is_in_force(self, session: rt.Session, script: Script) -> None:
        config = session.update(voice="verse", instructions="Be kind.")
        assert config.instructions == "Be kind."
        assert session.conversation.session.instructions == "Be kind."
        sent = script.events[-1]["session"]
        assert sent == {
            "type": "realtime",
            "instructions": "Be kind.",
            "audio": {"output": {"voice": "verse"}},
        }

    def test_unknown_and_impossible(self, session: rt.Session, script: Script) -> None:
        before = len(script.events)
        with pytest.raises(rt.LocalProtocolError, match="did you mean 'voice'"):
            session.update(voise="verse")
        with pytest.raises(rt.LocalProtocolError, match="threshold=7"):
            session.update(threshold=7)
        assert len(script.events) == before

    def test_a_refusal_is_said_once(
        self, session: rt.Session, script: Script, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def refuse(peer: Peer, event: dict[str, Any]) -> None:
            await peer.error(f"no {event['type']}", event_id=event["event_id"])

        script.on["session.update"] = script.on["input_audio_buffer.clear"] = refuse
        with pytest.raises(rt.ApiError, match=r"no session\.update"):
            session.update(voice="ash")
        session.clear_audio()
        session.say("x").wait(5)
        warned = [r.getMessage() for r in caplog.records if r.name == "rtwidgets.session"]
        assert warned == ["the server refused: no input_audio_buffer.clear (None)"]

    def test_a_refusal_is_raised(self, session: rt.Session, script: Script) -> None:
        async def refuse(peer: Peer, event: dict[str, Any]) -> None:
            await peer.error("voice locked", code="cannot_update_voice", event_id=event["event_id"])

        script.on["session.update"] = refuse
        with pytest.raises(rt.ApiError, match="voice locked"):
            session.update(voice="ash")

    def test_items(self, session: rt.Session, script: Script) -> None:
        item_id = session.create_item("Be brief", role="system").wait(5).item_id
        session.say("x").wait(5)
        assert session.conversation.item(item_id) is not None
        session.delete_item(item_id)
        session.retrieve_item(item_id)
        session.clear_audio()
        session.say("y").wait(5)
        assert {"conversation.item.delete", "conversation.item.retrieve"} <= set(script.types())


class TestLife:
    def test_close_is_idempotent_and_tells_turns(self, script: Script) -> None:
        script.on["response.create"] = hang
        session = rt.connect(script.url, quiet=True)
        ended: list[SessionEnded] = []
        session.on("session.ended", ended.append)
        turn = session.say("x")
        session.close()
        session.close()
        with pytest.raises(rt.SessionClosed, match="closed here"):
            turn.wait(5)
        assert [event.expected for event in ended] == [True]
        assert session.why_closed == "it was closed here"

    def test_async_with(self, script: Script) -> None:
        async def main() -> rt.Session:
            async with rt.connect(script.url, quiet=True) as session:
                assert (await session.say("x")).text == "Hello there"
            return session

        assert asyncio.run(main()).closed

    def test_a_forgotten_session_closes(self, script: Script) -> None:
        session = rt.connect(script.url, quiet=True)
        session.say("x").wait(5)
        ended = threading.Event()
        session.on("session.ended", lambda event: ended.set())
        gone = weakref.ref(session)
        del session
        gc.collect()
        assert gone() is None and ended.wait(2)

    def test_a_turn_keeps_its_session(self, script: Script) -> None:
        turn = rt.connect(script.url, quiet=True).say("x")
        gc.collect()
        assert turn.wait(5).text == "Hello there"

    def test_two_sessions_at_once(self, script: Script) -> None:
        with rt.connect(script.url, quiet=True) as one, rt.connect(script.url, quiet=True) as two:
            turns = [s.say(f"{n}") for n in range(10) for s in (one, two)]
            assert [turn.wait(5).transcript for turn in turns] == [
                f"{n}" for n in range(10) for _ in range(2)
            ]
            assert len(one.conversation.items) == len(two.conversation.items) == 20

    def test_reprs(self, session: rt.Session) -> None:
        turn = session.say("<b>bold</b> & brave").wait(5)
        assert "'<b>bold</b> & brave' → 'Hello there'" in repr(turn)
        page = turn._repr_html_()
        assert "&lt;b&gt;bold&lt;/b&gt; &amp; brave" in page and "<b>bold" not in page
        assert "<audio" in page and "200 tokens" in page
        assert repr(session).startswith("<Session: 127.0.0.1:")
        assert repr(session.conversation) == "<Conversation: 2 items>"
        table = repr(session.usage)
        assert "no price known" not in table and "$0.0043" in table
        assert "<table>" in session.usage._repr_html_()
