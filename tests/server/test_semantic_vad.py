"""``semantic_vad`` at the socket: words end turns at the same places at any speed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from rtwidgets.server import serve, speculation
from tests.server import scripted
from tests.server.wire import Wire, dial, tone_of

SECOND = bytes(48000)
#: Speaks 1 s, thinks 1.2 s, speaks 1 s, and is silent.
SOUND = SECOND + tone_of(1.0) + SECOND + SECOND[:9600] + tone_of(1.0) + SECOND * 5
BETA = {"OpenAI-Beta": "realtime=v1"}


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, 60))


def listening(words: Any = None) -> tuple[Any, scripted.Hand]:
    engines = scripted.engines()
    hand = engines.transcriber
    assert isinstance(hand, scripted.Hand)
    hand.words = words
    return engines, hand


def unfinished(seconds: float) -> str:
    return "I'd like to book a" if seconds < 2 else "I'd like to book a table."


async def listen(wire: Wire, *, beta: bool = False, **setting: Any) -> None:
    detection = {"type": "semantic_vad", "create_response": False, **setting}
    if beta:
        await wire.send("session.update", session={"turn_detection": detection})
        await wire.until("session.updated")
    else:
        await wire.configure(audio={"input": {"turn_detection": detection}})


def places(wire: Wire) -> list[tuple[int, int]]:
    started = wire.of("input_audio_buffer.speech_started")
    stopped = wire.of("input_audio_buffer.speech_stopped")
    return [(a["audio_start_ms"], b["audio_end_ms"]) for a, b in zip(started, stopped, strict=True)]


@pytest.mark.parametrize("beta", [False, True])
def test_turns_end_at_the_same_places_however_fast_and_slow(beta: bool) -> None:
    engines, hand = listening(unfinished)
    found = []
    with serve(engines) as server:

        async def main(size: int) -> None:
            async with dial(server.url, additional_headers=BETA if beta else {}) as wire:
                await listen(wire, beta=beta)
                await wire.append(SOUND, size)
                await wire.send("input_audio_buffer.commit")
                await wire.until("input_audio_buffer.committed")  # the turn
                await wire.until("input_audio_buffer.committed")  # the rest
                found.append(places(wire))

        for hand.delay_s in (0.0, 0.05, 0.3):
            for size in (1920, 48000, len(SOUND)):
                run(main(size))
    (turn,) = found[0]
    assert all(one == found[0] for one in found), found
    # The first pause is not the end; 600 ms after "a table" is one.
    assert turn == (pytest.approx(700, abs=100), pytest.approx(4200 + 600, abs=150))


def test_eagerness_decides_how_long_a_pause_may_be() -> None:
    engines, _ = listening(lambda seconds: "What time is it?")
    ends = {}
    with serve(engines) as server:

        async def main(eagerness: str) -> None:
            async with dial(server.url) as wire:
                await listen(wire, eagerness=eagerness)
                await wire.append(SECOND + tone_of(1.0) + SECOND * 4)
                stopped = await wire.until("input_audio_buffer.speech_stopped")
                ends[eagerness] = stopped["audio_end_ms"] - 2000

        for eagerness in ("low", "medium", "high"):
            run(main(eagerness))
    assert ends == {
        "low": pytest.approx(1200, abs=100),
        "medium": pytest.approx(600, abs=100),
        "high": pytest.approx(300, abs=100),
    }


def test_words_that_fail_never_hold_up_a_turn() -> None:
    engines, hand = listening()
    hand.fails = 1
    with serve(engines) as server:

        async def main() -> int:
            async with dial(server.url) as wire:
                await listen(wire)
                await wire.append(SECOND + tone_of(1.0) + SECOND * 6)
                stopped = await wire.until("input_audio_buffer.speech_stopped")
                return int(stopped["audio_end_ms"]) - 2000

        assert run(main()) == pytest.approx(1500, abs=100)  # nothing is known: unsure


def test_words_that_do_not_come_never_hold_up_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speculation, "WORDS_WAIT_S", 0.2)
    engines, hand = listening()
    hand.gate.clear()
    with serve(engines) as server:

        async def main() -> None:
            async with dial(server.url) as wire:
                await listen(wire)
                await wire.append(SECOND + tone_of(1.0) + SECOND * 6)
                await wire.until("input_audio_buffer.speech_stopped")

        run(main())
        hand.gate.set()


def test_the_client_is_heard_while_words_are_awaited() -> None:
    engines, hand = listening(unfinished)
    hand.gate.clear()
    with serve(engines) as server:

        async def main() -> None:
            async with dial(server.url) as wire:
                await listen(wire)
                await wire.append(SECOND + tone_of(1.0) + SECOND)
                assert await asyncio.to_thread(hand.begun.wait, 10)
                started = await wire.until("input_audio_buffer.speech_started")
                assert await wire.settled() == []
                await wire.append(SECOND * 5)
                assert await wire.settled() == []
                # A commit speaks of the place of the sound: it waits for the turn before it.
                await wire.send("input_audio_buffer.commit")
                hand.gate.set()
                await wire.until("input_audio_buffer.speech_stopped")
                first = await wire.until("input_audio_buffer.committed")
                assert first["item_id"] == started["item_id"]
                rest = await wire.until("input_audio_buffer.committed")
                assert rest["item_id"] != first["item_id"]

        run(main())


@pytest.mark.parametrize("leaves", ["client", "server"])
def test_nobody_waits_for_the_words_of_one_who_is_gone(leaves: str) -> None:
    engines, hand = listening()
    hand.gate.clear()
    server = serve(engines)

    async def main() -> None:
        async with dial(server.url, close_timeout=0.2) as wire:
            await listen(wire)
            await wire.append(SECOND + tone_of(1.0) + SECOND * 2)
            assert await asyncio.to_thread(hand.begun.wait, 10)
            await wire.send("input_audio_buffer.commit")
            await asyncio.sleep(0.1)
            if leaves == "server":
                await asyncio.to_thread(server.close)

    begun = time.monotonic()
    run(main())
    server.close()
    assert time.monotonic() - begun < 8
    hand.gate.set()
