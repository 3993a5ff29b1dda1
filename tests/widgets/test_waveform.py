"""The reply's waveform: its peaks, its length, what was heard of it and where it was cut."""

from __future__ import annotations

import threading
import xml.etree.ElementTree as ET
from base64 import b64decode

import numpy as np
import pytest

from rtwidgets.audio import encode
from rtwidgets.protocol.events import ConversationItemTruncated, ResponseOutputAudioDelta
from rtwidgets.protocol.work import Respond
from rtwidgets.session.settings.flat import session_config
from rtwidgets.widgets.sounds import MOST_PAIRS
from rtwidgets.widgets.speaker import Speaker
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
    assert max(len(b64decode(u.get("peaks", ""))) for u in page.updates) <= 2 * MOST_PAIRS
    assert b64decode(page.state["peaks"]) == panel.peaks


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


def pick(panel: Waveform, page: Page, talk: Talk, step: int) -> str:
    page.send("pick", step=step)
    talk.advance(0.2)
    return panel.label


def test_older_replies_can_be_picked_and_the_newest_is_followed_again(talk: Talk) -> None:
    panel, page = shown(talk)
    for ms in (300, 600, 900):
        reply(talk, encode(tone(ms, 24_000), "audio/pcm"))
    assert (panel.label, panel.before, panel.after_it) == ("Reply 3", 2, 0)
    assert pick(panel, page, talk, -1) == "Reply 2" and panel.duration_ms == pytest.approx(600)
    assert pick(panel, page, talk, -9) == "Reply 2"  # there is no such
    assert pick(panel, page, talk, -1) == "Reply 1" and (panel.before, panel.after_it) == (0, 2)
    reply(talk, encode(tone(300, 24_000), "audio/pcm"))
    assert panel.label == "Reply 1"
    assert pick(panel, page, talk, 3) == "Reply 4"
    reply(talk, encode(tone(300, 24_000), "audio/pcm"))
    assert panel.label == "Reply 5"


def speak(talk: Talk, ms: int) -> None:
    """The user speaks like a microphone, and falls silent."""
    for n in range(ms // 40):
        talk.client.append_audio(encode(tone(40, 24_000), "audio/pcm"))
        talk.pair.settle()
        talk.pair.server.take_audio()
        talk.pair.server.heard(0.9, 40)
        talk.pair.settle()
        talk.advance(0.04)
        if n == ms // 80:
            talk.advance(0.2)


def test_the_users_side_is_live_and_can_be_picked(talk: Talk) -> None:
    panel = Waveform(talk, side="user")  # type: ignore[arg-type]
    talk.advance(1)
    page = Page(panel)
    assert repr(panel) == "Waveform of test server: nothing said yet"
    speak(talk, 800)
    assert (panel.label, panel.arriving) == ("You 1", True)
    assert 400 <= panel.duration_ms <= 800 and np.frombuffer(panel.peaks, np.int8).max() > 50
    for _ in range(40):
        talk.client.append_audio(bytes(1920))
        talk.pair.settle()
        talk.pair.server.take_audio()
        talk.pair.server.heard(0.0, 40)
        talk.pair.settle()
        talk.advance(0.04)
    assert not panel.arriving and panel.problem == ""
    speak(talk, 400)
    assert panel.label == "You 2"
    assert pick(panel, page, talk, -1) == "You 1"


def test_a_page_zooms_into_a_stretch(talk: Talk) -> None:
    _, page = shown(talk)
    sound = np.concatenate([np.zeros(24_000, np.int16), tone(1000, 24_000)])
    item_id = reply(talk, encode(sound, "audio/pcm"))
    page.send("range", seq=3, item_id=item_id, from_ms=900, to_ms=1100, columns=40)
    talk.advance(0)
    message, (data,) = page.messages[-1], page.buffers[-1]
    assert (message["kind"], message["seq"], message["from_ms"]) == ("window", 3, 900)
    pairs = np.frombuffer(data, np.int8).reshape(-1, 2)
    assert not pairs[:20].any() and pairs[20:].any(axis=1).all()


def test_a_spectrogram_is_made_on_request_and_bounded(talk: Talk) -> None:
    _, page = shown(talk)
    item_id = reply(talk, encode(tone(1000, 24_000), "audio/pcm"))
    page.send(
        "spectrogram",
        seq=4,
        item_id=item_id,
        from_ms=0,
        to_ms=float("inf"),
        columns=10**6,
        rows=10**6,
    )
    talk.advance(0)
    for thread in threading.enumerate():
        if thread.name == "spectrogram":
            thread.join(20)
    talk.advance(0)
    message, (data,) = page.messages[-1], page.buffers[-1]
    assert (message["kind"], message["columns"], message["rows"]) == ("image", 1200, 128)
    image = np.frombuffer(data, np.uint8).reshape(128, 1200)
    loudest = 127 - int(image[:, 600].argmax())
    assert loudest / 128 * message["top_hz"] == pytest.approx(440, abs=70)


def test_a_saved_notebook_has_a_picture_of_it(talk: Talk) -> None:
    panel, _ = shown(talk)
    assert panel.static_html() == ""
    item_id = reply(talk, encode(tone(2000, 24_000), "audio/pcm"))
    talk.events(ConversationItemTruncated(item_id=item_id, content_index=0, audio_end_ms=700))
    talk.advance(1)
    root = ET.fromstring(panel.static_html())
    assert root.get("aria-label") == "Waveform of test server: Reply 1, 2.0 s"
    assert "interrupted" in [element.text for element in root.iter()]


def test_a_panel_that_is_made_late_shows_what_was_said_before(talk: Talk) -> None:
    reply(talk, encode(tone(500, 24_000), "audio/pcm"))
    panel, _ = shown(talk)
    assert (panel.label, panel.duration_ms, panel.arriving) == ("Reply 1", 500, False)


def test_a_reply_has_the_number_of_its_response(talk: Talk) -> None:
    panel, _ = shown(talk)
    talk.pair.update(session_config({"output_modalities": "text"}))
    talk.say("write")
    talk.pair.answer("no sound")
    talk.pair.update(session_config({"output_modalities": "audio"}))
    reply(talk, encode(tone(100, 24_000), "audio/pcm"))
    assert panel.label == "Reply 2"


def test_sound_that_cannot_be_read_is_said_under_the_panel(talk: Talk) -> None:
    _, page = shown(talk)
    talk.history = None  # type: ignore[assignment]  # a defect of ours
    talk.events(
        ResponseOutputAudioDelta(
            response_id="r", item_id="i", output_index=0, content_index=0, delta=bytes(2)
        )
    )
    talk.advance(1)
    assert "show" in page.state["problem"]
