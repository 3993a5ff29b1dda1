"""``Wire``: a websocket that sends many events with one call of the system.

The library makes one call for each frame. An event is a frame and takes less time to make
than such a call takes, so what waits to be sent goes out together.
"""

from __future__ import annotations

import contextlib
import socket
from asyncio import BaseTransport
from collections.abc import Iterable

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

__all__ = ["Wire"]


class Wire(ServerConnection):
    """A ``ServerConnection`` with ``send_all``."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Send small frames at once.

        asyncio sees to that only for sockets that name TCP as their protocol, and the ones
        of ``socket.create_server`` name none: an answer would wait 40 ms for the client's
        kernel to acknowledge the frame before it.
        """
        endpoint = transport.get_extra_info("socket")
        if endpoint is not None and endpoint.family in (socket.AF_INET, socket.AF_INET6):
            endpoint.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)

    async def send_all(self, texts: Iterable[str]) -> None:
        """Send each text as a message of its own; waits while the client is slow to read.

        Raises:
            ConnectionClosed: the connection is closed.
        """
        try:
            async with self.send_context():
                for text in texts:
                    self.protocol.send_text(text.encode())
        except AttributeError:
            if self.protocol.state is State.CLOSED:
                raise self.protocol.close_exc from None  # see cut_off
            raise

    def cut_off(self) -> None:
        """End the connection without a farewell, now; twice is once.

        asyncio cannot abort a transport that has closed after a last write: it asks a loop
        that is not there any more.
        """
        with contextlib.suppress(AttributeError):
            self.transport.abort()

    def send_data(self) -> None:
        """Write what the protocol has to send, in one piece; an empty part ends the stream."""
        parts = self.protocol.data_to_send()
        if data := b"".join(parts):
            self.transport.write(data)
        if b"" not in parts:
            return
        if self.transport.can_write_eof():
            with contextlib.suppress(OSError, RuntimeError):  # the other side is gone
                self.transport.write_eof()
        else:
            self.transport.close()
