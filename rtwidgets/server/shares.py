"""``Shares``: the loop's time, dealt out among replies that are made on it.

Theory of operation. A reply that never blocks would be made in one go, and a new one would
wait for all that are under way. So each asks for its next share after a few pieces, and the
loop serves ``AT_ONCE`` of those who wait, first come first served, between two looks at its
sockets. Whoever asks something new is read, and gets the first piece of the answer, at the
next look, however many replies are being made.
"""

from __future__ import annotations

import asyncio
from collections import deque

__all__ = ["Shares"]

#: Shares between two looks at the sockets.
AT_ONCE = 2


class Shares:
    """One for all replies of a server; used from its loop alone."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._dealing = False

    async def next(self) -> None:
        """Wait for a share."""
        loop = asyncio.get_running_loop()
        share: asyncio.Future[None] = loop.create_future()
        self._waiting.append(share)
        if not self._dealing:
            self._dealing = True
            loop.call_soon(self._deal)
        await share

    def _deal(self) -> None:
        served = 0
        while self._waiting and served < AT_ONCE:
            share = self._waiting.popleft()
            if not share.done():  # one that was cancelled takes nobody's place
                share.set_result(None)
                served += 1
        self._dealing = bool(self._waiting)
        if self._dealing:
            asyncio.get_running_loop().call_soon(self._deal)
