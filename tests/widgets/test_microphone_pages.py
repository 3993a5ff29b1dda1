"""The microphone and its pages: one records, another takes over, one that is gone is noticed."""

from __future__ import annotations

from rtwidgets.widgets.microphone import Microphone
from tests.widgets.tab import Tab, frame
from tests.widgets.voice import VoiceTalk


def test_a_page_that_says_nothing_for_three_seconds_is_gone() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.open()
    tab.speak(0)
    talk.advance(2.9)
    assert mic.recording
    tab.say("alive")
    talk.advance(2.9)
    assert mic.recording
    talk.advance(1.2)
    assert not mic.recording
    assert "does not answer" in mic.notice
    talk.advance(60)


def test_a_page_that_is_heard_again_goes_on() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.open()
    tab.speak(0)
    talk.advance(5)
    assert not mic.recording
    tab.speak(1)
    assert mic.recording
    assert mic.frames_lost == 0
    assert mic.notice == ""


def test_a_reloaded_page_records_no_more() -> None:
    mic = Microphone(VoiceTalk())
    tab = Tab(mic)
    tab.open()
    tab.say("bye")
    assert not mic.recording
    assert "closed or reloaded" in mic.notice


def test_a_reload_without_a_goodbye_is_noticed_within_two_seconds() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    tab = Tab(mic, "p1")
    tab.open()
    tab.speak(0)
    Tab(mic, "p2")
    talk.advance(2.01)
    assert not mic.recording


def test_a_second_tab_does_not_disturb_the_one_that_records() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    tab = Tab(mic, "p1")
    tab.open()
    tab.speak(0)
    Tab(mic, "p2")
    tab.speak(1)
    talk.advance(1.01)
    assert mic.recording


def test_a_second_tab_while_the_talk_button_is_up_is_no_alarm() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk, mode="push_to_talk")
    tab = Tab(mic, "p1")
    tab.open()
    tab.say("alive")
    seen: list[object] = []
    mic.observe(lambda change: seen.append(change["new"]), ["recording", "notice"])
    for second in range(6):
        before = 0.3 - 0.02 * second  # the end of an older doubt is none of a new one
        talk.advance(before)
        Tab(mic, f"new {second}")
        talk.advance(1 - before)
        tab.say("alive")
    assert seen == []


def test_the_page_that_opens_takes_over() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    first, second = Tab(mic, "p1"), Tab(mic, "p2")
    first.open()
    first.speak(0)
    second.open()
    assert mic.owner == "p2"
    assert first.told("stop")
    assert not second.told("stop")
    first.speak(1)
    first.say("closed", reason="kernel", frames=2)
    second.speak(0)
    assert mic.recording
    assert talk.came == frame(0) + frame(0)


def test_python_starts_and_stops_the_newest_page() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    mic.start()
    talk.advance()
    first = Tab(mic, "p1")
    assert len(first.told("start")) == 1, "a start before the first page is kept for it"
    second = Tab(mic, "p2")
    mic.start()
    talk.advance()
    assert len(first.told("start")) == 1
    assert len(second.told("start")) == 1
    first.open()
    mic.stop()
    talk.advance()
    assert len(first.told("stop")) == 1


def test_of_two_microphones_of_a_session_one_records() -> None:
    talk = VoiceTalk()
    old, new = Microphone(talk), Microphone(talk)
    first, second = Tab(old, "p1"), Tab(new, "p1")
    first.open()
    second.open()
    talk.advance()
    assert len(first.told("stop")) == 1 and not second.told("stop")
