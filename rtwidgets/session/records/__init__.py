"""What is left of a talk: a record on one clock, and a replay of it without a network."""

from __future__ import annotations

__all__: list[str] = []
