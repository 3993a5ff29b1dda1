"""The microphone between a page and a server core: every frame in its place, or a gap."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from rtwidgets.errors import ApiError
from rtwidgets.protocol.config import SessionConfig, merge
from rtwidgets.protocol.events import Error, ErrorDetails
from rtwidgets.session.settings.flat import session_config
from rtwidgets.widgets.microphone import Microphone
from tests.widgets.tab import FRAME, Tab, frame
from tests.widgets.talk import Page
from tests.widgets.voice import VoiceTalk


def test_frames_reach_the_server_whole_and_in_order() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.open()
    tab.speak(*range(100))
    assert talk.came == b"".join(frame(seq) for seq in range(100))
    assert (mic.frames_received, mic.frames_lost, mic.out_of_order, mic.last_seq) == (
        100,
        0,
        0,
        99,
    )
    assert mic.recording
    assert (mic.device, mic.device_rate) == ("Test microphone", 48000)


def test_the_kernel_answers_every_ten_frames() -> None:
    mic = Microphone(VoiceTalk())
    tab = Tab(mic)
    tab.open()
    tab.speak(*range(35))
    assert [(m["seq"], m["received"], m["lost"]) for m in tab.told("ack")] == [
        (9, 10, 0),
        (19, 20, 0),
        (29, 30, 0),
    ]


def test_a_gap_is_counted_shown_and_filled_with_silence() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.open()
    tab.speak(0, 1, 5, 6)
    assert mic.frames_lost == 3
    assert tab.state["frames_lost"] == 3
    assert talk.came == frame(0) + frame(1) + bytes(3 * FRAME) + frame(5) + frame(6)


def test_a_long_gap_is_filled_with_a_second_at_the_most() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.open()
    tab.speak(0, 1001)
    assert mic.frames_lost == 1000
    assert len(talk.came) == 2 * FRAME + 48_000


def test_a_frame_that_comes_late_or_twice_is_counted_and_left_out() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.open()
    tab.speak(0, 2, 1, 2, 3)
    assert mic.out_of_order == 2
    assert mic.frames_lost == 1
    assert talk.came == frame(0) + bytes(FRAME) + frame(2) + frame(3)


def test_the_next_recording_counts_from_the_start() -> None:
    mic = Microphone(VoiceTalk())
    tab = Tab(mic)
    tab.open()
    tab.speak(0, 5)
    tab.say("closed", reason="person", frames=6)
    assert not mic.recording
    assert mic.frames_received == 2
    tab.open()
    assert (mic.frames_received, mic.frames_lost, mic.last_seq) == (0, 0, -1)


def test_closing_ends_the_turn_with_silence() -> None:
    talk = VoiceTalk(silence_duration_ms=400)
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.open()
    tab.speak(0)
    tab.say("closed", reason="person", frames=1)
    assert talk.came == frame(0) + bytes(48 * 700)


def test_a_failure_has_a_name() -> None:
    mic = Microphone(VoiceTalk())
    tab = Tab(mic)
    tab.say("failed", failure="denied", message="The microphone was refused.")
    assert mic.failure == "denied"
    assert not mic.recording
    tab.open()
    assert mic.failure == ""


def test_what_the_server_hears_is_shown() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    talk.pair.speak(speech_ms=400, silence_ms=0)
    talk.advance(0.2)
    assert mic.speaking
    talk.pair.speak(speech_ms=0, silence_ms=1000)
    talk.advance(0.2)
    assert not mic.speaking


def test_the_end_of_the_session_ends_the_recording() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.open()
    talk.end()
    talk.advance(0.2)
    assert mic.closed
    assert not mic.recording
    assert tab.told("stop")
    tab.speak(0, 1)
    assert mic.problem == ""


def test_a_session_that_refuses_a_frame_stops_the_page() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.open()
    talk.closed = True  # it ended, and the news is still on its way
    tab.speak(0)
    assert mic.closed
    assert len(tab.told("stop")) == 1
    assert mic.problem == ""


def test_another_device_takes_over_without_a_gap() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.open()
    tab.speak(0, 1)
    tab.say("switched", device="Headset", device_rate=16000, rate=24000)
    tab.speak(2, 3)
    assert (mic.device, mic.device_rate) == ("Headset", 16000)
    assert (mic.frames_received, mic.frames_lost) == (4, 0)
    assert talk.came == b"".join(frame(seq) for seq in range(4))


def test_the_rate_is_the_sessions_and_frames_have_the_one_that_they_came_with() -> None:
    talk = VoiceTalk(input_format="audio/pcmu")
    mic = Microphone(talk)
    assert Page(mic).state["rate"] == 8000
    talk.update(input_format="audio/pcm")
    talk.advance(0.2)
    assert mic.rate == 24000
    tab = Tab(mic)
    tab.say("opened", source="microphone", device="T", device_rate=48000, rate=24000)
    talk.update(input_format="audio/pcma")
    talk.advance(0.2)
    assert (mic.rate, mic.frame_rate) == (8000, 24000)
    tab.say("switched", device="T", device_rate=48000, rate=8000)
    tab.say("audio", bytes(640), seq=0, sample=0, time=0.0)
    assert mic.frame_rate == 8000
    assert len(talk.came) == 320, "one byte for each sample"


def test_a_gap_in_a_telephones_frames_is_as_long_as_they_are() -> None:
    talk = VoiceTalk(input_format="audio/pcmu")
    tab = Tab(Microphone(talk))
    tab.say("opened", source="microphone", device="T", device_rate=48000, rate=8000)
    for seq in (0, 101):
        tab.say("audio", bytes(640), seq=seq, sample=320 * seq, time=0.04 * seq)
    assert len(talk.came) == 320 + 8000 + 320, "a second of silence at the most"


def test_frames_that_come_late_are_counted_and_shown() -> None:
    mic = Microphone(VoiceTalk())
    now = [100.0]
    mic.clock = lambda: now[0]
    tab = Tab(mic)
    tab.open()
    for seq in range(30):
        now[0] = 100 + 0.04 * seq + (2.0 if seq == 12 else 0.0)
        tab.speak(seq)
    assert (tab.state["frames_late"], tab.state["delay_ms"]) == (1, 2000)
    assert tab.state["frames_lost"] == 0
    tab.open()
    assert (tab.state["frames_late"], tab.state["delay_ms"]) == (0, 0)


def test_a_person_mutes_and_sets_the_gate_in_the_page() -> None:
    mic = Microphone(VoiceTalk())
    tab = Tab(mic)
    tab.say("mute", on=True)
    tab.say("processing", name="noise_gate", on=True)
    tab.say("gate", db=-35)
    assert (mic.muted, mic.noise_gate, mic.noise_gate_db) == (True, True, -35)
    tab.say("gate", db=-500)
    tab.say("mute", on=False)
    assert (mic.muted, mic.noise_gate_db) == (False, -70)


@pytest.mark.parametrize(
    ("reason", "word"),
    [("person", ""), ("ended", "unplugged"), ("withdrawn", "withdrawn"), ("page", "reloaded")],
)
def test_why_a_page_closed_the_microphone_is_said_to_all_pages(reason: str, word: str) -> None:
    mic = Microphone(VoiceTalk())
    tab = Tab(mic)
    tab.open()
    tab.speak(0)
    tab.say("closed", reason=reason, frames=1)
    assert not mic.recording
    assert word in tab.state["notice"]
    assert bool(word) == bool(tab.state["notice"])


def test_a_file_is_named() -> None:
    mic = Microphone(VoiceTalk())
    tab = Tab(mic)
    tab.say("opened", source="file", device="speech.wav", device_rate=16000, rate=24000)
    assert (mic.source, mic.device) == ("file", "speech.wav")
    tab.open()
    assert mic.source == "microphone"


def test_the_browsers_processing_is_switched_from_the_page() -> None:
    mic = Microphone(VoiceTalk(), noise_suppression=False)
    tab = Tab(mic)
    tab.say("processing", name="echo_cancellation", on=False)
    tab.say("processing", name="mode", on=False)
    assert not mic.echo_cancellation
    assert not mic.noise_suppression
    assert mic.auto_gain_control
    assert mic.mode == "hands_free"


def test_frames_that_arrive_on_several_threads_keep_their_order() -> None:
    talk = VoiceTalk()
    mic = Microphone(talk)
    tab = Tab(mic)
    tab.open()

    def later(_seconds: float, _fn: Any) -> None:
        """A loop that is busy: everything waits."""

    talk.later = later  # type: ignore[method-assign]
    for seq in range(50):
        thread = threading.Thread(target=tab.speak, args=(seq,))
        thread.start()
        thread.join()
    mic._empty_inbox()
    assert mic.frames_received == 50
    assert mic.out_of_order == 0


class FarTalk(VoiceTalk):
    """A session whose server is far away: a change of settings waits until it is answered."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []

    def update(self, **settings: Any) -> SessionConfig:
        self.asked.append(settings)
        self._wait()
        return self.conversation.session

    def answer(self, *, granted: bool) -> None:
        """The server's word about the oldest change."""
        settings = self.asked.pop(0)
        self._wait()
        if granted:
            super().update(**settings)
        else:
            self.events(Error(event_id="e", error=ErrorDetails(message="no")))
        self.advance(0.2)

    def _wait(self) -> None:
        self.unanswered = SessionConfig()
        for settings in self.asked:
            config = session_config(settings, current=self.conversation.session)
            self.unanswered = merge(self.unanswered, config)


