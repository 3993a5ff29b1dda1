"""Turns that are spoken: who finds the end of speech, and when."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import numpy as np
import pytest

import rtwidgets as rt
from rtwidgets.audio import Pcm
from tests.session.scripted import Peer, Script

pytestmark = pytest.mark.server


def tone(seconds: float, rate: int = 24000) -> np.ndarray[Any, Any]:
    t = np.arange(int(seconds * rate)) / rate
    return (np.sin(2 * np.pi * 220 * t) * 8000).astype(np.int16)


def quiet(seconds: float) -> np.ndarray[Any, Any]:
    return np.zeros(int(seconds * 24000), np.int16)


class TestSpoken:
    def hear(self, script: Script, *speeches: tuple[int, int, str]) -> None:
        """The server hears ``speeches`` once it has that much sound, and answers each."""
        waiting = list(speeches)

        async def append(peer: Peer, event: dict[str, Any]) -> None:
            script.appended += len(event["audio"]) * 3 // 4
            while waiting and script.appended / 48 >= waiting[0][1]:
                start, end, words = waiting.pop(0)
                if peer.active is not None:
                    await peer.send("input_audio_buffer.speech_started", audio_start_ms=start)
                    await peer.cancelled("turn_detected")
                await peer.heard(start, end, words)
                await peer.begin()
                if not waiting:
                    await peer.finish(f"You said {words}")

        script.on["input_audio_buffer.append"] = append

    def test_the_server_finds_the_end(self, session: rt.Session, script: Script) -> None:
        self.hear(script, (0, 1200, "hello"))
        turn = session.say(tone(1.0)).wait(5)
        assert turn.transcript == "hello" and turn.text == "You said hello"
        assert turn.latency.end_of_speech is not None and turn.latency.end_of_speech >= 0
        # Only as much silence as was needed: 1 s of sound, 200 ms of silence and a little.
        assert script.appended / 48 < 1800
        assert "input_audio_buffer.commit" not in script.types()

    def test_pauses_make_one_turn(self, session: rt.Session, script: Script) -> None:
        self.hear(script, (0, 700, "one"), (1500, 2700, "two"))
        sound = np.concatenate([tone(0.5), quiet(1.0), tone(1.0)])
        turn = session.say(sound).wait(5)
        assert turn.transcript == "one two"
        assert turn.text == "You said two" and turn.status == "completed"

    def test_an_answer_that_was_quicker_than_the_second_half(
        self, session: rt.Session, script: Script
    ) -> None:
        seen: list[int] = []

        async def append(peer: Peer, event: dict[str, Any]) -> None:
            script.appended += len(event["audio"]) * 3 // 4
            for n, (start, end) in enumerate([(0, 700), (1500, 2700)]):
                if script.appended / 48 >= end and n not in seen:
                    seen.append(n)
                    await peer.heard(start, end, f"part {n}")
                    await peer.begin()
                    await peer.finish(f"answer {n}")

        script.on["input_audio_buffer.append"] = append
        turn = session.say(np.concatenate([tone(0.5), quiet(1.0), tone(1.0)])).wait(5)
        assert turn.text == "answer 1" and turn.transcript == "part 0 part 1"

    def test_in_real_time(self, session: rt.Session, script: Script) -> None:
        self.hear(script, (0, 600, "hello"))
        begun = time.monotonic()
        turn = session.say(tone(0.4), realtime=True).wait(5)
        assert time.monotonic() - begun >= 0.55
        assert turn.latency.end_of_speech == pytest.approx(0.2, abs=0.15)

    def test_without_turn_detection_we_commit(self, session: rt.Session, script: Script) -> None:
        session.update(turn_detection=None)
        turn = session.say(tone(0.5)).wait(5)
        assert turn.text == "Hello there"
        assert script.types()[-2:] == ["input_audio_buffer.commit", "response.create"]
        assert script.appended == 24000

    def test_in_real_time_without_turn_detection(self, session: rt.Session, script: Script) -> None:
        session.update(turn_detection=None)
        begun = time.monotonic()
        assert session.say(tone(0.3), realtime=True).wait(5).text == "Hello there"
        assert time.monotonic() - begun >= 0.28 and script.appended == 14400

    def test_a_microphone_gives_way_to_a_sound(self, session: rt.Session, script: Script) -> None:
        session.update(turn_detection=None)
        turn = session.say(tone(0.4), realtime=True)
        while not script.appended:
            time.sleep(0.01)
        for _ in range(5):
            session.append_audio(bytes(1920))
        turn.wait(5)
        assert script.appended == 19200 and session.displaced_ms == 200
        session.append_audio(bytes(1920))
        session.say("wait").wait(5)
        assert script.appended == 19200 + 1920

    def test_detection_that_does_not_answer(self, session: rt.Session, script: Script) -> None:
        session.update(create_response=False)

        async def append(peer: Peer, event: dict[str, Any]) -> None:
            script.appended += len(event["audio"]) * 3 // 4
            if script.appended // 48 >= 700 and peer.last_item is None:
                await peer.heard(0, 700, "hello")

        script.on["input_audio_buffer.append"] = append
        turn = session.say(tone(0.5)).wait(5)
        assert turn.text == "Hello there" and turn.transcript == "hello"
        assert script.types()[-1] == "response.create"

    def test_no_speech_is_said(
        self, session: rt.Session, script: Script, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rtwidgets.session.turns.speech.NO_SPEECH_S", 0.2)
        with pytest.raises(rt.RealtimeError, match=r"no speech .* 0\.50 s \(peak silence\)"):
            session.say(quiet(0.5)).wait(5)
        with pytest.raises(rt.RealtimeError, match=r"peak -12 dBFS"):
            session.say(tone(0.5)).wait(5)
        assert session.say("and on").wait(5).text == "Hello there"

    def test_telephone_sound(self, session: rt.Session, script: Script) -> None:
        session.update(input_format="g711_ulaw", turn_detection=None)
        session.say(tone(0.5)).wait(5)
        assert script.appended == 4000
        session.append_audio(tone(1.0).tobytes())
        session.say("wait for it").wait(5)
        assert 4000 + 7000 < script.appended <= 4000 + 8000

    def test_late_words_are_waited_for(self, session: rt.Session, script: Script) -> None:
        session.update(turn_detection=None)
        script.on["input_audio_buffer.commit"] = lambda peer, event: peer.commit("item_late")

        async def create(peer: Peer, event: dict[str, Any]) -> None:
            said = peer.last_item or ""
            await peer.begin(event)
            await peer.finish("first", event)
            await asyncio.sleep(0.1)
            await peer.words(said, "late words")

        script.on["response.create"] = create
        assert session.say(tone(0.5)).wait(5).transcript == "late words"

    def test_what_an_array_may_be(self, session: rt.Session, script: Script) -> None:
        session.update(turn_detection=None)
        session.say(tone(0.5, 16000), rate=16000).wait(5)
        session.say(tone(0.5).astype(np.float32) / 32768).wait(5)
        session.say(Pcm(tone(0.5, 8000), 8000)).wait(5)
        assert script.appended == 3 * 24000
