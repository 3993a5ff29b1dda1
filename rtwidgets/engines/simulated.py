"""The simulated engine: numpy alone, the same every time, and honest about what it is.

It measures sound and understands none of it, answers by rules and says so, and babbles the
answer in tones. Tests and protocol lessons run on it; nothing has to be downloaded.
"""

from __future__ import annotations

import secrets

from .base import Engines
from .simulated_pace import Pace
from .simulated_rules import RuleModel
from .simulated_transcriber import LevelTranscriber
from .simulated_vad import EnergyVad
from .simulated_voice import ToneSynthesizer

__all__ = ["load"]


def load(
    seed: int | None = None,
    latency_ms: float = 0.0,
    jitter_ms: float = 0.0,
    pace: float = 0.0,
    failure_rate: float = 0.0,
) -> Engines:
    """The four simulated engines, ready at once.

    Args:
        seed: decides jitter, failures and made-up arguments; ``None`` takes a random one.
        latency_ms: time before the language model's first piece.
        jitter_ms: each piece of text and chunk of sound is late by up to this much.
        pace: 1 generates and speaks in real time, 0.5 twice as fast, 0 as fast as possible.
        failure_rate: share of calls, 0 to 1, that raise ``EngineError`` on purpose.

    What is said and how it sounds depends on the words alone, never on the seed. Raises
    ``EngineError`` for a negative number.
    """
    used = secrets.randbits(32) if seed is None else seed
    times = Pace(
        seed=used,
        latency_ms=latency_ms,
        jitter_ms=jitter_ms,
        pace=pace,
        failure_rate=failure_rate,
    )
    transcriber = LevelTranscriber(times)
    model = RuleModel(times)
    synthesizer = ToneSynthesizer(times)
    return Engines(
        name="simulated",
        new_vad=EnergyVad,
        transcriber=transcriber,
        language_model=model,
        synthesizer=synthesizer,
        details={
            "vad": "simulated-energy",
            "transcriber": transcriber.name,
            "language_model": model.name,
            "synthesizer": synthesizer.name,
            "seed": used,
            "latency_ms": latency_ms,
            "jitter_ms": jitter_ms,
            "pace": pace,
            "failure_rate": failure_rate,
        },
    )