def modes_of(mic: Microphone) -> list[str]:
    """The modes that it shows one after the other."""
    seen: list[str] = []
    mic.observe(lambda change: seen.append(change["new"]), "mode")
    return seen


def test_the_mode_that_was_asked_for_is_shown_while_the_server_thinks() -> None:
    talk = FarTalk()
    mic = Microphone(talk)
    tab = Tab(mic)
    seen = modes_of(mic)
    tab.say("mode", mode="push_to_talk")
    for _ in range(5):
        mic.refresh()
        talk.advance(0.2)
    assert seen == ["push_to_talk"]
    talk.answer(granted=True)
    assert seen == ["push_to_talk"]
    assert len(talk.commands) == 1


def test_of_two_choices_the_second_is_shown_whatever_the_first_becomes() -> None:
    talk = FarTalk()
    mic = Microphone(talk)
    tab = Tab(mic)
    seen = modes_of(mic)
    tab.say("mode", mode="push_to_talk")
    tab.say("mode", mode="hands_free")
    talk.answer(granted=True)
    talk.answer(granted=True)
    assert seen == ["push_to_talk", "hands_free"]
    changes = [config.audio.input.turn_detection for _, config in talk.commands]
    assert [detection is None for detection in changes] == [True, False]


def test_a_mode_that_the_server_refuses_is_given_back() -> None:
    talk = FarTalk()
    mic = Microphone(talk)
    tab = Tab(mic)
    seen = modes_of(mic)
    tab.say("mode", mode="push_to_talk")
    talk.answer(granted=False)
    assert seen == ["push_to_talk", "hands_free"]
    assert talk.asked == [], "to give it back is no new wish"


def test_a_cell_that_waits_sees_its_own_choice() -> None:
    talk = FarTalk()
    mic = Microphone(talk)
    shown: list[str] = []

    def update(**settings: Any) -> SessionConfig:
        mic.refresh()  # an event came before the change was sent
        talk.advance(0.2)
        shown.append(mic.mode)
        raise ApiError("refused")

    talk.update = update  # type: ignore[method-assign]
    with pytest.raises(ApiError):
        mic.mode = "push_to_talk"
    talk.advance(0.2)
    assert [*shown, mic.mode] == ["push_to_talk", "hands_free"]


@pytest.mark.parametrize("frame_ms", [20, 40, 100])
def test_the_length_of_a_frame_is_a_setting(frame_ms: int) -> None:
    assert Page(Microphone(VoiceTalk(), frame_ms=frame_ms)).state["frame_ms"] == frame_ms
