"""From a server's name to a connection that stands, and stands again; keys and refusals."""

from __future__ import annotations

__all__: list[str] = []
