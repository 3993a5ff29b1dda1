"""The style vectors of the voices: taken from a package when the wheel is built."""

from __future__ import annotations

__all__: list[str] = []
