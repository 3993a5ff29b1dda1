"""``EventStream``: the events of a session, one after the other, for a loop of the user's own.

Theory of operation
===================

::

    for event in session.events("response.done"): ...          # a script, a cell
    async for event in session.events(): ...                   # any event loop

A stream subscribes when it is made, so nothing is missed between that and the first ``next``.
It ends with the session; one that is being opened again (``reconnect=True``) is not over.

**Memory.** A reader may be slow, or never come. Up to ``KEPT_BYTES`` of events wait here as they
are; of what comes after them only its place in ``session.events_log`` is kept, eight bytes or
so, and it is decoded again when its turn comes. The log keeps its own bound by a file; what it
had to give up is counted in ``lost``.

**Waiting** looks up in slices, like every wait of ours: a kernel interrupt ends it at once, and
so does an end of the session that no event tells of. Several loops may share one stream, then
each event goes to one of them; several streams each have every event.

The session holds a stream weakly: one that nobody has any more leaves by itself.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ... import _loop
from ...errors import ProtocolError, WaitTimeout
from ...protocol.dialects import Dialect
from .events_log import EventsLog
from .notices import NOTICES, Happening
from .subscribers import Subscribers
from .wire_event import WireEvent

__all__ = ["EventStream", "Source"]

#: Events that wait as they are, in bytes.
KEPT_BYTES = 8_000_000
#: What an event takes beside its words and its sound, in bytes.
OVERHEAD = 1000
#: So many at a time come back from the log.
BATCH = 64
#: After so many events in a row an ``async for`` lets the others on its loop have their turn.
SHARE = 32


class Source(Protocol):
    """What a stream needs of a session."""

    @property
    def going_on(self) -> bool:
        """More may come: it is open, or is being opened again."""

    @property
    def events_log(self) -> EventsLog:
        """Where events stand that did not fit here."""

    @property
    def _subscribers(self) -> Subscribers: ...

    @property
    def _dialect(self) -> Dialect: ...


class EventStream:
    """An iterator and an asynchronous iterator, made by ``Session.events``."""

    def __init__(
        self, session: Source, types: tuple[str, ...] = (), timeout: float | None = None
    ) -> None:
        self.lost = 0
        """Events that neither fitted here nor are in the log any more."""
        self._session = session
        self._types = types
        self._timeout = timeout
        self._lock = threading.Lock()
        self._events: deque[Happening] = deque()
        self._bytes = 0
        # What came when that was full: an event of our own, or a place in the log.
        self._later: deque[Happening | int] = deque()
        self._waiting: list[concurrent.futures.Future[None]] = []
        self._over = False
        self._in_a_row = 0
        self._leave = _subscribe(self, session._subscribers)
        # Not at once: the garbage collector may come while somebody changes the subscribers.
        weakref.finalize(self, _loop.post, self._leave).atexit = False

    def close(self) -> None:
        """Hear no more; what is here already may still be read."""
        self._leave()
        with self._lock:
            self._over = True
            self._wake()

    @property
    def pending(self) -> int:
        """How many events wait to be read."""
        with self._lock:
            return len(self._events) + len(self._later)

    def __repr__(self) -> str:
        """What it listens to, and how many wait."""
        what = ", ".join(self._types) or "all events"
        lost = f", {self.lost:,} lost" if self.lost else ""
        return f"<EventStream of {what}: {self.pending:,} waiting{lost}>"

    # Reading.

    def __iter__(self) -> EventStream:
        return self

    def __next__(self) -> Any:
        """The next event; waits for it here, not inside a callback of the session."""
        deadline = self._deadline()
        while True:
            event, future = self._take()
            if future is None:
                if event is None:
                    raise StopIteration
                return event
            with self._waits(future, deadline):
                _loop.wait(future, self._slice(deadline), what=self._what())

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> Any:
        """The next event, in any event loop."""
        self._in_a_row += 1
        if self._in_a_row >= SHARE:
            self._in_a_row = 0
            await asyncio.sleep(0)
        deadline = self._deadline()
        while True:
            event, future = self._take()
            if future is None:
                if event is None:
                    raise StopAsyncIteration
                return event
            self._in_a_row = 0
            with self._waits(future, deadline):
                await _loop.listen(future, self._slice(deadline), what=self._what())

    def _take(self) -> tuple[Happening | None, concurrent.futures.Future[None] | None]:
        """An event; or nothing at the end; or what to wait for."""
        while True:
            with self._lock:
                if self._events:
                    event = self._events.popleft()
                    self._bytes -= _size(event)
                    return event, None
                if not self._later:
                    if self._over or not self._session.going_on:
                        return None, None
                    future: concurrent.futures.Future[None] = concurrent.futures.Future()
                    self._waiting.append(future)
                    return None, future
                self._bring_back()

    def _bring_back(self) -> None:
        """The oldest of those that did not fit; in order, because whoever reads holds the lock."""
        log, dialect = self._session.events_log, self._session._dialect
        for _ in range(min(BATCH, len(self._later))):
            entry = self._later.popleft()
            if isinstance(entry, int):
                found = _kept(log, entry)
                if found is None:
                    self.lost += 1
                    continue
                try:
                    entry = dialect.decode_server(found.raw)
                except ProtocolError:  # it was one before its secrets were taken out
                    self.lost += 1
                    continue
            self._events.append(entry)
            self._bytes += _size(entry)

    def _deadline(self) -> float | None:
        return None if self._timeout is None else time.monotonic() + self._timeout

    def _slice(self, deadline: float | None) -> float:
        if deadline is None:
            return _loop.SLICE_S
        return max(0.0, min(_loop.SLICE_S, deadline - time.monotonic()))

    def _what(self) -> str:
        return f"the next {' or '.join(self._types)}" if self._types else "the next event"

    @contextlib.contextmanager
    def _waits(
        self, future: concurrent.futures.Future[None], deadline: float | None
    ) -> Iterator[None]:
        """One slice of a wait; ``WaitTimeout`` comes out of it at the deadline only."""
        try:
            yield
        except WaitTimeout:
            if deadline is not None and time.monotonic() >= deadline:
                raise WaitTimeout(
                    f"{self._what()} did not come within {self._timeout:g} s"
                ) from None
        finally:
            with self._lock, contextlib.suppress(ValueError):
                self._waiting.remove(future)

    # Filling: on the loop thread.

    def _hear(self, event: Happening) -> None:
        with self._lock:
            if self._over:  # closed a moment ago, by another thread
                return
            size = _size(event)
            if not self._later and (not self._events or self._bytes + size <= KEPT_BYTES):
                self._events.append(event)
                self._bytes += size
            else:
                # The log's newest frame is the one that this event came in.
                log = self._session.events_log
                ours = isinstance(event, NOTICES)  # what happened on this side is no frame
                self._later.append(event if ours else len(log) + log.lost - 1)
            self._wake()

    def _end(self) -> None:
        with self._lock:
            self._over = not self._session.going_on
            self._wake()

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()


def _subscribe(stream: EventStream, subscribers: Subscribers) -> Callable[[], None]:
    """Subscribe without holding the stream; the answer ends that."""
    weak = weakref.ref(stream)

    def hear(event: Happening, _: object) -> None:
        if (found := weak()) is not None:
            found._hear(event)

    def end(*_: object) -> None:
        if (found := weak()) is not None:
            found._end()

    hear.__qualname__ = end.__qualname__ = "Session.events"
    leaving: list[Callable[[], None]] = []

    def leave() -> None:
        for one in leaving:
            one()

    try:
        for name in stream._types or (None,):
            leaving.append(subscribers.add(hear, name))  # noqa: PERF401  (one may raise)
        leaving.append(subscribers.add(end, "session.ended"))
    except BaseException:
        leave()
        raise
    return leave


def _size(event: Happening) -> int:
    """About how much memory an event takes, in bytes."""
    delta = getattr(event, "delta", None)
    return OVERHEAD + (len(delta) if isinstance(delta, (bytes, str)) else 0)


def _kept(log: EventsLog, place: int) -> WireEvent | None:
    """The event at ``place`` counted from the very first, or ``None`` where it is lost."""
    try:
        return log[place - log.lost] if place >= log.lost else None
    except IndexError:
        return None
