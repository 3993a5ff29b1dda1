"""``SoundStore``: the sound of answers that are complete, in a file when it gets too much.

Theory of operation. A turn keeps the sound of its answer for as long as somebody keeps the
turn, and a notebook keeps every turn that it has shown. So the sound of complete answers has a
bound in memory, ``rt.connect(keep_audio_mb=...)``; beyond it the oldest goes to a temporary file
and is read again whenever somebody asks for it, after the end of the session as well. The
answer in progress is not counted.

The file has no name where the system allows it. It grows with the talk, 173 MB an hour at most,
and is gone with the last turn that has sound in it. Where it cannot be written the sound stays
in memory: a bound that is broken, and said so, is better than an answer that is lost.
"""

from __future__ import annotations

import tempfile
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import BinaryIO, Protocol

from ..events.events_log import limit_bytes
from ..logs import logger

__all__ = ["DEFAULT_AUDIO_MB", "SoundStore", "Spilled"]

#: 22 minutes of sound at 24 kHz, unless ``rt.connect(keep_audio_mb=...)`` says otherwise, in MB.
DEFAULT_AUDIO_MB = 64.0


class _File:
    def __init__(self) -> None:
        self._file: BinaryIO = tempfile.TemporaryFile(prefix="rtwidgets-sound-")  # noqa: SIM115
        self._lock = threading.Lock()
        self._end = 0

    def write(self, data: bytes) -> Spilled:
        with self._lock:
            at = self._end
            self._file.seek(at)
            self._file.write(data)
            self._file.flush()  # here, where its failure can be told
            self._end += len(data)
        return Spilled(self, at, len(data))

    def read(self, at: int, size: int) -> bytes:
        with self._lock:
            self._file.seek(at)
            return self._file.read(size)


class Spilled:
    """Sound that is in the file."""

    def __init__(self, file: _File, at: int, size: int) -> None:
        self._file, self._at, self._size = file, at, size

    def read(self) -> bytes:
        """All of it; from any thread."""
        return self._file.read(self._at, self._size)


class Sounding(Protocol):
    """An answer with its sound."""

    @property
    def sound_bytes(self) -> int:
        """Of its sound, so much is in memory."""

    def spill(self, write: Callable[[bytes], Spilled]) -> None:
        """Put it all where ``write`` puts it."""


class SoundStore:
    """The bound of one session; on the loop thread."""

    def __init__(self, keep_mb: float = DEFAULT_AUDIO_MB) -> None:
        self._limit = limit_bytes("keep_audio_mb", keep_mb)
        # The oldest first. Weak: whoever has the turn has the sound, and nobody else.
        self._kept: deque[weakref.ref[Sounding]] = deque()
        self._file: _File | None = None
        self._failed = False

    def keep(self, answer: Sounding) -> None:
        """An answer is complete."""
        if not answer.sound_bytes:
            return
        self._kept.append(weakref.ref(answer))
        # A turn here and there: the sum is made anew, because turns go without saying so.
        held = [found for ref in self._kept if (found := ref()) is not None]
        left = sum(found.sound_bytes for found in held)
        try:
            while left > self._limit:
                left -= held[0].sound_bytes
                held[0].spill(self._write)
                del held[0]
        except OSError as error:
            if not self._failed:
                logger.warning("old sound stays in memory, no file can be written: %s", error)
            self._failed = True
        self._kept = deque(map(weakref.ref, held))

    def _write(self, data: bytes) -> Spilled:
        if self._file is None:
            self._file = _File()
        return self._file.write(data)
