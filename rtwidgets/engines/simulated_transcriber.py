"""``LevelTranscriber``: says how long and how loud a sound was, and understands nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..audio import level_dbfs
from .simulated_pace import Pace

__all__ = ["Heard", "LevelTranscriber"]

#: Quieter than this as a whole, a sound is not called speech.
QUIET_DBFS = -55.0
#: A longer sound takes a while to measure.
LONGEST_INSTANT_S = 20.0

_TRANSCRIPT = re.compile(r"\[simulated: (\d+\.\d) s of (speech|near silence), (-?\d+) dBFS\]")


class Heard(NamedTuple):
    """What a simulated transcript says."""

    seconds: float
    speech: bool
    level_dbfs: int

    @classmethod
    def read(cls, transcript: str) -> Heard | None:
        """Read a transcript that ``LevelTranscriber`` wrote; ``None`` for anybody else's."""
        match = _TRANSCRIPT.fullmatch(transcript.strip())
        return match and cls(float(match[1]), match[2] == "speech", int(match[3]))

    def write(self) -> str:
        """The transcript."""
        kind = "speech" if self.speech else "near silence"
        return f"[simulated: {self.seconds:.1f} s of {kind}, {self.level_dbfs} dBFS]"


class LevelTranscriber:
    """Writes ``[simulated: 2.3 s of speech, -21 dBFS]`` for any sound."""

    name = "simulated-levels"
    #: The wire's own rate, so that PCM needs no resampling before it.
    rate = 24000

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    def instant(self, seconds: float) -> bool:
        """Whether ``transcribe`` blocks nowhere: a turn of usual length and no delays."""
        return seconds <= LONGEST_INSTANT_S and not self._pace.waits

    def transcribe(
        self,
        samples: NDArray[np.float32],
        *,
        language: str | None = None,
        prompt: str | None = None,
    ) -> Iterator[str]:
        """Two pieces, so that a transcript is seen to stream."""
        level = level_dbfs(samples)
        text = Heard(samples.size / self.rate, level > QUIET_DBFS, round(level)).write()
        clock = self._pace.clock(self.name, text)
        for piece in text.partition(",")[0], "".join(text.partition(",")[1:]):
            clock.step(0.0)
            yield piece
