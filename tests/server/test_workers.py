"""A blocking generator read from a loop: order, patience, failures, and its end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from rtwidgets.server.shares import Shares
from rtwidgets.server.workers import live_threads, steps, stream


@pytest.fixture
def others() -> int:
    """Engine threads of servers that other tests keep open."""
    return live_threads()


async def until_idle(others: int) -> None:
    """Wait until every engine thread of this test has ended."""
    while live_threads() > others:  # noqa: ASYNC110  (threads end without telling)
        await asyncio.sleep(0)


def test_pieces_come_in_order_from_another_thread() -> None:
    threads = set()

    def count() -> Iterator[int]:
        for n in range(100):
            threads.add(threading.current_thread())
            yield n

    async def main() -> list[int]:
        async with aclosing(stream(count, ahead=2)) as pieces:
            return [piece async for piece in pieces]

    assert asyncio.run(main()) == list(range(100))
    assert len(threads) == 1
    assert threading.main_thread() not in threads


def test_a_failure_is_raised_after_the_pieces_before_it() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    got: list[int] = []

    async def main() -> None:
        async with aclosing(stream(broken)) as pieces:
            async for piece in pieces:
                got.append(piece)  # noqa: PERF401  (a comprehension would lose it)

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(main())
    assert got == [1]


def test_what_cannot_begin_fails_where_it_is_read() -> None:
    def absent() -> Iterator[int]:
        raise LookupError("no engine")

    async def main() -> None:
        async with aclosing(stream(absent)) as pieces:
            async for _ in pieces:
                pass

    with pytest.raises(LookupError):
        asyncio.run(main())


def test_closing_closes_the_generator_in_its_own_thread() -> None:
    closed_in = []
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 0
        finally:
            closed_in.append(threading.current_thread())
            closed.set()

    async def main() -> None:
        async with aclosing(stream(endless, ahead=3)) as pieces:
            await anext(pieces)
        # Threads of earlier tests may end meanwhile, so that counting them says nothing.
        await asyncio.to_thread(closed.wait, 10)

    asyncio.run(main())
    assert len(closed_in) == 1
    assert closed_in[0] is not threading.current_thread()


def test_a_reader_that_pauses_pauses_the_engine(others: int) -> None:
    made: list[int] = []
    third = threading.Event()

    def endless() -> Iterator[int]:
        while True:
            made.append(len(made))
            if len(made) == 3:
                third.set()
            yield made[-1]

    async def main() -> None:
        async with aclosing(stream(endless, ahead=2)) as pieces:
            await anext(pieces)
            # One was read, two may wait: the engine makes three and no fourth.
            await asyncio.to_thread(third.wait, 10)
            await asyncio.to_thread(third.wait, 0.05)
            assert made == [0, 1, 2]
        await until_idle(others)

    asyncio.run(main())


def test_a_cancelled_reader_ends_the_engine() -> None:
    begun = threading.Event()
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                begun.set()
                yield 0
        finally:
            closed.set()

    async def read() -> None:
        async with aclosing(stream(endless, ahead=1)) as pieces:
            async for _ in pieces:
                await asyncio.Event().wait()

    async def main() -> None:
        task = asyncio.create_task(read())
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(closed.wait, 10)

    asyncio.run(main())
    assert closed.is_set()


def test_steps_run_on_the_loop_and_leave_turns_to_others() -> None:
    closed: list[bool] = []
    threads: set[int] = set()

    def pieces() -> Iterator[int]:
        try:
            for n in range(1000):
                threads.add(threading.get_ident())
                yield n
        finally:
            closed.append(True)

    async def main() -> tuple[list[int], int]:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        seen = []
        async with aclosing(steps(pieces, Shares())) as made:
            async for piece in made:
                seen.append(piece)
                if piece == 99:
                    break
        task.cancel()
        return seen, turns

    seen, turns = asyncio.run(main())
    assert seen == list(range(100))
    assert closed == [True]
    assert threads == {threading.get_ident()}
    assert turns >= 10
