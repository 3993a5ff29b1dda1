"""``Backlog``: judged sound that waits until the words of a pause are known.

Theory of operation. Under ``semantic_vad`` the words of a pause say how long it may last, and
writing them down takes the engine some time. Sound that was judged meanwhile waits here, so
the turns of a recording end at the same places however fast it is sent. Client events that
speak of the place of the sound (a commit, a clear, another setting) wait behind it; all others
do not, and neither does sound, until ``HELD_MS`` of it wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

import msgspec

from ..protocol.server import ServerProtocol

__all__ = ["HELD_MS", "Backlog"]

#: Sound that may wait before more is taken: it bounds what a fast sender can pile up.
HELD_MS = 60_000

_APPEND = "input_audio_buffer.append"
_PLACED = frozenset(
    {
        "input_audio_buffer.commit",
        "input_audio_buffer.clear",
        "session.update",
        "transcription_session.update",
    }
)


class _Kind(msgspec.Struct):
    type: str = ""


_kind = msgspec.json.Decoder(_Kind).decode


class Backlog:
    """Feeds ``core.heard``, and stops while ``core.awaits_words``."""

    def __init__(self, core: ServerProtocol) -> None:
        self._core = core
        self._waiting: deque[float] = deque()
        self._window_ms = 0.0
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._waiting)

    def push(self, probabilities: Iterable[float], window_ms: float) -> None:
        """Take the judgements of the next windows."""
        self._window_ms = window_ms
        self._waiting.extend(probabilities)
        self.feed()

    def feed(self) -> None:
        """Tell the core what waits, up to the next pause whose words it wants."""
        core, waiting = self._core, self._waiting
        while waiting and core.awaits_words is None:
            core.heard(waiting.popleft(), self._window_ms)
        if waiting:
            self._empty.clear()
        else:
            self._empty.set()

    def precedes(self, frame: str | bytes) -> bool:
        """Whether what waits has to be heard before this frame is read."""
        if not self._waiting:
            return False
        try:
            kind = _kind(frame).type
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return False  # the core will say what is wrong with it
        full = len(self._waiting) * self._window_ms > HELD_MS
        return kind in _PLACED or (full and kind == _APPEND)

    async def heard(self) -> None:
        """Wait until nothing waits."""
        await self._empty.wait()
