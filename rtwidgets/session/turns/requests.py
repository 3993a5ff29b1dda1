"""One queue for ``response.create``: two responses of ours never meet.

Theory of operation
===================

A server answers one response of the conversation at a time and refuses another with
``conversation_already_has_active_response``. A ``Request`` stands for one response that we
want. It moves through::

    queued ─► begun ─► ready ─► asked ─► created ─► released
                        ▲         │
                        └─────────┘ refused: somebody else's response was first

``begin`` does what has to come before (an item, sound) when the request's turn comes;
``ready`` says that it is done; ``ask`` sends the event. At most one request is past *queued*,
and none is asked while a response is active. The slot is free again when ``release`` is
called: at ``response.created`` for a bare request, at the end of a turn for a turn, so that
the item of the next turn cannot become a part of this turn's context.

**Whose response is it?** Without turn detection nobody but us asks, and the next
``response.created`` is ours. With turn detection the server asks as well, so requests then
carry a tag in ``metadata``, which servers repeat. From one that has never repeated a tag,
the next one is taken.

**Given up.** A request that is released between *asked* and *created* is *owed*: its response
may still come, and would meet the next one or be taken for it. So nothing is asked until the
server has answered it with a response or an error, or has had its time (``forgive``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from msgspec import UNSET, structs

from ...protocol.items import Response
from ...protocol.response_config import ResponseConfig

__all__ = ["TAG", "Request", "RequestQueue", "tagged"]

#: The key in ``metadata``.
TAG = "rtwidgets"


class Request:
    """One response that we want."""

    def __init__(
        self,
        ask: Callable[[], str],
        *,
        begin: Callable[[], None] | None = None,
        tag: str | None = None,
        config: ResponseConfig | None = None,
    ) -> None:
        self.ask = ask
        self.begin = begin
        self.tag = tag
        self.config = config
        """What the user wants of the response, without our tag."""
        self.errand: Any = None
        """The rounds of tool calls that it belongs to."""
        self.ready = begin is None
        self.event_id: str | None = None
        """Of the ``response.create`` that waits for its answer."""
        self.response_id: str | None = None
        self.refusals = 0
        self.held = False
        """Refused a moment ago: not to be asked again until the other response ends."""

    def renew(self, ask: Callable[[], str]) -> None:
        """Ask once more, for the answer to the calls of the first response."""
        self.ask, self.begin, self.ready = ask, None, True
        self.event_id = self.response_id = None
        self.refusals, self.held = 0, False


class RequestQueue:
    """Requests in order; ``busy`` says whether a response is active."""

    def __init__(self, busy: Callable[[], bool]) -> None:
        self.current: Request | None = None
        self.waiting: deque[Request] = deque()
        self.owed: Request | None = None
        """Given up after it was asked; the server has not answered yet."""
        self.owing: Callable[[Request], object] = lambda request: None
        """Called when a request is owed, to ``forgive`` it in time."""
        self.echoes = False
        """The server repeats tags."""
        self._busy = busy
        self._pumping = False

    def submit(self, request: Request) -> None:
        """Queue a request; it starts at once where nothing is in its way."""
        self.waiting.append(request)
        self.pump()

    def submit_first(self, request: Request) -> None:
        """The same before all others; a request in hand keeps its place."""
        if self.current is not request:
            if request in self.waiting:
                self.waiting.remove(request)
            self.waiting.appendleft(request)
        self.pump()

    def set_ready(self, request: Request) -> None:
        """What comes before the response is done."""
        request.ready = True
        self.pump()

    def pump(self) -> None:
        """Do what can be done now; call it whenever something ended."""
        if self._pumping:  # `begin` came back here
            return
        self._pumping = True
        try:
            while self._step():
                pass
        finally:
            self._pumping = False

    def _step(self) -> bool:
        if self.owed is not None:
            return False
        request = self.current
        if request is None:
            if not self.waiting or self._busy():
                return False
            request = self.current = self.waiting.popleft()
            if request.begin is not None:
                request.begin()
            return True
        open_ = request.event_id is None and request.response_id is None
        if not (open_ and request.ready and not request.held) or self._busy():
            return False
        request.event_id = request.ask()
        return False

    def created(self, response: Response) -> Request | None:
        """The request that ``response`` answers, if one of ours."""
        tag = (response.metadata or {}).get(TAG)
        self.echoes = self.echoes or tag is not None
        if self.owed is not None and (tag == self.owed.tag or not self.echoes):
            self.owed = None
            return None
        request = self.current
        if request is None or request.event_id is None or request.response_id is not None:
            return None
        telling = tag is not None or (request.tag is not None and self.echoes)
        if telling and tag != request.tag:
            return None
        request.response_id = response.id
        return request

    def refused(self, event_id: str) -> Request | None:
        """The request whose ``response.create`` had that id; it may be asked again."""
        request = self.current
        if request is None or request.event_id != event_id:
            return None
        request.event_id = request.response_id = None
        request.refusals += 1
        request.held = True
        return request

    def ended(self) -> None:
        """A response ended: whoever was held back may try."""
        if self.current is not None:
            self.current.held = False
        self.pump()

    def release(self, request: Request) -> None:
        """The request is over, however; the next one starts."""
        if self.current is request:
            self.current = None
            if request.event_id is not None and request.response_id is None:
                self.owed = request
                self.owing(request)
        elif request in self.waiting:
            self.waiting.remove(request)
        self.pump()

    def forgive(self, answered: Request | str | None) -> None:
        """No response of what is owed will come: its time is over, or an error answered it.

        ``answered`` is the request, or the event that an error names, ``None`` where it names
        none.
        """
        owed = self.owed
        if owed is not None and answered in (owed, owed.event_id, None):
            self.owed = None
            self.pump()

    def clear(self) -> None:
        """Forget everything, when the connection is gone."""
        self.owed = None
        self.waiting.clear()
        self.current = None


def tagged(config: ResponseConfig | None, tag: str) -> ResponseConfig:
    """``config`` with our tag beside the user's own metadata, where there is room."""
    config = config or ResponseConfig()
    own = {} if config.metadata is UNSET or config.metadata is None else config.metadata
    return config if len(own) >= 16 else structs.replace(config, metadata={**own, TAG: tag})
