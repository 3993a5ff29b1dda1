"""What was used and what it costs: prices, sums, formulas, a limit and a forecast."""

from __future__ import annotations

__all__: list[str] = []
