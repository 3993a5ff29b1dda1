"""Going on: a new session with the old conversation, and a connection that is opened again."""

from __future__ import annotations

import gc
import importlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets import _loop
from rtwidgets.session.events.notices import event_type
from tests.session.faulty import EXPIRED, Faulty
from tests.session.scripted import Peer, Script

pytestmark = pytest.mark.server

#: A hang takes longer; a busy machine does not.
SOON_S = 30.0


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("rtwidgets.session.connecting.reconnect")
    monkeypatch.setattr(module, "PAUSES_S", (0.01, 0.02, 0.02))


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    """It breaks off in the middle of every answer until its fault is mended."""
    with Faulty("lost_abruptly_1006") as running:
        yield running


def hears(session: rt.Session, event: str) -> threading.Event:
    heard = threading.Event()
    session.on(event, lambda _: heard.set())
    return heard


def words(session: rt.Session) -> list[str]:
    return [session.conversation.text(str(item.id)) for item in session.conversation.items]


class TestExpiry:
    def test_the_countdown(self, script: Script) -> None:
        async def created(peer: Peer, event: dict[str, Any]) -> None:
            peer.session["expires_at"] = int(time.time()) + 3600
            await peer.send("session.created", session=peer.session)

        with Script(greet=created) as other, rt.connect(other.url, quiet=True) as session:
            assert session.expires_in is not None and 3590 < session.expires_in <= 3600
        with rt.connect(script.url, quiet=True) as session:
            assert session.expires_in is None

    def test_an_expired_session_goes_on(self) -> None:
        with Faulty("session_expired") as script:
            session = rt.connect(script.url, quiet=True, instructions="Be kind", voice="verse")
            with pytest.raises(rt.SessionClosed, match=EXPIRED):
                session.say("x").wait(SOON_S)
            script.fault = None
            with session.resume() as new:
                assert new.resumed is not None and new.resumed.items == 2
                assert words(new) == ["x", "Hel"], "what was said of the answer, too"
                assert new.conversation.session.instructions == "Be kind"
                assert new.say("y").wait(SOON_S).text == "Hello there"


