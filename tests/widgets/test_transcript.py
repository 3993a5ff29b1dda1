"""The transcript: what a page shows equals the conversation, in its order, whatever arrives."""

from __future__ import annotations

import random
from typing import Any

import pytest

from rtwidgets.protocol.events import (
    ConversationItemDeleted,
    ConversationItemInputAudioTranscriptionFailed,
    ConversationItemTruncated,
    Error,
    ErrorDetails,
    InputAudioBufferCleared,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
    ResponseDone,
)
from rtwidgets.protocol.items import (
    InputAudio,
    Message,
    Response,
    ResponseError,
    StatusDetails,
)
from rtwidgets.protocol.work import Respond
from rtwidgets.session.settings.flat import session_config
from rtwidgets.widgets.transcript import WINDOW
from tests.widgets.reader import added, message, shown
from tests.widgets.talk import Talk


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_a_typed_turn_and_its_answer(talk: Talk) -> None:
    _, page = shown(talk)
    talk.say("count to three")
    talk.pair.answer("one ", "two ", "three")
    talk.advance(1)
    assert page.lines() == [("user", "count to three"), ("assistant", "one two three")]
    assert [row["state"] for row in page.rows] == ["final", "final"]


def test_words_grow_at_most_ten_times_a_second(talk: Talk) -> None:
    _, page = shown(talk)
    talk.say("go")
    work = talk.pair.take(Respond)
    for index in range(200):  # two seconds of a token every 10 ms
        talk.pair.server.text_delta(work.response_id, f"w{index} ")
        talk.pair.settle()
        talk.advance(0.01)
    assert 15 <= len(page.messages) <= 22
    assert page.catch_up()[-1]["state"] == "growing"
    talk.pair.server.finished(work.response_id)
    talk.pair.settle()
    talk.advance(1)
    assert page.lines()[-1] == ("assistant", "".join(f"w{i} " for i in range(200)))
    assert page.rows[-1]["state"] == "final"


def test_a_patch_holds_only_what_changed(talk: Talk) -> None:
    _, page = shown(talk)
    talk.say("one")
    talk.pair.answer("first")
    talk.advance(1)
    page.catch_up()
    talk.say("two")
    work = talk.pair.take(Respond)
    talk.pair.server.text_delta(work.response_id, "sec")
    talk.pair.settle()
    talk.advance(1)
    page.catch_up()
    talk.pair.server.text_delta(work.response_id, "ond")
    talk.pair.settle()
    talk.advance(1)
    (last,) = page.messages
    assert [row["text"] for row in last["rows"]] == ["second"]
    assert "order" not in last
    assert not page.updates, "the window is state: it is never sent on its own"


def test_a_spoken_turn_from_speech_to_words(talk: Talk) -> None:
    _, page = shown(talk)
    states = []
    hear = talk.client.receive

    def step(text: Any) -> Any:
        event = hear(text)
        talk.advance(0.2)
        rows = page.catch_up()
        if rows and (not states or states[-1] != (rows[0]["state"], rows[0]["text"])):
            states.append((rows[0]["state"], rows[0]["text"]))
        return event

    talk.client.receive = step  # type: ignore[method-assign]
    talk.pair.update(session_config({"transcription": True}))
    talk.pair.speak(speech_ms=800, silence_ms=640)
    assert [row["role"] for row in page.rows] == ["user"]
    talk.pair.write_down("hello there")
    talk.pair.answer("hi")
    talk.advance(1)
    assert states == [
        ("growing", ""),
        ("pending", ""),
        ("growing", "hello there"),
        ("final", "hello there"),
    ]
    assert page.lines() == [("user", "hello there"), ("assistant", "hi")]


def test_speech_that_leads_to_nothing_leaves_no_row(talk: Talk) -> None:
    _, page = shown(talk)
    talk.events(InputAudioBufferSpeechStarted(item_id="item_x"))
    talk.advance(1)
    assert [row["state"] for row in page.catch_up()] == ["growing"]
    talk.events(InputAudioBufferSpeechStopped(item_id="item_x"), InputAudioBufferCleared())
    talk.advance(1)
    assert page.catch_up() == []


def test_order_is_the_conversation_not_the_arrival(talk: Talk) -> None:
    _, page = shown(talk)
    talk.events(added(message("b", "second"), None))
    talk.advance(1)
    talk.events(added(message("c", "third"), "b"), added(message("a", "first"), None))
    talk.advance(1)
    assert [row["text"] for row in page.catch_up()] == ["first", "second", "third"]


def test_an_interrupted_reply_keeps_its_words_and_says_when(talk: Talk) -> None:
    _, page = shown(talk)
    talk.say("tell me")
    talk.pair.answer("once ", "upon ", "a time")
    item = talk.conversation.items[-1]
    talk.events(ConversationItemTruncated(item_id=str(item.id), content_index=0, audio_end_ms=200))
    talk.advance(1)
    row = page.catch_up()[-1]
    assert (row["text"], row["unheard"]) == ("once upon", "a time")
    assert (row["state"], row["note"]) == ("interrupted", "interrupted after 0.2 s of 0.3 s")


