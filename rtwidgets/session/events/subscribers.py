"""Who wants to hear of events, called in order on the loop thread.

One that raises is logged and kept in ``errors``; the others and the read loop go on.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

from msgspec import Struct

from ...errors import LocalProtocolError
from ...protocol import events
from ...protocol.conversation import Conversation
from ...protocol.events import UnknownEvent
from ..logs import logger
from ..settings.flat import nearest
from .notices import NOTICES, Happening, event_type

__all__ = ["CallbackError", "Subscriber", "Subscribers", "logger"]

Subscriber = Callable[[Any, Conversation], Any]
"""``fn(event, conversation)``; a coroutine function runs as a task on the loop."""

Entry = tuple[type[Struct] | str | None, Subscriber]

#: Old errors make room for new ones.
KEPT_ERRORS = 100

_EVENTS: dict[str, type[Struct]] = {
    str(kind.__struct_config__.tag): kind for kind in (*get_args(events.ServerEvent), *NOTICES)
}


@dataclass(frozen=True)
class CallbackError:
    """A callback that raised: its name, what it was called with, and what it raised."""

    callback: str
    event: str
    error: BaseException

    def __str__(self) -> str:
        """One line for a page."""
        return f"{self.callback}({self.event}): {type(self.error).__name__}: {self.error}"


class Subscribers:
    """An ordered list that may change while it is called, from any thread."""

    def __init__(self) -> None:
        self.errors: deque[CallbackError] = deque(maxlen=KEPT_ERRORS)
        self._lock = threading.Lock()
        # Replaced, never mutated: whoever is iterating keeps what it began with.
        self._entries: tuple[Entry, ...] = ()
        # Who hears which type of event; a new one whenever the entries change.
        self._heard_by: dict[type, tuple[Subscriber, ...]] = {}
        self._heir: Subscribers | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def count(self) -> int:
        """How many listen."""
        return len(self._entries)

    def add(self, fn: Subscriber, event: str | None = None) -> Callable[[], None]:
        """Call ``fn`` for every event, or for those of one type; the answer takes it out again.

        A type that is nearly one of ours raises ``LocalProtocolError``; any other is taken
        for one that a server of another kind sends.
        """
        wanted: type[Struct] | str | None = None if event is None else _EVENTS.get(event, event)
        if isinstance(wanted, str):
            hint = nearest(wanted, _EVENTS)
            if hint.startswith("did you mean") and _close(wanted, hint):
                raise LocalProtocolError(f"no event is called {event!r}: {hint}")
        entry = (wanted, fn)
        with self._lock:
            self._set((*self._entries, entry))
        return lambda: self._drop(entry)

    def _drop(self, entry: Entry) -> None:
        with self._lock:
            self._set(tuple(e for e in self._entries if e is not entry))
            heir = self._heir
        if heir is not None:
            heir._drop(entry)

    def take_over(self, other: Subscribers) -> None:
        """Tell those who heard another connection, after our own, and keep what they raised."""
        with self._lock, other._lock:
            self._set((*self._entries, *other._entries))
            other._set(())  # the end of the old connection is not theirs any more
            other._heir = self  # whoever leaves the other one leaves this one too
        self.errors.extendleft(reversed(other.errors))

    def publish(self, event: Happening, conversation: Conversation) -> None:
        """Tell everybody, in the order in which they came."""
        hearers = self._heard_by.get(type(event))
        for fn in self._hearers(event) if hearers is None else hearers:
            self.call(fn, event, conversation, event=event)

    def _set(self, entries: tuple[Entry, ...]) -> None:
        # In this order: whoever looks meanwhile may write into the old table only.
        self._entries = entries
        self._heard_by = {}

    def _hearers(self, event: Happening) -> tuple[Subscriber, ...]:
        table = self._heard_by  # before the entries, see ``_set``
        found = tuple(
            fn
            for wanted, fn in self._entries
            if wanted is None or wanted is type(event) or _is_unknown(event, wanted)
        )
        if not isinstance(event, UnknownEvent):  # those of one type have many names
            table[type(event)] = found
        return found

    def call(self, fn: Callable[..., Any], *args: Any, event: Happening | str) -> None:
        """Run somebody else's function; what it raises ends here."""
        try:
            result = fn(*args)
            if result is not None and asyncio.iscoroutine(result):
                task = asyncio.get_running_loop().create_task(result)
                self._tasks.add(task)
                task.add_done_callback(lambda t: self._ended(t, fn, event))
        except (Exception, SystemExit) as error:  # noqa: BLE001  (a user's function)
            # SystemExit as well: it would end the thread that all sessions live on.
            self.keep(fn, event, error)

    def _ended(
        self, task: asyncio.Task[Any], fn: Callable[..., Any], event: Happening | str
    ) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.keep(fn, event, error)

    def keep(self, fn: Callable[..., Any], event: Happening | str, error: BaseException) -> None:
        """A user's function raised: log it, and have it in ``errors``."""
        name = getattr(fn, "__qualname__", repr(fn))
        kind = event if isinstance(event, str) else event_type(event)
        # The first of its kind in full: a callback that fails fails at every event.
        known = any(e.callback == name and type(e.error) is type(error) for e in self.errors)
        self.errors.append(CallbackError(name, kind, error))
        if known:
            logger.debug("callback %s failed at %s again: %r", name, kind, error)
        else:
            logger.error("callback %s failed at %s", name, kind, exc_info=error)


def _is_unknown(event: Happening, wanted: type[Struct] | str) -> bool:
    return isinstance(event, UnknownEvent) and event.type == wanted


def _close(name: str, hint: str) -> bool:
    """A typing error or the beta dialect's name, not merely a relative."""
    import difflib

    near = hint.split("'")[1]
    return difflib.SequenceMatcher(None, name, near).ratio() > 0.85
