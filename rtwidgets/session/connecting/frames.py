"""``FrameConnection``: a websocket whose messages are handed over the moment they are there.

Theory of operation
===================

The library's ``recv`` costs more than everything that we do with an event: memory of 256 KiB
for each read of the socket, two copies of a frame, a generator, a queue and a task. Here the
socket fills one buffer that is used again, whole messages are cut out of it and given to a
function, and nobody waits for them in between.

Only that is ours. The handshake, proxies, pings, the close and everything strange are the
library's: it is given what is no message of the server, byte for byte as it came. What breaks
the rules of RFC 6455 is given to it as well, and it is the library that closes with the right
code; from then on it gets all that comes, and throws it away.

The next bytes are read when the function has returned, so a client that is slow slows its
server down, as ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from struct import Struct
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.protocol import OPEN

__all__ = ["MAX_MESSAGE_BYTES", "FrameConnection"]

#: A server may send a whole retrieved item in one message.
MAX_MESSAGE_BYTES = 64 * 1024 * 1024
#: What is read at once is handled at once, and holds up the other sessions for some ms.
BUFFER_BYTES = 128 * 1024

_MORE_TEXT, _MORE_BINARY, _TEXT, _BINARY = 0x01, 0x02, 0x81, 0x82
_MORE, _LAST = 0x00, 0x80
_CONTROL = (0x88, 0x89, 0x8A)  # close, ping, pong
#: How the library learns that a message in pieces has begun: with an empty first piece.
_BEGUN = bytes([_MORE_TEXT, 0])
_short = Struct("!H").unpack_from
_long = Struct("!Q").unpack_from
_head = Struct("!BBQ").pack


class FrameConnection(ClientConnection, asyncio.BufferedProtocol):
    """For ``connect(create_connection=FrameConnection)``; ``recv`` only waits for the end."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._early: list[bytes] = []
        self._deliver: Callable[[bytes], None] = self._early.append
        self._buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._filled = 0
        self._wanted = BUFFER_BYTES
        """How much has to fit in: a message that is longer than the buffer makes it longer."""
        self._greeted = False
        """The answer to the upgrade is over: what comes now are frames."""
        self._aside = False
        """All the rest is the library's: there is no session, or none any more."""
        self._pieces: bytearray | None = None
        """What has come of a message that comes in pieces."""

    def deliver_to(self, fn: Callable[[bytes], None]) -> None:
        """Call ``fn``, which must not raise, with each message from the first one on."""
        for message in self._early:
            fn(message)
        self._early.clear()
        self._deliver = fn

    # asyncio.BufferedProtocol

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes go; never empty."""
        return self._view[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes have come."""
        self._filled += nbytes
        start = 0
        if not self._greeted:
            start = self._greet()
        if self._greeted and not self._aside:
            start = self._cut(start)
        if self._aside:
            self.data_received(bytes(self._view[start : self._filled]))
            start = self._filled
        self._keep(start)

    def _greet(self) -> int:
        """Give the library the head of the answer; where the frames begin."""
        end = self._buffer.find(b"\r\n\r\n", 0, self._filled) + 4
        if end < 4:
            # So long a head is the library's to refuse.
            self._aside = self._filled > BUFFER_BYTES // 2
            return 0
        self._greeted = True
        self.data_received(bytes(self._view[:end]))
        self._aside = self.protocol.state is not OPEN  # a refusal, and its body follows
        return end

    def _cut(self, start: int) -> int:
        """Hand over all that is whole; where the rest begins."""
        buffer, view, filled = self._buffer, self._view, self._filled
        self._wanted = BUFFER_BYTES
        while filled - start >= 2 and not self._aside:
            first, size = buffer[start], buffer[start + 1]
            begin = start + 2
            if size >= 126:
                begin += 2 if size == 126 else 8
                if filled < begin:
                    break
                (size,) = (_short if size == 126 else _long)(buffer, start + 2)
            end = begin + size
            if end > filled and size <= MAX_MESSAGE_BYTES:
                self._wanted = max(BUFFER_BYTES, end - start)
                break
            if size > MAX_MESSAGE_BYTES or buffer[start + 1] > 127:  # no server masks
                self._aside = True
            elif first in (_TEXT, _BINARY) and self._pieces is None:
                self._deliver(bytes(view[begin:end]))
                start = end
            else:
                start = self._take(first, start, begin, end)
        return start

    def _take(self, first: int, start: int, begin: int, end: int) -> int:
        """Read a frame that is no whole message; where the rest begins."""
        pieces = self._pieces
        if first in _CONTROL:
            self.data_received(bytes(self._view[start:end]))
            self._aside = self.protocol.state is not OPEN
            return end
        if pieces is None and first in (_MORE_TEXT, _MORE_BINARY):
            self._pieces = bytearray(self._view[begin:end])
            return end
        if pieces is None or first not in (_MORE, _LAST):
            return self._refuse(start)
        pieces += self._view[begin:end]
        if len(pieces) > MAX_MESSAGE_BYTES:
            return self._refuse(end, _head(_MORE, 127, len(pieces)))
        if first == _LAST:
            self._pieces = None
            self._deliver(bytes(pieces))
        return end

    def _refuse(self, start: int, head: bytes = b"") -> int:
        """Let the library find the fault by itself, in a frame that begins so."""
        begun = b"" if self._pieces is None else _BEGUN
        if begun or head:
            self.data_received(begun + head)
        self._aside, self._pieces = True, None
        return start

    def _keep(self, start: int) -> None:
        """Bring what is left to the beginning of a buffer that is long enough."""
        left = self._filled - start
        if self._wanted != len(self._buffer):
            longer = bytearray(self._wanted)
            longer[:left] = self._view[start : self._filled]
            self._buffer, self._view = longer, memoryview(longer)
        elif left and start:
            self._view[:left] = self._view[start : self._filled]
        self._filled = left
