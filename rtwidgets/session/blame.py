"""Whom a server's refusal means: a setting, a turn, a bare response, an item; or nobody.

An ``error`` mostly repeats the id of the event that it refuses. One that names nobody is taken
to mean whoever has just asked, because no answer would come for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ApiError

if TYPE_CHECKING:
    from .link import Link

__all__ = ["tell"]

#: Not worth a turn: what it complains about is already so.
HARMLESS = "response_cancel_not_active"
#: Somebody else's response was first; ours is asked for again when that one ends.
BUSY = "conversation_already_has_active_response"
MOST_REFUSALS = 5


def tell(link: Link, error: ApiError) -> bool:
    """Hand a refusal to those whom it means; false where there is nobody."""
    if not link.created.done():
        link.created.set_exception(error)
        return True
    if error.code != HARMLESS:
        link.queue.forgive(error.event_id)
    if _is_retried(link, error):
        return True
    # An error that names nobody may mean both.
    told = [link.updates.refused(error), _refuse_turns(link, error)]
    return any(told) or link.changes.refused(error, unnamed=error.code != HARMLESS)


def _is_retried(link: Link, error: ApiError) -> bool:
    if error.code != BUSY or error.event_id is None:
        return False
    request = link.queue.refused(error.event_id)
    if request is None or request.refusals > MOST_REFUSALS:
        return False
    for turn in link.turns:
        if turn.request is request:
            turn.forget_response()  # it took the other one for its own
    link.later(0.25 * 2**request.refusals, link.queue.ended)
    return True


def _refuse_turns(link: Link, error: ApiError) -> bool:
    cause, told = error.event_id, False
    for turn in tuple(link.turns):
        asked = turn.request.event_id if turn.request is not None else None
        if cause is None:
            # It may mean the one who has just asked, and then no answer would come.
            open_ = turn.response is None or turn.calling
            mine = asked is not None and open_ and error.code != HARMLESS
        else:
            mine = cause in turn.causes or cause == asked
        if mine:
            if turn.request is not None and cause in (asked, None):
                turn.request.event_id = None  # this was the answer: nothing is owed
            turn.fail(error)
            told = True
    bare = link.bare_request()
    if bare is not None and bare.event_id is not None and cause in (bare.event_id, None):
        bare.event_id = None
        link.queue.release(bare)
    return told
