"""One response on its way through the engines: prompt → words → clauses → sound → core.

Theory of operation. Two tasks joined by a short queue. ``_compose`` reads the language model,
cuts its words into clauses and hands each to the synthesizer at once; ``_run_spoken`` reports
them to the core in order, the words of a clause before its sound. The queue is short and
reporting waits for the socket, so a slow client stops the model instead of filling memory.
While a reply is alone, the model waits for the first clause's sound: both compute on the same
cores, and nobody is served by a second clause before there is a first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing

import numpy as np
from numpy.typing import NDArray

from ..audio import Resampler, encode
from ..engines.base import Engines, LimitReached, Prompt, ToolCall
from ..errors import EngineError
from ..protocol.config import AudioFormat
from ..protocol.server import ServerProtocol
from ..protocol.work import Respond
from .clauses import ClauseSplitter, speakable
from .shares import Shares
from .speech_queue import Clause, Lane, SpeechQueue
from .workers import closed_after, steps, stream

__all__ = ["Reply", "SoundEncoder", "explain"]

log = logging.getLogger(__name__)

#: Sound in one event, ms: far below the 1 MiB that old clients take, short enough to follow.
PIECE_MS = 200
#: Clauses between the synthesizer and the core.
CLAUSES_AHEAD = 2

Int16 = NDArray[np.int16]
Part = tuple[str, "Clause | None"] | ToolCall | Exception | None


class Reply:
    """Makes the response that ``work`` asks for.

    Args:
        work: what to answer.
        engines: who answers.
        speech: the queue of the synthesizer, shared with other connections.
        core: takes the results.
        flush: sends what the core has to say; waits while the client is slow to read.
        shares: the loop's time, shared with other connections.
    """

    def __init__(
        self,
        work: Respond,
        *,
        engines: Engines,
        speech: SpeechQueue,
        core: ServerProtocol,
        flush: Callable[[], Awaitable[None]],
        shares: Shares | None = None,
    ) -> None:
        self._work = work
        self._engines = engines
        self._speech = speech
        self._core = core
        self._flush = flush
        self._shares = shares or Shares()
        self._incomplete = False

    async def run(self) -> None:
        """Make it; an engine that fails fails the response, not the session."""
        work = self._work
        try:
            if work.modality == "audio":
                await self._run_spoken()
            else:
                await self._run_written()
        except EngineError as error:
            # In words already, and perhaps the client's doing; only what caused it says more.
            log.warning("response %s failed: %s", work.response_id, error, exc_info=error.__cause__)
            self._core.failed(work.response_id, explain(error))
        except Exception as error:
            log.exception("response %s failed", work.response_id)
            self._core.failed(work.response_id, explain(error))
        else:
            self._core.finished(work.response_id, incomplete=self._incomplete)
        await self._flush()

    async def _run_written(self) -> None:
        async with aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                if isinstance(piece, ToolCall):
                    self._call(piece)
                else:
                    self._core.text_delta(self._work.response_id, piece)
                await self._flush()

    async def _run_spoken(self) -> None:
        work = self._work
        lane = self._speech.open(work.voice, work.speed)
        sound = SoundEncoder(self._speech.rate, work.format)
        parts: asyncio.Queue[Part] = asyncio.Queue(CLAUSES_AHEAD)
        composing = asyncio.create_task(self._compose(lane, parts))
        try:
            while (part := await parts.get()) is not None:
                if isinstance(part, Exception):
                    raise part
                if isinstance(part, ToolCall):
                    self._call(part)
                    await self._flush()
                    continue
                text, clause = part
                self._core.text_delta(work.response_id, text)
                await self._flush()
                if clause is not None:
                    async for chunk in clause.chunks():
                        await self._sound(sound.push(chunk))
            await self._sound(sound.finish())
        finally:
            composing.cancel()
            lane.close()

    async def _compose(self, lane: Lane, parts: asyncio.Queue[Part]) -> None:
        splitter = ClauseSplitter()
        said = False

        async def say(text: str) -> None:
            nonlocal said
            words = speakable(text)
            clause = lane.say(words) if words else None
            await parts.put((text, clause))
            if clause is not None and not said:
                said = True
                if self._speech.alone:
                    await clause.begun.wait()

        try:
            async with aclosing(self._pieces()) as pieces:
                async for piece in pieces:
                    if isinstance(piece, ToolCall):
                        for text in splitter.finish():
                            await say(text)
                        await parts.put(piece)
                    else:
                        for text in splitter.push(piece):
                            await say(text)
            for text in splitter.finish():
                await say(text)
        except Exception as error:  # noqa: BLE001  (raised again where the parts are read)
            await parts.put(error)
        else:
            await parts.put(None)

    async def _pieces(self) -> AsyncGenerator[str | ToolCall, None]:
        """What the model says, without leading space, up to the limit of tokens."""
        limit = self._work.max_output_tokens
        begun = False
        async with aclosing(self._stream()) as pieces:
            async for piece, used in pieces:
                if limit is not None and used > limit:
                    self._incomplete = True
                    return
                if isinstance(piece, str) and not begun:
                    piece = piece.lstrip()
                    begun = bool(piece)
                if piece:
                    yield piece

    def _stream(self) -> AsyncGenerator[tuple[str | ToolCall, int], None]:
        prompt = self._prompt()
        instant = getattr(self._engines.language_model, "instant", None)
        if instant is not None and instant(prompt):
            return steps(lambda: self._generate(prompt), self._shares)
        return stream(lambda: self._generate(prompt), ahead=2, name="model")

    def _prompt(self) -> Prompt:
        work, limit = self._work, self._work.max_output_tokens
        return Prompt(
            instructions=work.instructions,
            items=work.items,
            tools=work.tools,
            tool_choice=work.tool_choice,
            max_output_tokens=None if limit is None else limit + 1,
            temperature=work.temperature,
            spoken=work.modality == "audio",
        )

    def _generate(self, prompt: Prompt) -> Iterator[tuple[str | ToolCall, int]]:
        """Pieces and the tokens used up to and including each. Runs in the model's thread.

        The model may make one token more than the limit: only that tells a reply that was
        cut from one that ended by itself.
        """
        model, limit = self._engines.language_model, self._work.max_output_tokens
        used = 0
        with closed_after(model.generate(prompt)) as pieces:
            try:
                for piece in pieces:
                    if limit is not None:
                        text = piece if isinstance(piece, str) else piece.name + piece.arguments
                        used += model.count_tokens(text)
                    yield piece, used
            except LimitReached:
                self._incomplete = True

    def _call(self, call: ToolCall) -> None:
        self._core.tool_call(self._work.response_id, call.name, call.arguments)

    async def _sound(self, data: bytes) -> None:
        size = self._work.format.byte_count(PIECE_MS)
        for start in range(0, len(data), size):
            self._core.audio_delta(self._work.response_id, data[start : start + size])
            await self._flush()


class SoundEncoder:
    """A synthesizer's samples in the format that a client wants, without seams."""

    def __init__(self, rate: int, format: AudioFormat) -> None:
        self._type = format.type
        self._resampler = Resampler(rate, format.sample_rate)

    def push(self, chunk: Int16) -> bytes:
        """The bytes that ``chunk`` makes possible; the filter keeps a few ms back."""
        return encode(self._resampler.push(chunk), self._type)

    def finish(self) -> bytes:
        """The rest."""
        return encode(self._resampler.flush().astype(np.int16, copy=False), self._type)


def explain(error: Exception) -> str:
    """What a person is told about an engine's failure; the details are in the log."""
    if isinstance(error, EngineError):
        return str(error)
    return f"The engine failed while it made this response ({type(error).__name__})."
