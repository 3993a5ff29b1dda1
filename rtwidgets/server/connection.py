"""``Connection``: one websocket, one ``ServerProtocol``, and the work that it asks for.

Theory of operation. Everything that changes the core runs on the loop: the reading task feeds
frames and what the ``Vad`` heard, in order (``backlog.py`` holds back what comes after a pause
whose words are awaited); tasks of the engines feed their results. Each of them drains the core
through ``_drain``: events into the outbox, work into tasks. One sending task empties the
outbox, so a slow reader delays nobody but itself, and one that reads nothing is cut off.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed

from ..engines.base import Engines
from ..errors import RemoteProtocolError
from ..protocol.server import ServerProtocol
from ..protocol.work import (
    CallTool,
    Cancel,
    ListTools,
    Respond,
    Resume,
    Speculate,
    Transcribe,
    Work,
)
from .backlog import Backlog
from .echoes import too_large
from .hearing import Ear
from .mcp import McpClient
from .pipeline import Reply, explain
from .shares import Shares
from .speculation import Scribe
from .speech_queue import SpeechQueue
from .wire import Wire

__all__ = ["Connection", "Studio"]

log = logging.getLogger(__name__)

#: Text waiting for a slow reader (characters): above the first, replies pause; above the
#: second, the client's own frames wait as well.
PAUSE_REPLIES = 4 * 2**20
PAUSE_READING = 64 * 2**20
#: A client that takes nothing of what waits for it is gone after this time (s): as patient as
#: pings are, which a full socket keeps from being sent.
STALLED_S = 80.0
#: What is left to say before the server closes takes at most this long (s).
FAREWELL_S = 5.0
#: Text that goes out in one write (characters).
BATCH = 256 * 2**10


@dataclass(frozen=True, kw_only=True)
class Studio:
    """What all connections of a server share."""

    engines: Engines
    speech: SpeechQueue
    vad_threads: Executor
    shares: Shares = field(default_factory=Shares)


class Connection:
    """Runs one session until either side closes.

    Args:
        socket: the open websocket.
        core: a core that was started.
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
        self._taken = 0
        self._watch: asyncio.TimerHandle | None = None
        self._hung_up = False
        self._ear: Ear | None = None
        self._deaf = False
        self._backlog = Backlog(core)
        self._scribe = Scribe(studio.engines.transcriber)
        self._mcp = McpClient(core, self._drain)
        self._replies: dict[str, asyncio.Task[None]] = {}
        self._calls: dict[str | None, set[asyncio.Task[None]]] = {}  # by response
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve the client until the connection is closed."""
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
            if self._watch is not None:
                self._watch.cancel()
            self._scribe.close()
            for task in tuple(self._tasks):
                task.cancel()

    async def _take(self, frame: str | bytes) -> None:
        if self._backlog.precedes(frame):
            await self._caught_up()
        if isinstance(frame, str):
            refusal = too_large(frame)
            if refusal is None:
                self._core.receive(frame)
            else:
                self._core.refuse(refusal)
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
            self._backlog.push(probabilities, ear.window_ms)
            await self._drain(PAUSE_READING)
            if len(part) == ear.slice_bytes:  # a long sound: others have a turn
                await asyncio.sleep(0)

    async def _caught_up(self) -> None:
        """Wait until all judged sound was heard, or nobody is there any more."""
        waiting = {
            asyncio.ensure_future(self._backlog.heard()),
            asyncio.ensure_future(self._socket.wait_closed()),
        }
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    async def _await_words(self, item_id: str) -> None:
        """Tell the core the words of a pause, and go on with the sound after it."""
        text = await self._scribe.words(item_id)
        self._core.heard_words(item_id, text)
        self._backlog.feed()
        await self._drain()

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
            if self._watch is None:
                loop = asyncio.get_running_loop()
                self._watch = loop.call_later(STALLED_S, self._cut_off, self._taken)
        while self._outbox_size > limit:
            await self._next_sent()

    def _start(self, work: Work) -> None:
        if isinstance(work, Transcribe):
            self._spawn(self._transcribe(work))
        elif isinstance(work, Speculate):
            self._scribe.speculate(work)
            if self._core.awaits_words == work.item_id:
                self._spawn(self._await_words(work.item_id))
        elif isinstance(work, Resume):
            self._scribe.resume(work.item_id)
        elif isinstance(work, Respond):
            reply = Reply(
                work,
                engines=self._studio.engines,
                speech=self._studio.speech,
                core=self._core,
                flush=self._drain,
                shares=self._studio.shares,
            )
            task = self._spawn(reply.run())
            self._replies[work.response_id] = task
            task.add_done_callback(lambda _: self._replies.pop(work.response_id, None))
        elif isinstance(work, ListTools):
            self._spawn(self._mcp.list_tools(work))
        elif isinstance(work, CallTool):
            calls = self._calls.setdefault(work.response_id, set())
            call = self._spawn(self._mcp.call_tool(work))
            calls.add(call)
            call.add_done_callback(lambda done: self._called(work.response_id, done))
        elif isinstance(work, Cancel):
            for call in tuple(self._calls.get(work.response_id, ())):
                call.cancel()
            reply_task = self._replies.pop(work.response_id, None)
            if reply_task is not None:
                reply_task.cancel()

    async def _transcribe(self, work: Transcribe) -> None:
        async def show(text: str) -> None:
            self._core.transcription_delta(work.item_id, text)
            await self._drain()

        try:
            text = await self._scribe.transcribe(work, show)
        except Exception as error:
            log.exception("item %s could not be transcribed", work.item_id)
            self._core.transcription_failed(work.item_id, explain(error))
        else:
            seconds = work.format.duration_ms(len(work.audio)) / 1000
            self._core.transcribed(work.item_id, text, seconds)
        await self._drain()

    def _called(self, response_id: str | None, call: asyncio.Task[None]) -> None:
        calls = self._calls[response_id]
        calls.discard(call)
        if not calls:
            del self._calls[response_id]

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
                    self._taken += len(batch)
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
        reason = self._core.expire(self._expires_s)
        self._spawn(self._close(1001, reason))

    def _cut_off(self, taken: int) -> None:
        """Close the connection of a client that took nothing since ``taken`` was counted."""
        self._watch = None
        if not self._outbox:
            return
        if self._taken == taken:
            log.warning("a client read nothing for %g s; its connection is cut", STALLED_S)
            self._socket.cut_off()
        else:
            loop = asyncio.get_running_loop()
            self._watch = loop.call_later(STALLED_S, self._cut_off, self._taken)

    async def _close(self, code: int, reason: str) -> None:
        try:
            await asyncio.wait_for(self._take_leave(code, reason), FAREWELL_S)
        except asyncio.TimeoutError:
            self._socket.cut_off()

    async def _take_leave(self, code: int, reason: str) -> None:
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
