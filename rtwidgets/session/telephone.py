"""A microphone's PCM at 24 kHz for a session whose input is G.711 at 8 kHz."""

from __future__ import annotations

import numpy as np

from ..audio import Resampler, encode
from ..protocol.config import AudioFormat
from .speech import RATE

__all__ = ["Telephone"]


class Telephone:
    """Turns chunks into the wire's format; remembers what the filter needs in between."""

    def __init__(self, form: AudioFormat) -> None:
        self._form = form
        self._resampler = Resampler(RATE, form.sample_rate)

    def __call__(self, data: bytes) -> bytes:
        """What can be sent now; may be empty at first."""
        samples = np.frombuffer(data, "<i2").astype(np.int16, copy=False)
        return encode(self._resampler.push(samples), self._form.type)
