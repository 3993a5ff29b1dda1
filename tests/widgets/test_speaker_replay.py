"""A reply can be played again; an answer goes first, and what was heard stays what it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets.widgets.one_voice import leader_beside
from rtwidgets.widgets.playback import Samples
from rtwidgets.widgets.speaker import Speaker
from rtwidgets.widgets.transcript import Transcript
from tests.widgets.test_speaker import balance, tone
from tests.widgets.test_timeline_replay import until
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
    assert leader_beside(transcript, Speaker) is None
    speaker = Speaker(talk)
    Speaker(VoiceTalk())
    assert leader_beside(transcript, Speaker) is speaker
    speaker.close()
    assert leader_beside(transcript, Speaker) is None


def test_a_speaker_that_is_made_later_plays_what_came_before_it() -> None:
    talk = VoiceTalk()
    sounds = tone(0.5), tone(0.3)
    for sound in sounds:
        work = talk.ask()
        talk.sound(work.response_id, sound)
        talk.finish(work.response_id)
    speaker = Speaker(talk)
    page = Browser(speaker)
    talk.advance(0.2)
    first, second = talk.conversation.audio_bytes
    assert speaker.latest == second and speaker.can_replay(first)
    page.say("replay", item_id="")
    page.play(1)
    assert page.played == sounds[1]
    speaker.replay(first)
    page.play(1)
    assert page.played == sounds[1] + sounds[0]
    assert balance(speaker) == (0, 0, 0) and speaker.items == {}


def test_a_talk_that_is_over_can_be_heard_again() -> None:
    talk = VoiceTalk()
    work = talk.ask()
    talk.sound(work.response_id, tone(1))
    talk.end()
    speaker = Speaker(talk)
    page = Browser(speaker)
    speaker.replay()
    page.play(0.5)
    speaker.stop()
    page.play(0.3)
    assert 0 < len(page.played) < len(tone(0.7)) and not speaker.playing
    assert speaker.problem == "" and talk.commands == []


def test_another_page_goes_on_with_a_replay() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    first = Browser(speaker, "p1")
    said(talk, first, tone(2))
    speaker.replay()
    first.play(0.5)
    second = Browser(speaker, "p2")
    second.say("claim")
    second.play(3)
    assert first.played + second.played == tone(2)
    assert balance(speaker) == (48_000, 48_000, 0) and not speaker.playing


def test_made_in_the_middle_of_an_answer_it_goes_on_in_the_next_page() -> None:
    talk = VoiceTalk()
    work = talk.ask()
    whole = bytes(n % 251 for n in range(2 * 48_000))
    talk.sound(work.response_id, whole[:24_000])
    speaker = Speaker(talk)
    first = Browser(speaker, "p1")
    talk.sound(work.response_id, whole[24_000:])
    talk.finish(work.response_id)
    first.play(0.3)
    second = Browser(speaker, "p2")
    second.say("claim")
    second.play(3)
    assert first.played + second.played == whole[24_000:]
    second.played = b""
    speaker.replay()
    second.play(3)
    assert second.played == whole, "and all of it again"


def test_the_buttons_of_a_transcript_come_and_go_with_the_speaker() -> None:
    talk = VoiceTalk()
    work = talk.ask()
    talk.sound(work.response_id, tone(1))
    talk.finish(work.response_id)
    talk.end()
    transcript = Transcript(talk)
    talk.advance(1)

    def buttons() -> list[bool]:
        return [row["sound"] for row in transcript.rows if row["role"] == "assistant"]

    assert buttons() == [False], "nobody could play it"
    speaker = Speaker(talk)
    talk.advance(1)
    assert buttons() == [True]
    speaker.close()
    talk.advance(1)
    assert buttons() == [False]


def test_a_file_can_be_heard_again(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    with (
        rt.serve("simulated", seed=1) as server,
        rt.connect(server.url, quiet=True) as session,
    ):
        made = session.say("say one two three").wait(20).audio.samples.tobytes()
        late = rt.Speaker(session)
        until(lambda: late.latest != "")
        session.save(path)
    again = rt.replay(path, quiet=True)
    speaker = rt.Speaker(again)
    page = Listener(speaker)
    speaker.replay()
    until(lambda: page.ended)
    assert page.sound == made and speaker.problem == ""
    assert speaker.latest == late.latest and speaker.can_replay(speaker.latest)


class Listener:
    """A page that takes what it is sent, by the real clock."""

    def __init__(self, speaker: rt.Speaker) -> None:
        self.sound, self.ended = b"", False
        speaker.mirror(self._take)
        content = {"kind": "hello", "page": "p1"}
        speaker._handle_msg(
            {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}
        )

    def _take(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        content = message.get("content", {})
        if content.get("kind") == "audio":
            self.sound += buffers[0]
            self.ended = content["last"]
