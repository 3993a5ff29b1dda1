"""``open_link``: a connection that stands, or one error that says why there is none.

For a session that begins (``connect.py``) and for one that goes on (``reopening.py``). What was
opened here is closed with the program.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import sys
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

from websockets.asyncio.client import connect as open_websocket

from ... import _loop
from ...errors import ApiError, ConnectionFailed, LocalProtocolError, RealtimeError
from ..link import Link
from ..logs import logger
from .frames import MAX_MESSAGE_BYTES, FrameConnection
from .providers import OFFLINE
from .refusals import explain

__all__ = ["open_link"]

#: Unlike the library's 20 s: a cell may hold the interpreter for longer than that.
PING_TIMEOUT_S = 60

#: Errors that are raised as they are, once the session has begun.
_KEPT = (ApiError, LocalProtocolError, asyncio.CancelledError)

_open: weakref.WeakSet[Link] = weakref.WeakSet()


async def open_link(
    link: Link, timeout: float, configure: Callable[[Link], Awaitable[None]]
) -> Link:
    """Connect a link and set it up, within ``timeout`` s for the connection; on the loop.

    Raises ``ConnectionFailed``, and what ``configure`` raises about its settings.
    """
    target = link.target
    try:
        await asyncio.wait_for(_begin(link), timeout)
        await configure(link)
    except BaseException as error:
        await link.close("it could not be opened")
        if isinstance(error, _KEPT) and link.begun:
            raise
        if not isinstance(error, Exception):
            raise
        failure = error if isinstance(error, ConnectionFailed) else explain(error, target)
    else:
        _open.add(link)
        return link
    # Outside of the handler, so that no traceback shows frames that hold the key.
    raise failure


async def _begin(link: Link) -> None:
    """Upgrade, then ``session.created``."""
    target = link.target
    local = urlsplit(target.url).hostname in ("127.0.0.1", "localhost", "::1")
    # A proxy that is set for the internet knows no servers of this machine.
    proxy: Literal[True] | None = None if local else True
    ws = await open_websocket(
        target.url,
        additional_headers=dict(target.headers),
        user_agent_header=f"rtwidgets Python/{sys.version_info.major}.{sys.version_info.minor}",
        compression=None,
        open_timeout=None,
        close_timeout=1,
        ping_timeout=PING_TIMEOUT_S,
        max_size=MAX_MESSAGE_BYTES,
        logger=logger,
        proxy=proxy,
        create_connection=FrameConnection,
    )
    assert isinstance(ws, FrameConnection)
    link.attach(ws)
    response = ws.response
    if response is not None and response.headers.get("Server") == "rtwidgets":
        # The embedded server under any address: nothing costs, and it keeps its promises.
        known = {} if target.ephemeral else OFFLINE.settings
        link.target = replace(target, free=True, echoes=True, settings=known)
        link.queue.echoes = True
    await link.created
    link.begun = True


def _close_all() -> None:
    """At the end of the program, so that servers are not left with a dead connection."""
    links = [link for link in _open if link.ended is None]
    if not links:
        return

    async def close() -> None:
        await asyncio.gather(*(link.close("the program ended") for link in links))

    with contextlib.suppress(RealtimeError):
        _loop.run(close(), 2, what="the end of the sessions")


atexit.register(_close_all)