class TestResume:
    def test_a_live_session_moves(self, script: Script) -> None:
        session = rt.connect(script.url, quiet=True, api_key="sk-test-planted-0001")

        @session.tool
        def look() -> str:
            """Look."""
            return "a cat"

        session.on_approval(ask := (lambda approval: True))
        session.say("x").wait(SOON_S)
        session.update(voice="verse")
        answer = session.conversation.items[1].id
        with session.resume() as new:
            assert new is session and not session.closed and len(script.peers) == 2
            assert words(new) == ["x", "Hello there"]
            assert [str(loss) for loss in new.resumed.losses] == [
                f"{answer}: its sound; the transcript stands for it"
            ]
            asked = [e for e in script.events if e["type"] == "session.update"][-1]["session"]
            assert asked["audio"]["output"]["voice"] == "verse"
            assert [tool["name"] for tool in asked["tools"]] == ["look"]
            assert list(new.tools) == ["look"] and new._link.tools.approvals.ask is ask
            assert script.headers[0]["Authorization"] == script.headers[1]["Authorization"]
            assert new.usage.total.total_tokens == 200, "usage goes on"
            types = [event.type for event in new.events_log]
            assert types.count("session.created") == 2, "so does the log"

    def test_who_listens_comes_along(self, script: Script) -> None:
        with rt.connect(script.url, quiet=True) as session:
            heard: list[str] = []
            leave = session.subscribe(lambda event, _: heard.append(event_type(event)))
            stream = session.events("response.done", "session.ended", timeout=SOON_S)
            turn = session.say("x").wait(SOON_S)
            played = turn.heard.audio.duration_s
            session.resume()
            assert heard[-1] == "session.resumed" and "session.ended" not in heard
            session.say("y").wait(SOON_S)
            assert heard[-1] == "response.done"
            assert [event_type(next(stream)) for _ in range(2)] == ["response.done"] * 2
            assert turn.heard.audio.duration_s >= played and turn.audio.duration_s > 0
            leave()
            count = len(heard)
            session.say("z").wait(SOON_S)
            assert len(heard) == count
        assert [event_type(event) for event in stream] == ["response.done", "session.ended"]

    def test_a_turn_in_progress_fails(self) -> None:
        with Faulty("stalled") as script, rt.connect(script.url, quiet=True) as session:
            turn = session.say("x")
            next(session.events("response.output_audio_transcript.delta", timeout=SOON_S))
            script.fault = None
            session.resume()
            with pytest.raises(rt.SessionClosed, match="goes on in another session"):
                turn.wait(SOON_S)
            assert session.say("y").wait(SOON_S).text == "Hello there"

    def test_it_comes_before_the_next_attempt_of_a_reconnector(
        self, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        module = importlib.import_module("rtwidgets.session.connecting.reconnect")
        monkeypatch.setattr(module, "PAUSES_S", (0.3,))
        with rt.connect(faulty.url, quiet=True, reconnect=True) as session:
            with pytest.raises(rt.SessionClosed):
                session.say("x").wait(SOON_S)
            faulty.fault = None
            session.resume()
            link = session._link
            time.sleep(0.6)
            assert session._link is link and len(faulty.paths) == 2

    def test_items_that_the_server_refuses_are_losses(self, script: Script) -> None:
        session = rt.connect(script.url, quiet=True)
        session.say("x").wait(SOON_S)

        async def refuse(peer: Peer, event: dict[str, Any]) -> None:
            if event["item"]["role"] == "assistant":
                await peer.error("no such role", event_id=event["event_id"])
            else:
                await peer.item({**event["item"], "status": "completed"})

        script.on["conversation.item.create"] = refuse
        with session.resume() as new:
            assert new.resumed is not None and new.resumed.items == 1 and words(new) == ["x"]
            loss = new.resumed.losses[-1]
            assert loss.what == "the server refused it: no such role" and not loss.kept

    def test_a_server_that_is_gone_leaves_the_session_as_it_was(self) -> None:
        with Script() as script:
            session = rt.connect(script.url, quiet=True)
            session.say("x").wait(SOON_S)
        with pytest.raises(rt.ServerUnavailable):
            session.resume(timeout=2)
        assert words(session) == ["x", "Hello there"]

    def test_an_old_conversation_of_a_budget_stays_spent(self, script: Script) -> None:
        session = rt.connect(
            script.url, quiet=True, model="gpt-realtime", api_key="k" * 20, budget=1
        )
        session.say("x").wait(SOON_S)
        assert session.budget is not None and session.budget.spent > 0
        with session.resume() as new:
            assert new.budget is not None and new.budget.spent == session.budget.spent


class TestReconnect:
    def test_the_session_goes_on(self, faulty: Faulty) -> None:
        with rt.connect(faulty.url, quiet=True, reconnect=True, voice="verse") as session:
            seen: list[str] = []
            leave = session.subscribe(lambda event, _: seen.append(event_type(event)))
            faulty.fault, fault = None, faulty.fault
            session.say("x").wait(SOON_S)
            faulty.fault = fault
            again = hears(session, "session.resumed")
            with pytest.raises(rt.SessionClosed, match="broke off"):
                session.say("y").wait(SOON_S)
            assert again.wait(SOON_S) and not session.closed
            assert session.resumed is not None and session.resumed.items == 4
            assert seen.index("session.ended") < seen.index("session.resumed")
            faulty.fault = None
            assert session.say("z").wait(SOON_S).text == "Hello there"
            assert seen[-1] == "response.done", "subscribers came along"
            assert words(session) == ["x", "Hello there", "y", "Hel", "z", "Hello there"]
            assert session.usage.total.total_tokens == 400, "usage goes on"
            types = [event.type for event in session.events_log]
            assert types.count("session.created") == 2, "the log goes on"
            leave()
            count = len(seen)
            session.say("more").wait(SOON_S)
            assert len(seen) == count, "whoever leaves has left"

    def test_calls_in_between_say_so(self, faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
        module = importlib.import_module("rtwidgets.session.connecting.reconnect")
        monkeypatch.setattr(module, "PAUSES_S", (60,))
        session = rt.connect(faulty.url, quiet=True, reconnect=True)
        with pytest.raises(rt.SessionClosed, match="broke off"):
            session.say("x").wait(SOON_S)
        with pytest.raises(rt.SessionClosed, match=r"being opened again.*try in a moment"):
            session.say("y")
        session.close()
        with pytest.raises(rt.SessionClosed, match=r"rt\.connect\(\) opens a new one"):
            session.say("y")

    def test_a_server_that_stays_away(self) -> None:
        with Faulty("lost_abruptly_1006") as script:
            session = rt.connect(script.url, quiet=True, reconnect=True)
            turn = session.say("x")
        with pytest.raises(rt.SessionClosed):
            turn.wait(SOON_S)
        keeper = session._reconnector
        assert keeper is not None
        deadline = time.monotonic() + SOON_S
        while not keeper.finished and time.monotonic() < deadline:
            time.sleep(0.01)
        assert keeper.attempts == 3
        assert "opening it again did not work" in str(session.why_closed)
        assert "nobody answers" in str(session.why_closed)

    @pytest.mark.parametrize("mode", ["closed_1008", "message_of_65_mib"])
    def test_an_end_that_is_no_accident(self, mode: str) -> None:
        with Faulty(mode) as script, rt.connect(script.url, quiet=True, reconnect=True) as session:
            ended = hears(session, "session.ended")
            with pytest.raises(rt.SessionClosed):
                session.say("x").wait(SOON_S)
            assert ended.wait(SOON_S)
            time.sleep(0.1)
            assert len(script.paths) == 1 and session.closed

    def test_never_with_a_key_that_is_not_taken_any_more(self, faulty: Faulty) -> None:
        async def revoked(peer: Peer, event: dict[str, Any]) -> None:
            await peer.error("Incorrect API key provided", code="invalid_api_key")
            await peer.ws.close(3000, "invalid_request_error.invalid_api_key")

        with rt.connect(faulty.url, quiet=True, reconnect=True) as session:
            faulty._greet = revoked
            with pytest.raises(rt.SessionClosed):
                session.say("x").wait(SOON_S)
            deadline = time.monotonic() + SOON_S
            while "did not work" not in str(session.why_closed) and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.1)
            assert len(faulty.paths) == 2, "one attempt, and no other with the same key"
            assert "does not accept the API key" in str(session.why_closed)

    def test_a_session_that_nobody_holds_is_not_opened_again(
        self, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        module = importlib.import_module("rtwidgets.session.connecting.reconnect")
        monkeypatch.setattr(module, "PAUSES_S", (0.3,))
        session = rt.connect(faulty.url, quiet=True, reconnect=True)
        turn = session.say("x")
        with pytest.raises(rt.SessionClosed):
            turn.wait(SOON_S)
        del session, turn
        gc.collect()
        time.sleep(0.6)
        assert len(faulty.paths) == 1

    def test_without_being_asked_it_stays_closed(self, faulty: Faulty) -> None:
        with rt.connect(faulty.url, quiet=True) as session:
            ended = hears(session, "session.ended")
            with pytest.raises(rt.SessionClosed):
                session.say("x").wait(SOON_S)
            assert ended.wait(SOON_S)
            time.sleep(0.1)
            assert len(faulty.paths) == 1 and session.closed

    def test_resuming_in_a_callback_is_refused(self, script: Script) -> None:
        with rt.connect(script.url, quiet=True) as session:
            session.on("response.done", lambda _: session.resume())
            session.say("x").wait(SOON_S)
            _loop.run(_nothing(), SOON_S)
            assert "inside a callback" in str(session.callback_errors[0])


async def _nothing() -> None:
    """Whatever was queued on the loop before is done."""
