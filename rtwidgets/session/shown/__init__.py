"""How values show themselves: a line of text, or a small piece of a page without scripts."""

from __future__ import annotations

__all__: list[str] = []
