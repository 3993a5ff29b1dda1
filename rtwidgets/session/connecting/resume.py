"""``Session.resume``: go on in a new session where this one ended, or will end.

``reopening.py`` makes the new one. Here it is the same ``Session``, over another ``Link``:
variables, widgets and subscribers need not be made again.
"""

from __future__ import annotations

import contextvars
import time
import weakref
from typing import TYPE_CHECKING, TypeVar

from msgspec import UNSET

from ... import _loop
from ..door import Door
from ..events.notices import SessionResumed
from .reopening import SILENT_S, fresh_target, refuse_spent, reopen

if TYPE_CHECKING:
    from ...protocol.conversation import Conversation
    from ..link import Link
    from .carry import Resumed
    from .providers import Target
    from .reconnect import Reconnector

__all__ = ["Resuming", "close_soon"]

R = TypeVar("R", bound="Resuming")


class Resuming(Door):
    """What ``Session`` offers about its end: how far off it is, and how to go on."""

    name: str
    conversation: Conversation

    _reconnector: Reconnector | None = None

    resumed: Resumed | None = None
    """What came along when it went on over another connection; ``None`` where it never did."""

    @property
    def going_on(self) -> bool:
        """Something more may come: it is open, or a lost connection is being opened again."""
        ended, keeper = self._link.ended, self._reconnector
        if ended is None:
            return True
        return keeper is not None and not (ended.expected or keeper.finished or self._link.given_up)

    def _way_on(self) -> str:
        """What to do about a session that is over."""
        if self._reconnector is not None and self.going_on:
            return f"{self._reconnector.note}: try in a moment"
        return super()._way_on()

    def _go_on_with(self, link: Link, resumed: Resumed) -> None:
        """Talk over another connection from now on, all who listen too; on the loop thread."""
        old, self._link = self._link, link
        link.subscribers.take_over(old.subscribers)
        link.interruptions.take_over(old.interruptions)
        link.sounds = old.sounds
        link.before_ms = old.before_ms + old.appended_ms
        self.resumed = resumed
        self.conversation = link.conversation
        weakref.finalize(self, close_soon, link).atexit = False
        link.subscribers.publish(SessionResumed(resumed=resumed), link.conversation)

    @property
    def expires_in(self) -> float | None:
        """Seconds until the server ends the session; ``None`` where it has not said when."""
        at = self._link.conversation.session.expires_at
        return max(0.0, at - time.time()) if at is not UNSET and at else None

    def resume(self: R, *, timeout: float = 60) -> R:
        """Go on with this conversation in a new session of the server; the answer is this one.

        ``resumed`` says what could not be carried over: sound becomes its transcript. Settings,
        tools, budget, usage and log go on, and so do subscribers and widgets, which hear
        ``session.resumed``. An old connection that still stands is closed, and turns in
        progress fail. Raises ``ConnectionFailed``, and then the session is as it was.
        """
        _loop.refuse_on_loop("a new session")
        old = self._link
        refuse_spent(old)
        deadline = time.monotonic() + timeout
        target = fresh_target(old.target, timeout)
        left = max(1.0, deadline - time.monotonic())
        opening = self._reopen(old, target, left)
        _loop.run(opening, left + SILENT_S + 5, what="the session")
        _loop.run(old.close("it goes on in another session"), 5, what="the end of the session")
        return self

    async def _reopen(self, old: Link, target: Target, timeout: float) -> None:
        link, resumed = await reopen(old, target, timeout)
        self._go_on_with(link, resumed)


def close_soon(link: Link) -> None:
    """A session that nobody holds any more; runs wherever the garbage collector does."""
    if link.ended is None and not link.loop.is_closed():
        link.loop.call_soon_threadsafe(link.start_closing, context=contextvars.Context())
