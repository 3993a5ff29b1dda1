"""Both ends of our own: a session and the embedded server with the simulated engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import rtwidgets as rt
from rtwidgets.audio import Pcm, write_wav

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def server() -> Iterator[rt.Server]:
    with rt.serve("simulated", seed=1) as running:
        yield running


@pytest.fixture(params=["ga", "beta"])
def session(server: rt.Server, request: pytest.FixtureRequest) -> Iterator[rt.Session]:
    with rt.connect(server.url, dialect=request.param, quiet=True) as opened:
        yield opened


def voice(seconds: float) -> Any:
    """Something that swells and fades like syllables, which the energy detector believes."""
    t = np.arange(int(seconds * 24000)) / 24000
    return (np.sin(2 * np.pi * 220 * t) * 8000 * np.sin(2 * np.pi * 2.5 * t) ** 2).astype(np.int16)


def pause(seconds: float) -> Any:
    return np.zeros(int(seconds * 24000), np.int16)


def test_the_embedded_server_is_known_at_any_address(session: rt.Session) -> None:
    assert session.free and session.usage.money == "free (offline)"
    audio = session.conversation.session.audio
    assert audio.input.turn_detection.silence_duration_ms == 300  # type: ignore[union-attr]


def test_typed(session: rt.Session) -> None:
    turn = session.say("count from 1 to 5").wait(20)
    assert turn.text == "1, 2, 3, 4, 5."
    assert turn.audio.duration_s > 1 and turn.usage.total_tokens > 0
    assert [type(item).__name__ for item in session.conversation.items] == ["Message"] * 2


def test_spoken(session: rt.Session, tmp_path: Any) -> None:
    path = tmp_path / "my voice.wav"
    write_wav(path, Pcm(voice(1.0), 24000).resampled(16000))
    turn = session.say(str(path)).wait(20)
    assert turn.transcript.startswith("[simulated:") and turn.text and turn.audio.duration_s > 1
    latency = turn.latency
    assert None not in (latency.end_of_speech, latency.transcript, latency.first_audio)


def test_pauses_belong_to_one_turn(session: rt.Session) -> None:
    sound = np.concatenate([voice(1.0), pause(1.5), voice(1.2), pause(1.0)])
    turn = session.say(sound).wait(20)
    assert turn.transcript.count("[simulated:") == 2
    assert turn.status == "completed"
    responses = list(session.conversation.responses.values())
    assert turn.response == responses[-1]


def test_without_turn_detection(session: rt.Session) -> None:
    session.update(turn_detection=None)
    assert session.say(voice(1.0)).wait(20).status == "completed"


def test_sound_in_real_time_interrupts(server: rt.Server) -> None:
    with rt.serve("simulated", seed=1, pace=1) as slow, rt.connect(slow.url, quiet=True) as session:
        long = session.say("tell me 20 sentences")
        while not long.audio.samples.size:
            time.sleep(0.01)
        over = session.say(voice(1.0), realtime=True)
        assert long.wait(20).status == "cancelled"
        while over.status != "in_progress":
            time.sleep(0.01)
        session.interrupt()
        assert over.wait(30).transcript.startswith("[simulated:")


def test_interrupt_and_on(session: rt.Session) -> None:
    with rt.serve("simulated", seed=1, pace=1) as slow, rt.connect(slow.url, quiet=True) as session:
        turn = session.say("tell me 50 sentences")
        while not turn.audio.samples.size:
            time.sleep(0.01)
        assert session.state == "speaking"
        session.interrupt()
        assert turn.wait(20).status == "cancelled" and turn.audio.samples.size
        session.interrupt()  # nothing to stop: no error either
        assert session.say("add 2 and 3").wait(20).text == "2 plus 3 is 5."
        assert session.state == "idle"


def test_many_at_once_from_threads_and_loops(server: rt.Server) -> None:
    async def main() -> list[str]:
        async with rt.connect(server.url, quiet=True) as session:
            turns = [session.say(f"add {n} and 1") for n in range(10)]
            return [turn.text for turn in await asyncio.gather(*(t.finished(30) for t in turns))]

    assert asyncio.run(main()) == [f"{n} plus 1 is {n + 1}." for n in range(10)]


def test_text_only_and_out_of_band(session: rt.Session) -> None:
    session.update(output_modalities="text", instructions="Be brief.")
    turn = session.say("spell cat").wait(20)
    assert turn.text and not turn.audio.samples.size
    aside = session.respond(conversation="none", input="add 4 and 4").wait(20)
    assert aside.text == "4 plus 4 is 8."
    assert len(session.conversation.items) == 2


def test_a_refused_setting_and_what_is_in_force(session: rt.Session) -> None:
    config = session.update(voice="verse", silence_duration_ms=250)
    assert config.audio.output.voice == "verse"  # type: ignore[union-attr]
    assert config.audio.input.turn_detection.silence_duration_ms == 250  # type: ignore[union-attr]
    with pytest.raises(rt.ApiError):
        session.update(voice="nobody's voice")


def test_a_wrong_key() -> None:
    with rt.serve("simulated", api_key="right-key-0123") as locked:
        with pytest.raises(rt.ConnectionFailed, match="key") as raised:
            rt.connect(locked.url, api_key="wrong-key-0123", quiet=True)
        assert "wrong-key-0123" not in str(raised.value)
        with rt.connect(locked.url, api_key="right-key-0123", quiet=True) as session:
            assert session.say("Hello").wait(20).text


def test_a_server_that_ends_mid_response() -> None:
    server = rt.serve("simulated", seed=1, pace=1)
    session = rt.connect(server.url, quiet=True)
    turn = session.say("tell me 50 sentences")
    while not turn.audio.samples.size:
        time.sleep(0.01)
    server.close()
    with pytest.raises(rt.SessionClosed):
        turn.wait(10)
    assert session.closed and turn.audio.samples.size
