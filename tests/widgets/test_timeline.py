"""The timeline: what a page gets for the stretch that it shows, and what a saved notebook keeps."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rtwidgets.audio import encode
from rtwidgets.protocol.work import Respond
from rtwidgets.session.events.notices import SessionEnded
from rtwidgets.widgets.timeline import MOST_COLUMNS, Timeline
from tests.widgets.talk import Page, Talk


def tone(ms: int, level: int = 16_000) -> bytes:
    t = np.arange(24 * ms) / 24_000
    return encode(np.rint(level * np.sin(2 * np.pi * 440 * t)).astype(np.int16), "audio/pcm")


@pytest.fixture
def talk() -> Talk:
    return Talk()


def shown(talk: Talk) -> tuple[Timeline, Page]:
    panel = Timeline(talk)  # type: ignore[arg-type]
    talk.advance(1)
    return panel, Page(panel)


def reply(talk: Talk, ms: int = 1000) -> str:
    """A typed turn: the answer comes after 0.5 s, and half of it is played."""
    talk.say("speak")
    talk.advance(0.5)
    work = talk.pair.take(Respond)
    talk.pair.server.text_delta(work.response_id, "words")
    talk.pair.server.audio_delta(work.response_id, tone(ms))
    talk.pair.settle()
    item_id = str(talk.conversation.items[-1].id)
    talk.advance(ms / 2000)
    talk.note_played(item_id, 0, ms / 2, 3.0)
    talk.pair.server.finished(work.response_id)
    talk.pair.settle()
    talk.advance(0.2)
    return item_id


def ask(page: Page, start: float, end: float, columns: int = 100) -> tuple[dict[str, Any], Any]:
    """A page asks for a stretch; what it gets, and the three waves."""
    page.send("range", seq=7, from_ms=start, to_ms=end, columns=columns)
    page.panel.session.advance(0)
    message = page.messages[-1]
    waves = [np.frombuffer(b, np.int8).reshape(-1, 2) for b in page.buffers[-1]]
    return message, waves


def loud(pairs: np.ndarray) -> list[int]:
    return np.flatnonzero(pairs.any(axis=1)).tolist()


def test_a_page_gets_what_it_shows(talk: Talk) -> None:
    panel, page = shown(talk)
    reply(talk)
    message, (user, heard, rest) = ask(page, 1000, 3000)
    assert (message["kind"], message["page"], message["seq"]) == ("window", "p1", 7)
    assert message["end_ms"] == panel.end_ms == pytest.approx(2000)
    assert loud(user) == [] and loud(heard) == list(range(25, 50))
    assert loud(rest) == list(range(50, 75))
    (response,) = message["responses"]
    assert response[2] == "Response 1: completed"
    assert [wait[2] for wait in message["waits"]] == [
        "Response 1: first token 0.50 s (+0.50 s)",
    ]
    names = " ".join(tick[1] for tick in message["ticks"])
    assert "response.created" in names and "conversation.item.create" in names


def test_sound_of_the_microphone_is_there_without_any_event_of_the_server(talk: Talk) -> None:
    _, page = shown(talk)
    for _ in range(10):
        talk.advance(0.04)
        talk.client.append_audio(tone(40))
        talk.pair.settle()
    message, (user, _, _) = ask(page, 1000, 1400, 40)
    assert loud(user) == list(range(40)) and message["end_ms"] == pytest.approx(1400)


def test_what_a_page_asks_for_is_bounded_whatever_it_says(talk: Talk) -> None:
    _, page = shown(talk)
    _, (user, _, _) = ask(page, 0, 1e9, 10**7)
    assert len(user) == MOST_COLUMNS
    message, (user, _, _) = ask(page, float("nan"), float("-inf"), -4)
    assert len(user) == 1 and message["from_ms"] == 0


def test_its_traits_are_bounded_and_change_at_most_ten_times_a_second(talk: Talk) -> None:
    panel, page = shown(talk)
    for _ in range(40):
        reply(talk, 500)
    assert panel.problem == ""
    assert len(page.updates) <= 10 * talk.now
    assert all(len(u.get("overview_heard", "")) <= 800 for u in page.updates)


def test_a_panel_that_is_made_late_shows_it_all_and_keeps_an_overview(talk: Talk) -> None:
    reply(talk)
    talk.closed = True
    talk.events(SessionEnded(reason="test", expected=True))
    panel, page = shown(talk)
    assert not panel.live and page.state["overview"]["to_ms"] == pytest.approx(1000)
    heard = np.frombuffer(b64decode(page.state["overview_heard"]), np.int8).reshape(-1, 2)
    assert len(heard) == 300 and heard.any()
    assert panel.static_html().startswith('<img src="data:image/svg+xml,')


def test_what_sounds_after_the_last_event_is_shown_and_kept(talk: Talk) -> None:
    panel, page = shown(talk)
    item_id = reply(talk, 4000)  # half of it is played when the response is done
    assert panel.end_ms == pytest.approx(3500)
    talk.advance(2)
    talk.note_played(item_id, 2000, 4000, None)
    message, _ = ask(page, 0, 10_000)
    assert message["end_ms"] == pytest.approx(5700) and panel.end_ms == pytest.approx(5700)
    talk.advance(5)
    assert page.state["overview"]["to_ms"] == pytest.approx(5700)
    assert not np.frombuffer(b64decode(page.state["overview_rest"]), np.int8).any()


def test_the_picture_for_a_paper(talk: Talk, tmp_path: Path) -> None:
    panel, _ = shown(talk)
    reply(talk)
    path = tmp_path / "talk.svg"
    svg = panel.to_svg(path, start_s=1, end_s=3, width=600)
    assert path.read_text("utf-8").strip() == svg and "var(" not in svg
    root = ET.fromstring(svg)
    assert root.get("width") == "600"
    assert root.get("aria-label") == "Timeline of test server, 2 s"
