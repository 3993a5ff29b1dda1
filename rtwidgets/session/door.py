"""``Door``: the one way from any thread to the link of a session, for all kinds of commands.

A command runs on the loop thread: at once where we are on it, as in a callback, else soon and in
order. A session that is over refuses it and says what can be done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import _loop
from ..errors import SessionClosed

if TYPE_CHECKING:
    from .link import Link

__all__ = ["Door"]


class Door:
    """What every part of ``Session`` stands on."""

    _link: Link

    def _way_on(self) -> str:
        """What to do about a session that is over."""
        return "rt.connect() opens a new one, session.resume() goes on with this conversation"

    def _refuse_closed(self) -> None:
        if self._link.ended is not None:
            raise SessionClosed(f"the session is over: {self._link.ended.reason}; {self._way_on()}")

    def _post(self, fn: Callable[..., Any], *args: Any) -> None:
        self._refuse_closed()
        if _loop.on_loop():
            fn(*args)
        else:
            _loop.post(self._obey, fn, *args)

    def _obey(self, fn: Callable[..., Any], *args: Any) -> None:
        # A session that ended on the command's way here has told everybody who waits.
        if self._link.ended is None:
            self._link.subscribers.call(fn, *args, event="command")
