"""How panels keep up with a session's history: a little on the loop thread, much in a worker.

Live events are few, and reading them takes less than a ms. A panel that is made late finds
thousands: they are read in a thread of their own, and the panel is told when that is done.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

from ..session.history.history import BATCH

if TYPE_CHECKING:
    from ..session.history.history import History
    from .panel import Panel

__all__ = ["follow"]

#: So many events are read at once on the loop thread.
INLINE = 2 * BATCH

_reading: weakref.WeakSet[History] = weakref.WeakSet()


def follow(panel: Panel, history: History) -> bool:
    """Read what is new; false where a worker reads, after which the panel is refreshed."""
    if history in _reading:
        panel.after(0.1, panel.refresh)
        return False
    if history.behind <= INLINE:
        while history.catch_up():
            pass
        return True
    _reading.add(history)
    threading.Thread(target=_read, args=(panel, history), name="history", daemon=True).start()
    return False


def _read(panel: Panel, history: History) -> None:
    try:
        while history.catch_up():
            pass
    finally:
        _reading.discard(history)
    # Not from here: it would race with a panel that has just shown itself, and be forgotten.
    panel.on_loop(panel.refresh)
