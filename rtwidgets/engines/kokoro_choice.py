"""Which graph of Kokoro to run here: the shipped one, or the faster one of ``kokoro_graph``.

On x86 without VNNI onnxruntime's uint8 x int8 kernels saturate, which is wrong sound. So
the faster graph is used on processors with the instructions only, after one sentence was
spoken by both graphs: without the Fourier transform's change every sample must be as it
was, with it (a phase that rounding decides in the shipped graph) nearly so, and less time
must be spent. The verdict is kept in the user's cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import EngineError
from .cache import cache_dir, sha256_of
from .kokoro_graph import REVISION, rewrite
from .libraries import onnx_session, require

__all__ = ["fastest", "has_dot_product", "likeness"]

_EXACT = 0.9999
_NEARLY = 0.95
"""Correlations of two sounds. 1.0000 and 0.98 were measured; a saturating kernel gives less
than the first, a wrong graph less than the second."""


@dataclass(frozen=True)
class Verdict:
    """What the comparison on this machine said."""

    usable: bool
    reason: str
    sha256: str = ""
    """Of the rewritten file."""


def fastest(
    shipped: Path,
    sentence: Callable[[Any], NDArray[np.float32]],
    *,
    say: Callable[[str], None] = lambda line: None,
) -> Any:
    """A session of the graph to use: the rewritten one where it may run, else ``shipped``.

    ``sentence`` speaks one sentence with a session; it is called the first time only.
    """
    folder = cache_dir() / "kokoro-82m"
    stem = f"kokoro-{_key(shipped)}"
    record, rewritten = folder / f"{stem}.json", folder / f"{stem}.onnx"
    verdict = _read(record)
    if verdict is None:
        if not has_dot_product():
            verdict = Verdict(usable=False, reason="no dot product instructions")
        else:
            say("speech: making and checking a faster graph, once")
            verdict = _compare(shipped, rewritten, sentence)
        _write(record, verdict)
        say(f"speech: {verdict.reason}")
    if verdict.usable and rewritten.is_file() and sha256_of(rewritten) == verdict.sha256:
        return onnx_session(str(rewritten))
    return onnx_session(str(shipped))


def has_dot_product() -> bool:
    """Whether this processor multiplies bytes without saturation: VNNI, or ARM's dot product.

    ``False`` where nobody says (Windows on x86).
    """
    if sys.platform == "darwin":
        arm = platform.machine() == "arm64"
        return arm and _sysctl("hw.optional.arm.FEAT_DotProd") == "1"
    try:
        flags = set(Path("/proc/cpuinfo").read_text("ascii", "replace").split())
    except OSError:
        return False
    return bool(flags & {"avx512_vnni", "avx_vnni", "asimddp"})


def _compare(
    shipped: Path, rewritten: Path, sentence: Callable[[Any], NDArray[np.float32]]
) -> Verdict:
    try:
        before, slow_s = _timed(onnx_session(str(shipped)), sentence)
        _save(rewrite(_load(shipped), fourier=False), rewritten)
        exact = likeness(before, sentence(onnx_session(str(rewritten))))
        _save(rewrite(_load(shipped)), rewritten)
        after, fast_s = _timed(onnx_session(str(rewritten)), sentence)
    except (EngineError, OSError) as error:
        return Verdict(usable=False, reason=f"the shipped graph, because {error}")
    nearly = likeness(before, after)
    facts = (
        f"{fast_s:.2f} s of processor time instead of {slow_s:.2f} s for one sentence, "
        f"likeness {exact:.4f} and {nearly:.2f}"
    )
    if exact < _EXACT or nearly < _NEARLY or fast_s >= slow_s:
        rewritten.unlink(missing_ok=True)
        return Verdict(usable=False, reason=f"the shipped graph ({facts})")
    return Verdict(usable=True, reason=f"the faster graph ({facts})", sha256=sha256_of(rewritten))


def _load(path: Path) -> Any:
    return require("onnx").load(str(path))


def _save(model: Any, path: Path) -> None:
    """Write ``path`` at once or not at all: two processes may do so together."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".graph.")
    with os.fdopen(handle, "wb") as out:
        out.write(model.SerializeToString())
    os.replace(temporary, path)


def _timed(
    session: Any, sentence: Callable[[Any], NDArray[np.float32]]
) -> tuple[NDArray[np.float32], float]:
    """The sound, and the processor's time for it: other programs change it little."""
    sentence(session)
    started = time.process_time()
    samples = sentence(session)
    return samples, time.process_time() - started


def likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """How alike two sounds are, -1 to 1, over what both have; lengths differ by the pad."""
    size = min(one.size, other.size)
    a, b = one[:size].astype(np.float64), other[:size].astype(np.float64)
    power = float(np.sqrt(np.dot(a, a) * np.dot(b, b)))
    return float(np.dot(a, b)) / power if power else 0.0


def _key(shipped: Path) -> str:
    """What the verdict hangs on: the graph, the changes, the library and the processor."""
    version = require("onnxruntime").__version__
    parts = (sha256_of(shipped), REVISION, version, platform.machine(), has_dot_product())
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _sysctl(name: str) -> str:
    try:
        done = subprocess.run(
            ["/usr/sbin/sysctl", "-n", name],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def _read(path: Path) -> Verdict | None:
    try:
        return Verdict(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write(path: Path, verdict: Verdict) -> None:
    """A cache that cannot be written costs the comparison again, no more."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(verdict.__dict__, indent=1), "utf-8")
    except OSError:
        pass
