"""What a speaker tells its session, and what it keeps from a page."""

from __future__ import annotations

from msgspec import structs

from rtwidgets.protocol.conversation import Conversation
from rtwidgets.protocol.events import ConversationItemAdded
from rtwidgets.protocol.items import Message, OutputText
from rtwidgets.session.connecting.carry import Resumed
from rtwidgets.session.events.notices import Interrupted, SessionResumed
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


def test_after_resume_the_rest_is_played_and_nothing_truncated_that_is_text() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.sound(work.response_id, tone(2))
    page.play(0.5)
    old, talk.conversation = talk.conversation, Conversation()
    (item_id,) = speaker.items
    spoken = old.item(item_id)
    assert isinstance(spoken, Message)
    talk.conversation.apply(
        ConversationItemAdded(item=structs.replace(spoken, content=(OutputText(text="Hel"),)))
    )
    speaker.on_event(SessionResumed(resumed=Resumed(1)), talk.conversation)
    page.play(0.5)
    assert 20_000 < speaker.played_samples < 30_000, "what is here goes on to sound"
    speaker.stop()
    page.play(0.2)
    assert not speaker.playing
    assert [c for c in talk.commands if c[0] == "truncate_item"] == []


def test_after_resume_an_answer_that_broke_off_is_over() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.sound(work.response_id, tone(0.5))
    page.play(0.2)
    speaker.on_event(SessionResumed(resumed=Resumed(1)), Conversation())
    page.play(1)
    assert speaker.played_samples == 12_000 and not speaker.playing
    speaker.replay()  # refused while an answer is being spoken
    page.play(0.1)
    assert speaker.notice == "" and speaker.replaying == next(iter(speaker.items))
