"""The reply's waveform: its peaks, its length, what was heard of it and where it was cut."""

from __future__ import annotations

import numpy as np
import pytest

from rtwidgets.audio import encode
from rtwidgets.protocol.events import ConversationItemTruncated, ResponseOutputAudioDelta
from rtwidgets.protocol.work import Respond
from rtwidgets.session.settings import session_config
from rtwidgets.widgets.speaker import Speaker
from rtwidgets.widgets.wave import BUCKETS
from rtwidgets.widgets.waveform import Waveform
from tests.widgets.talk import Page, Talk


def tone(ms: int, rate: int, level: int = 16_000) -> np.ndarray:
    t = np.arange(rate * ms // 1000) / rate
    return np.rint(level * np.sin(2 * np.pi * 440 * t)).astype(np.int16)


@pytest.fixture
def talk() -> Talk:
    return Talk()


def shown(talk: Talk) -> tuple[Waveform, Page]:
    panel = Waveform(talk)  # type: ignore[arg-type]
    talk.advance(1)
    return panel, Page(panel)


def reply(talk: Talk, *chunks: bytes) -> str:
    """One answer of that sound; returns its item id."""
    talk.say("speak")
    work = talk.pair.take(Respond)
    talk.pair.server.text_delta(work.response_id, "words")
    for chunk in chunks:
        talk.pair.server.audio_delta(work.response_id, chunk)
    talk.pair.server.finished(work.response_id)
    talk.pair.settle()
    talk.advance(1)
    return str(talk.conversation.items[-1].id)


def test_before_the_first_reply_there_is_nothing(talk: Talk) -> None:
    panel, _ = shown(talk)
    assert (panel.item_id, panel.peaks, panel.duration_ms) == ("", b"", 0.0)
    assert repr(panel) == "Waveform of test server: no reply yet"


@pytest.mark.parametrize(
    ("format_type", "rate"), [("audio/pcm", 24_000), ("audio/pcmu", 8_000), ("audio/pcma", 8_000)]
)
def test_a_reply_in_every_format(talk: Talk, format_type: str, rate: int) -> None:
    panel, _ = shown(talk)
    talk.pair.update(session_config({"output_format": format_type}))
    sound = encode(tone(1500, rate), format_type)
    item_id = reply(talk, sound[:4001], sound[4001:])
    assert panel.problem == ""
    assert panel.item_id == item_id
    assert panel.label == "Reply 1"
    assert panel.duration_ms == pytest.approx(1500)
    assert not panel.arriving
    pairs = np.frombuffer(panel.peaks, np.int8).reshape(-1, 2)
    assert len(pairs) == 300  # 5 ms each
    assert pairs[:, 1].max() == pytest.approx(16_000 / 256, abs=2)
    assert pairs[:, 0].min() == pytest.approx(-16_000 / 256, abs=2)


def test_what_a_page_gets_is_bounded_and_at_most_ten_times_a_second(talk: Talk) -> None:
    panel, page = shown(talk)
    talk.say("speak")
    work = talk.pair.take(Respond)
    talk.pair.server.text_delta(work.response_id, "words")
    chunk = encode(tone(40, 24_000), "audio/pcm")
    for _ in range(3000):  # two minutes of sound in thirty seconds
        talk.pair.server.audio_delta(work.response_id, chunk)
        talk.pair.settle()
        talk.advance(0.01)
    assert panel.arriving
    assert panel.duration_ms == pytest.approx(120_000)
    assert 250 <= len(page.updates) <= 301
    assert max(len(update.get("peaks", b"")) for update in page.updates) <= 2 * BUCKETS
    assert page.state["peaks"] == panel.peaks


def listening(talk: Talk) -> tuple[Speaker, Page]:
    """A speaker whose sound goes to one page."""
    speaker = Speaker(talk)  # type: ignore[arg-type]
    page = Page(speaker)
    page.send("hello")
    talk.advance(1)
    return speaker, page


def heard(talk: Talk, page: Page, item_id: str, ms: int, waiting: bool = True) -> None:
    """The page says that it played so much more of an item."""
    count = {"item_id": item_id, "received": 0, "played": ms * 24, "dropped": 0}
    page.send("played", gen=0, items=[count], waiting=int(waiting), underruns=0)
    talk.advance(0.3)


def test_without_a_speaker_there_is_no_cursor(talk: Talk) -> None:
    panel, _ = shown(talk)
    reply(talk, encode(tone(500, 24_000), "audio/pcm"))
    assert (panel.played_ms, panel.playing) == (-1, False)


def test_the_cursor_is_what_the_speaker_really_played(talk: Talk) -> None:
    panel, _ = shown(talk)
    _, page = listening(talk)
    item_id = reply(talk, encode(tone(2000, 24_000), "audio/pcm"))
    talk.advance(2)
    assert (panel.played_ms, panel.playing) == (0, True)
    heard(talk, page, item_id, 300)
    assert (panel.played_ms, panel.playing) == (300, True)
    heard(talk, page, item_id, 1700)
    assert (panel.played_ms, panel.playing) == (2000, False)


def test_the_reply_that_plays_stays_while_the_next_arrives(talk: Talk) -> None:
    panel, _ = shown(talk)
    _, page = listening(talk)
    first = reply(talk, encode(tone(2000, 24_000), "audio/pcm"))
    heard(talk, page, first, 100)
    second = reply(talk, encode(tone(500, 24_000), "audio/pcm"))
    talk.advance(2)
    assert panel.item_id == first
    heard(talk, page, first, 1900)
    assert (panel.item_id, panel.label, panel.playing) == (second, "Reply 2", True)


def test_an_interruption_is_marked(talk: Talk) -> None:
    panel, _ = shown(talk)
    item_id = reply(talk, encode(tone(2000, 24_000), "audio/pcm"))
    talk.events(ConversationItemTruncated(item_id=item_id, content_index=0, audio_end_ms=700))
    talk.advance(1)
    assert panel.cut_ms == 700


def test_many_replies_do_not_pile_up(talk: Talk) -> None:
    panel, _ = shown(talk)
    for index in range(40):
        talk.events(
            ResponseOutputAudioDelta(
                response_id=f"r{index}",
                item_id=f"i{index}",
                output_index=0,
                content_index=0,
                delta=bytes(480),
            )
        )
    talk.advance(1)
    assert list(panel._replies)[-1] == panel.item_id == "i39"
    assert len(panel._replies) <= 8


def test_a_reply_has_the_number_of_its_response(talk: Talk) -> None:
    panel, _ = shown(talk)
    talk.pair.update(session_config({"output_modalities": "text"}))
    talk.say("write")
    talk.pair.answer("no sound")
    talk.pair.update(session_config({"output_modalities": "audio"}))
    reply(talk, encode(tone(100, 24_000), "audio/pcm"))
    assert panel.label == "Reply 2"


def test_sound_that_cannot_be_read_is_said_under_the_panel(talk: Talk) -> None:
    panel, page = shown(talk)
    panel._replies = None  # type: ignore[assignment]  # a defect of ours
    talk.events(
        ResponseOutputAudioDelta(
            response_id="r", item_id="i", output_index=0, content_index=0, delta=bytes(2)
        )
    )
    assert "on_event" in page.state["problem"]
