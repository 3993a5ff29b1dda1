"""``Pcm``: mono 16-bit samples that never travel without their rate."""

from __future__ import annotations

import base64
import io
import wave
from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from ..errors import AudioError

__all__ = ["Pcm", "level_dbfs"]

Int16 = NDArray[np.int16]
Float32 = NDArray[np.float32]

#: What 16-bit silence is called: quieter than the smallest step, and finite, so that it
#: can be formatted and averaged.
SILENCE_DBFS = -96.0

#: Samples whose power is summed at once.
LEVEL_ROW = 32_768

#: A longer sound is not put into a page: the data URI would be saved with the notebook.
LONGEST_EMBEDDED_S = 300.0


@dataclass(frozen=True, eq=False)
class Pcm:
    """Mono PCM16 and its rate; immutable.

    ``pcm[1.5:3]`` cuts by seconds, ``a + b`` joins two sounds of one rate, and a notebook
    shows a player.
    """

    samples: Int16
    """Shape ``(n,)``, read-only."""
    rate: int
    """Samples a second, in Hz."""

    def __post_init__(self) -> None:
        """Check both fields; raise ``AudioError`` for anything but mono int16."""
        samples = np.asarray(self.samples)
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise AudioError(
                f"samples are {samples.dtype} of shape {samples.shape}, not int16 of shape (n,): "
                "use Pcm.from_array, which converts"
            )
        if self.rate <= 0:
            raise AudioError(f"the rate is {self.rate} Hz: it must be positive")
        samples = samples.view()
        samples.setflags(write=False)
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "rate", int(self.rate))

    @classmethod
    def from_bytes(cls, data: bytes, rate: int) -> Pcm:
        """Little-endian PCM16 as it is on the wire; half a sample is an ``AudioError``."""
        if len(data) % 2:
            raise AudioError(f"{len(data)} bytes are no whole number of 16-bit samples")
        return cls(np.frombuffer(data, "<i2").astype(np.int16, copy=False), rate)

    @classmethod
    def from_float(cls, x: NDArray[Any], rate: int) -> Pcm:
        """Samples in -1..1, shape ``(n,)``; louder ones are clipped, NaN is an ``AudioError``."""
        x = np.asarray(x)
        if x.size and not np.isfinite(x).all():
            raise AudioError("some samples are not finite numbers")
        return cls(np.clip(np.rint(x * 32768.0), -32768, 32767).astype(np.int16), rate)

    @classmethod
    def from_array(cls, x: NDArray[Any], rate: int) -> Pcm:
        """Any array that is sound: ``(n,)`` or ``(n, channels)``, floats in -1..1 or integers.

        Integers count at the full scale of their type (``uint8`` is centred at 128, as in a
        WAV file); channels are averaged. Anything else is an ``AudioError``.
        """
        x = np.asarray(x)
        if x.ndim not in (1, 2) or x.dtype.kind not in "fiu" or (x.ndim == 2 and not x.shape[1]):
            raise AudioError(
                f"an array of {x.dtype} and shape {x.shape} is no sound: "
                "give floats in -1..1 or int16 of shape (n,) or (n, channels)"
            )
        if x.ndim == 2 and x.shape[0] < x.shape[1]:
            raise AudioError(
                f"an array of shape {x.shape} has more channels than samples: "
                "give shape (n, channels); did you mean array.T?"
            )
        if x.dtype == np.int16 and x.ndim == 1:
            return cls(x, rate)
        if x.dtype.kind == "f":
            wide = x.astype(np.float64, copy=False)
        else:
            half = 2.0 ** (8 * x.dtype.itemsize - 1)
            wide = x.astype(np.float64) / half - (1.0 if x.dtype.kind == "u" else 0.0)
        return cls.from_float(wide.mean(axis=1) if x.ndim == 2 else wide, rate)

    @property
    def duration_s(self) -> float:
        """How long it sounds, in seconds."""
        return self.samples.size / self.rate

    def to_bytes(self) -> bytes:
        """Little-endian PCM16."""
        return self.samples.astype("<i2", copy=False).tobytes()

    def as_float(self) -> Float32:
        """The samples in -1..1."""
        floats: Float32 = self.samples.astype(np.float32) / np.float32(32768)
        return floats

    def resampled(self, rate: int) -> Pcm:
        """The same sound at another rate: ``round(n * rate / self.rate)`` samples."""
        if rate == self.rate or not self.samples.size:
            return Pcm(self.samples, rate)
        # Not as int16: soxr would dither it, and no two runs would be alike.
        scaled = soxr.resample(self.samples.astype(np.float32), self.rate, rate)
        return Pcm(np.clip(np.rint(scaled), -32768, 32767).astype(np.int16), rate)

    def __add__(self, other: Pcm) -> Pcm:
        """Both sounds, one after the other."""
        if other.rate != self.rate:
            raise AudioError(
                f"a sound of {self.rate} Hz and one of {other.rate} Hz cannot be joined: "
                f"use .resampled({self.rate}) first"
            )
        return Pcm(np.concatenate([self.samples, other.samples]), self.rate)

    def __getitem__(self, seconds: object) -> Pcm:
        """The part between two times in seconds; negative ones count from the end."""
        if not isinstance(seconds, slice) or seconds.step is not None:
            raise TypeError("a sound is cut with pcm[start:stop], in seconds")
        start, stop = (
            None if time is None else round(time * self.rate)
            for time in (seconds.start, seconds.stop)
        )
        return Pcm(self.samples[start:stop], self.rate)

    def __eq__(self, other: object) -> bool:
        """Equal rates and equal samples."""
        if not isinstance(other, Pcm):
            return NotImplemented
        return self.rate == other.rate and np.array_equal(self.samples, other.samples)

    __hash__ = None  # type: ignore[assignment]  # as for every value that holds an array

    def __repr__(self) -> str:
        """Length, rate and level in one line."""
        level = level_dbfs(self.samples)
        return f"Pcm({self.duration_s:.2f} s, {self.rate} Hz, {level:.0f} dBFS)"

    def wav_bytes(self) -> bytes:
        """A whole WAV file: 16-bit, mono."""
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(self.rate)
            out.writeframes(self.to_bytes())
        return file.getvalue()

    def _repr_html_(self) -> str:
        """A player with the sound inside it, so that it still plays in a saved notebook."""
        if self.duration_s > LONGEST_EMBEDDED_S:
            return f"<code>{self!r}</code> is too long for a page: save it with write_wav"
        uri = base64.b64encode(self.wav_bytes()).decode("ascii")
        return f'<audio controls src="data:audio/wav;base64,{uri}" title="{self!r}"></audio>'


def level_dbfs(samples: Int16 | Float32) -> float:
    """The effective level: 0 for a full-scale square wave, -96 and never less for silence."""
    if not samples.size:
        return SILENCE_DBFS
    full = 32768.0 if samples.dtype == np.int16 else 1.0
    # A dot product of float32 is quick, and exact to a thousandth of a dB for a short row.
    power = 0.0
    for start in range(0, samples.size, LEVEL_ROW):
        row = samples[start : start + LEVEL_ROW].astype(np.float32, copy=False)
        power += float(np.dot(row, row))
    rms = float(np.sqrt(power / samples.size)) / full
    return max(SILENCE_DBFS, 20.0 * float(np.log10(rms))) if rms > 0 else SILENCE_DBFS
