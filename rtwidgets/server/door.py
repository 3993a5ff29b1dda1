"""``Doors``: one port for websockets and for the HTTP requests beside them.

Theory of operation. The websocket library reads GET requests only. A connection that begins
with another method is handed to an ``Exchange`` before the library has seen a byte of it, and
its websocket is told no more than that the connection was lost, once it is. All connections
are counted, because those that stay half open must not hold up the server's end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from .exchange import Answer, Exchange, HttpRequest
from .wire import Wire

__all__ = ["Doors"]

#: Bytes of the longest method that is waited for.
_LONGEST_METHOD = 8


class Doors:
    """The connections of one listening socket, whatever they speak.

    Args:
        answer: answers requests that are no handshake.
    """

    def __init__(self, answer: Callable[[HttpRequest], Answer]) -> None:
        self._answer = answer
        self._present: set[Wire] = set()

    def connection_class(self) -> type[ServerConnection]:
        """What the library shall make of each connection."""
        doors = self

        class Door(Wire):
            first: bytes | None = b""

            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                super().connection_made(transport)
                doors._present.add(self)

            def connection_lost(self, exc: Exception | None) -> None:
                doors._present.discard(self)
                super().connection_lost(exc)

            def data_received(self, data: bytes) -> None:
                if self.first is None:
                    super().data_received(data)
                    return
                self.first += data
                method, space, _ = self.first.partition(b" ")
                if not space and len(self.first) < _LONGEST_METHOD:
                    return
                first, self.first = self.first, None
                if space and method != b"GET" and method.isalpha() and method.isupper():
                    doors._hand_over(self, first)
                else:
                    super().data_received(first)

        return Door

    def close_half_open(self) -> None:
        """Cut off those that have not said what they want, or are just being answered."""
        for connection in tuple(self._present):
            if connection.protocol.state is State.CONNECTING:
                connection.cut_off()

    def close_all(self) -> None:
        """Cut off everybody."""
        for connection in tuple(self._present):
            connection.cut_off()

    def _hand_over(self, connection: Wire, first: bytes) -> None:
        exchange = Exchange(self._answer, connection.connection_lost)
        connection.transport.set_protocol(exchange)
        exchange.connection_made(connection.transport)
        exchange.data_received(first)
