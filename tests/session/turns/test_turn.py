"""Typed turns over a real socket, and every way in which a turn can go wrong."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets import _loop
from tests.session.scripted import Peer, Script, hang

pytestmark = pytest.mark.server


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

    @pytest.mark.parametrize("named", [True, False])
    def test_a_refused_bare_response_frees_the_queue(
        self, session: rt.Session, script: Script, named: bool
    ) -> None:
        async def refuse(peer: Peer, event: dict[str, Any]) -> None:
            script.on.pop("response.create")
            await peer.error("no", event_id=event["event_id"] if named else None)

        script.on["response.create"] = refuse
        session.create_response()
        assert session.say("x").wait(5).text == "Hello there"
        assert str(session.errors[0]) == "no"

    def test_interrupt_frees_the_queue(self, session: rt.Session, script: Script) -> None:
        script.on["response.create"] = hang
        session.create_response()
        waiting = session.say("x")
        session.interrupt()
        assert waiting.wait(5).status == "cancelled"
        script.on.clear()
        assert session.say("y").wait(5).text == "Hello there"

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

    @pytest.mark.parametrize("named", [True, False])
    def test_a_response_of_turn_detection_comes_first(
        self, session: rt.Session, script: Script, named: bool
    ) -> None:
        """Ours was on the wire by then: it is asked for once more, when that one has ended."""
        asked: list[str | None] = []

        async def create(peer: Peer, event: dict[str, Any]) -> None:
            asked.append(peer.active)
            if len(asked) > 1:
                await peer.begin(event)
                await peer.finish("the typed one's answer", event)
                return
            await peer.heard(0, 800, "the spoken one")
            await peer.begin()
            # Sent before we hear of that response, and so refused.
            await peer.error(
                "busy",
                code="conversation_already_has_active_response",
                event_id=event["event_id"] if named else None,
            )
            await peer.send("rate_limits.updated", rate_limits=[])
            late.append(asyncio.create_task(self._finish_later(peer, asked)))

        late: list[asyncio.Task[None]] = []
        script.on["response.create"] = create
        typed, after = _loop.run(_both(session), 5)
        assert typed.wait(30).text == "the typed one's answer"
        assert after.wait(30).status == "completed"
        assert asked[1] is None, "nothing was active when it was asked for again"
        assert len(asked) == 3 and len(session.conversation.responses) == 3
        assert session.errors == (), "it is no refusal that a user has to know of"

    @staticmethod
    async def _finish_later(peer: Peer, asked: list[str | None]) -> None:
        await asyncio.sleep(1.2)  # longer than the first pause before a new attempt
        assert len(asked) == 1
        await peer.finish("the spoken one's answer")

    def test_a_server_that_is_always_busy(
        self, session: rt.Session, script: Script, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rtwidgets.session.blame.AGAIN_S", 0.001)

        async def busy(peer: Peer, event: dict[str, Any]) -> None:
            code = "conversation_already_has_active_response"
            await peer.error("busy", code=code, event_id=event["event_id"])

        script.on["response.create"] = busy
        with pytest.raises(rt.ApiError, match="busy"):
            session.say("x").wait(30)
        assert script.types().count("response.create") == 6 and len(session.errors) == 1
        del script.on["response.create"]
        assert session.say("y").wait(30).text == "Hello there"

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
        monkeypatch.setattr("rtwidgets.session.turns.waiting.STALLED_S", 0.3)

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


async def _both(session: rt.Session) -> tuple[rt.Turn, rt.Turn]:
    """Two turns at once, the second of which waits for the first."""
    return session.say("x"), session.say("y")
