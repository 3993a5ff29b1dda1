"""Clients that do not read, that flood, that fall silent: bounded memory, bounded time."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from rtwidgets import _loop
from rtwidgets.server import Server, connection, endpoint, serve
from tests.server.wire import Wire, dial

DEAF = {"close_timeout": 0.2}


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, 60))


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every connection that a server makes from now on."""
    made: list[Any] = []

    class Watched(connection.Connection):
        most = 0
        over = False

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            made.append(self)

        async def run(self) -> None:
            try:
                await super().run()
            finally:
                self.over = True

        async def _drain(self, *args: int) -> None:
            drained = super()._drain(*args)
            waiting = asyncio.ensure_future(drained)
            await asyncio.sleep(0)
            self.most = max(self.most, self._outbox_size)
            await waiting

    monkeypatch.setattr(endpoint, "Connection", Watched)
    return made


async def until(true: Callable[[], bool], limit_s: float = 10) -> None:
    end = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


async def fill(wire: Wire, count: int = 40) -> None:
    """Ask for much, and stop to read."""
    sound = base64.b64encode(bytes(720_000)).decode()
    part = {"type": "input_audio", "audio": sound}
    item = {"id": "long", "type": "message", "role": "user", "content": [part]}
    await wire.send("conversation.item.create", item=item)
    await wire.until("conversation.item.done")
    wire.socket.transport.pause_reading()
    for _ in range(count):
        await wire.send("conversation.item.retrieve", item_id="long")


def test_what_waits_for_one_that_does_not_read_is_bounded(
    connections: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PAUSE_READING", 4 * 2**20)

    async def main(url: str) -> None:
        async with dial(url, **DEAF) as deaf:
            await fill(deaf)
            await asyncio.sleep(0.5)
            (one,) = connections
            assert 4 * 2**20 < one._outbox_size <= one.most <= 6 * 2**20
            deaf.socket.transport.resume_reading()  # late, and everything is there
            for _ in range(40):
                await deaf.until("conversation.item.retrieved")
            assert await deaf.settled() == []

    with serve("simulated") as server:
        run(main(server.url))


def test_one_that_takes_nothing_is_cut_off(
    connections: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "STALLED_S", 0.4)

    async def main(url: str) -> None:
        async with dial(url, **DEAF) as deaf:
            await fill(deaf)
            await until(lambda: connections[0].over)
            await until(lambda: not connections[0]._tasks)

    with serve("simulated") as server:
        run(main(server.url))


def test_one_that_reads_slowly_is_not(
    connections: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "STALLED_S", 0.5)

    async def main(url: str) -> None:
        async with dial(url) as slow:
            await fill(slow, 30)
            for _ in range(30):
                slow.socket.transport.resume_reading()
                await slow.until("conversation.item.retrieved")
                slow.socket.transport.pause_reading()
                await asyncio.sleep(0.05)
            slow.socket.transport.resume_reading()
            assert await slow.settled() == []

    with serve("simulated") as server:
        run(main(server.url))


def test_an_idle_client_is_not(connections: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "STALLED_S", 0.1)

    async def main(url: str) -> None:
        async with dial(url) as wire:
            await asyncio.sleep(0.4)
            assert await wire.settled() == []

    with serve("simulated") as server:
        run(main(server.url))


def test_age_ends_also_the_session_of_one_that_does_not_read(
    connections: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "FAREWELL_S", 0.3)

    async def main(url: str) -> None:
        async with dial(url, **DEAF) as deaf:
            await fill(deaf)
            await until(lambda: connections[0].over)

    with serve("simulated", session_s=1.0) as server:
        run(main(server.url))


def test_the_server_ends_although_one_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "CLOSE_S", 0.5)
    server = serve("simulated")

    async def main() -> float:
        async with dial(server.url, **DEAF) as deaf:
            await fill(deaf)
            begun = time.monotonic()
            await asyncio.to_thread(server.close)
            return time.monotonic() - begun

    assert run(main()) < 4


def test_a_flood_is_answered_to_the_last_frame(server: Server, connections: list[Any]) -> None:
    async def main() -> None:
        async with dial(server.url) as wire, dial(server.url) as other:

            async def flood() -> None:
                for n in range(3000):
                    await wire.socket.send(f'{{"type": "x", "event_id": "e{n}"}}')

            flooding = asyncio.create_task(flood())
            await other.say("Hello!")  # nobody else waits for the flood to end
            await other.until("response.done")
            for n in range(3000):
                assert (await wire.next())["error"]["event_id"] == f"e{n}"
            await flooding

    run(main())
    assert len(connections) == 2


def test_sound_faster_than_it_is_judged_stays_with_the_sender(
    connections: list[Any],
) -> None:
    """A minute of sound waits at most, whatever is sent; here two minutes at once."""

    async def main(url: str) -> None:
        async with dial(url) as wire:
            await wire.append(bytes(48000 * 120), 48000)
            assert await wire.settled() == []
            assert connections[0]._core._listener.buffer.duration_ms <= 120_000

    with serve("simulated") as server:
        run(main(server.url))


def test_a_frame_beyond_all_bounds_ends_its_own_session_only(server: Server) -> None:
    async def main() -> None:
        async with dial(server.url) as other:
            socket = await connect(server.url)
            await socket.send("x" * (endpoint.MAX_FRAME + 1))
            await socket.wait_closed()
            assert socket.close_code == 1009
            assert await other.settled() == []

    run(main())


def test_nothing_is_sent_to_one_that_is_gone(server: Server, connections: list[Any]) -> None:
    async def leave() -> None:
        async with dial(server.url):
            pass
        await until(lambda: connections[0].over)

    async def send() -> None:
        socket = connections[0]._socket
        await socket.wait_closed()
        # As asyncio leaves it when the last write was flushed after the close.
        socket.transport._conn_lost = 0
        socket.cut_off()
        with pytest.raises(ConnectionClosed):
            await socket.send_all(["late"])

    run(leave())
    _loop.run(send(), 10, what="the test")
