"""``Sessions``: a reader's core for a log in which one session of the server follows another.

A talk goes on over another connection with a state, and with ids of events, of its own: some
servers count them from 1 each time, so that what they say would look like what was here before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...protocol import events as on
from ...protocol.client import ClientProtocol
from ...protocol.conversation import Conversation
from ...protocol.dialects import Dialect

__all__ = ["Sessions", "begins_session"]

_CREATED = b'"session.created"'


def begins_session(raw: bytes) -> bool:
    """Whether a frame of the server looks like the first one of a session."""
    return _CREATED in raw


class Sessions:
    """Takes the frames of the server, in their order."""

    def __init__(self, dialect: Dialect, new_id: Callable[[str], str]) -> None:
        self.core = ClientProtocol(dialect=dialect, new_id=new_id)
        """Of the session that goes on now."""
        self.left: Conversation | None = None
        """The state in which the one before it was left."""
        self._new_id = new_id
        self._first = b""  # the frame that began it, until anything else came
        self._begun = False

    def receive(self, raw: bytes) -> Any:
        """The event, or ``None`` where it came before; raises ``RemoteProtocolError``."""
        if not begins_session(raw):
            self._first = b""
            return self.core.receive_once(raw)
        if raw == self._first:  # a proxy said it twice
            return None
        core = ClientProtocol(dialect=self.core.dialect, new_id=self._new_id)
        event = core.receive_once(raw)
        if not isinstance(event, on.SessionCreated):
            return self.core.receive_once(raw)
        self.left = self.core.conversation if self._begun else None
        self.core, self._begun, self._first = core, True, raw
        return event
