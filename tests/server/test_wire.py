"""What goes out together, what goes out at once, and that the stream ends as it should."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as listen
from websockets.exceptions import ConnectionClosed

from rtwidgets.server.wire import Wire


def test_texts_that_wait_are_one_write_and_messages_of_their_own() -> None:
    texts = [f"event {n} ä" for n in range(50)]
    writes: list[bytes] = []

    async def talk(wire: ServerConnection) -> None:
        assert isinstance(wire, Wire)
        write: Any = wire.transport.write
        wire.transport.write = lambda data: (writes.append(data), write(data))  # type: ignore[method-assign,assignment]
        await wire.send_all(texts)
        wire.transport.write = write  # type: ignore[method-assign]

    async def main() -> list[Any]:
        listener = socket.create_server(("127.0.0.1", 0))
        async with (
            listen(talk, sock=listener, create_connection=Wire, compression=None),
            connect(f"ws://127.0.0.1:{listener.getsockname()[1]}") as client,
        ):
            return [message async for message in client]

    assert asyncio.run(main()) == texts
    assert len(writes) == 1


def test_a_small_frame_waits_for_no_acknowledgement() -> None:
    options: list[int] = []

    async def talk(wire: ServerConnection) -> None:
        endpoint = wire.transport.get_extra_info("socket")
        options.append(endpoint.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    async def main() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        async with (
            listen(talk, sock=listener, create_connection=Wire),
            connect(f"ws://127.0.0.1:{listener.getsockname()[1]}") as client,
        ):
            await client.wait_closed()
            assert client.close_code == 1000  # and the stream was ended, not cut

    asyncio.run(main())
    assert options[0] != 0


def test_who_is_gone_is_told_of() -> None:
    told: list[type] = []

    async def talk(wire: ServerConnection) -> None:
        assert isinstance(wire, Wire)
        await wire.wait_closed()
        with pytest.raises(ConnectionClosed):
            await wire.send_all(["late"])
        told.append(ConnectionClosed)

    async def main() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        async with listen(talk, sock=listener, create_connection=Wire):
            async with connect(f"ws://127.0.0.1:{listener.getsockname()[1]}"):
                pass
            await asyncio.sleep(0)
        assert told

    asyncio.run(main())
