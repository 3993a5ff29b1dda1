"""The input audio buffer: sound that was appended and is not yet an item.

Positions are milliseconds of all sound ever appended in the session, whatever was cleared,
committed or re-formatted since: they are what ``audio_start_ms`` and ``audio_end_ms`` mean.
"""

from __future__ import annotations

from .config import PCM16_24K, AudioFormat

__all__ = ["InputBuffer"]


class InputBuffer:
    """Bytes in the session's input format, addressed by their place in time."""

    def __init__(self, format: AudioFormat = PCM16_24K) -> None:
        self.format = format
        self._data = bytearray()
        self._start_ms = 0.0
        self._untaken = 0

    @property
    def start_ms(self) -> float:
        """Where the buffer begins."""
        return self._start_ms

    @property
    def end_ms(self) -> float:
        """Where it ends: everything that was ever appended."""
        return self._start_ms + self.duration_ms

    @property
    def duration_ms(self) -> float:
        """How much sound it holds."""
        return self.format.duration_ms(len(self._data))

    def append(self, data: bytes) -> None:
        """Add sound; the pieces need not end on a sample."""
        self._data += data

    def take_new(self) -> bytes:
        """Whole samples that were appended since the last call."""
        end = len(self._data) - len(self._data) % self.format.bytes_per_sample
        new = self._copy(self._untaken, end)
        self._untaken = max(self._untaken, end)
        return new

    def skip_new(self) -> None:
        """Count everything that was appended as taken."""
        self._untaken = len(self._data) - len(self._data) % self.format.bytes_per_sample

    def between(self, start_ms: float, end_ms: float) -> bytes:
        """The sound from ``start_ms`` to ``end_ms``, as far as it is still held."""
        return self._copy(self._offset(start_ms), self._offset(end_ms))

    def drop_until(self, position_ms: float) -> None:
        """Forget the sound before ``position_ms``."""
        count = self._offset(position_ms)
        self._start_ms += self.format.duration_ms(count)
        del self._data[:count]
        self._untaken = max(0, self._untaken - count)

    def clear(self) -> None:
        """Forget all of it; time goes on."""
        self.drop_until(self.end_ms)
        # A sample that was cut in half by the clear can never be completed.
        self._data.clear()
        self._untaken = 0

    def change_format(self, format: AudioFormat) -> None:
        """Take sound in ``format`` from now on; what was held is dropped."""
        if format != self.format:
            self.clear()
            self.format = format

    def _copy(self, start: int, end: int) -> bytes:
        # A slice of a bytearray would be a copy to be copied.
        with memoryview(self._data) as view:
            return bytes(view[start:end])

    def _offset(self, position_ms: float) -> int:
        size = self.format.bytes_per_sample
        samples = round((position_ms - self._start_ms) * self.format.sample_rate / 1000)
        return min(max(0, samples * size), len(self._data) - len(self._data) % size)
