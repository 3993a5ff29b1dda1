"""``Reconnector``: a connection that was lost is opened again, where the user asked for it.

Theory of operation. ``rt.connect(reconnect=True)`` gives a session one of these. When the
connection ends by itself, the turns in progress fail at once, as ever; then the same address
is tried with growing pauses, the conversation is created again as ``resume`` does it, and the
session goes on with the same subscribers and the same log. It is given up where another
attempt cannot help: the server closed with a refusal, the key or the request is not accepted,
the budget is used up, the user closed the session, or nobody holds it any more.
"""

from __future__ import annotations

import asyncio
import random
import weakref
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import structs

from ...errors import RealtimeError, ServerUnavailable
from ..events.notices import SessionEnded
from ..logs import logger
from .goodbye import LATER_CLOSES
from .reopening import fresh_target, refuse_spent, reopen

if TYPE_CHECKING:
    from ..link import Link
    from .carry import Resumed

__all__ = ["Reconnector"]

#: Before each attempt, in s; a fifth more or less, so that a class of thirty does not knock
#: at the same moment.
PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0)
#: Each attempt has so long, in s.
ATTEMPT_S = 20.0
AGAIN = "it is being opened again"


class GoesOn(Protocol):
    """A session, as far as its connection is looked after."""

    _link: Link

    def _go_on_with(self, link: Link, resumed: Resumed) -> None:
        """Talk over another connection from now on."""


class Reconnector:
    """Watches a session's connection; on the loop thread."""

    def __init__(self, session: GoesOn) -> None:
        self.note = AGAIN
        """What is being done about an end."""
        self.finished = False
        """Nothing more is tried."""
        self.attempts = 0
        """All of them, whether they went well or not."""
        self._session = weakref.ref(session)
        self._task: asyncio.Task[None] | None = None
        session._link.subscribers.add(self._hear, "session.ended")

    def _hear(self, event: SessionEnded, _: Any) -> None:
        session = self._session()
        if session is None or event.expected:
            return
        link = session._link
        if link.close_code in LATER_CLOSES:
            self._task = link.loop.create_task(self._go_on(link))
        else:
            self.finished = True
            logger.warning("it is not opened again: the server refuses this session")

    async def _go_on(self, old: Link) -> None:
        why = ""
        try:
            for number, pause in enumerate(PAUSES_S, 1):
                self.note = f"{AGAIN} (attempt {number} of {len(PAUSES_S)})"
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))
                if old.given_up or self._session() is None:
                    return
                self.attempts += 1
                try:
                    refuse_spent(old)
                    link, resumed = await self._attempt(old)
                except ServerUnavailable as error:
                    why = str(error)
                    logger.info("attempt %d: %s", number, error)
                except RealtimeError as error:
                    why = str(error)
                    break
                else:
                    await self._hand_over(old, link, resumed)
                    return
            self._give_up(old, why)
        finally:
            self.note = AGAIN

    async def _attempt(self, old: Link) -> tuple[Link, Resumed]:
        target = old.target
        if target.engine is not None:
            # It waits for a process, which the loop must not.
            target = await asyncio.to_thread(fresh_target, target, ATTEMPT_S)
        return await reopen(old, target, ATTEMPT_S)

    async def _hand_over(self, old: Link, link: Link, resumed: Resumed) -> None:
        session = self._session()
        if session is None or old.given_up or session._link is not old:
            await link.close("nobody wants it any more")
            return
        session._go_on_with(link, resumed)
        if not resumed:
            logger.warning("the session goes on; %s", str(resumed).splitlines()[0])

    def _give_up(self, old: Link, why: str) -> None:
        assert old.ended is not None
        self.finished = True
        reason = f"{old.ended.reason}; opening it again did not work: {why}"
        old.ended = structs.replace(old.ended, reason=reason)
        logger.warning("the session is given up: %s", why)
