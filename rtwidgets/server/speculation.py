"""``Scribe``: the transcriptions of one connection, begun before a turn is known to be over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import aclosing

from ..engines.base import Transcriber
from ..protocol.work import Speculate, Transcribe
from .hearing import samples_of
from .workers import stream

__all__ = ["Scribe"]

log = logging.getLogger(__name__)


class Scribe:
    """Writes down turns; a pause that turns out to be the end has been written already.

    Args:
        transcriber: the engine, shared with other connections.
    """

    def __init__(self, transcriber: Transcriber) -> None:
        self._transcriber = transcriber
        self._ahead: dict[str, tuple[bytes, asyncio.Task[str]]] = {}

    def speculate(self, work: Speculate) -> None:
        """Begin to write down a turn that may be over."""
        self.resume(work.item_id)
        self._ahead[work.item_id] = (work.audio, asyncio.create_task(self._write(work)))

    def resume(self, item_id: str) -> None:
        """The turn went on: drop what was begun."""
        begun = self._ahead.pop(item_id, None)
        if begun is not None:
            begun[1].cancel()

    async def transcribe(self, work: Transcribe) -> str:
        """The words of a committed turn, taken over from the pause that ended it.

        The sound that came after that pause is silence: had it been speech, the turn
        would have been resumed. Raises what the engine raises.
        """
        audio, task = self._ahead.pop(work.item_id, (b"", None))
        if task is not None:
            if work.audio.startswith(audio):
                try:
                    return await task
                except Exception:
                    log.exception("a transcription that was begun early failed; it is repeated")
            task.cancel()
        return await self._write(work)

    def close(self) -> None:
        """Drop everything that was begun."""
        for item_id in tuple(self._ahead):
            self.resume(item_id)

    async def _write(self, work: Speculate | Transcribe) -> str:
        engine = self._transcriber

        def begin() -> Iterator[str]:
            samples = samples_of(work.audio, work.format, engine.rate)
            return engine.transcribe(samples, language=work.language, prompt=work.prompt)

        async with aclosing(stream(begin, ahead=64, name="transcriber")) as pieces:
            return "".join([piece async for piece in pieces]).strip()
