"""The session manager: ``connect`` opens a ``Session``, ``Session.say`` gives a ``Turn``."""

from __future__ import annotations

from .carry import Resumed
from .connect import connect
from .generated import Said
from .item_changes import ItemChange
from .latency import Latency
from .money import Price, price
from .notices import Interrupted, SessionEnded
from .session import Session
from .show_protocol import register
from .tools.calls import ToolCall
from .turn import Turn
from .usage import SessionUsage

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
