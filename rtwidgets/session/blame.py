"""Whom a server's refusal means: a setting, a turn, a bare response, an item; or nobody.

An ``error`` mostly repeats the id of the event that it refuses. One that names nobody is taken
to mean whoever has just asked, because no answer would come for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ApiError

if TYPE_CHECKING:
    from .link import Link

__all__ = ["asked_again", "tell"]

#: Not worth a turn: what it complains about is already so.
HARMLESS = "response_cancel_not_active"
#: Somebody else's response was first; ours is asked for again when that one ends.
BUSY = "conversation_already_has_active_response"
MOST_REFUSALS = 5
#: An end that nobody hears of is waited for so long, in s; twice that the next time.
AGAIN_S = 0.5


def asked_again(link: Link, error: ApiError) -> bool:
    """Whether it is no refusal to speak of: the same is asked once more in a while.

    A server with turn detection begins a response while ours is on its way; nobody here can
    know of it in time. Ours waits for the end of that one, a few times at most.
    """
    request = link.queue.current
    if error.code != BUSY or request is None or request.refusals >= MOST_REFUSALS:
        return False
    # A server that does not say whom it means has refused the one that waits for its answer.
    if request.event_id is None or not link.queue.refused(error.event_id or request.event_id):
        return False
    for turn in link.turns:
        if turn.request is request:
            turn.forget_response()  # it took the other one for its own
    link.later(AGAIN_S * 2 ** (request.refusals - 1), link.queue.ended)
    return True


def tell(link: Link, error: ApiError) -> bool:
    """Hand a refusal to those whom it means; false where there is nobody."""
    if not link.created.done():
        link.created.set_exception(error)
        return True
    if error.code != HARMLESS:
        link.queue.forgive(error.event_id)
    # An error that names nobody may mean both.
    told = [link.updates.refused(error), _refuse_turns(link, error)]
    return any(told) or link.changes.refused(error, unnamed=error.code != HARMLESS)


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
