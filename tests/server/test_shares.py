"""Shares of the loop's time: who gets one, in which order, and who is not held up by it."""

from __future__ import annotations

import asyncio

from rtwidgets.server.shares import AT_ONCE, Shares


def test_first_come_first_served_and_all_are() -> None:
    async def main() -> list[tuple[int, int]]:
        shares, order = Shares(), []

        async def reply(name: int) -> None:
            for part in range(3):
                await shares.next()
                order.append((part, name))

        await asyncio.gather(*map(reply, range(5)))
        return order

    assert asyncio.run(main()) == [(part, name) for part in range(3) for name in range(5)]


def test_between_two_looks_at_the_sockets_only_a_few_are_served() -> None:
    async def main() -> int:
        shares, served, most = Shares(), 0, 0

        async def reply() -> None:
            nonlocal served
            while True:
                await shares.next()
                served += 1

        tasks = [asyncio.create_task(reply()) for _ in range(20)]
        await asyncio.sleep(0)
        for _ in range(50):
            before = served
            await asyncio.sleep(0)
            most = max(most, served - before)
        for task in tasks:
            task.cancel()
        return most

    assert asyncio.run(main()) == AT_ONCE


def test_one_that_is_cancelled_holds_up_nobody() -> None:
    async def main() -> None:
        shares = Shares()
        gone = [asyncio.create_task(shares.next()) for _ in range(10)]
        last = asyncio.create_task(shares.next())
        await asyncio.sleep(0)
        for task in gone:
            task.cancel()
        await asyncio.wait_for(last, 1)
        await asyncio.wait_for(shares.next(), 1)  # and it goes on after all were served

    asyncio.run(main())
