"""The sound of the server's items, kept beside the conversation because no event carries it.

Only ``conversation.item.retrieved`` gives it back; truncation and token accounting read how
long it is. A session holds so many bytes of it and no more: beyond that the oldest sounds
are forgotten, but never how long they were.
"""

from __future__ import annotations

from msgspec import Struct

from .config import AudioFormat

__all__ = ["KEEP_BYTES", "Sounds"]

#: Sound that one session keeps: 23 minutes of PCM.
KEEP_BYTES = 64 * 2**20


class _Sound(Struct):
    """An item's sound; ``data`` is ``None`` once it is forgotten."""

    format: AudioFormat
    data: bytearray | None
    byte_count: int = 0


class Sounds:
    """Bytes and format of each item that was spoken, by item id."""

    def __init__(self, keep_bytes: int = KEEP_BYTES) -> None:
        self._sounds: dict[str, _Sound] = {}
        self._keep_bytes = keep_bytes
        self._held = 0

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._sounds

    def extend(self, item_id: str, data: bytes, format: AudioFormat) -> None:
        """Add to the end of an item's sound."""
        sound = self._sounds.setdefault(item_id, _Sound(format, bytearray()))
        sound.byte_count += len(data)
        if sound.data is not None:
            sound.data += data
            self._held += len(data)
            if self._held > self._keep_bytes:
                self._forget_others(sound)

    def data(self, item_id: str) -> bytes:
        """An item's sound in the format it came in; empty where it has none, or none any more."""
        sound = self._sounds.get(item_id)
        return bytes(sound.data) if sound and sound.data else b""

    def format(self, item_id: str) -> AudioFormat:
        """The format that an item's sound came in."""
        return self._sounds[item_id].format

    def duration_ms(self, item_id: str) -> float:
        """How long an item sounds."""
        sound = self._sounds.get(item_id)
        return sound.format.duration_ms(sound.byte_count) if sound else 0.0

    def cut(self, item_id: str, end_ms: int) -> None:
        """Forget the sound after ``end_ms``."""
        sound = self._sounds[item_id]
        sound.byte_count = min(sound.byte_count, sound.format.byte_count(end_ms))
        if sound.data is not None:
            self._held -= max(0, len(sound.data) - sound.byte_count)
            del sound.data[sound.byte_count :]

    def drop(self, item_id: str) -> None:
        """Forget all about an item's sound."""
        sound = self._sounds.pop(item_id, None)
        if sound is not None and sound.data is not None:
            self._held -= len(sound.data)

    def _forget_others(self, newest: _Sound) -> None:
        for sound in self._sounds.values():
            if self._held <= self._keep_bytes:
                return
            if sound is not newest and sound.data is not None:
                self._held -= len(sound.data)
                sound.data = None
