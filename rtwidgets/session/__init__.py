"""The session manager: ``connect`` opens a ``Session``, ``Session.say`` gives a ``Turn``."""

from __future__ import annotations

from .connect import connect
from .connecting.carry import Resumed
from .events.notices import Interrupted, SessionEnded
from .items.changes import ItemChange
from .money.prices import Price, price
from .money.usage import SessionUsage
from .session import Session
from .shown.protocol import register
from .tools.calls import ToolCall
from .turns.generated import Said
from .turns.latency import Latency
from .turns.turn import Turn

__all__ = [
    "Interrupted",
    "ItemChange",
    "Latency",
    "Price",
    "Resumed",
    "Said",
    "Session",
    "SessionEnded",
    "SessionUsage",
    "ToolCall",
    "Turn",
    "connect",
    "price",
]

# Where IPython runs, it learns how values of the protocol look.
register()
