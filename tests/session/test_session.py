"""Turns over a real socket, against a server that does what the test says."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import rtwidgets as rt
from rtwidgets import _loop
from rtwidgets.audio import Pcm
from rtwidgets.session.notices import Interrupted, SessionEnded, event_type
from tests.session.scripted import Peer, Script, hang

pytestmark = pytest.mark.server


@pytest.fixture
def session(script: Script) -> Iterator[rt.Session]:
    with rt.connect(script.url, quiet=True) as opened:
        yield opened


def tone(seconds: float, rate: int = 24000) -> np.ndarray[Any, Any]:
    t = np.arange(int(seconds * rate)) / rate
    return (np.sin(2 * np.pi * 220 * t) * 8000).astype(np.int16)


def quiet(seconds: float) -> np.ndarray[Any, Any]:
    return np.zeros(int(seconds * 24000), np.int16)


class TestTyped:
    def test_a_turn_holds_everything(self, session: rt.Session) -> None:
        turn = session.say("What is this?").wait(5)
        assert turn.done and turn.status == "completed" and turn.error is None
        assert turn.text == "Hello there"
        assert turn.transcript == "What is this?"
        assert turn.audio.rate == 24000 and turn.audio.duration_s == pytest.approx(0.4)
        assert turn.usage.total_tokens == 200
        assert turn.response is not None and turn.response.status == "completed"
        latency = turn.latency
        assert latency.end_of_speech is None
        assert 0 <= latency.first_event <= latency.first_audio <= latency.done < 5  # type: ignore[operator]

    def test_await_in_any_loop(self, session: rt.Session) -> None:
        async def talk() -> list[str]:
            first = await session.say("one")
            both = await asyncio.gather(session.say("two").finished(), session.say("three"))
            return [first.transcript, *(turn.transcript for turn in both)]

        assert asyncio.run(talk()) == ["one", "two", "three"]

    def test_turns_follow_one_another(self, session: rt.Session, script: Script) -> None:
        turns = [session.say(f"number {n}") for n in range(5)]
        for turn in turns:
            turn.wait(5)
        # The item of a turn is sent when the answer before it is over, never earlier.
        pair = ["conversation.item.create", "response.create"]
        assert script.types() == ["session.update", *pair * 5]
        assert [turn.transcript for turn in turns] == [f"number {n}" for n in range(5)]

    def test_a_bare_response_waits_for_the_turn(self, session: rt.Session, script: Script) -> None:
        turn = session.say("hi")
        session.create_response()
        session.create_response()
        last = session.say("bye").wait(5)
        assert turn.done and last.text == "Hello there"
        assert script.types().count("response.create") == 4
        assert not session.errors

    def test_respond_takes_overrides(self, session: rt.Session, script: Script) -> None:
        turn = session.respond(instructions="Be brief.", output_modalities="text").wait(5)
        assert turn.text == "Hello there" and turn.transcript == ""
        sent = script.events[-1]["response"]
        assert sent["instructions"] == "Be brief." and sent["output_modalities"] == ["text"]

    def test_outside_the_conversation_while_another_answer_runs(
        self, session: rt.Session, script: Script
    ) -> None:
        async def two(peer: Peer, event: dict[str, Any]) -> None:
            if (event.get("response") or {}).get("conversation") == "none":
                active, peer.active = peer.active, None
                await peer.begin(event)
                await peer.finish("aside", event)
                peer.active = active
                await peer.finish("main")
            else:
                await peer.begin(event)

        script.on["response.create"] = two
        main = session.say("slow")
        while main.status != "in_progress":
            time.sleep(0.01)
        aside = session.respond(conversation="none", input="classify this").wait(5)
        assert aside.text == "aside"
        assert main.wait(5).text == "main"

    def test_text_that_is_no_sound_name_is_text(self, session: rt.Session) -> None:
        assert session.say("What does .wav mean?").wait(5).transcript == "What does .wav mean?"

    def test_a_missing_file_is_told_at_once(self, session: rt.Session) -> None:
        with pytest.raises(rt.AudioError, match="no-such"):
            session.say("no-such-file.wav")
        with pytest.raises(rt.AudioError, match="cannot be said"):
            session.say(3.5)  # type: ignore[arg-type]


class TestSpoken:
    def hear(self, script: Script, *speeches: tuple[int, int, str]) -> None:
        """The server hears ``speeches`` once it has that much sound, and answers each."""
        waiting = list(speeches)

        async def append(peer: Peer, event: dict[str, Any]) -> None:
            script.appended += len(event["audio"]) * 3 // 4
            while waiting and script.appended / 48 >= waiting[0][1]:
                start, end, words = waiting.pop(0)
                if peer.active is not None:
                    await peer.send("input_audio_buffer.speech_started", audio_start_ms=start)
                    await peer.cancelled("turn_detected")
                await peer.heard(start, end, words)
                await peer.begin()
                if not waiting:
                    await peer.finish(f"You said {words}")

        script.on["input_audio_buffer.append"] = append

    def test_the_server_finds_the_end(self, session: rt.Session, script: Script) -> None:
        self.hear(script, (0, 1200, "hello"))
        turn = session.say(tone(1.0)).wait(5)
        assert turn.transcript == "hello" and turn.text == "You said hello"
        assert turn.latency.end_of_speech is not None and turn.latency.end_of_speech >= 0
        # Only as much silence as was needed: 1 s of sound, 200 ms of silence and a little.
        assert script.appended / 48 < 1800
        assert "input_audio_buffer.commit" not in script.types()

    def test_pauses_make_one_turn(self, session: rt.Session, script: Script) -> None:
        self.hear(script, (0, 700, "one"), (1500, 2700, "two"))
        sound = np.concatenate([tone(0.5), quiet(1.0), tone(1.0)])
        turn = session.say(sound).wait(5)
        assert turn.transcript == "one two"
        assert turn.text == "You said two" and turn.status == "completed"

    def test_an_answer_that_was_quicker_than_the_second_half(
        self, session: rt.Session, script: Script
    ) -> None:
        seen: list[int] = []

        async def append(peer: Peer, event: dict[str, Any]) -> None:
            script.appended += len(event["audio"]) * 3 // 4
            for n, (start, end) in enumerate([(0, 700), (1500, 2700)]):
                if script.appended / 48 >= end and n not in seen:
                    seen.append(n)
                    await peer.heard(start, end, f"part {n}")
                    await peer.begin()
                    await peer.finish(f"answer {n}")

        script.on["input_audio_buffer.append"] = append
        turn = session.say(np.concatenate([tone(0.5), quiet(1.0), tone(1.0)])).wait(5)
        assert turn.text == "answer 1" and turn.transcript == "part 0 part 1"

    def test_in_real_time(self, session: rt.Session, script: Script) -> None:
        self.hear(script, (0, 600, "hello"))
        begun = time.monotonic()
        turn = session.say(tone(0.4), realtime=True).wait(5)
        assert time.monotonic() - begun >= 0.55
        assert turn.latency.end_of_speech == pytest.approx(0.2, abs=0.15)

    def test_without_turn_detection_we_commit(self, session: rt.Session, script: Script) -> None:
        session.update(turn_detection=None)
        turn = session.say(tone(0.5)).wait(5)
        assert turn.text == "Hello there"
        assert script.types()[-2:] == ["input_audio_buffer.commit", "response.create"]
        assert script.appended == 24000

    def test_in_real_time_without_turn_detection(self, session: rt.Session, script: Script) -> None:
        session.update(turn_detection=None)
        begun = time.monotonic()
        assert session.say(tone(0.3), realtime=True).wait(5).text == "Hello there"
        assert time.monotonic() - begun >= 0.28 and script.appended == 14400

    def test_a_microphone_gives_way_to_a_sound(self, session: rt.Session, script: Script) -> None:
        session.update(turn_detection=None)
        turn = session.say(tone(0.4), realtime=True)
        while not script.appended:
            time.sleep(0.01)
        for _ in range(5):
            session.append_audio(bytes(1920))
        turn.wait(5)
        assert script.appended == 19200 and session.displaced_ms == 200
        session.append_audio(bytes(1920))
        session.say("wait").wait(5)
        assert script.appended == 19200 + 1920

    def test_detection_that_does_not_answer(self, session: rt.Session, script: Script) -> None:
        session.update(create_response=False)

        async def append(peer: Peer, event: dict[str, Any]) -> None:
            script.appended += len(event["audio"]) * 3 // 4
            if script.appended // 48 >= 700 and peer.last_item is None:
                await peer.heard(0, 700, "hello")

        script.on["input_audio_buffer.append"] = append
        turn = session.say(tone(0.5)).wait(5)
        assert turn.text == "Hello there" and turn.transcript == "hello"
        assert script.types()[-1] == "response.create"

    def test_no_speech_is_said(
        self, session: rt.Session, script: Script, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rtwidgets.session.speech.NO_SPEECH_S", 0.2)
        with pytest.raises(rt.RealtimeError, match=r"no speech .* 0\.50 s \(peak silence\)"):
            session.say(quiet(0.5)).wait(5)
        with pytest.raises(rt.RealtimeError, match=r"peak -12 dBFS"):
            session.say(tone(0.5)).wait(5)
        assert session.say("and on").wait(5).text == "Hello there"

    def test_telephone_sound(self, session: rt.Session, script: Script) -> None:
        session.update(input_format="g711_ulaw", turn_detection=None)
        session.say(tone(0.5)).wait(5)
        assert script.appended == 4000
        session.append_audio(tone(1.0).tobytes())
        session.say("wait for it").wait(5)
        assert 4000 + 7000 < script.appended <= 4000 + 8000

    def test_late_words_are_waited_for(self, session: rt.Session, script: Script) -> None:
        session.update(turn_detection=None)
        script.on["input_audio_buffer.commit"] = lambda peer, event: peer.commit("item_late")

        async def create(peer: Peer, event: dict[str, Any]) -> None:
            said = peer.last_item or ""
            await peer.begin(event)
            await peer.finish("first", event)
            await asyncio.sleep(0.1)
            await peer.words(said, "late words")

        script.on["response.create"] = create
        assert session.say(tone(0.5)).wait(5).transcript == "late words"

    def test_what_an_array_may_be(self, session: rt.Session, script: Script) -> None:
        session.update(turn_detection=None)
        session.say(tone(0.5, 16000), rate=16000).wait(5)
        session.say(tone(0.5).astype(np.float32) / 32768).wait(5)
        session.say(Pcm(tone(0.5, 8000), 8000)).wait(5)
        assert script.appended == 3 * 24000


class TestFaults:
    def test_a_refused_item_ends_the_turn(self, session: rt.Session, script: Script) -> None:
        async def refuse(peer: Peer, event: dict[str, Any]) -> None:
            await peer.error("item too long", code="bad", event_id=event["event_id"])

        script.on["conversation.item.create"] = refuse
        script.on["response.create"] = hang
        turn = session.say("x")
        with pytest.raises(rt.ApiError, match="item too long") as raised:
            turn.wait(5)
        assert raised.value.code == "bad" and turn.status == "failed"
        script.on.clear()
        assert session.say("again").wait(5).text == "Hello there"

    def test_an_error_without_a_name_ends_the_turn_that_asked(
        self, session: rt.Session, script: Script
    ) -> None:
        async def refuse(peer: Peer, event: dict[str, Any]) -> None:
            await peer.error("no")

        script.on["response.create"] = refuse
        with pytest.raises(rt.ApiError, match="no"):
            session.say("x").wait(5)

    def test_a_failed_response_is_an_error(self, session: rt.Session, script: Script) -> None:
        async def fail(peer: Peer, event: dict[str, Any]) -> None:
            await peer.begin(event)
            error = {"type": "insufficient_quota", "code": "insufficient_quota", "message": "broke"}
            response = peer.response(
                "failed", {}, status_details={"type": "failed", "error": error}
            )
            peer.active = None
            await peer.send("response.done", response=response)

        script.on["response.create"] = fail
        turn = session.say("x")
        with pytest.raises(rt.ApiError, match="broke"):
            turn.wait(5)
        assert turn.status == "failed" and "broke" in repr(turn)

    def test_somebody_elses_response_is_waited_for(
        self, session: rt.Session, script: Script
    ) -> None:
        async def busy_once(peer: Peer, event: dict[str, Any]) -> None:
            # The server has begun a response of its own while ours was on its way.
            script.on.pop("response.create")
            await peer.begin()
            await peer.error(
                "busy", code="conversation_already_has_active_response", event_id=event["event_id"]
            )
            await peer.finish("mine")

        script.on["response.create"] = busy_once
        turn = session.say("hi").wait(5)
        assert turn.text == "Hello there" and len(session.conversation.responses) == 2

    def test_a_server_that_breaks_off(self, session: rt.Session, script: Script) -> None:
        async def vanish(peer: Peer, event: dict[str, Any]) -> None:
            await peer.begin(event)
            await asyncio.sleep(0.2)  # both turns are on their way by now
            peer.ws.transport.abort()

        script.on["response.create"] = vanish
        first, second = session.say("x"), session.say("y")
        begun = time.monotonic()
        for turn in (first, second):
            with pytest.raises(rt.SessionClosed, match="broke off"):
                turn.wait(5)
        assert time.monotonic() - begun < 2
        assert session.closed and session.state == "closed"
        with pytest.raises(rt.SessionClosed, match=r"rt\.connect"):
            session.say("z")

    def test_a_close_says_why(self, session: rt.Session, script: Script) -> None:
        async def expire(peer: Peer, event: dict[str, Any]) -> None:
            await peer.ws.close(1001, "Your session hit the maximum duration of 60 minutes.")

        script.on["response.create"] = expire
        with pytest.raises(rt.SessionClosed, match=r"code 1001: Your session hit the maximum"):
            session.say("x").wait(5)

    def test_nonsense_does_not_stop_the_reading(self, session: rt.Session, script: Script) -> None:
        async def nonsense(peer: Peer, event: dict[str, Any]) -> None:
            script.on.pop("response.create")
            for text in (
                "{",
                "[]",
                "null",
                '{"type": 3}',
                '{"type": "made.up", "x": 1}',
                '{"a":1}',
            ):
                await peer.ws.send(text)
            await peer.ws.send(b"\xff\xfe binary")
            await peer.begin(event)
            await peer.finish("still here", event)

        script.on["response.create"] = nonsense
        assert session.say("x").wait(5).text == "still here"

    def test_a_wait_has_a_limit_and_says_for_what(
        self, session: rt.Session, script: Script
    ) -> None:
        script.on["response.create"] = hang
        turn = session.say("x")
        with pytest.raises(rt.WaitTimeout, match=r"still waiting after 0\.2 s"):
            turn.wait(0.2)
        with pytest.raises(TimeoutError):
            asyncio.run(turn.finished(0.1))
        assert not turn.done
        turn.cancel()  # asks the server
        turn.cancel()  # gives up
        assert turn.wait(5).status == "cancelled"

    def test_without_a_limit_it_waits_while_anything_happens(
        self, session: rt.Session, script: Script, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rtwidgets.session.turn.STALLED_S", 0.3)

        async def slow(peer: Peer, event: dict[str, Any]) -> None:
            await peer.begin(event)
            for _ in range(6):
                await asyncio.sleep(0.1)
                await peer.send("rate_limits.updated", rate_limits=[])
            await peer.finish("at last", event)

        script.on["response.create"] = slow
        assert session.say("x").wait().text == "at last"
        script.on["response.create"] = hang
        with pytest.raises(rt.WaitTimeout, match=r"still waiting and silent for 0\.3 s"):
            session.say("x").wait()

    def test_cancel_stops_the_answer(self, session: rt.Session, script: Script) -> None:
        async def begin(peer: Peer, event: dict[str, Any]) -> None:
            await peer.begin(event)

        script.on["response.create"] = begin
        turn = session.say("x")
        while turn.status != "in_progress":
            time.sleep(0.01)
        turn.cancel()
        assert turn.wait(5).status == "cancelled" and turn.error is None


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

    def test_a_refusal_is_raised(self, session: rt.Session, script: Script) -> None:
        async def refuse(peer: Peer, event: dict[str, Any]) -> None:
            await peer.error("voice locked", code="cannot_update_voice", event_id=event["event_id"])

        script.on["session.update"] = refuse
        with pytest.raises(rt.ApiError, match="voice locked"):
            session.update(voice="ash")

    def test_items(self, session: rt.Session, script: Script) -> None:
        from rtwidgets.protocol.items import InputText, Message

        item_id = session.create_item(Message(role="system", content=(InputText(text="Be brief"),)))
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
        table = repr(session.usage)
        assert "no price known" not in table and "$0.0043" in table
        assert "<table>" in session.usage._repr_html_()
