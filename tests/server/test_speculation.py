"""Transcription ahead of the endpoint: taken over, dropped, or repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from rtwidgets.protocol.config import PCM16_24K
from rtwidgets.protocol.work import Speculate, Transcribe
from rtwidgets.server.speculation import Scribe
from tests.server.scripted import Hand

SECOND = bytes(48000)


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, 20))


def turn(audio: bytes, item_id: str = "item_1") -> Transcribe:
    return Transcribe(item_id=item_id, audio=audio, format=PCM16_24K)


def pause(audio: bytes, item_id: str = "item_1") -> Speculate:
    return Speculate(item_id=item_id, audio=audio, format=PCM16_24K)


def test_what_was_written_in_the_pause_is_the_transcript() -> None:
    hand = Hand()

    async def main() -> str:
        scribe = Scribe(hand)
        scribe.speculate(pause(SECOND))
        return await scribe.transcribe(turn(SECOND + bytes(6720)))

    assert run(main()) == "heard 1.00"
    assert hand.calls == [1.0]


def test_a_turn_that_went_on_is_written_anew() -> None:
    hand = Hand()

    async def main() -> str:
        scribe = Scribe(hand)
        scribe.speculate(pause(SECOND))
        scribe.resume("item_1")
        return await scribe.transcribe(turn(SECOND * 2))

    assert run(main()) == "heard 2.00"


def test_a_second_pause_replaces_the_first() -> None:
    hand = Hand()

    async def main() -> str:
        scribe = Scribe(hand)
        scribe.speculate(pause(SECOND))
        scribe.resume("item_1")
        scribe.speculate(pause(SECOND * 2))
        return await scribe.transcribe(turn(SECOND * 2))

    assert run(main()) == "heard 2.00"


def test_another_sound_is_not_taken_over() -> None:
    hand = Hand()

    async def main() -> str:
        scribe = Scribe(hand)
        scribe.speculate(pause(b"\1\0" * 24000))
        return await scribe.transcribe(turn(SECOND))

    assert run(main()) == "heard 1.00"


def test_a_failure_in_the_pause_costs_a_second_try_and_no_more() -> None:
    hand = Hand()
    hand.fails = 1

    async def main() -> str:
        scribe = Scribe(hand)
        scribe.speculate(pause(SECOND))
        return await scribe.transcribe(turn(SECOND))

    assert run(main()) == "heard 1.00"
    assert hand.calls == [1.0, 1.0]


def test_a_failure_of_the_turn_is_raised() -> None:
    hand = Hand()
    hand.fails = 1
    with pytest.raises(RuntimeError, match="pen"):
        run(Scribe(hand).transcribe(turn(SECOND)))


def test_closing_drops_what_was_begun() -> None:
    hand = Hand()
    hand.gate.clear()

    async def main() -> None:
        scribe = Scribe(hand)
        scribe.speculate(pause(SECOND))
        await asyncio.to_thread(hand.begun.wait, 10)
        scribe.close()
        hand.gate.set()
        assert await scribe.transcribe(turn(SECOND * 2)) == "heard 2.00"

    run(main())
