"""The Realtime protocol without I/O: events and commands in, state and text out.

One reducer (``conversation.py``) serves both ends. ``ClientProtocol`` and ``ServerProtocol``
wrap it with what each end may say; ``dialects.py`` writes it in GA or in beta. Nothing here
knows a socket, a clock, a thread or a random number: times are counted in samples, ids and
results are handed in. The events are in ``rtwidgets.protocol.events``, what they carry in
``items`` and ``config``.
"""

from __future__ import annotations

from .client import ClientProtocol
from .conversation import Conversation
from .dialects import BETA, GA, Dialect
from .server import ServerProtocol
from .usage import Ledger

__all__ = [
    "BETA",
    "GA",
    "ClientProtocol",
    "Conversation",
    "Dialect",
    "Ledger",
    "ServerProtocol",
]
