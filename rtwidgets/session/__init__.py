"""The session manager: ``connect`` opens a ``Session``, ``Session.say`` gives a ``Turn``."""

from __future__ import annotations

from .carry import Resumed
from .connect import connect
from .latency import Latency
from .money import Price, price
from .notices import Interrupted, SessionEnded
from .session import Session
from .tools.calls import ToolCall
from .turn import Turn
from .usage import SessionUsage

__all__ = [
    "Interrupted",
    "Latency",
    "Price",
    "Resumed",
    "Session",
    "SessionEnded",
    "SessionUsage",
    "ToolCall",
    "Turn",
    "connect",
    "price",
]
