"""``Scribe``: the transcriptions of one connection, begun before a turn is known to be over.

Theory of operation. A pause begins a ``Draft``, whose words nobody sees: the user may go on,
and what was shown cannot be taken back. When the turn does end there, the draft becomes its
transcript: the words so far are shown at once, the others as they come.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing

from ..engines.base import Transcriber
from ..protocol.work import Speculate, Transcribe
from .hearing import samples_of
from .shares import Shares
from .workers import steps, stream

__all__ = ["WORDS_WAIT_S", "Draft", "Scribe", "Show"]

log = logging.getLogger(__name__)

#: The words of a pause come within this time (s), or the pause is judged without them.
WORDS_WAIT_S = 10.0

Show = Callable[[str], Awaitable[None]]


async def _show_nobody(text: str) -> None:
    pass


class Scribe:
    """Writes down turns; a pause that turns out to be the end has been written already.

    Args:
        transcriber: the engine, shared with other connections.
    """

    def __init__(self, transcriber: Transcriber) -> None:
        self._transcriber = transcriber
        self._ahead: dict[str, Draft] = {}

    def speculate(self, work: Speculate) -> None:
        """Begin to write down a turn that may be over."""
        self.resume(work.item_id)
        self._ahead[work.item_id] = Draft(self._transcriber, work)

    def resume(self, item_id: str) -> None:
        """The turn went on: drop what was begun."""
        begun = self._ahead.pop(item_id, None)
        if begun is not None:
            begun.task.cancel()

    async def words(self, item_id: str) -> str:
        """The words up to the pause under way; nothing where they cannot be had in time."""
        draft = self._ahead.get(item_id)
        if draft is None:
            return ""
        done, _ = await asyncio.wait({draft.task}, timeout=WORDS_WAIT_S)
        if not done or draft.task.cancelled() or draft.task.exception() is not None:
            log.warning("the words of a pause are not known; it is judged without them")
            return ""
        return draft.text

    async def transcribe(self, work: Transcribe, show: Show = _show_nobody) -> str:
        """The words of a committed turn, taken over from the pause that ended it.

        The sound that came after that pause is silence: had it been speech, the turn
        would have been resumed. Raises what the engine raises.

        Args:
            show: gets the words as they come; all of them joined are the transcript, unless
                a transcription that was begun early fails on the way.
        """
        draft = self._ahead.pop(work.item_id, None)
        if draft is not None:
            if work.audio.startswith(draft.audio):
                try:
                    return await draft.finished(show)
                except Exception:
                    log.exception("a transcription that was begun early failed; it is repeated")
                if draft.text:
                    show = _show_nobody  # or its first words would be seen twice
            draft.task.cancel()
        return await Draft(self._transcriber, work).finished(show)

    def close(self) -> None:
        """Drop everything that was begun."""
        for item_id in tuple(self._ahead):
            self.resume(item_id)


class Draft:
    """One transcription under way.

    Args:
        transcriber: the engine.
        work: the sound.
    """

    def __init__(self, transcriber: Transcriber, work: Speculate | Transcribe) -> None:
        self.audio = work.audio
        self.text = ""
        """The words so far, without the space around them."""
        self._space = ""
        self._shown = 0
        self._show: Show | None = None
        self.task = asyncio.create_task(self._write(transcriber, work))

    async def finished(self, show: Show) -> str:
        """All words; those so far and each one that follows are shown. Raises for the engine."""
        self._show = show
        await self._tell()
        await self.task
        return self.text

    async def _write(self, engine: Transcriber, work: Speculate | Transcribe) -> None:
        def begin() -> Iterator[str]:
            samples = samples_of(work.audio, work.format, engine.rate)
            return engine.transcribe(samples, language=work.language, prompt=work.prompt)

        instant = getattr(engine, "instant", None)
        if instant is not None and instant(work.format.duration_ms(len(work.audio)) / 1000):
            made = steps(begin, Shares())
        else:
            made = stream(begin, ahead=64, name="transcriber")
        async with aclosing(made) as pieces:
            async for piece in pieces:
                self._add(piece)
                await self._tell()

    def _add(self, piece: str) -> None:
        """Space waits for a word that follows it, so that none stands around the whole."""
        piece = self._space + piece
        if not self.text:
            piece = piece.lstrip()
        word = piece.rstrip()
        self._space = piece[len(word) :]
        self.text += word

    async def _tell(self) -> None:
        new = self.text[self._shown :]
        if self._show is not None and new:
            self._shown = len(self.text)
            await self._show(new)
