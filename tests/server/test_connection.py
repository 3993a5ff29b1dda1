"""One websocket from the outside: turns, interruptions, errors, and what keeps it open."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from rtwidgets.audio import read_sound
from rtwidgets.server import Server, serve
from tests.server import scripted
from tests.server.wire import dial, tone_of

SILENCE = bytes(48000)  # 1 s
MANUAL = {"input": {"turn_detection": None, "transcription": {"model": "local"}}}
VAD = {
    "input": {
        "turn_detection": {"type": "server_vad", "silence_duration_ms": 300},
        "transcription": {"model": "local"},
    }
}


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, 60))


def test_a_typed_turn_in_text(server: Server) -> None:
    async def main() -> None:
        async with dial(server.url) as wire:
            await wire.configure(output_modalities=["text"])
            await wire.say("Count from 1 to 5.")
            done = await wire.until("response.done")
            text = "".join(e["delta"] for e in wire.of("response.output_text.delta"))
            assert done["response"]["output"][0]["content"][0]["text"] == text
            assert "five" in text.lower() or "5" in text
            assert len({event["event_id"] for event in wire.events}) == len(wire.events)

    run(main())


def test_a_typed_turn_aloud(server: Server) -> None:
    async def main() -> None:
        async with dial(server.url) as wire:
            await wire.say("Hello!")
            done = await wire.until("response.done")
            assert done["response"]["status"] == "completed"
            assert len(wire.sound()) > 24000
            frames = [len(json.dumps(event)) for event in wire.events]
            assert max(frames) < 100_000
            kinds = wire.kinds()
            words = kinds.index("response.output_audio_transcript.delta")
            assert words < kinds.index("response.output_audio.delta")

    run(main())


def test_push_to_talk(server: Server, speech: dict[str, Any]) -> None:
    async def main() -> None:
        async with dial(server.url) as wire:
            await wire.configure(audio=MANUAL)
            await wire.append(read_sound(speech["agent-pass"][0]).resampled(24000).to_bytes())
            assert await wire.settled() == []  # nobody listens for turns
            await wire.send("input_audio_buffer.commit")
            await wire.send("response.create")
            item_id = (await wire.until("input_audio_buffer.committed"))["item_id"]
            done = await wire.until("response.done")
            assert done["response"]["status"] == "completed"
            words = wire.of("conversation.item.input_audio_transcription.completed")
            assert [event["item_id"] for event in words] == [item_id]
            assert words[0]["usage"]["seconds"] == pytest.approx(3.29, abs=0.1)

    run(main())


def test_a_spoken_turn_is_detected_and_answered(server: Server, speech: dict[str, Any]) -> None:
    sound = read_sound(speech["agent-pass"][0]).resampled(24000).to_bytes()

    async def main() -> None:
        async with dial(server.url) as wire:
            await wire.configure(audio=VAD)
            await wire.append(SILENCE + sound + SILENCE)
            await wire.until("response.done")
            started = wire.of("input_audio_buffer.speech_started")
            stopped = wire.of("input_audio_buffer.speech_stopped")
            assert len(started) == len(stopped) == 1
            # The voice begins 60 ms into the recording; 300 ms of padding lie before it.
            assert started[0]["audio_start_ms"] == pytest.approx(1000 + 60 - 300, abs=150)
            assert stopped[0]["audio_end_ms"] == pytest.approx(1000 + 3180 + 300, abs=250)
            item_id = started[0]["item_id"]
            order = [
                "input_audio_buffer.speech_started",
                "input_audio_buffer.speech_stopped",
                "input_audio_buffer.committed",
                "conversation.item.added",
                "conversation.item.done",
                "response.created",
            ]
            assert [k for k in wire.kinds() if k in order][: len(order)] == order
            (words,) = wire.of("conversation.item.input_audio_transcription.completed")
            assert words["item_id"] == item_id

    run(main())


@pytest.mark.parametrize("size", [960, 4801, 200_000])
def test_the_size_of_the_appends_moves_nothing(server: Server, size: int) -> None:
    sound = SILENCE + tone_of(1.5) + SILENCE

    async def main() -> tuple[int, int]:
        async with dial(server.url) as wire:
            await wire.configure(audio=VAD)
            await wire.append(sound, size)
            started = await wire.until("input_audio_buffer.speech_started")
            stopped = await wire.until("input_audio_buffer.speech_stopped")
            return started["audio_start_ms"], stopped["audio_end_ms"]

    start_ms, end_ms = run(main())
    assert start_ms == pytest.approx(700, abs=120)
    assert end_ms == pytest.approx(2800, abs=200)


def test_barge_in_stops_the_answer() -> None:
    with serve("simulated", seed=1, pace=1.0) as server:

        async def main() -> None:
            async with dial(server.url) as wire:
                await wire.configure(audio=VAD)
                await wire.say("Count from 1 to 500.")
                await wire.until("response.output_audio.delta")
                await wire.append(SILENCE + tone_of(1.0))
                await wire.until("input_audio_buffer.speech_started")
                done = await wire.until("response.done")
                assert done["response"]["status"] == "cancelled"
                assert done["response"]["status_details"]["reason"] == "turn_detected"
                late = await wire.settled()
                assert not [e for e in late if e.get("response_id") == done["response"]["id"]]

        run(main())


def test_cancel_closes_the_engine() -> None:
    mind = scripted.Mind(["One two three four five six. "] * 10_000)
    engines = scripted.engines()
    object.__setattr__(engines, "language_model", mind)
    with serve(engines) as server:

        async def main() -> None:
            async with dial(server.url) as wire:
                await wire.say("Go on for ever.")
                await wire.until("response.output_audio.delta")
                await wire.send("response.cancel")
                done = await wire.until("response.done")
                assert done["response"]["status_details"]["reason"] == "client_cancelled"
                assert await asyncio.to_thread(mind.closed.wait, 10)
                mind.script = ["Again."]
                await wire.send("response.create")
                assert (await wire.until("response.done"))["response"]["status"] == "completed"

        run(main())


def test_a_client_that_leaves_takes_its_work_with_it() -> None:
    mind = scripted.Mind(["One two three four five six. "] * 10_000)
    engines = scripted.engines()
    object.__setattr__(engines, "language_model", mind)
    with serve(engines) as server:

        async def main() -> None:
            async with dial(server.url, close_timeout=0.2) as wire:
                await wire.say("Go on for ever.")
                await wire.until("response.output_audio.delta")
            assert await asyncio.to_thread(mind.closed.wait, 10)

        run(main())


@pytest.mark.parametrize(
    ("frame", "param"),
    [
        ("no json", None),
        ("[]", None),
        ('{"type": "no.such.event", "event_id": "e1"}', "type"),
        ('{"type": "session.update", "session": {"voice": "x"}}', None),
        ('{"type": "input_audio_buffer.commit"}', None),
    ],
)
def test_an_error_leaves_the_session_open(server: Server, frame: str, param: str | None) -> None:
    async def main() -> None:
        async with dial(server.url) as wire:
            await wire.socket.send(frame)
            error = (await wire.next())["error"]
            assert set(error) == {"type", "code", "message", "param", "event_id"}
            if param is not None:
                assert error["param"] == param
            await wire.say("Hello!")
            assert (await wire.until("response.done"))["response"]["status"] == "completed"

    run(main())


def test_a_binary_frame_is_an_error_and_nothing_more(server: Server) -> None:
    async def main() -> None:
        async with dial(server.url) as wire:
            await wire.socket.send(b"\x00\x01" * 100)
            error = (await wire.until("error"))["error"]
            assert "input_audio_buffer.append" in error["message"]
            assert await wire.settled() == []

    run(main())


def test_an_append_of_15_mib_is_taken_and_a_larger_one_refused(server: Server) -> None:
    async def main() -> None:
        async with dial(server.url) as wire:
            await wire.configure(audio=MANUAL)
            await wire.append(bytes(15 * 2**20), 15 * 2**20)
            assert await wire.settled() == []
            await wire.append(bytes(15 * 2**20 + 2), 16 * 2**20)
            errors = [event["error"] for event in await wire.settled()]
            assert len(errors) == 1
            await wire.send("input_audio_buffer.clear")
            await wire.until("input_audio_buffer.cleared")

    run(main())


def test_frames_sent_before_the_session_is_announced_are_answered_in_order(
    server: Server,
) -> None:
    async def main() -> None:
        async with dial(server.url) as wire:
            for n in range(20):
                await wire.send("conversation.item.retrieve", event_id=f"e{n}", item_id="none")
            ids = [(await wire.next())["error"]["event_id"] for _ in range(20)]
            assert ids == [f"e{n}" for n in range(20)]

    run(main())


def test_one_that_does_not_read_holds_up_nobody(server: Server) -> None:
    async def main() -> None:
        async with dial(server.url, close_timeout=0.2) as deaf:
            await deaf.say("Count from 1 to 3000.")
            await deaf.next()  # and then never again
            async with dial(server.url) as wire:
                for _ in range(3):
                    await wire.say("Hello!")
                    await wire.until("response.done")

    run(main())


def test_one_that_hangs_up_with_much_to_read_is_forgotten() -> None:
    async def main(url: str) -> None:
        async with dial(url, close_timeout=0.2) as deaf:
            sound = base64.b64encode(bytes(6 * 2**20)).decode()
            part = {"type": "input_audio", "audio": sound}
            item = {"id": "long", "type": "message", "role": "user", "content": [part]}
            await deaf.send("conversation.item.create", item=item)
            deaf.socket.transport.pause_reading()
            for _ in range(16):  # more than the server holds for one that does not read
                await deaf.send("conversation.item.retrieve", item_id="long")
            await asyncio.sleep(1)
            deaf.socket.transport.abort()

    with serve("simulated") as server:
        run(main(server.url))
        begun = time.monotonic()
    assert time.monotonic() - begun < 5, "the server waits for one that is gone"


def test_many_talk_at_once(server: Server) -> None:
    async def one(n: int) -> str:
        async with dial(server.url) as wire:
            await wire.configure(output_modalities=["text"])
            await wire.say(f"Repeat after me: number {n}")
            done = await wire.until("response.done")
            return str(done["response"]["output"][0]["content"][0]["text"])

    async def main() -> list[str]:
        return await asyncio.gather(*map(one, range(20)))

    for n, text in enumerate(run(main())):
        assert str(n) in text


def test_an_engine_that_fails_leaves_the_session_open() -> None:
    def fail() -> None:
        raise RuntimeError("out of memory")

    engines = scripted.engines([fail])
    with serve(engines) as server:

        async def main() -> None:
            async with dial(server.url) as wire:
                await wire.say("Hello!")
                done = await wire.until("response.done")
                assert done["response"]["status"] == "failed"
                engines.language_model.script = ["Better."]  # type: ignore[attr-defined]
                await wire.send("response.create")
                assert (await wire.until("response.done"))["response"]["status"] == "completed"

        run(main())


def test_a_transcriber_that_fails_is_told_and_the_answer_comes_anyway() -> None:
    engines = scripted.engines()
    with serve(engines) as server:

        async def main(wire_url: str) -> None:
            async with dial(wire_url) as wire:
                engines.transcriber.fails = 9  # type: ignore[attr-defined]
                await wire.configure(audio=MANUAL)
                await wire.append(tone_of(0.5))
                await wire.send("input_audio_buffer.commit")
                await wire.send("response.create")
                await wire.until("conversation.item.input_audio_transcription.failed")
                assert (await wire.until("response.done"))["response"]["status"] == "completed"

        run(main(server.url))


def test_the_transcription_of_a_pause_is_used_when_it_was_the_end() -> None:
    engines = scripted.engines()
    hand = engines.transcriber
    assert isinstance(hand, scripted.Hand)
    hand.gate.clear()
    with serve(engines) as server:

        async def main() -> None:
            async with dial(server.url) as wire:
                await wire.configure(audio=VAD)
                await wire.append(tone_of(1.0) + SILENCE[:8640])  # 180 ms: a pause, no end yet
                assert await asyncio.to_thread(hand.begun.wait, 10)
                assert not wire.of("input_audio_buffer.speech_stopped")
                hand.gate.set()
                await wire.append(SILENCE)
                await wire.until("response.done")
                assert len(hand.calls) == 1

        run(main())


def test_a_session_ends_at_its_age_limit() -> None:
    with serve("simulated", session_s=0.2) as server:

        async def main() -> None:
            async with dial(server.url) as wire:
                assert (await wire.until("error"))["error"]["code"] == "session_expired"
                await wire.socket.wait_closed()
                assert wire.socket.close_code == 1001

        run(main())


def test_the_beta_dialect_from_end_to_end(server: Server) -> None:
    async def main() -> None:
        async with dial(server.url, additional_headers={"OpenAI-Beta": "realtime=v1"}) as wire:
            session = wire.events[0]["session"]
            assert session["modalities"] == ["audio", "text"] or "audio" in session["modalities"]
            assert session["input_audio_format"] == "pcm16"
            await wire.send(
                "session.update", session={"voice": "verse", "output_audio_format": "g711_ulaw"}
            )
            assert (await wire.until("session.updated"))["session"]["voice"] == "verse"
            await wire.say("Hello!")
            done = await wire.until("response.done")
            assert done["response"]["output"][0]["object"] == "realtime.item"
            kinds = set(wire.kinds())
            assert {"conversation.item.created", "response.audio.delta"} <= kinds
            assert "conversation.item.added" not in kinds
            sound = b"".join(base64.b64decode(e["delta"]) for e in wire.of("response.audio.delta"))
            assert len(sound) > 4000  # half a second of G.711

    run(main())


def test_threads_end_with_their_work(server: Server) -> None:
    async def main() -> None:
        async with dial(server.url) as wire:
            await wire.say("Hello!")
            await wire.until("response.done")

    for _ in range(5):
        run(main())
    names = [thread.name for thread in threading.enumerate()]
    assert sum("model" in name for name in names) <= 1
