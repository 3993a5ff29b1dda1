"""Libraries that only an engine needs: imported when the engine is built, never before."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType
from typing import Any

from ..errors import EngineError

__all__ = ["available", "onnx_session", "require"]

THREADS = 2
"""Threads of one engine: the reference machine has two cores."""


def require(name: str, *, extra: str = "offline") -> ModuleType:
    """The module ``name``, or an ``EngineError`` that says which extra brings it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise EngineError(
            f"{name} is not usable here ({error}); pip install 'rtwidgets[{extra}]'"
        ) from error


def available(*names: str) -> bool:
    """Whether every module of ``names`` is installed; nothing is imported."""
    return all(importlib.util.find_spec(name) is not None for name in names)


def onnx_session(path: str, *, threads: int = THREADS, log_severity: int = 3) -> Any:
    """An ``onnxruntime.InferenceSession`` on the CPU that leaves the cores free when idle.

    Spinning is off: the other engines work on the same two cores, and threads that spin
    after a step take the time of the next engine (measured 2.4 times slower speech).
    """
    ort = require("onnxruntime")
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = log_severity
    # A plan of the memory for each new length of sound: 240 MB after 40 clauses, no gain.
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises a dozen private classes
        raise EngineError(f"onnxruntime cannot load {path}: {error}") from error