def test_a_stopped_reply_says_so(talk: Talk) -> None:
    _, page = shown(talk)
    talk.say("tell me")
    work = talk.pair.take(Respond)
    talk.pair.server.text_delta(work.response_id, "well")
    talk.pair.settle()
    talk.interrupt()
    talk.advance(1)
    row = page.catch_up()[-1]
    assert (row["text"], row["state"], row["note"]) == ("well", "interrupted", "stopped")


def test_errors_are_rows_where_they_happened(talk: Talk) -> None:
    _, page = shown(talk)
    talk.events(
        added(message("a", "first"), None),
        Error(error=ErrorDetails(code="invalid_value", message="no such voice", param="voice")),
        added(message("b", "second"), "a"),
    )
    talk.advance(1)
    assert page.lines() == [("user", "first"), ("error", "no such voice"), ("user", "second")]
    assert page.rows[1]["note"] == "invalid_value, voice"
    talk.events(ConversationItemDeleted(item_id="a"))
    talk.advance(1)
    assert page.lines() == [("error", "no such voice"), ("user", "second")]


def test_a_failed_response_is_a_row(talk: Talk) -> None:
    _, page = shown(talk)
    error = ResponseError(type="server_error", code="overloaded", message="try again")
    details = StatusDetails(type="failed", error=error)
    done = Response(id="r", status="failed", status_details=details, conversation_id="c")
    talk.events(ResponseDone(response=done))
    talk.advance(1)
    assert page.lines() == [("error", "try again")]
    assert page.rows[0]["note"] == "overloaded"


def test_a_failed_transcription_says_why(talk: Talk) -> None:
    _, page = shown(talk)
    spoken = Message(id="u", role="user", status="completed", content=(InputAudio(),))
    failed = ConversationItemInputAudioTranscriptionFailed(
        item_id="u", error=ErrorDetails(message="too short")
    )
    talk.events(added(spoken, None), failed)
    talk.advance(1)
    (row,) = page.catch_up()
    assert (row["state"], row["note"]) == ("failed", "not written down: too short")


def test_speech_without_transcription_does_not_wait_for_words(talk: Talk) -> None:
    _, page = shown(talk)
    spoken = Message(id="u", role="user", status="completed", content=(InputAudio(),))
    talk.events(added(spoken, None))
    talk.advance(1)
    (row,) = page.catch_up()
    assert (row["state"], row["note"]) == ("final", "spoken; transcription is off")


def test_the_window_is_bounded(talk: Talk) -> None:
    _, page = shown(talk)
    last = None
    for index in range(WINDOW + 50):
        talk.events(added(message(f"i{index}", f"line {index}"), last))
        last = f"i{index}"
    talk.advance(1)
    rows = page.catch_up()
    assert len(rows) == WINDOW
    assert rows[-1]["text"] == f"line {WINDOW + 49}"


def test_a_very_long_text_is_cut_and_says_so(talk: Talk) -> None:
    _, page = shown(talk)
    talk.events(added(message("long", "x" * 25_000), None))
    talk.advance(1)
    (row,) = page.catch_up()
    assert len(row["text"]) == 20_000
    assert row["note"] == "5,000 more characters"


def test_a_panel_that_comes_late_shows_the_past(talk: Talk) -> None:
    talk.say("before")
    talk.pair.answer("answer")
    panel, page = shown(talk)
    assert page.lines() == [("user", "before"), ("assistant", "answer")]
    assert panel.get_state()["rows"] == page.rows, "a page that loads now gets the same"


def test_a_page_that_missed_a_patch_gets_everything(talk: Talk) -> None:
    panel, page = shown(talk)
    talk.say("one")
    talk.advance(1)
    page.send("resync")
    talk.advance(1)
    (update,) = page.updates
    assert update == {"rows": panel.rows, "seq": panel.seq}


@pytest.mark.parametrize("seed", range(20))
def test_patches_make_the_window_whatever_happens(talk: Talk, seed: int) -> None:
    """Random inserts anywhere, deletions, errors and words: the page equals the kernel."""
    chance = random.Random(seed)
    panel, page = shown(talk)
    ids: list[str | None] = [None]
    for index in range(120):
        action = chance.random()
        if action < 0.55:
            talk.events(added(message(f"i{index}", f"text {index}"), chance.choice(ids)))
            ids.append(f"i{index}")
        elif action < 0.75 and len(ids) > 1:
            gone = ids.pop(chance.randrange(1, len(ids)))
            talk.events(ConversationItemDeleted(item_id=str(gone)))
        elif action < 0.85:
            talk.events(Error(error=ErrorDetails(message=f"error {index}")))
        talk.advance(chance.choice([0, 0.03, 0.2]))
    talk.advance(1)
    assert page.catch_up() == panel.rows
    words = [row["text"] for row in panel.rows if row["role"] == "user"]
    assert words == [talk.conversation.text(str(item.id)) for item in talk.conversation.items]


def test_it_says_what_it_is(talk: Talk) -> None:
    panel, _ = shown(talk)
    assert repr(panel) == "Transcript of test server: 0 rows"
