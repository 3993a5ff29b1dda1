"""``Resampler``: another rate for sound that arrives in chunks.

It has memory: chunks of any size, put together, give exactly what one call over the whole
sound would give. The filter looks ahead, so what comes out lags what went in (measured,
in ms; ``flush`` gives the rest):

=======  ===========  ===========  ===========  ==========
quality  24 → 16 kHz  48 → 24 kHz  8 → 24 kHz   8 → 16 kHz
=======  ===========  ===========  ===========  ==========
HQ       37           38           73           115
LQ       20           20           40           61
QQ       0.1          0.1          0.2          0.3
=======  ===========  ===========  ===========  ==========

HQ is for sound that people hear. LQ is for a listener that must be quick and needs no
band above 0.8 of the rate (voice activity). QQ is cubic interpolation without a filter
against aliases.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import numpy as np
import soxr
from numpy.typing import NDArray

from ..errors import AudioError

__all__ = ["Resampler"]

Sample = TypeVar("Sample", np.int16, np.float32)


class Resampler:
    """Mono samples from ``from_rate`` to ``to_rate`` (Hz), chunk by chunk.

    The first chunk decides between int16 and float32; what comes out has the same type.
    """

    def __init__(
        self, from_rate: int, to_rate: int, *, quality: Literal["HQ", "LQ", "QQ"] = "HQ"
    ) -> None:
        if from_rate <= 0 or to_rate <= 0:
            raise AudioError(f"{from_rate} Hz to {to_rate} Hz: both rates must be positive")
        self.from_rate = from_rate
        self.to_rate = to_rate
        self._dtype: np.dtype[np.int16] | np.dtype[np.float32] | None = None
        self._stream = _stream(from_rate, to_rate, quality)

    def push(self, chunk: NDArray[Sample]) -> NDArray[Sample]:
        """What can be said now about ``chunk`` (shape ``(n,)``); may be empty at first."""
        return self._run(chunk, last=False)

    def flush(self) -> NDArray[Any]:
        """The rest; after it the resampler is as new, ready for another sound.

        In all, ``round(n * to_rate / from_rate)`` samples have come out for ``n`` in. When
        nothing was pushed, the answer is an empty int16 array.
        """
        if self._dtype is None:
            return np.zeros(0, np.int16)
        rest = self._run(np.zeros(0, self._dtype), last=True)
        self._dtype = None
        if self._stream is not None:
            self._stream.clear()
        return rest

    def _run(self, chunk: NDArray[Sample], *, last: bool) -> NDArray[Sample]:
        if self._dtype is None and chunk.dtype in (np.int16, np.float32):
            self._dtype = chunk.dtype
        # numpy reads None as float64, so None is asked for by name.
        if self._dtype is None or chunk.dtype != self._dtype or chunk.ndim != 1:
            raise AudioError(
                f"samples are {chunk.dtype} of shape {chunk.shape}: this sound is "
                f"{self._dtype or 'int16 or float32'} of shape (n,)"
            )
        if self._stream is None:
            return chunk
        out = self._stream.resample_chunk(chunk.astype(np.float32, copy=False), last=last)
        return _as_type(out, chunk.dtype)


def _as_type(x: NDArray[np.float32], dtype: np.dtype[Sample]) -> NDArray[Sample]:
    """Floats in int16's own scale as ``dtype``: rounded and clipped, or as they are.

    soxr would dither 16-bit samples with a seed of its own, and the same sound would give
    other samples each time.
    """
    if dtype == np.int16:
        x = np.clip(np.rint(x), -32768, 32767)
    return x.astype(dtype, copy=False)


def _stream(from_rate: int, to_rate: int, quality: str) -> Any:
    if from_rate == to_rate:
        return None
    return soxr.ResampleStream(from_rate, to_rate, 1, dtype="float32", quality=quality)
