"""The sound of the server's items, kept beside the conversation because no event carries it.

Only ``conversation.item.retrieved`` gives it back; truncation and token accounting read it.
"""

from __future__ import annotations

from msgspec import Struct

from .config import AudioFormat

__all__ = ["Sounds"]


class _Sound(Struct):
    data: bytearray
    format: AudioFormat


class Sounds:
    """Bytes and format of each item that was spoken, by item id."""

    def __init__(self) -> None:
        self._sounds: dict[str, _Sound] = {}

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._sounds

    def extend(self, item_id: str, data: bytes, format: AudioFormat) -> None:
        """Add to the end of an item's sound."""
        sound = self._sounds.setdefault(item_id, _Sound(bytearray(), format))
        sound.data += data

    def data(self, item_id: str) -> bytes:
        """An item's sound in the format it came in; empty where it has none."""
        sound = self._sounds.get(item_id)
        return bytes(sound.data) if sound else b""

    def format(self, item_id: str) -> AudioFormat:
        """The format that an item's sound came in."""
        return self._sounds[item_id].format

    def duration_ms(self, item_id: str) -> float:
        """How long an item sounds."""
        sound = self._sounds.get(item_id)
        return sound.format.duration_ms(len(sound.data)) if sound else 0.0

    def cut(self, item_id: str, end_ms: int) -> None:
        """Forget the sound after ``end_ms``."""
        sound = self._sounds[item_id]
        del sound.data[sound.format.byte_count(end_ms) :]

    def drop(self, item_id: str) -> None:
        """Forget an item's sound."""
        self._sounds.pop(item_id, None)
