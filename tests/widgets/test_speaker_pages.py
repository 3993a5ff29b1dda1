"""The speaker and its pages: one plays, another takes over, sound waits for the first."""

from __future__ import annotations

import pytest

from rtwidgets.widgets.speaker import Speaker
from tests.widgets.test_speaker import balance, tone
from tests.widgets.voice import Browser, VoiceTalk


def test_only_one_of_two_pages_plays() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    first, second = Browser(speaker, "p1"), Browser(speaker, "p2")
    talk.advance(2)
    assert speaker.owner == "p1"
    work = talk.ask()
    talk.sound(work.response_id, tone(0.2))
    assert first.sent
    assert not second.sent
    second.say("claim")
    assert speaker.owner == "p2"
    talk.sound(work.response_id, tone(0.2))
    talk.finish(work.response_id)
    first.play(0.5)
    second.play(1)
    assert second.played == tone(0.2) * 2, "what the first one had not played comes along"
    assert balance(speaker) == (9600, 9600, 0)


@pytest.mark.parametrize("goodbye", [True, False])
def test_a_reloaded_page_takes_over(goodbye: bool) -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    old = Browser(speaker, "p1")
    work = talk.ask()
    talk.sound(work.response_id, tone(1))
    old.play(0.3)
    if goodbye:
        old.say("bye")
    old.deaf = True
    new = Browser(speaker, "p2")
    talk.advance(3.5)
    assert speaker.owner == "p2"
    talk.sound(work.response_id, tone(1))
    talk.finish(work.response_id)
    new.play(2)
    assert old.played + new.played == tone(1) * 2
    assert balance(speaker) == (48_000, 48_000, 0)


def test_a_page_that_cannot_play_leaves_it_to_another() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker, "p1")
    page.say("failed", message="This page is not a secure context.")
    assert speaker.owner == ""
    assert "secure" in speaker.failure
    work = talk.ask()
    talk.sound(work.response_id, tone(0.2))
    talk.finish(work.response_id)
    talk.advance(1)
    assert not speaker.playing
    able = Browser(speaker, "p2")
    able.play(1)
    assert able.played == tone(0.2)


def test_sound_waits_for_the_first_page() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    work = talk.ask()
    for _ in range(10):
        talk.sound(work.response_id, tone(0.1))
    talk.finish(work.response_id)
    page = Browser(speaker)
    page.play(2)
    assert page.played == tone(0.1) * 10


def test_without_a_page_only_the_newest_reply_waits() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    for value in (1, 2, 3):
        work = talk.ask()
        talk.sound(work.response_id, bytes([value, 0]) * 2400)
        talk.finish(work.response_id)
    page = Browser(speaker)
    page.play(1)
    assert page.played == bytes([3, 0]) * 2400
    assert balance(speaker) == (7200, 2400, 4800)
