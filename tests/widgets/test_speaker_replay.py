"""A reply can be played again; an answer goes first, and what was heard stays what it was."""

from __future__ import annotations

import pytest

from rtwidgets.widgets.playback import Samples
from rtwidgets.widgets.speaker import Speaker, speaker_beside
from rtwidgets.widgets.transcript import Transcript
from tests.widgets.test_speaker import balance, tone
from tests.widgets.voice import Browser, VoiceTalk


def said(talk: VoiceTalk, page: Browser, sound: bytes) -> str:
    """One reply, played to its end; its item."""
    work = talk.ask()
    talk.sound(work.response_id, sound)
    talk.finish(work.response_id)
    page.play(len(sound) / 48_000 + 0.5)
    page.played = b""
    return list(page.speaker.items)[-1]


def test_a_reply_sounds_again_and_counts_only_once() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    item_id = said(talk, page, tone(1))
    assert speaker.latest == item_id and speaker.can_replay(item_id)
    speaker.replay(item_id)
    page.play(0.5)
    assert speaker.replaying == item_id and speaker.playing
    page.play(1)
    assert page.played == tone(1)
    assert balance(speaker) == (24_000, 24_000, 0)
    assert not speaker.playing and speaker.replaying == ""


def test_the_page_asks_for_the_newest_one() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    said(talk, page, tone(0.5))
    said(talk, page, tone(0.3))
    page.say("replay", item_id="")
    page.play(1)
    assert page.played == tone(0.3)


def test_an_unknown_item_is_refused() -> None:
    speaker = Speaker(VoiceTalk())
    with pytest.raises(KeyError, match="no sound of item 'x'"):
        speaker.replay("x")
    with pytest.raises(KeyError, match="no sound"):
        speaker.replay()


def test_an_answer_that_begins_ends_the_replay() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    said(talk, page, tone(3))
    speaker.replay()
    page.play(0.5)
    page.played = b""
    work = talk.ask()
    answer = bytes([5, 0]) * 24_000
    talk.sound(work.response_id, answer)
    talk.finish(work.response_id)
    page.play(2)
    assert page.stops == 1
    assert page.played == answer, "nothing of the old reply sounds any more"
    assert list(speaker.items.values())[-1] == Samples(received=24_000, played=24_000)
    assert not [c for c in talk.commands if c[0] == "truncate_item"]


def test_nothing_is_played_again_over_an_answer() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    item_id = said(talk, page, tone(1))
    work = talk.ask()
    talk.sound(work.response_id, tone(0.5))
    speaker.replay(item_id)
    page.play(0.2)
    assert "answer is being spoken" in speaker.notice
    talk.finish(work.response_id)
    page.play(1)
    assert page.played == tone(0.5)
    speaker.replay(item_id)
    page.play(1.5)
    assert page.played == tone(0.5) + tone(1)
    assert speaker.notice == ""


@pytest.mark.parametrize("who", ["kernel", "page", "user"])
def test_a_replay_that_is_stopped_changes_nothing_in_the_conversation(who: str) -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    said(talk, page, tone(2))
    talk.commands.clear()
    speaker.replay()
    page.play(0.5)
    if who == "kernel":
        speaker.stop()
    elif who == "page":
        page.silence(gen=7)
    else:
        talk.pair.speak(speech_ms=400, silence_ms=0)
    page.play(0.5)
    assert len(page.played) < len(tone(0.7))
    assert not [c for c in talk.commands if c[0] in ("truncate_item", "cancel_response")]
    assert balance(speaker) == (48_000, 48_000, 0)
    assert not speaker.playing


def test_a_reply_that_was_cut_can_be_heard_to_its_end() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.sound(work.response_id, tone(2))
    page.play(0.5)
    talk.interrupt()
    page.play(0.2)
    heard = speaker.played_samples
    page.played = b""
    speaker.replay()
    page.play(3)
    assert page.played == tone(2)
    assert balance(speaker) == (48_000, heard, 48_000 - heard)


def test_another_panel_finds_the_speaker_of_its_session() -> None:
    talk = VoiceTalk()
    transcript = Transcript(talk)
    assert speaker_beside(transcript) is None
    speaker = Speaker(talk)
    Speaker(VoiceTalk())
    assert speaker_beside(transcript) is speaker
    speaker.close()
    assert speaker_beside(transcript) is None
