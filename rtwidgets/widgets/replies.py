"""``Replies``: the sound of the answers as it arrived, so that each can be played again.

A page that takes over also gets from here what the one before it had not played yet. Sound
lies in one temporary file, because an hour of it (170 MB) has no place in a kernel's memory;
the file has no name and is gone with the kernel.
"""

from __future__ import annotations

import tempfile
from typing import IO

__all__ = ["MOST_BYTES", "Replies"]

#: Three hours of 24 kHz; what comes later is not kept.
MOST_BYTES = 512 * 2**20


class Replies:
    """PCM16 by item."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._file: IO[bytes] | None = None
        self._end = 0
        self._pieces: dict[str, list[tuple[int, int]]] = {}
        self._rates: dict[str, int] = {}

    @property
    def latest(self) -> str:
        """The newest item with sound; empty before the first."""
        return next(reversed(self._pieces), "")

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._pieces

    def rate(self, item_id: str) -> int:
        """Samples a second of an item, in Hz."""
        return self._rates[item_id]

    def add(self, item_id: str, data: bytes, rate: int) -> None:
        """More sound of an item; a full disk or too long a talk only ends the keeping."""
        if not data or self._end + len(data) > self._most_bytes:
            return
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="rtwidgets-replies-")  # noqa: SIM115
            self._file.seek(self._end)
            self._file.write(data)
        except OSError:
            self._most_bytes = self._end
            return
        self._pieces.setdefault(item_id, []).append((self._end, len(data)))
        self._rates[item_id] = rate
        self._end += len(data)

    def read(self, item_id: str, start: int = 0, count: int | None = None) -> bytes:
        """Samples of an item from ``start`` on; fewer than ``count`` where fewer are kept."""
        data = bytearray()
        for at, size in self._pieces.get(item_id, ()):
            assert self._file is not None
            self._file.seek(at)
            data += self._file.read(size)
        end = len(data) if count is None else 2 * (start + count)
        return bytes(data[2 * start : end])

    def close(self) -> None:
        """Forget everything."""
        if self._file is not None:
            self._file.close()
        self._file = None
        self._pieces.clear()
        self._most_bytes = 0
