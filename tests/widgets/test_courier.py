"""What is lost on the way to a page is counted, and a page that is silent is not waited for."""

from __future__ import annotations

from rtwidgets.widgets.speaker import STOPPED_S, Speaker
from tests.widgets.test_speaker import balance, tone
from tests.widgets.voice import Browser, VoiceTalk


def answering(seconds: float = 1) -> tuple[VoiceTalk, Speaker, Browser, str]:
    """A reply of so many seconds, all of it with the page."""
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.sound(work.response_id, tone(seconds))
    return talk, speaker, page, work.response_id


def test_the_last_message_of_a_reply_that_is_lost_leaves_nothing_playing() -> None:
    talk, speaker, page, response_id = answering(0.1)
    page.play(0.5)
    page.deaf = True
    talk.sound(response_id, tone(0.1))
    talk.finish(response_id)
    talk.advance(0.3)
    page.deaf = False
    assert speaker.playing
    page.play(3)
    assert not speaker.playing
    assert balance(speaker) == (4800, 2400, 2400)
    assert (speaker.lost_ms, speaker.messages_lost) == (100.0, 2)


def test_a_page_that_arrives_at_everything_is_asked_no_more() -> None:
    talk, speaker, page, response_id = answering(1)
    talk.finish(response_id)
    page.play(5)
    talk.advance(60)
    assert not speaker.playing and speaker.notice == ""
    assert not talk._due, "no timer is left"


def test_a_page_that_vanished_does_not_play_for_ever() -> None:
    talk, speaker, page, response_id = answering(5)
    page.play(1)
    page.deaf = True
    talk.finish(response_id)
    talk.advance(20)
    assert not speaker.playing
    assert "does not answer" in speaker.notice
    assert not talk._due, "and nobody asks it for ever"


def test_a_page_that_is_heard_again_goes_on_and_its_account_counts() -> None:
    talk, speaker, page, response_id = answering(3)
    talk.finish(response_id)
    page.play(1)
    page.deaf = True
    talk.advance(20)
    page.deaf = False
    page.play(3)
    assert speaker.notice == ""
    assert balance(speaker) == (72_000, 72_000, 0)
    assert not speaker.playing


def test_a_page_that_may_not_sound_yet_is_there_all_the_same() -> None:
    talk, speaker, page, response_id = answering(1)
    talk.finish(response_id)
    talk.advance(60)  # it answers, and plays nothing
    assert speaker.playing and speaker.notice == ""
    page.play(2)
    assert page.played == tone(1)


def test_a_stop_that_is_never_answered_cuts_where_the_page_was_last_heard() -> None:
    talk, speaker, page, _ = answering(3)
    page.play(1)
    played = speaker.played_samples
    page.deaf = True
    speaker.stop()
    talk.advance(STOPPED_S + 0.1)
    ((_, _, ms),) = [c for c in talk.commands if c[0] == "truncate_item"]
    assert ms == played // 24


def test_the_answer_to_an_older_stop_does_not_settle_a_newer_one() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.sound(work.response_id, tone(1))
    talk.finish(work.response_id)
    page.play(2)
    speaker.replay()
    page.play(0.2)
    work = talk.ask()
    talk.sound(work.response_id, tone(2))  # ends the replay: the first stop
    speaker.stop()  # before the page answered
    talk.advance(0.05)
    assert page.stops == 2
    second = list(speaker.items.values())[-1]
    assert second.waiting == 0
    assert not [c for c in talk.commands if c[0] == "truncate_item"], "nothing of it was heard"


def test_a_stop_and_nothing_else_is_in_a_hurry() -> None:
    talk, speaker, page, _ = answering(1)
    page.play(0.3)
    assert page.pushed == 0
    speaker.stop()
    talk.advance(0.1)
    assert (page.stops, page.pushed) == (1, 1)
