"""Changes of settings that wait for the server's word.

Acknowledgements come in the order of the changes and carry no id of theirs; refusals name the
event that they mean, mostly.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

from ...errors import ApiError, RealtimeError
from ...protocol.config import SessionConfig, merge
from ..events.subscribers import logger
from .granted import Asked

__all__ = ["UPDATE_S", "Update", "Updates"]

#: A server that has not acknowledged new settings by then never will, in s.
UPDATE_S = 10.0


class Update:
    """One change on its way."""

    def __init__(
        self, event_id: str, config: SessionConfig, answer: asyncio.Future[SessionConfig]
    ) -> None:
        self.event_id = event_id
        self.config = config
        self.answer = answer
        """What is in force then."""


class Updates:
    """All changes on their way, the oldest first; on the loop thread."""

    def __init__(self, send: Callable[[SessionConfig], str]) -> None:
        self._send = send  # gives the event's id
        self._waiting: deque[Update] = deque()
        self.asked = Asked()
        """All that was asked and not refused."""

    def ask(self, config: SessionConfig) -> Update:
        """Send a change."""
        return self.sent(self._send(config), config)

    def sent(self, event_id: str, config: SessionConfig) -> Update:
        """A change was sent; the server will answer it."""
        answer: asyncio.Future[SessionConfig] = asyncio.get_running_loop().create_future()
        update = Update(event_id, config, answer)
        self.asked.add(update.event_id, config)
        self._waiting.append(update)
        return update

    @property
    def unanswered(self) -> SessionConfig:
        """All that was sent and is neither taken nor refused."""
        whole = SessionConfig()
        for update in tuple(self._waiting):
            if not update.answer.done():
                whole = merge(whole, update.config)
        return whole

    async def wait(self, update: Update, timeout: float) -> SessionConfig:
        """What is in force then, or ``ApiError``, ``asyncio.TimeoutError``."""
        try:
            return await asyncio.wait_for(update.answer, timeout)
        finally:
            with contextlib.suppress(ValueError):
                self._waiting.remove(update)
            self.asked.settled(update.event_id)

    async def settle(self, update: Update) -> None:
        """``wait`` for a change that nobody waits for: only the log says what went wrong."""
        try:
            await self.wait(update, UPDATE_S)
        except asyncio.TimeoutError:
            logger.warning("the server did not acknowledge settings within %g s", UPDATE_S)
        except RealtimeError as error:
            logger.warning("the server refused settings: %s", error)

    def acknowledged(self, config: SessionConfig) -> None:
        """The server took the oldest one."""
        pending = next((update for update in self._waiting if not update.answer.done()), None)
        if pending is not None:
            pending.answer.set_result(config)

    def refused(self, error: ApiError) -> bool:
        """The server refused one of them; false where it means something else."""
        for update in self._waiting:
            # A server that does not say whom it means answers the first question.
            if error.event_id in (update.event_id, None) and not update.answer.done():
                update.answer.set_exception(error)
                self.asked.refused(update.event_id)
                return True
        return False

    def abandon(self, error: Exception) -> None:
        """No answer will come."""
        for update in self._waiting:
            if not update.answer.done():
                update.answer.set_exception(error)
                update.answer.exception()  # whoever waited may be gone
