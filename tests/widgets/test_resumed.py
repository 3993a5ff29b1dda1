"""Panels of a session that goes on over another connection: they show it, and play for it."""

from __future__ import annotations

import importlib
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets.session.events.notices import event_type
from rtwidgets.session.history.look import look
from rtwidgets.widgets.panel import Panel
from tests.session.faulty import Faulty

SOON_S = 10.0


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON_S
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    with Faulty("lost_abruptly_1006") as running:
        running.fault = None
        yield running


class Follower(Panel):
    """Shows the words of the conversation, and counts what it hears."""

    word = "transcript"

    def __init__(self, session: rt.Session) -> None:
        self.words: list[str] = []
        self.heard: list[str] = []
        super().__init__(session)

    def on_event(self, event: Any, conversation: Any) -> None:
        self.heard.append(event_type(event))
        super().on_event(event, conversation)

    def show(self, conversation: Any) -> None:
        self.words = [conversation.text(str(item.id)) for item in conversation.items]


def follow(session: rt.Session, again: Callable[[], object]) -> None:
    """A panel shows the talk before and after ``again``."""
    panel = Follower(session)
    session.say("before").wait(SOON_S)
    until(lambda: panel.words == ["before", "Hello there"])
    again()
    assert not session.closed and "session.resumed" in panel.heard
    session.say("afterwards").wait(SOON_S)
    until(lambda: panel.words == ["before", "Hello there", "afterwards", "Hello there"])
    assert panel.session is session and not panel.problem
    panel.close()
    count = len(panel.heard)
    session.say("alone").wait(SOON_S)
    assert len(panel.heard) == count, "whoever leaves has left"


def test_resume(faulty: Faulty) -> None:
    with rt.connect(faulty.url, quiet=True) as session:
        follow(session, session.resume)


def test_resume_after_the_end(faulty: Faulty) -> None:
    session = rt.connect(faulty.url, quiet=True)

    def again() -> None:
        session.close()
        session.resume()

    follow(session, again)
    session.close()


def test_reconnect(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        importlib.import_module("rtwidgets.session.connecting.reconnect"), "PAUSES_S", (0.01, 0.02)
    )
    with rt.connect(faulty.url, quiet=True, reconnect=True) as session:

        def again() -> None:
            resumed = session.events("session.resumed", timeout=SOON_S)
            for peer in faulty.peers:
                peer.ws.transport.abort()
            next(resumed)

        follow(session, again)


def test_a_player_stays_the_player(faulty: Faulty) -> None:
    with rt.connect(faulty.url, quiet=True) as session:
        speaker = rt.Speaker(session)
        players = session._link.interruptions._players
        session.resume()
        assert session._link.interruptions._players is players and len(players) <= 1
        speaker.close()
        assert not session._link.interruptions._players


def responses_and_breaks(session: rt.Session) -> tuple[list[str], list[str]]:
    """What the timeline of a session shows, each in words."""
    timeline = rt.Timeline(session)
    until(lambda: len(timeline.overview.get("breaks", ())) == 1)
    assert timeline.problem == ""
    timeline.close()
    # So closely that answers of a server without a delay do not share a column.
    shown = look(session.history, 0, session.history.now, 100_000)
    spans = [*shown.responses, *shown.breaks]
    assert all(0 <= span.start <= span.end <= shown.end for span in spans)
    return [span.text for span in shown.responses], [span.text for span in shown.breaks]


def test_the_timeline_tells_the_whole_talk_on_one_clock(
    faulty: Faulty, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        importlib.import_module("rtwidgets.session.connecting.reconnect"), "PAUSES_S", (0.2, 0.2)
    )
    with rt.connect(faulty.url, quiet=True, reconnect=True) as session:
        early = rt.Timeline(session)
        session.say("before").wait(SOON_S)
        resumed = session.events("session.resumed", timeout=SOON_S)
        for peer in faulty.peers:
            peer.ws.transport.abort()
        next(resumed)
        session.say("afterwards").wait(SOON_S)
        live = responses_and_breaks(session)
        assert live[0] == ["Response 1: completed", "Response 2: completed"]
        assert live[1][0].startswith("Connection lost, resumed after 0.")
        until(lambda: len(early.overview["responses"]) == 2)
        assert "Connection lost, resumed after" in early.to_svg()
        first, second = early.overview["responses"]
        (gap,) = early.overview["breaks"]
        assert first[1] <= gap[0] < gap[1] <= second[0]
        session.save(tmp_path / "talk.jsonl")
    assert responses_and_breaks(rt.replay(tmp_path / "talk.jsonl", quiet=True)) == live


def test_a_talk_that_was_moved_by_hand_has_no_gap(faulty: Faulty) -> None:
    with rt.connect(faulty.url, quiet=True) as session:
        session.say("before").wait(SOON_S)
        session.resume()
        session.say("afterwards").wait(SOON_S)
        responses, words = responses_and_breaks(session)
        assert len(responses) == 2 and words == ["Resumed in another session of the server"]


def test_a_talk_that_was_closed_and_taken_up_again(faulty: Faulty) -> None:
    session = rt.connect(faulty.url, quiet=True)
    session.say("before").wait(SOON_S)
    session.close()
    session.resume()
    session.say("afterwards").wait(SOON_S)
    _, (words,) = responses_and_breaks(session)
    assert re.fullmatch(r"Closed, resumed after \d+\.\d s: it was closed here", words)
    session.close()
