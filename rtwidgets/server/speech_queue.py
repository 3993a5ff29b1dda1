"""One synthesizer for many replies: whose clause is spoken next.

Theory of operation. A heavy synthesizer uses all cores for one clause, so clauses of all
connections wait in one queue and a worker takes the most urgent one: a reply that has said
nothing yet comes first, then the reply whose sound runs out first. A reply's own clauses
keep their order, one at a time, whatever the number of workers.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines.base import Synthesizer
from .workers import closed_after, start_thread

__all__ = ["Clause", "Lane", "SpeechQueue"]

Int16 = NDArray[np.int16]

log = logging.getLogger(__name__)


class Clause:
    """One text on its way to sound."""

    def __init__(self, lane: Lane, text: str) -> None:
        self.lane = lane
        self.text = text
        self.begun = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._chunks: asyncio.Queue[Int16 | Exception | None] = asyncio.Queue()

    async def chunks(self) -> AsyncIterator[Int16]:
        """int16 samples at the synthesizer's rate as they are made; raises what it raised."""
        while (chunk := await self._chunks.get()) is not None:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def put(self, chunk: Int16 | Exception | None) -> None:
        """From the worker: a chunk, a failure, or the end (None)."""
        try:
            self._loop.call_soon_threadsafe(self._take, chunk)
        except RuntimeError:  # the loop is gone: so is the listener
            self.lane.closed = True

    def _take(self, chunk: Int16 | Exception | None) -> None:
        self.begun.set()
        self._chunks.put_nowait(chunk)


class Lane:
    """One reply's place in the queue; close it when the reply is over or cancelled."""

    def __init__(self, queue: SpeechQueue, voice: str, speed: float) -> None:
        self.voice = voice
        self.speed = speed
        self.closed = False
        self.busy = False
        self.runs_out = 0.0
        """When the sound made so far will have been played (monotonic s); 0 before any."""
        self._queue = queue

    def say(self, text: str) -> Clause:
        """Queue ``text``; its chunks come from the clause that is returned."""
        clause = Clause(self, text)
        self._queue.add(clause)
        return clause

    def close(self) -> None:
        """Drop what waits and stop what is being spoken, between two chunks."""
        self._queue.remove(self)


class SpeechQueue:
    """The clauses that wait, and the threads that speak them.

    Args:
        synthesizer: the engine.
        workers: clauses that may be spoken at once.
    """

    def __init__(self, synthesizer: Synthesizer, *, workers: int = 1) -> None:
        self.rate = synthesizer.rate
        self._synthesizer = synthesizer
        self._limit = workers
        self._threads = 0
        self._idle = 0
        self._closed = False
        self._waiting: list[Clause] = []
        self._lanes: set[Lane] = set()
        self._changed = threading.Condition()

    def open(self, voice: str, speed: float) -> Lane:
        """A place for one reply, said by the synthesizer's ``voice``."""
        lane = Lane(self, voice, speed)
        with self._changed:
            self._lanes.add(lane)
        return lane

    @property
    def alone(self) -> bool:
        """Whether at most one reply is under way."""
        return len(self._lanes) <= 1

    def add(self, clause: Clause) -> None:
        """Take a clause; threads are started as they are needed."""
        with self._changed:
            self._waiting.append(clause)
            if self._idle == 0 and self._threads < self._limit:
                self._threads += 1
                start_thread(self._work, "speech")
            self._changed.notify()

    def remove(self, lane: Lane) -> None:
        """Forget a reply."""
        with self._changed:
            lane.closed = True
            self._lanes.discard(lane)
            self._waiting = [clause for clause in self._waiting if clause.lane is not lane]

    def close(self) -> None:
        """End the threads; what waits is never spoken."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            for lane in self._lanes:
                lane.closed = True
            self._changed.notify_all()

    def _work(self) -> None:
        while (clause := self._next()) is not None:
            clause.put(self._speak(clause))
            with self._changed:
                clause.lane.busy = False
                self._changed.notify_all()

    def _next(self) -> Clause | None:
        with self._changed:
            while not self._closed:
                ready = [clause for clause in self._waiting if not clause.lane.busy]
                if ready:
                    clause = min(ready, key=lambda c: c.lane.runs_out)
                    self._waiting.remove(clause)
                    clause.lane.busy = True
                    return clause
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
        return None

    def _speak(self, clause: Clause) -> Exception | None:
        """Make the chunks of a clause; what goes wrong is returned, for whoever awaits it."""
        lane = clause.lane
        try:
            chunks: Any = self._synthesizer.synthesize(
                clause.text, voice=lane.voice, speed=lane.speed
            )
            with closed_after(chunks):
                for chunk in chunks:
                    if lane.closed:
                        break
                    now = time.monotonic()
                    lane.runs_out = max(lane.runs_out, now) + len(chunk) / self.rate
                    clause.put(chunk)
        except Exception as error:  # noqa: BLE001  (raised again where it is awaited)
            return error
        return None
