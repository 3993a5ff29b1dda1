"""One exchange: how it is asked for, waited for, heard, cut off and remembered."""

from __future__ import annotations

__all__: list[str] = []
