"""``Session.resume``: go on in a new session where this one ended, or will end.

Theory of operation. No server lets a session be taken up again, and most end one after 60
minutes (reference, section 1.7). What can be done is to open another with the same address,
key, settings and tools, and to create the items of the conversation again, in their order.
``carry.py`` says what that loses; the server may refuse items too, and those are losses as
well. The new one begins with no sound and nothing in progress. Here it is the same ``Session``,
over another ``Link``: variables, widgets and subscribers need not be made again.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from msgspec import UNSET, structs

from ... import _loop
from ...errors import ApiError, ConnectionFailed, LocalProtocolError, SessionClosed
from ...protocol import events as on
from ...protocol.items import ClientItem
from ..door import Door
from ..events.notices import SessionEnded, SessionResumed
from ..link import Link
from ..settings.updates import UPDATE_S
from .carry import Loss, Resumed, carry
from .offline_process import local_server
from .opening import open_link
from .providers import Target

if TYPE_CHECKING:
    from ...protocol.conversation import Conversation
    from ..session import Session
    from .reconnect import Reconnector

__all__ = ["Resuming", "close_soon", "fresh_target", "refuse_spent", "reopen"]

#: A server that has said nothing of an item for so long says nothing of items, in s.
SILENT_S = 10.0


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
        self.resumed = resumed
        self.conversation = link.conversation
        weakref.finalize(self, close_soon, link).atexit = False
        link.subscribers.publish(SessionResumed(resumed=resumed), link.conversation)

    @property
    def expires_in(self) -> float | None:
        """Seconds until the server ends the session; ``None`` where it has not said when."""
        at = self._link.conversation.session.expires_at
        return max(0.0, at - time.time()) if at is not UNSET and at else None

    def resume(self, *, timeout: float = 60) -> Session:
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
        return cast("Session", self)

    async def _reopen(self, old: Link, target: Target, timeout: float) -> None:
        link, resumed = await reopen(old, target, timeout)
        self._go_on_with(link, resumed)


def close_soon(link: Link) -> None:
    """A session that nobody holds any more; runs wherever the garbage collector does."""
    if link.ended is None and not link.loop.is_closed():
        link.loop.call_soon_threadsafe(link.start_closing, context=contextvars.Context())


def refuse_spent(old: Link) -> None:
    """Raise where the next answer would go beyond the budget."""
    if old.budget is not None and old.budget.left <= 0 and not old.target.free:
        raise LocalProtocolError(f"nothing is left to go on with: {old.budget!r}")


def fresh_target(target: Target, timeout: float) -> Target:
    """The same server; one of this machine is started again where it is gone."""
    if target.engine is None:
        return target
    return replace(target, url=local_server(target.engine, timeout, None).url)


async def reopen(old: Link, target: Target, timeout: float) -> tuple[Link, Resumed]:
    """A link that has taken over from ``old``, and what it could not take; on the loop."""
    refused: list[str] = []

    async def configure(link: Link) -> None:
        try:
            await link.update(structs.replace(old.updates.asked.config, type="realtime"), UPDATE_S)
        except asyncio.TimeoutError:
            pass  # some servers never acknowledge settings
        except ApiError as error:
            refused.append(str(error))

    link = await open_link(Link(target, old.events_log), timeout, configure)
    _take_tools(old, link)
    link.conversation.usage = old.conversation.usage
    if old.budget is not None:
        link.budget = old.budget.moved(link)
    items, losses = carry(old.conversation.items)
    try:
        refusals = await asyncio.wait_for(_replay(link, items), timeout)
    except SessionClosed as error:
        raise ConnectionFailed(f"the new session ended at once: {error}") from None
    except BaseException:
        await link.close("the conversation could not be carried over")
        raise
    order = {str(item.id): n for n, item in enumerate(old.conversation.items)}
    losses = [loss for loss in losses if loss.item_id not in refusals]
    losses += [Loss(item_id, what, kept=False) for item_id, what in refusals.items()]
    losses.sort(key=lambda loss: order.get(loss.item_id, len(order)))
    count = len(items) - len(refusals)
    return link, Resumed(count, tuple(losses), refused[0] if refused else None)


def _take_tools(old: Link, link: Link) -> None:
    box = link.tools.box
    box.begin_with(old.tools.box.values(), old.updates.asked.config.tools)
    box.max_rounds = old.tools.box.max_rounds
    link.tools.approvals.ask = old.tools.approvals.ask
    link.tools.approvals.wait_s = old.tools.approvals.wait_s


async def _replay(link: Link, items: list[ClientItem]) -> dict[str, str]:
    """Create ``items`` and wait for the server's word on each; why it refused, by item."""
    waiting: dict[str, str] = {}  # event id -> item id, the oldest first
    refusals: dict[str, str] = {}
    done: asyncio.Future[None] = link.loop.create_future()
    heard_at = link.now()

    def hear(event: Any, _: object) -> None:
        nonlocal heard_at
        if isinstance(event, (on.ConversationItemAdded, on.ConversationItemDone)):
            found = next((e for e, i in waiting.items() if i == event.item.id), None)
        elif isinstance(event, on.Error):
            # A server that does not say whom it means answers the first question.
            named = event.error.event_id or next(iter(waiting), None)
            found = named if named in waiting else None
            if found is not None:
                refusals[waiting[found]] = f"the server refused it: {event.error.message}"
        else:
            if isinstance(event, SessionEnded) and not done.done():
                done.set_exception(SessionClosed(event.reason))
            return
        if found is not None:
            heard_at = link.now()
            del waiting[found]
            if not waiting and sent and not done.done():
                done.set_result(None)

    stop = link.subscribers.add(hear)
    sent = False
    try:
        for item in items:
            waiting[link.send(link.client.create_item(item))] = str(item.id)
            await link.drained()
        sent = True
        while waiting:
            silence = link.now() - heard_at
            if silence >= SILENT_S:
                break  # they are believed to be there, like settings
            await asyncio.wait((done,), timeout=SILENT_S - silence)
            if done.done():
                done.result()
    finally:
        stop()
        done.cancel()
    return refusals
