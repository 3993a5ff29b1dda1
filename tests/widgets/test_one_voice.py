"""One speaker of a session sounds: the one that was made, or claimed, last."""

from __future__ import annotations

import gc

import pytest

from rtwidgets.widgets.one_voice import leader_beside
from rtwidgets.widgets.speaker import ELSEWHERE, Speaker
from rtwidgets.widgets.transcript import Transcript
from tests.widgets.test_speaker import balance, tone
from tests.widgets.voice import Browser, VoiceTalk


def two() -> tuple[VoiceTalk, Speaker, Browser, Speaker, Browser, str]:
    """A second speaker is made while the first one plays a second of an answer."""
    talk = VoiceTalk()
    old = Speaker(talk)
    old_page = Browser(old)
    work = talk.ask()
    talk.sound(work.response_id, tone(1))
    old_page.play(0.4)
    new = Speaker(talk)
    new_page = Browser(new)
    talk.advance(0.2)
    return talk, old, old_page, new, new_page, work.response_id


def test_the_older_one_falls_silent_and_the_newer_goes_on() -> None:
    talk, old, old_page, new, new_page, response_id = two()
    assert (old.owner, new.owner) == (ELSEWHERE, "p1")
    assert old_page.stops == 1 and not old.playing
    talk.sound(response_id, tone(0.5))
    talk.finish(response_id)
    old_page.play(1)
    new_page.play(1)
    assert old_page.played == tone(1)[: len(old_page.played)]
    assert len(old_page.played) == len(tone(0.4)), "nothing in chorus"
    assert new_page.played == tone(0.5)
    received, played, dropped = balance(old)
    assert received == played + dropped


def test_an_interrupt_truncates_once() -> None:
    talk, _old, _, _new, new_page, response_id = two()
    talk.sound(response_id, tone(1))
    new_page.play(0.5)
    talk.interrupt()
    talk.advance(5)
    assert [command[0] for command in talk.commands].count("truncate_item") == 1


def test_whoever_wants_the_sound_in_the_older_panel_gets_it() -> None:
    talk, old, old_page, new, new_page, response_id = two()
    old_page.say("claim")
    assert (old.owner, new.owner) == ("p1", ELSEWHERE)
    talk.sound(response_id, tone(0.5))
    old_page.play(1)
    new_page.play(1)
    assert not new_page.played
    assert len(old_page.played) == len(tone(0.9))


def test_a_page_that_comes_to_a_panel_aside_stays_silent() -> None:
    talk, old, _, _, _, response_id = two()
    late = Browser(old, "p3")
    talk.sound(response_id, tone(0.5))
    late.play(1)
    assert not late.played and old.owner == ELSEWHERE


def test_a_button_elsewhere_plays_where_the_sound_is() -> None:
    talk, old, _, new, _, _ = two()
    transcript = Transcript(talk)
    assert leader_beside(transcript, Speaker) is new
    new.close()
    talk.advance()
    assert leader_beside(transcript, Speaker) is old
    assert old.owner == "p1", "and it plays again"


def test_a_speaker_that_is_closed_again_or_was_refused_gives_the_lead_to_nobody() -> None:
    talk, first, _, second, _, _ = two()
    third = Speaker(talk)
    talk.advance()
    second.close()
    second.close()  # as the runtime does with what is forgotten
    with pytest.raises(TypeError, match="no setting 'hight'"):
        Speaker(talk, hight="3px")
    gc.collect()
    talk.advance()
    assert (first.aside, third.aside) == (True, False)
    third.close()
    third.close()
    talk.advance()
    assert not first.aside
