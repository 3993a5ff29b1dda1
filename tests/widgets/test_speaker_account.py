"""What a speaker tells its session, and what it keeps from a page."""

from __future__ import annotations

from rtwidgets.session.notices import Interrupted
from rtwidgets.widgets.speaker import Speaker
from tests.widgets.test_speaker import tone
from tests.widgets.voice import Browser, VoiceTalk


def test_a_response_that_was_cut_before_its_first_sound_stays_silent() -> None:
    talk = VoiceTalk(interrupt_response=True)
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.events(Interrupted(response_id=work.response_id))
    talk.sound(work.response_id, tone(1))
    page.play(0.5)
    assert not page.sent and speaker.played_samples == 0


def test_it_tells_the_session_what_was_played_until_it_is_closed() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.sound(work.response_id, tone(1))
    page.play(0.5)
    (item_id,) = speaker.items
    assert talk.players == [speaker]
    assert speaker.played_ms(item_id) == speaker.played_samples / 24 > 300
    assert speaker.played_ms("unknown") == 0
    speaker.close()
    assert talk.players == []
