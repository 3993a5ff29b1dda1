"""``Pace``: when the simulated engines say something, and when they fail."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from ..errors import EngineError

__all__ = ["Clock", "Pace"]


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Delays and failures, the same for the same seed, engine and text.

    Nothing is shared between calls, so threads cannot change each other's numbers.
    """

    seed: int
    latency_ms: float = 0.0
    """Before the language model's first piece."""
    jitter_ms: float = 0.0
    """Each piece or chunk is late by up to this much; lateness does not add up."""
    pace: float = 0.0
    """1 generates and speaks in real time, 0.5 twice as fast, 0 as fast as possible."""
    failure_rate: float = 0.0
    """The share of calls, 0 to 1, that raise ``EngineError``."""

    def __post_init__(self) -> None:
        """Refuse what no clock can do."""
        for name in ("latency_ms", "jitter_ms", "pace", "failure_rate"):
            if not getattr(self, name) >= 0:
                raise EngineError(f"{name} is {getattr(self, name)}: it must be 0 or more")

    @property
    def waits(self) -> bool:
        """Whether any step is ever held back."""
        return bool(self.latency_ms or self.jitter_ms or self.pace)

    def clock(self, engine: str, text: str, *, latency_ms: float = 0.0) -> Clock:
        """The clock of one call of ``engine`` with ``text``; raises where the call fails."""
        rng = random.Random(f"{self.seed}/{engine}/{text}")
        if rng.random() < self.failure_rate:
            raise EngineError(f"{engine} failed on purpose (failure_rate={self.failure_rate:g})")
        return Clock(self, rng, latency_ms)


class Clock:
    """Holds back the steps of one stream."""

    def __init__(self, pace: Pace, rng: random.Random, latency_ms: float) -> None:
        self._pace = pace.pace
        self._jitter_s = pace.jitter_ms / 1000
        self._rng = rng
        self._idle = not (latency_ms or pace.jitter_ms or pace.pace)
        self._due = time.monotonic() + latency_ms / 1000

    def step(self, seconds: float) -> None:
        """Sleep until this step is due; in real time it takes ``seconds``, then comes the next."""
        if self._idle:
            return
        left = self._due + self._rng.random() * self._jitter_s - time.monotonic()
        if left > 0:
            time.sleep(left)
        self._due += seconds * self._pace
