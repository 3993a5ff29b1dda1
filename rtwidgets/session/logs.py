"""The loggers of this layer; every layer has one of its own, see ``docs/architecture.md``.

The protocol is pure and logs nothing: what its core finds wrong with a server is logged here,
under its name.
"""

from __future__ import annotations

import logging

from ..protocol.events import UnknownEvent
from .connecting.secrets import Scrubber

__all__ = ["log_unknown", "logger", "protocol_logger"]

logger = logging.getLogger("rtwidgets.session")
protocol_logger = logging.getLogger("rtwidgets.protocol")
for _logger in (logger, protocol_logger):
    _logger.addFilter(Scrubber())


def log_unknown(_: object, event: UnknownEvent) -> None:
    """A server said something that this version does not know."""
    protocol_logger.debug("an event of an unknown type: %s", event.type)
