"""Waiting for a turn: here or in a coroutine, with a limit or as long as anything happens."""

from __future__ import annotations

import concurrent.futures
import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import Any, TypeVar

from ... import _loop
from ...errors import WaitTimeout

__all__ = ["Awaited"]

#: A turn without a limit of its own is waited for until nothing has happened for so long, in s.
STALLED_S = 60.0

#: A turn ends before subscribers hear of the event that ended it; whoever waited finds that
#: they did, unless one of them takes longer than this, in s.
TOLD_S = 1.0

T = TypeVar("T", bound="Awaited")


async def _told() -> None:
    """Runs on the loop thread, when all that it does now is done."""


class Awaited(ABC):
    """``wait()``, ``await`` and ``finished()`` of something that ends once."""

    def __init__(self) -> None:
        self._future: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._alive_at = time.monotonic()
        self._over = False  # at most the user's own words are still to come

    @property
    @abstractmethod
    def status(self) -> str:
        """How it stands, in a word."""

    @property
    def working(self) -> bool:
        """Functions run for it or for one before it, each with a limit of its own."""
        return False

    @property
    def done(self) -> bool:
        """Nothing more will come, whether it went well or not."""
        return self._future.done()

    def wait(self: T, timeout: float | None = None) -> T:
        """Wait here until the turn is done, and return it.

        At most ``timeout`` s; without one as long as anything happens, that is until nothing
        was sent or has come for ``STALLED_S`` s. Raises what went wrong: ``ApiError``,
        ``SessionClosed``, ``WaitTimeout`` with what it waited for. A kernel interrupt ends
        the wait, the turn goes on.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not (self.done or self._is_too_late(deadline, timeout)):
            with contextlib.suppress(WaitTimeout):
                _loop.wait(self._future, self._patience(deadline), what="the end of the turn")
        if not _loop.on_loop():
            with contextlib.suppress(WaitTimeout):
                _loop.run(_told(), TOLD_S, what="the subscribers")
        return self._outcome()

    def __await__(self: T) -> Generator[Any, None, T]:
        """``await turn`` in any event loop; the same limit and the same errors as ``wait()``."""
        return self.finished().__await__()

    async def finished(self: T, timeout: float | None = None) -> T:
        """``wait`` for coroutines: ``await turn.finished(timeout=120)``."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not (self.done or self._is_too_late(deadline, timeout)):
            with contextlib.suppress(WaitTimeout):
                patience = self._patience(deadline)
                await _loop.listen(self._future, patience, what="the end of the turn")
        if not _loop.on_loop():
            with contextlib.suppress(WaitTimeout):
                await _loop.listen(_loop.spawn(_told()), TOLD_S, what="the subscribers")
        return self._outcome()

    def _outcome(self: T) -> T:
        if self._future.done():
            _loop.result(self._future)
        return self

    def _patience(self, deadline: float | None) -> float:
        """How long to wait before looking again, in s."""
        if self.working:
            self._alive_at = time.monotonic()
        end = self._alive_at + STALLED_S if deadline is None else deadline
        return max(0.0, end - time.monotonic())

    def _is_too_late(self, deadline: float | None, timeout: float | None) -> bool:
        """Whether to stop waiting: false where there is still hope, else it mostly raises."""
        if self._patience(deadline) > 0:
            return False
        if self._over:  # only the user's own words are late
            return True
        after = f"after {timeout:g} s" if timeout is not None else f"and silent for {STALLED_S:g} s"
        raise WaitTimeout(
            f"the turn was still {self.status} {after}: wait longer with "
            "turn.wait(timeout=...), or give it up with turn.cancel()"
        )
