"""The OpenTelemetry context in which something is said, where the program has OpenTelemetry."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["current"]


def current() -> Any:
    """The context of whoever calls, for what happens on the loop thread later."""
    context = sys.modules.get("opentelemetry.context")
    return None if context is None else context.get_current()
