"""Statements 79 to 84: what a client owes its user and its server."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets.protocol.dialects import BETA, GA
from rtwidgets.server import Server
from rtwidgets.session.events.notices import event_type
from rtwidgets.widgets.speaker import Speaker
from tests.conformance.peer import playing
from tests.session.scripted import Peer
from tests.widgets.talk import Talk
from tests.widgets.voice import Browser, VoiceTalk

SECOND = bytes(48_000)


class Listening(VoiceTalk):
    """A session of either dialect in front of a loudspeaker whose page plays."""

    def __init__(self, dialect: str) -> None:
        Talk.__init__(self, GA if dialect == "ga" else BETA)
        self.commands: list[Any] = []
        self.speaker = Speaker(self)  # type: ignore[arg-type]
        self.page = Browser(self.speaker)

    def named(self, name: str) -> list[Any]:
        return [command for command in self.commands if command[0] == name]


@pytest.fixture
def talk(dialect: str) -> Listening:
    return Listening(dialect)


@pytest.mark.parametrize("over", [False, True], ids=["during", "after the response"])
def test_79_speech_silences_the_loudspeaker(talk: Listening, over: bool) -> None:
    work = talk.ask()
    talk.sound(work.response_id, SECOND * 3)
    if over:
        talk.finish(work.response_id)
        assert talk.conversation.active_response is None
    talk.page.play(0.5)
    played = len(talk.page.played)
    talk.pair.speak(speech_ms=400, silence_ms=0)
    talk.page.play(1)
    assert talk.page.stops == 1 and len(talk.page.played) <= played + 4800


@pytest.mark.parametrize("over", [False, True], ids=["during", "after the response"])
def test_80_truncate_at_what_was_heard(talk: Listening, over: bool) -> None:
    work = talk.ask()
    talk.sound(work.response_id, SECOND * 3)
    if over:
        talk.finish(work.response_id)
    talk.page.play(0.5)
    talk.pair.speak(speech_ms=400, silence_ms=0)
    talk.page.play(0.2)
    ((_, item_id, heard_ms),) = talk.named("truncate_item")
    assert talk.conversation.text(item_id) == ""
    assert heard_ms == pytest.approx(len(talk.page.played) / 48, abs=1)
    assert talk.conversation.audio_bytes[item_id] == heard_ms * 48
    # The server interrupts by itself; a cancel of ours could only come too late.
    assert not talk.named("cancel_response")
    assert "Error" not in talk.pair.names()


def test_81_late_sound_is_dropped(talk: Listening) -> None:
    work = talk.ask()
    talk.sound(work.response_id, SECOND)
    talk.page.play(0.3)
    for _ in range(2):  # on its way while the user presses stop
        talk.pair.server.audio_delta(work.response_id, SECOND)
    talk.speaker.stop()
    talk.page.play(0.1)
    played = len(talk.page.played)
    talk.page.play(2)
    assert talk.speaker.received_samples == 3 * 24_000, "it did come"
    assert len(talk.page.played) == played
    assert [samples.waiting for samples in talk.speaker.items.values()] == [0]
    talk.finish(work.response_id)
    again = talk.ask()
    talk.sound(again.response_id, SECOND)
    talk.finish(again.response_id)
    talk.page.play(2)
    assert len(talk.page.played) == played + len(SECOND)


def test_82_the_next_response_waits(dialect: str) -> None:
    """The server is asked again only when it is done."""
    may_end = threading.Event()
    asked: list[int] = []

    async def slowly(peer: Peer, event: dict[str, Any]) -> None:
        asked.append(len(asked))
        assert peer.active is None
        await peer.begin(event)
        while not may_end.is_set():
            await peer.ws.ping()
            may_end.wait(0.001)
        await peer.finish("Hello", event)

    with playing(dialect) as script:
        script.on["response.create"] = slowly
        with rt.connect(script.url, dialect=dialect, quiet=True) as session:
            turns = [session.say(f"{n}") for n in range(3)]
            session.create_response()
            may_end.set()
            for turn in turns:
                assert turn.wait(5).text == "Hello"
            session.say("last").wait(5)
            assert session.errors == () and len(asked) == 5


def test_82_against_a_server_that_refuses(slow: Server, dialect: str) -> None:
    settings = {"output_modalities": "text", "dialect": dialect, "quiet": True}
    with rt.connect(slow.url, **settings) as session:
        turns = [session.say(f"say {word} and no more") for word in ("one", "two", "three")]
        assert [turn.wait(10).text.split()[0] for turn in turns] == ["one", "two", "three"]
        assert session.errors == ()


def test_83_what_servers_may_leave_out(dialect: str) -> None:
    seen: list[str] = []
    with playing(dialect) as script, rt.connect(script.url, dialect=dialect, quiet=True) as session:
        session.subscribe(lambda event, _: seen.append(event_type(event)))
        turn = session.say("x").wait(5)
        assert (turn.text, turn.status) == ("Hello there", "completed")
        assert turn.usage.total_tokens == 200
        assert len(session.conversation.items) == 2
    assert "response.done" in seen
    assert not {"rate_limits.updated", "conversation.created"} & set(seen)


def test_84_an_error_is_not_the_end(dialect: str) -> None:
    async def grumble(peer: Peer, event: dict[str, Any]) -> None:
        await peer.error("I had rather not", code="mood", event_id=None)
        await peer.error("nor this", code="invalid_value", param="x", event_id="of_nobody")

    with playing(dialect) as script:
        script.on["input_audio_buffer.clear"] = grumble
        with rt.connect(script.url, dialect=dialect, quiet=True) as session:
            told = threading.Event()
            session.on("error", lambda event: event.error.code == "invalid_value" and told.set())
            session.clear_audio()
            assert told.wait(5)
            assert not session.closed
            assert session.say("x").wait(5).text == "Hello there"
            assert [str(error) for error in session.errors][:1] == ["I had rather not"]
