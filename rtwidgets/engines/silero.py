"""Voice activity by Silero: one 32 ms window of sound in, a probability of speech out.

The network remembers: it wants the last 64 samples of the window before, and its own
state. It is run by the onnxruntime that the other engines use, so no second runtime is
loaded, and a machine for which the package has no wheel is served too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .libraries import onnx_session

__all__ = ["SileroVad", "load_silero"]

_CONTEXT = 64


def load_silero(folder: Path) -> Any:
    """The network in ``folder``; one serves every ``SileroVad``."""
    return onnx_session(str(folder / "silero_vad.onnx"), threads=1)


class SileroVad:
    """One connection's ear; ``network`` comes from ``load_silero``."""

    rate = 16_000
    window = 512

    def __init__(self, network: Any) -> None:
        self._network = network
        self._rate = np.array(self.rate, np.int64)
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._state = np.zeros((2, 1, 128), np.float32)
        self._input = np.zeros((1, _CONTEXT + self.window), np.float32)

    def probability(self, samples: NDArray[np.float32]) -> float:
        """The probability of speech in one window of 512 samples in -1..1 at 16 kHz."""
        if samples.shape != (self.window,):
            raise ValueError(f"a window is {self.window} samples, not {samples.shape}")
        self._input[0, :_CONTEXT] = self._input[0, -_CONTEXT:]
        self._input[0, _CONTEXT:] = samples
        output, self._state = self._network.run(
            None, {"input": self._input, "state": self._state, "sr": self._rate}
        )
        return float(output[0, 0])
