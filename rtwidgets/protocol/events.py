"""Every event both ways: the clients' in ``client_events``, the servers' in ``server_events``."""

from __future__ import annotations

from typing import Union

from .client_events import *  # noqa: F403  (this module is the one name for both lists)
from .client_events import ClientEvent
from .client_events import __all__ as _client
from .server_events import *  # noqa: F403
from .server_events import ServerEvent
from .server_events import __all__ as _server

__all__ = ["Event", *_client, *_server]

Event = Union[ClientEvent, ServerEvent]
