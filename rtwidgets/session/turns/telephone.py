"""A microphone's PCM at any rate in the format of the session's input, such as G.711 at 8 kHz."""

from __future__ import annotations

import numpy as np

from ...audio import Resampler, encode
from ...protocol.config import AudioFormat

__all__ = ["Telephone"]


class Telephone:
    """Turns chunks into the wire's format; remembers what the filter needs in between."""

    def __init__(self, form: AudioFormat, rate: int) -> None:
        self._form = form
        self._rate = rate
        self._resampler = Resampler(rate, form.sample_rate)

    def fits(self, form: AudioFormat, rate: int) -> bool:
        """Whether it is made for this format and this rate."""
        return (form, rate) == (self._form, self._rate)

    def __call__(self, data: bytes) -> bytes:
        """What can be sent now; may be empty at first."""
        samples = np.frombuffer(data, "<i2").astype(np.int16, copy=False)
        return encode(self._resampler.push(samples), self._form.type)
