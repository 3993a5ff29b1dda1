"""Push-to-talk: the mode that the session is in, and what a press and a release mean to it."""

from __future__ import annotations

from rtwidgets.protocol.config import TurnDetection
from rtwidgets.protocol.work import Transcribe
from rtwidgets.widgets.microphone import Microphone
from tests.widgets.tab import FRAME, Tab, frame
from tests.widgets.voice import VoiceTalk


def test_the_mode_is_the_sessions() -> None:
    talk = VoiceTalk(turn_detection=None)
    assert Microphone(talk).mode == "push_to_talk"
    assert Microphone(VoiceTalk()).mode == "hands_free"
    assert not talk.commands


def test_the_mode_takes_the_sessions_turn_detection_with_it_and_back() -> None:
    talk = VoiceTalk(turn_detection={"type": "server_vad", "threshold": 0.7})
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.say("mode", mode="push_to_talk")
    assert talk.conversation.session.audio.input.turn_detection is None  # type: ignore[union-attr]
    talk.advance(0.2)
    assert mic.mode == "push_to_talk"
    tab.say("mode", mode="hands_free")
    detection = talk.conversation.session.audio.input.turn_detection  # type: ignore[union-attr]
    assert isinstance(detection, TurnDetection)
    assert (detection.type, detection.threshold) == ("server_vad", 0.7)


def test_a_mode_given_at_the_start_is_applied() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk, mode="push_to_talk")
    assert talk.conversation.session.audio.input.turn_detection is None  # type: ignore[union-attr]
    mic.mode = "hands_free"
    assert talk.conversation.session.audio.input.turn_detection is not None  # type: ignore[union-attr]


def test_the_mode_follows_when_somebody_updates_the_session() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    talk.update(turn_detection=None)
    talk.advance(0.2)
    assert mic.mode == "push_to_talk"


def test_press_speak_release_is_a_turn() -> None:
    talk = VoiceTalk(turn_detection=None)
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.open()
    tab.say("press")
    tab.speak(*range(5))
    tab.say("release")
    assert [command[0] for command in talk.commands] == [
        "clear_audio",
        "commit_audio",
        "create_response",
    ]
    assert talk.pair.take(Transcribe).audio == b"".join(frame(seq) for seq in range(5))
    assert talk.interrupts == 1, "who presses wants to be heard"


def test_a_press_without_speech_is_no_turn() -> None:
    talk = VoiceTalk(turn_detection=None)
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.open()
    tab.say("press")
    tab.speak(0, 1)
    tab.say("release")
    assert "commit_audio" not in [command[0] for command in talk.commands]
    assert "too short" in mic.notice
    tab.say("press")
    assert mic.notice == ""


def test_closing_while_the_button_is_down_is_a_release() -> None:
    talk = VoiceTalk(turn_detection=None)
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.open()
    tab.say("press")
    tab.speak(*range(5))
    tab.say("closed", reason="person", frames=5)
    assert talk.commands[-2:] == [("commit_audio",), ("create_response",)]
    assert len(talk.pair.take(Transcribe).audio) == 5 * FRAME, (
        "no silence is added where the button decides"
    )
