"""One synthesizer for many replies: who is served next, and what a closed reply leaves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import numpy as np
import pytest

from rtwidgets.server.speech_queue import Clause, SpeechQueue
from tests.server.scripted import Voice


async def sound(clause: Clause) -> int:
    """Samples of a clause."""
    return sum([len(chunk) async for chunk in clause.chunks()])


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, 20))


def test_a_clause_becomes_sound_with_its_voice_and_speed() -> None:
    engine = Voice()
    queue = SpeechQueue(engine)

    async def main() -> int:
        return await sound(queue.open("verse", 1.25).say("four"))

    assert run(main()) == 4 * 240
    assert engine.said == [("four", "verse", 1.25)]
    queue.close()


def test_first_clauses_come_first_then_the_sound_that_runs_out_first() -> None:
    engine = Voice()
    queue = SpeechQueue(engine)

    async def main() -> None:
        long, short, new = (queue.open("alloy", 1.0) for _ in range(3))
        await sound(long.say("x" * 300))  # 3 s of sound are there
        await sound(short.say("y" * 30))  # 0.3 s
        engine.gate.clear()
        engine.begun.clear()
        waiting = [long.say("long 1")]  # being spoken while the rest queues up
        await asyncio.to_thread(engine.begun.wait, 10)
        waiting += [long.say("long 2"), short.say("short"), new.say("new"), new.say("new 2")]
        engine.gate.set()
        await asyncio.gather(*map(sound, waiting))

    run(main())
    order = [text for text, _, _ in engine.said[3:]]
    # "new 2" waits for nobody's sound but its own: 30 ms of "new" run out before 0.3 s do.
    assert order == ["new", "new 2", "short", "long 2"]
    queue.close()


def test_a_reply_is_spoken_one_clause_at_a_time_by_many_workers() -> None:
    running: list[str] = []
    most: list[int] = []

    class Watched(Voice):
        def synthesize(self, text: str, *, voice: str, speed: float = 1.0) -> Any:
            running.append(voice)
            most.append(max(running.count(name) for name in running))
            time.sleep(0.002)
            running.remove(voice)
            yield np.zeros(24, np.int16)

    queue = SpeechQueue(Watched(), workers=4)

    async def main() -> None:
        places = [queue.open(name, 1.0) for name in ("alloy", "verse")]
        clauses = [place.say(f"{n}") for n in range(6) for place in places]
        await asyncio.gather(*map(sound, clauses))

    run(main())
    assert max(most) == 1
    queue.close()


def test_a_closed_reply_is_spoken_no_further() -> None:
    engine = Voice()
    queue = SpeechQueue(engine)

    async def main() -> None:
        engine.gate.clear()
        place, other = queue.open("alloy", 1.0), queue.open("verse", 1.0)
        assert not queue.alone
        spoken = place.say("being spoken")
        place.say("never spoken")
        await asyncio.to_thread(engine.begun.wait, 10)
        place.close()
        assert queue.alone
        engine.gate.set()
        assert await sound(other.say("other")) == 5 * 240
        assert await sound(spoken) == 0

    run(main())
    assert [text for text, _, _ in engine.said] == ["being spoken", "other"]
    queue.close()


def test_a_failure_reaches_whoever_listens_and_nobody_else() -> None:
    engine = Voice()
    queue = SpeechQueue(engine)

    async def main() -> None:
        place = queue.open("alloy", 1.0)
        engine.fails = True
        with pytest.raises(RuntimeError, match="no breath"):
            await sound(place.say("one"))
        engine.fails = False
        assert await sound(place.say("two")) == 3 * 240

    run(main())
    queue.close()
