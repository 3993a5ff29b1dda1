"""``Wire``: one websocket and the ``ClientProtocol`` behind it, on the loop thread.

A message of the server comes in ``_received`` (receive → apply → publish), called by the socket
itself (``frames.py``); only when everybody has heard an event is the next one taken. A task
sends what the core has queued whenever ``_flush`` wakes it, another waits for the end. A wire
ends once, in ``lost``: by the server's close, a broken connection, or ``close``.

Everything here runs on the loop of ``_loop`` and nowhere else, so nothing is locked.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from ...errors import RealtimeError, RemoteProtocolError, SessionClosed
from ...protocol.client import ClientProtocol
from ...protocol.events import ResponseOutputAudioDelta, ServerEvent, UnknownEvent
from ..events.connection_ends import ConnectionEnd
from ..events.events_log import EventsLog
from ..events.notices import SessionEnded
from ..events.subscribers import Subscribers, logger
from ..events.wire_event import is_sound, without_secrets
from ..ids import new_id
from ..logs import protocol_logger
from . import goodbye
from .frames import FrameConnection
from .providers import Target
from .secrets import scrub

__all__ = ["Wire"]


class Wire:
    """A connection; ``Link`` knows what its events mean."""

    def __init__(self, target: Target, log: EventsLog | None = None) -> None:
        self.target = target
        self.loop = asyncio.get_running_loop()
        self.now = time.monotonic
        self.client = ClientProtocol(dialect=target.dialect, new_id=new_id)
        self.conversation = self.client.conversation
        self.subscribers = Subscribers()
        self.events_log = EventsLog() if log is None else log
        """Every event both ways."""
        self.errors: deque[RealtimeError] = deque(maxlen=100)
        """What the server refused, and what of it could not be read."""
        self.ended: SessionEnded | None = None
        self.given_up = False
        """It was closed from here, whether it had ended before or not."""
        self.close_code: int | None = None
        """The code of the close that ended it, 1006 where there was none."""
        self._last_words: str | None = None
        self._begun_ms: float | None = None
        self._ws: ClientConnection | None = None
        self._wake = asyncio.Event()
        self._sent = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[None] | None = None

    def attach(self, ws: FrameConnection) -> None:
        """Begin to read from and write to ``ws``."""
        self._ws = ws
        self.events_log.begin()
        self._begun_ms = self.events_log.now_ms
        self.start(self._wait(ws))
        self.start(self._write(ws))
        ws.deliver_to(self._received)

    def start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine beside the others; it ends with the wire."""
        task = self.loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broke(error)

    def _broke(self, error: BaseException) -> None:
        logger.error("the session broke", exc_info=error)
        self.lost(f"an error in rtwidgets itself: {type(error).__name__}: {error}")

    def _received(self, data: bytes) -> None:
        """A message of the server; what goes wrong with it ends here."""
        if self.ended is not None:
            return
        try:
            event = self._read(data)
            sound = event.delta if isinstance(event, ResponseOutputAudioDelta) else b""
            self.events_log.received(data, sound)
            if event is not None:
                self._publish(event)
        except Exception as error:  # noqa: BLE001  (it would end the socket, and say nothing)
            self._broke(error)

    def _read(self, data: bytes) -> ServerEvent | UnknownEvent | None:
        """The event, applied; ``None`` where it is none, or was here before."""
        # Servers repeat a key in what they say about it.
        if not is_sound(data) and b'"error"' in data:
            data = without_secrets(data)
        try:
            return self.client.receive_once(data)
        except RemoteProtocolError as error:
            self._no_event(error)
            return None

    async def _wait(self, ws: ClientConnection) -> None:
        try:
            await ws.recv()
        except ConnectionClosed as closed:
            self.close_code = goodbye.close_code(closed)
            self.lost(self._last_words or goodbye.reason(closed))

    def _no_event(self, error: RemoteProtocolError) -> None:
        """A frame that cannot be read; the next one may be."""
        # The first in full: a server that sends nonsense sends much of it.
        again = bool(self.errors) and isinstance(self.errors[-1], RemoteProtocolError)
        level = logging.DEBUG if again else logging.WARNING
        protocol_logger.log(level, "the server sent what is no event: %s", error)
        self.errors.append(error)

    def _publish(self, event: ServerEvent | UnknownEvent) -> None:
        self.subscribers.publish(event, self.conversation)

    def _flush(self) -> None:
        self._sent.clear()
        self._wake.set()

    async def _write(self, ws: ClientConnection) -> None:
        record = self.events_log.sent
        with contextlib.suppress(ConnectionClosed):  # the reader says so
            while True:
                self._wake.clear()
                for text in self.client.take_text():
                    record(text)
                    await ws.send(text)
                if not self._wake.is_set():
                    self._sent.set()
                    await self._wake.wait()

    async def drained(self) -> None:
        """Until everything that was queued has gone out to the system's buffers."""
        await self._sent.wait()

    def send(self, event: Any) -> str:
        """Flush after a command of the core, which gave ``event``; its id."""
        if self.ended is not None:
            raise SessionClosed(self.ended.reason)
        self._flush()
        return str(event.event_id)

    def later(self, seconds: float, fn: Callable[..., Any], *args: Any) -> asyncio.TimerHandle:
        """Call ``fn`` on the loop in a while; what it raises is kept."""
        return self.loop.call_later(
            seconds, lambda: self.subscribers.call(fn, *args, event="later")
        )

    def lost(self, reason: str, *, expected: bool = False) -> None:
        """The connection is over: everybody who waits is told why, once."""
        if self.ended is not None:
            return
        self.ended = SessionEnded(reason=scrub(reason), expected=expected)
        self._note_end(self.ended)
        self._sent.set()
        self._abandon(self.ended.reason)
        if not expected:
            logger.warning("the session ended: %s", self.ended.reason)
        self.subscribers.publish(self.ended, self.conversation)
        current = asyncio.current_task(self.loop)
        for task in tuple(self._tasks):
            if task is not current:
                task.cancel()

    def _note_end(self, ended: SessionEnded) -> None:
        """For those who read the log later."""
        if self._begun_ms is not None:
            end = ConnectionEnd(
                begun_ms=self._begun_ms,
                at_ms=self.events_log.now_ms,
                reason=ended.reason,
                expected=ended.expected,
            )
            self.events_log.ends.append(end)

    def expire(self, reason: str) -> None:
        """The server says that it is over: so it is, once everybody has heard that event."""
        self.close_code, self._last_words = 1001, reason
        self.loop.call_soon(lambda: self.part(reason, expected=False))

    def _abandon(self, reason: str) -> None:
        """Nothing more will come: end what waits for it."""

    def part(self, reason: str, *, expected: bool = True) -> None:
        """End it at once; the server still gets what is queued, and nothing after it."""
        words = self.client.take_text()
        self.lost(reason, expected=expected)
        if self._ws is not None:
            self.start(self._part(self._ws, words))

    async def _part(self, ws: ClientConnection, words: list[str]) -> None:
        with contextlib.suppress(ConnectionClosed):
            for text in words:
                self.events_log.sent(text)
                await ws.send(text)
        await ws.close()

    def start_closing(self) -> None:
        """``close`` for those on the loop who cannot wait."""
        task = self.loop.create_task(self.close())
        self._closing = task  # a task that nobody holds may vanish

    async def close(self, reason: str = "it was closed here") -> None:
        """End it; a second time does nothing."""
        self.given_up = True
        self.lost(reason, expected=True)
        if self._ws is not None:
            await self._ws.close()
