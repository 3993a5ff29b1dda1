"""``Connection``: one websocket, one ``ServerProtocol``, and the work that it asks for.

Theory of operation. Everything that changes the core runs on the loop: the reading task feeds
frames and what the ``Vad`` heard, in order; tasks of the engines feed their results. Each of
them drains the core through ``_drain``: events into the outbox, work into tasks. One sending
task empties the outbox, so a slow reader delays nobody but itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from websockets.exceptions import ConnectionClosed

from ..engines.base import Engines
from ..errors import RemoteProtocolError
from ..protocol.server import ServerProtocol
from ..protocol.work import Cancel, Respond, Resume, Speculate, Transcribe, Work
from .hearing import Ear
from .pipeline import Reply, explain
from .speculation import Scribe
from .speech_queue import SpeechQueue
from .wire import Wire

__all__ = ["Connection", "Studio"]

log = logging.getLogger(__name__)

#: Text waiting for a slow reader (characters): above the first, replies pause; above the
#: second, the client's own frames wait as well.
PAUSE_REPLIES = 4 * 2**20
PAUSE_READING = 64 * 2**20
#: Text that goes out in one write (characters).
BATCH = 256 * 2**10


@dataclass(frozen=True, kw_only=True)
class Studio:
    """What all connections of a server share."""

    engines: Engines
    speech: SpeechQueue
    vad_threads: Executor


class Connection:
    """Runs one session until either side closes.

    Args:
        socket: the open websocket.
        core: a core that was not started yet.
        studio: the engines.
        expires_s: the session is closed after this time.
    """

    def __init__(
        self, socket: Wire, core: ServerProtocol, studio: Studio, *, expires_s: float
    ) -> None:
        self._socket = socket
        self._core = core
        self._studio = studio
        self._expires_s = expires_s
        self._outbox: deque[str] = deque()
        self._outbox_size = 0
        self._filled = asyncio.Event()
        self._sent = asyncio.Event()
        self._hung_up = False
        self._ear: Ear | None = None
        self._deaf = False
        self._scribe = Scribe(studio.engines.transcriber)
        self._replies: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve the client until the connection is closed."""
        self._core.start()
        self._spawn(self._send())
        expiry = asyncio.get_running_loop().call_later(self._expires_s, self._expire)
        try:
            await self._drain()
            async for frame in self._socket:
                await self._take(frame)
        except ConnectionClosed:
            pass
        finally:
            expiry.cancel()
            self._scribe.close()
            for task in tuple(self._tasks):
                task.cancel()

    async def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, str):
            self._core.receive(frame)
        else:
            self._core.refuse(
                RemoteProtocolError(
                    "Events are JSON in text frames; this frame was binary. Send sound in base64 "
                    "with input_audio_buffer.append.",
                    code="invalid_value",
                )
            )
        await self._drain(PAUSE_READING)
        await self._listen()

    async def _listen(self) -> None:
        """Let the ``Vad`` judge what was appended, in its thread, and tell the core in order."""
        core, loop = self._core, asyncio.get_running_loop()
        audio = core.take_audio()
        if not core.detects_turns:
            self._deaf = True
            return
        pool = self._studio.vad_threads
        if self._ear is None:
            vad = await loop.run_in_executor(pool, self._studio.engines.new_vad)
            self._ear = Ear(vad, core.input_format)
        elif self._deaf or self._ear.format != core.input_format:
            self._ear.reset(core.input_format)
        self._deaf = False
        ear = self._ear
        for part in ear.slices(audio):
            try:
                if ear.instant:
                    probabilities = ear.judge(part)
                else:
                    probabilities = await loop.run_in_executor(pool, ear.judge, part)
            except Exception:
                log.exception("voice activity detection failed; %d bytes go unheard", len(part))
                continue
            for probability in probabilities:
                core.heard(probability, ear.window_ms)
            await self._drain(PAUSE_READING)
            if len(part) == ear.slice_bytes:  # a long sound: others have a turn
                await asyncio.sleep(0)

    # Work

    async def _drain(self, limit: int = PAUSE_REPLIES) -> None:
        """Send what the core has to say and start what it asks for; wait for a slow reader."""
        for work in self._core.take_work():
            self._start(work)
        events = self._core.take_events()
        if events and not self._hung_up:
            self._outbox.extend(events)
            self._outbox_size += sum(map(len, events))
            self._filled.set()
        while self._outbox_size > limit:
            await self._next_sent()

    def _start(self, work: Work) -> None:
        if isinstance(work, Transcribe):
            self._spawn(self._transcribe(work))
        elif isinstance(work, Speculate):
            self._scribe.speculate(work)
        elif isinstance(work, Resume):
            self._scribe.resume(work.item_id)
        elif isinstance(work, Respond):
            reply = Reply(
                work,
                engines=self._studio.engines,
                speech=self._studio.speech,
                core=self._core,
                flush=self._drain,
            )
            task = self._spawn(reply.run())
            self._replies[work.response_id] = task
            task.add_done_callback(lambda _: self._replies.pop(work.response_id, None))
        elif isinstance(work, Cancel):
            reply_task = self._replies.pop(work.response_id, None)
            if reply_task is not None:
                reply_task.cancel()

    async def _transcribe(self, work: Transcribe) -> None:
        try:
            text = await self._scribe.transcribe(work)
        except Exception as error:
            log.exception("item %s could not be transcribed", work.item_id)
            self._core.transcription_failed(work.item_id, explain(error))
        else:
            seconds = work.format.duration_ms(len(work.audio)) / 1000
            self._core.transcribed(work.item_id, text, seconds)
        await self._drain()

    # The socket

    async def _send(self) -> None:
        try:
            while True:
                await self._filled.wait()
                self._filled.clear()
                while self._outbox:
                    batch = self._batch()
                    await self._socket.send_all(batch)
                    for text in batch:
                        self._outbox.popleft()
                        self._outbox_size -= len(text)
                    self._sent.set()
        except ConnectionClosed:
            # Nobody will read it, now or later, and nobody shall wait for that.
            self._hung_up = True
            self._outbox.clear()
            self._outbox_size = 0
            self._sent.set()

    def _batch(self) -> list[str]:
        """The first events of the outbox; they stay in it until they are sent."""
        batch, size = [], 0
        for text in self._outbox:
            batch.append(text)
            size += len(text)
            if size >= BATCH:
                break
        return batch

    async def _next_sent(self) -> None:
        self._sent.clear()
        await self._sent.wait()

    def _expire(self) -> None:
        minutes = self._expires_s / 60
        reason = f"Your session hit the maximum duration of {minutes:g} minutes."
        self._core.refuse(RemoteProtocolError(reason, code="session_expired"))
        self._spawn(self._close(1001, reason))

    async def _close(self, code: int, reason: str) -> None:
        await self._drain()
        while self._outbox:
            await self._next_sent()
        await self._socket.close(code, reason)

    def _spawn(self, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task of a connection failed", exc_info=task.exception())
