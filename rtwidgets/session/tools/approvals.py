"""Calls that a person has to allow first.

Theory of operation. A call of a tool with ``approve=True`` puts an ``Approval`` into
``session.pending_approvals`` and waits for ``approve()`` or ``deny()``, from any thread.
A function given to ``session.on_approval`` is asked at once, away from the session's thread,
so that it may take its time: it returns true or false, or ``None`` and leaves the decision to
the two methods. Nobody's answer within the limit is a refusal.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import time
from collections.abc import Callable
from typing import Any, Literal

from ...errors import ToolError
from ..connecting.secrets import scrub
from ..events.notices import ApprovalWanted
from ..events.subscribers import Subscribers, logger
from . import workers
from .calls import ToolCall

__all__ = ["WAIT_S", "Approval", "Approvals", "Denied"]

#: How long a person may think about it, in s.
WAIT_S = 120.0


class Denied(ToolError):
    """A call that nobody allowed; the message is for the model."""


class Approval:
    """A question that waits for its answer."""

    def __init__(self, call: ToolCall, wait_s: float = WAIT_S) -> None:
        self._until = time.monotonic() + wait_s
        self._expired = False
        self.call = call
        """What is asked for."""
        self.name = call.name
        """The tool."""
        self.arguments: dict[str, Any] = call.arguments
        """What it would be called with."""
        self.answer: concurrent.futures.Future[str | None] = concurrent.futures.Future()

    @property
    def pending(self) -> bool:
        """Nobody has decided yet."""
        return not self.answer.done()

    @property
    def left_s(self) -> float:
        """Until nobody's answer is a refusal, in s."""
        return max(0.0, self._until - time.monotonic()) if self.pending else 0.0

    @property
    def decision(self) -> Literal["pending", "approved", "denied", "expired"]:
        """What became of the question; ``expired``: nobody answered in time."""
        if self.pending:
            return "pending"
        if self.answer.result() is None:
            return "approved"
        return "expired" if self._expired else "denied"

    def approve(self) -> None:
        """Let the call run; a second answer changes nothing."""
        self._decide(None)

    def deny(self, reason: str = "") -> None:
        """Refuse it; the model reads ``reason``."""
        self._decide(f"the user refused this call{f': {reason}' if reason else ''}")

    def expire(self, refusal: str) -> None:
        """Nobody answered."""
        self._expired = self.pending
        self._decide(refusal)

    def _decide(self, refusal: str | None) -> None:
        with contextlib.suppress(concurrent.futures.InvalidStateError):
            self.answer.set_result(refusal)

    def __repr__(self) -> str:
        """``<Approval delete(path='a.txt'): pending>``."""
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"<Approval {self.name}({given}): {self.decision}>"


class Approvals:
    """The open questions of a session."""

    def __init__(self, subscribers: Subscribers, conversation: Any) -> None:
        self.ask: Callable[[Approval], Any] | None = None
        """A user's function that decides."""
        self.wait_s = WAIT_S
        self.pending: tuple[Approval, ...] = ()
        self._subscribers = subscribers
        self._conversation = conversation

    async def decide(self, call: ToolCall) -> None:
        """Return when the call is allowed; raise ``Denied`` when it is not."""
        approval = Approval(call, self.wait_s)
        self.pending = (*self.pending, approval)
        asking = asyncio.ensure_future(self._callback(approval))
        self._subscribers.publish(ApprovalWanted(approval=approval), self._conversation)
        try:
            # Its answer is kept apart from the wait, which is cancelled when the time is over.
            answer = asyncio.shield(asyncio.wrap_future(approval.answer))
            refusal = await asyncio.wait_for(answer, self.wait_s)
        except asyncio.TimeoutError:
            refusal = f"nobody answered within {self.wait_s:g} s whether this call is allowed"
            approval.expire(refusal)
        finally:
            approval.deny()
            asking.cancel()
            self.pending = tuple(one for one in self.pending if one is not approval)
        if refusal is not None:
            raise Denied(refusal)

    async def _callback(self, approval: Approval) -> None:
        ask = self.ask
        if ask is None:
            logger.warning(
                "the tool %s waits for approval: session.pending_approvals[0].approve() or "
                ".deny(); session.on_approval(fn) decides by itself",
                approval.name,
            )
            return
        outcome = await asyncio.wrap_future(workers.run(ask, (approval,), {}))
        error, said = outcome.error, outcome.value
        if error is None and not (said is None or isinstance(said, bool)):
            error = ToolError(f"on_approval must return True, False or None, not {said!r}")
        if error is not None:
            self._subscribers.keep(ask, "session.approval_wanted", error)
            approval.deny(scrub(f"the question failed with {type(error).__name__}"))
        elif said is not None:
            approval.approve() if said else approval.deny()
