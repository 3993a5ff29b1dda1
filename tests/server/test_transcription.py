"""Words of what the user said: as they come, begun ahead, failed; and sessions of nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import pytest
from websockets.asyncio.client import connect

from rtwidgets.server import Server, serve
from tests.server import scripted
from tests.server.wire import Wire, dial, tone_of

SECOND = bytes(48000)
DELTA, COMPLETED, FAILED = (
    f"conversation.item.input_audio_transcription.{name}"
    for name in ("delta", "completed", "failed")
)
DIALECTS = pytest.mark.parametrize("beta", [False, True])


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, 60))


def headers(beta: bool) -> dict[str, Any]:
    return {"additional_headers": {"OpenAI-Beta": "realtime=v1"} if beta else {}}


async def configure(wire: Wire, beta: bool, *, vad: bool) -> None:
    detection = {"type": "server_vad", "create_response": False} if vad else None
    model = {"model": "whisper-1"}
    if beta:
        session: Any = {"turn_detection": detection, "input_audio_transcription": model}
        await wire.send("session.update", session=session)
        await wire.until("session.updated")
    else:
        await wire.configure(audio={"input": {"turn_detection": detection, "transcription": model}})


def hand_of(engines: Any) -> scripted.Hand:
    assert isinstance(engines.transcriber, scripted.Hand)
    return engines.transcriber


# As they come


@DIALECTS
def test_words_are_shown_as_they_come(beta: bool) -> None:
    engines = scripted.engines()
    hand = hand_of(engines)
    hand.middle.clear()
    with serve(engines) as server:

        async def main() -> None:
            async with dial(server.url, **headers(beta)) as wire:
                await configure(wire, beta, vad=False)
                await wire.append(tone_of(1.0))
                await wire.send("input_audio_buffer.commit")
                first = await wire.until(DELTA)
                assert first["delta"] == "heard"
                assert await wire.settled() == []
                hand.middle.set()
                done = await wire.until(COMPLETED)
                deltas = wire.of(DELTA)
                assert [event["delta"] for event in deltas] == ["heard", " 1.00"]
                assert done["transcript"] == "heard 1.00"
                assert {event["item_id"] for event in [*deltas, done]} == {first["item_id"]}

        run(main())


@DIALECTS
def test_words_that_were_begun_ahead_are_shown_once_the_turn_is_over(beta: bool) -> None:
    engines = scripted.engines()
    hand = hand_of(engines)
    hand.middle.clear()
    with serve(engines) as server:

        async def main() -> None:
            async with dial(server.url, **headers(beta)) as wire:
                await configure(wire, beta, vad=True)
                await wire.append(tone_of(1.0) + SECOND[:9600])  # a pause of 200 ms
                assert await asyncio.to_thread(hand.begun.wait, 10)
                await wire.settled()
                assert not wire.of(DELTA), "the user may go on"
                await wire.append(SECOND)
                first = await wire.until(DELTA)
                assert first["delta"] == "heard"
                assert wire.of("input_audio_buffer.committed")
                hand.middle.set()
                done = await wire.until(COMPLETED)
                deltas = [event["delta"] for event in wire.of(DELTA)]
                assert len(deltas) == 2 and "".join(deltas) == done["transcript"]
                assert len(hand.calls) == 1

        run(main())


def test_a_pause_in_which_the_user_went_on_shows_nothing() -> None:
    engines = scripted.engines()
    with serve(engines) as server:

        async def main() -> None:
            async with dial(server.url) as wire:
                await configure(wire, False, vad=True)
                await wire.append(tone_of(0.8) + SECOND[:9600])
                await wire.settled()
                await wire.append(tone_of(0.8) + SECOND)
                done = await wire.until(COMPLETED)
                assert "".join(event["delta"] for event in wire.of(DELTA)) == done["transcript"]
                assert float(done["transcript"].split()[1]) > 1.5

        run(main())


@pytest.mark.parametrize("late", [False, True])
def test_a_begun_transcription_that_fails_is_repeated(late: bool) -> None:
    engines = scripted.engines()
    hand = hand_of(engines)
    hand.middle.clear()
    hand.fails, hand.fails_late = int(not late), int(late)
    with serve(engines) as server:

        async def main() -> None:
            async with dial(server.url) as wire:
                await configure(wire, False, vad=True)
                await wire.append(tone_of(1.0) + SECOND)
                await wire.until("input_audio_buffer.committed")
                hand.middle.set()
                done = await wire.until(COMPLETED)
                told = "".join(event["delta"] for event in wire.of(DELTA))
                # The second try heard the silence as well; what was shown was not taken back.
                assert told == done["transcript"]
                assert not wire.of(FAILED)

        run(main())


@DIALECTS
def test_words_that_fail_are_told(beta: bool) -> None:
    engines = scripted.engines()
    hand_of(engines).fails_late = 9
    with serve(engines) as server:

        async def main() -> None:
            async with dial(server.url, **headers(beta)) as wire:
                await configure(wire, beta, vad=False)
                await wire.append(tone_of(1.0))
                await wire.send("input_audio_buffer.commit")
                item_id = (await wire.until("input_audio_buffer.committed"))["item_id"]
                failed = await wire.until(FAILED)
                assert failed["item_id"] == item_id
                assert set(failed["error"]) >= {"type", "code", "message", "param"}
                assert await wire.settled() == [] and not wire.of(COMPLETED)

        run(main())


# Sessions of nothing else


def created(beta: bool) -> str:
    return "transcription_session.created" if beta else "session.created"


@DIALECTS
@pytest.mark.parametrize("vad", [False, True])
def test_a_transcription_session(server: Server, beta: bool, vad: bool) -> None:
    async def main() -> None:
        url = server.url + "?intent=transcription"
        async with dial(url, first=created(beta), **headers(beta)) as wire:
            session = wire.events[0]["session"]
            assert "model" not in session and "instructions" not in session
            assert session["object"] == "realtime.transcription_session"
            detection = {"type": "server_vad", "silence_duration_ms": 300} if vad else None
            model = {"model": "gpt-4o-transcribe"}
            if beta:
                wanted: Any = {"turn_detection": detection, "input_audio_transcription": model}
                await wire.send("transcription_session.update", session=wanted)
                told = (await wire.until("transcription_session.updated"))["session"]
                shown = told["turn_detection"], told["input_audio_transcription"]
            else:
                assert session["type"] == "transcription"
                input = {"turn_detection": detection, "transcription": model}
                wanted = {"type": "transcription", "audio": {"input": input}}
                await wire.send("session.update", session=wanted)
                told = (await wire.until("session.updated"))["session"]["audio"]["input"]
                shown = told["turn_detection"], told["transcription"]
            assert shown[1]["model"] == "gpt-4o-transcribe"
            if vad:
                assert shown[0]["silence_duration_ms"] == 300
                assert "create_response" not in shown[0]
            await wire.append(SECOND + tone_of(1.0) + SECOND)
            if not vad:
                await wire.send("input_audio_buffer.commit")
            done = await wire.until(COMPLETED)
            assert "".join(event["delta"] for event in wire.of(DELTA)) == done["transcript"]
            assert done["usage"]["type"] == "duration"
            assert await wire.settled() == []
            kinds = set(wire.kinds())
            assert not any(kind.startswith("response.") for kind in kinds)
            assert ("input_audio_buffer.speech_started" in kinds) is vad
            await wire.send("response.create")
            assert (await wire.next())["type"] == "error"

    run(main())


@DIALECTS
def test_transcripts_come_without_being_asked_for(server: Server, beta: bool) -> None:
    async def main() -> None:
        url = server.url + "?intent=transcription"
        async with dial(url, first=created(beta), **headers(beta)) as wire:
            await wire.append(SECOND + tone_of(1.0) + SECOND)
            assert (await wire.until(COMPLETED))["transcript"]

    run(main())


@DIALECTS
def test_a_model_is_refused_and_the_session_goes_on(server: Server, beta: bool) -> None:
    async def main() -> None:
        url = server.url + "?intent=transcription&model=gpt-realtime"
        async with dial(url, first=created(beta), **headers(beta)) as wire:
            error = (await wire.next())["error"]
            assert error["message"].startswith(
                "You must not provide a model parameter for transcription sessions"
            )
            assert (error["type"], error["param"]) == ("invalid_request_error", "model")
            assert await wire.settled() == []
            assert "model" not in wire.events[0]["session"]

    run(main())


@DIALECTS
def test_an_update_of_the_other_kind_is_refused(server: Server, beta: bool) -> None:
    async def main() -> None:
        async with connect(server.url + "?intent=transcription", **headers(beta)) as socket:
            await socket.recv()
            wanted: Any = {"instructions": "x"} if beta else {"type": "realtime"}
            await socket.send(json.dumps({"type": "session.update", "session": wanted}))
            event = json.loads(await socket.recv())
            assert event["type"] == "error"
            assert "not allowed" in event["error"]["message"]

    run(main())


def test_another_intent_changes_nothing(server: Server) -> None:
    async def main() -> str:
        async with dial(server.url + "?intent=conversation&model=m") as wire:
            assert await wire.settled() == []
            return str(wire.events[0]["session"]["type"])

    assert run(main()) == "realtime"
