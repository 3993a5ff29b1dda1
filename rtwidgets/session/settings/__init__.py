"""What a session is set to: flat names, what was asked for, and what the server granted."""

from __future__ import annotations

__all__: list[str] = []
