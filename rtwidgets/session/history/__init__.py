"""What was said, heard and waited for when, worked out from the events log when somebody looks."""

from __future__ import annotations

__all__: list[str] = []
