"""``Ear``: the sound of one connection as windows that its ``Vad`` judges."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..audio import Pcm, Resampler, decode
from ..engines.base import Vad
from ..protocol.config import AudioFormat

__all__ = ["Ear", "samples_of"]

#: Sound is judged in slices of this length (s), so that nobody waits for a long one.
SLICE_S = 1.0
_SCALE = np.float32(1 / 32768)


class Ear:
    """Decodes and resamples what was appended and cuts it into the windows of ``vad``.

    Not safe for several threads at once; its connection uses it in one at a time.
    """

    def __init__(self, vad: Vad, format: AudioFormat) -> None:
        self.format = format
        self.window_ms = vad.window * 1000 / vad.rate
        self.instant: bool = getattr(vad, "instant", False)
        """Whether ``judge`` never blocks and needs no thread."""
        self._vad = vad
        self._rest = np.zeros(0, np.float32)
        self._resampler = self._new_resampler()

    def reset(self, format: AudioFormat) -> None:
        """Forget everything and go on in ``format``."""
        self.format = format
        self._vad.reset()
        self._rest = self._rest[:0]
        self._resampler = self._new_resampler()

    def slices(self, data: bytes) -> Iterator[bytes]:
        """``data`` in slices that are short enough for one call of ``judge``."""
        size = self.slice_bytes
        for start in range(0, len(data), size):
            yield data[start : start + size]

    @property
    def slice_bytes(self) -> int:
        """The size of a whole slice."""
        return self.format.byte_count(SLICE_S * 1000)

    def judge(self, data: bytes) -> list[float]:
        """The probability of speech in each window that ``data`` completes. Blocks."""
        chunk = decode(data, self.format.type).astype(np.float32)
        chunk *= _SCALE
        new: NDArray[np.float32] = self._resampler.push(chunk)
        sound = np.concatenate((self._rest, new)) if len(self._rest) else new
        window = self._vad.window
        count = len(sound) // window
        self._rest = sound[count * window :]
        return [self._vad.probability(sound[n * window : (n + 1) * window]) for n in range(count)]

    def _new_resampler(self) -> Resampler:
        return Resampler(self.format.sample_rate, self._vad.rate, quality="LQ")


def samples_of(data: bytes, format: AudioFormat, rate: int) -> NDArray[np.float32]:
    """``data`` in ``format`` as samples in -1..1 at ``rate``, for a transcriber. Blocks."""
    return Pcm(decode(data, format.type), format.sample_rate).resampled(rate).as_float()
