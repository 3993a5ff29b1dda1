"""A websocket client that does next to nothing, so that a measurement shows the server.

It finds the frames in what arrives, hands each on as bytes, and writes text frames. Its mask
is zero, which is a mask like any other and leaves the text as it is.
"""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import Callable
from urllib.parse import urlsplit

__all__ = ["RawSocket", "masked", "open_socket"]

_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


def masked(text: str, opcode: int = _TEXT) -> bytes:
    """One frame of a client."""
    data = text.encode()
    size = len(data)
    if size < 126:
        head = struct.pack("!BB", 128 | opcode, 128 | size)
    elif size < 65536:
        head = struct.pack("!BBH", 128 | opcode, 254, size)
    else:
        head = struct.pack("!BBQ", 128 | opcode, 255, size)
    return head + bytes(4) + data


class RawSocket(asyncio.Protocol):
    """One connection; ``on_text`` gets each message."""

    def __init__(self, request: bytes, on_text: Callable[[bytes], None]) -> None:
        self.on_text = on_text
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport
        self._request = request
        self._data = bytearray()
        self._writable = asyncio.Event()
        self._writable.set()

    async def drain(self) -> None:
        """Wait while the server is slow to read."""
        await self._writable.wait()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._writable.set()
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self.opened.done():
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.opened.set_exception(ConnectionError(head.decode(errors="replace")))
                return
            self._data = rest
            self.opened.set_result(None)
        self._read_frames()

    def _read_frames(self) -> None:
        data, place = self._data, 0
        while len(data) - place >= 2:
            size, start = data[place + 1], place + 2
            if size == 126:
                size, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            elif size == 127:
                size, start = int.from_bytes(data[start : start + 8], "big"), start + 8
            if len(data) < start + size:
                break
            opcode = data[place] & 15
            place = start + size
            if opcode == _TEXT:
                self.on_text(bytes(data[start:place]))
            elif opcode == _PING:
                self.transport.write(masked(data[start:place].decode(), _PONG))
            elif opcode == _CLOSE:
                self.transport.close()
        del data[:place]


async def open_socket(url: str, on_text: Callable[[bytes], None]) -> RawSocket:
    """Connect to ``ws://...``; ``ConnectionError`` where that is refused."""
    parts = urlsplit(url)
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET {parts.path}?{parts.query} HTTP/1.1\r\n"
        f"Host: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(
        lambda: RawSocket(request, on_text), parts.hostname or "", parts.port or 80
    )
    await socket.opened
    return socket
