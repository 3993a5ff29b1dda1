"""When rows were, what of them was heard, and what a reader does with a row."""

from __future__ import annotations

from typing import Any

import pytest

from rtwidgets.protocol.events import (
    Error,
    ErrorDetails,
)
from rtwidgets.protocol.work import Respond
from rtwidgets.widgets.speaker import Speaker
from rtwidgets.widgets.transcript import Transcript
from tests.widgets.reader import shown
from tests.widgets.talk import Page, Talk


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_rows_have_their_time(talk: Talk) -> None:
    panel, page = shown(talk)
    assert panel.zero_ms > 1.6e12
    talk.now += 2
    talk.say("hello")
    talk.advance(1)
    talk.events(Error(error=ErrorDetails(message="oops")))
    talk.advance(1)
    assert [row["at_ms"] for row in page.catch_up()] == [3000, 4000]


def spoken_answer(talk: Talk, text: str, seconds: float) -> str:
    talk.say("tell me")
    work = talk.pair.take(Respond)
    server = talk.pair.server
    server.text_delta(work.response_id, text)
    server.audio_delta(work.response_id, bytes(int(48_000 * seconds)))
    server.finished(work.response_id)
    talk.pair.settle()
    return str(talk.conversation.items[-1].id)


def test_what_nobody_heard_is_told_apart_at_once_and_later(talk: Talk) -> None:
    _, page = shown(talk)
    item_id = spoken_answer(talk, "one two three four", 4.0)
    talk.advance(1)
    row = page.catch_up()[-1]
    assert (row["text"], row["unheard"], row["duration_ms"]) == ("one two three four", "", 4000)
    talk.client.truncate_item(item_id, 2000)
    talk.pair.settle()
    talk.advance(1)
    row = page.catch_up()[-1]
    assert (row["text"], row["unheard"]) == ("one two", "three four")
    assert (row["state"], row["duration_ms"]) == ("interrupted", 2000)
    assert row["note"] == "interrupted after 2.0 s of 4.0 s"
    _, late = shown(talk)
    assert late.catch_up() == page.rows, "who comes late reads the same"


def test_an_answer_that_was_stopped_before_a_sound_was_heard_by_nobody(talk: Talk) -> None:
    _, page = shown(talk)
    talk.say("tell me")
    work = talk.pair.take(Respond)
    talk.pair.server.text_delta(work.response_id, "one two")
    talk.pair.server.audio_delta(work.response_id, bytes(48_000))
    talk.pair.settle()
    talk.heard[str(talk.conversation.items[-1].id)] = 0.0
    talk.interrupt()
    talk.advance(1)
    row = page.catch_up()[-1]
    assert (row["text"], row["unheard"]) == ("", "one two")
    assert row["note"] == "stopped after 0.0 s of 1.0 s"


def test_an_answer_is_played_again_by_the_speaker_of_the_session(talk: Talk) -> None:
    panel, page = shown(talk)
    item_id = spoken_answer(talk, "one two", 1.0)
    talk.advance(1)
    assert page.catch_up()[-1]["sound"] is False, "nobody could play it"
    speaker = Speaker(talk)  # type: ignore[arg-type]
    listener = Page(speaker)
    listener.send("hello")
    other = spoken_answer(talk, "three four", 1.0)
    talk.advance(1)
    rows = {row["id"]: row["sound"] for row in page.catch_up()}
    assert rows[item_id] and rows[other], "also what came before there was a speaker"
    speaker.stop()
    talk.advance(5)
    page.send("replay", item_id=other)
    talk.advance(1)
    assert speaker.replaying == panel.replaying == other
    page.send("replay", item_id=other)
    talk.advance(5)
    assert speaker.replaying == panel.replaying == ""
    speaker.close()
    talk.say("go")
    talk.advance(1)
    assert not any(row["sound"] for row in page.catch_up())


def test_an_item_is_deleted_a_call_with_its_result(talk: Talk) -> None:
    _, page = shown(talk)
    talk.say("what is the weather?")
    talk.pair.take(Respond)
    item_id = str(talk.conversation.items[-1].id)
    talk.advance(1)
    page.send("delete", item_id=item_id)
    talk.advance(1)
    assert page.lines() == []
    page.send("delete", item_id=item_id)  # from another page, a moment later
    talk.advance(1)
    assert page.lines() == [] and page.panel.problem == ""


@pytest.mark.parametrize("first", ["an event", "a look"])
def test_nothing_is_missed_while_the_panel_is_made(
    talk: Talk, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events go on while the past is read: those before the subscription are read as well."""
    _, page = shown(talk)
    talk.say("tell me")
    work = talk.pair.take(Respond)
    server = talk.pair.server

    def more(text: str, sound: int) -> None:
        server.text_delta(work.response_id, text)
        server.audio_delta(work.response_id, bytes(sound))
        talk.pair.settle()

    more("one two ", 48_000)
    subscribe = talk.subscribe

    def late(fn: Any) -> Any:
        talk.advance(0.5)
        more("three four ", 48_000)
        return subscribe(fn)

    monkeypatch.setattr(talk, "subscribe", late)
    panel = Transcript(talk)  # type: ignore[arg-type]
    monkeypatch.undo()
    if first == "a look":
        talk.advance(1)
    more("five six seven eight", 96_000)
    server.finished(work.response_id)
    talk.pair.settle()
    talk.client.truncate_item(str(talk.conversation.items[-1].id), 2000)
    talk.pair.settle()
    talk.advance(1)
    assert panel.rows == page.catch_up()
    assert panel.rows[-1]["text"] == "one two three four"
