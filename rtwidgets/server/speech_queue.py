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

__all__ = ["Clause", "SpeechQueue", "Voice"]

Int16 = NDArray[np.int16]

log = logging.getLogger(__name__)


class Clause:
    """One text on its way to sound; iterate to receive the chunks as they are made."""

    def __init__(self, voice: Voice, text: str) -> None:
        self.voice = voice
        self.text = text
        self.begun = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._chunks: asyncio.Queue[Int16 | BaseException | None] = asyncio.Queue()

    async def __aiter__(self) -> AsyncIterator[Int16]:
        """Chunks of int16 samples at the synthesizer's rate; raises what it raised."""
        while (chunk := await self._chunks.get()) is not None:
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk

    def put(self, chunk: Int16 | BaseException | None) -> None:
        """From the worker: a chunk, a failure, or the end (None)."""
        try:
            self._loop.call_soon_threadsafe(self._take, chunk)
        except RuntimeError:  # the loop is gone: so is the listener
            self.voice.closed = True

    def _take(self, chunk: Int16 | BaseException | None) -> None:
        self.begun.set()
        self._chunks.put_nowait(chunk)


class Voice:
    """One reply's place in the queue; close it when the reply is over or cancelled."""

    def __init__(self, queue: SpeechQueue, name: str, speed: float) -> None:
        self.name = name
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
        self._waiting: list[Clause] = []
        self._voices: set[Voice] = set()
        self._changed = threading.Condition()

    def open(self, voice: str, speed: float) -> Voice:
        """A place for one reply."""
        place = Voice(self, voice, speed)
        with self._changed:
            self._voices.add(place)
        return place

    @property
    def alone(self) -> bool:
        """Whether at most one reply is under way."""
        return len(self._voices) <= 1

    def add(self, clause: Clause) -> None:
        """Take a clause; threads are started as they are needed."""
        with self._changed:
            self._waiting.append(clause)
            if self._idle == 0 and self._threads < self._limit:
                self._threads += 1
                threading.Thread(
                    target=self._work, name="rtwidgets-speech", daemon=True
                ).start()
            self._changed.notify()

    def remove(self, voice: Voice) -> None:
        """Forget a reply."""
        with self._changed:
            voice.closed = True
            self._voices.discard(voice)
            self._waiting = [clause for clause in self._waiting if clause.voice is not voice]

    def _work(self) -> None:
        while True:
            clause = self._next()
            try:
                self._speak(clause)
            except BaseException as error:
                clause.put(error)
            finally:
                with self._changed:
                    clause.voice.busy = False
                    self._changed.notify_all()

    def _next(self) -> Clause:
        with self._changed:
            while True:
                ready = [clause for clause in self._waiting if not clause.voice.busy]
                if ready:
                    clause = min(ready, key=lambda c: c.voice.runs_out)
                    self._waiting.remove(clause)
                    clause.voice.busy = True
                    return clause
                self._idle += 1
                self._changed.wait()
                self._idle -= 1

    def _speak(self, clause: Clause) -> None:
        voice = clause.voice
        chunks: Any = self._synthesizer.synthesize(
            clause.text, voice=voice.name, speed=voice.speed
        )
        try:
            for chunk in chunks:
                if voice.closed:
                    return
                now = time.monotonic()
                voice.runs_out = max(voice.runs_out, now) + len(chunk) / self.rate
                clause.put(chunk)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        clause.put(None)
