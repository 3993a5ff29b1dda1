"""A session of the server once more: with the settings, tools and items of one that ended.

No server lets a session be taken up again, and most end one after 60 minutes (reference,
section 1.7). What can be done is to open another with the same address, key, settings and
tools, and to create the items of the conversation again, in their order. ``carry.py`` says
what that loses; the server may refuse items too, and those are losses as well. The new one
begins with no sound and nothing in progress.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from msgspec import structs

from ...errors import ApiError, ConnectionFailed, LocalProtocolError, SessionClosed
from ...protocol import events as on
from ...protocol.items import ClientItem
from ..events.notices import SessionEnded
from ..link import Link
from ..settings.updates import UPDATE_S
from .carry import Loss, Resumed, carry
from .offline_process import local_server
from .opening import open_link
from .providers import Target

__all__ = ["SILENT_S", "fresh_target", "refuse_spent", "reopen"]

#: A server that has said nothing of an item for so long says nothing of items, in s.
SILENT_S = 10.0


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
