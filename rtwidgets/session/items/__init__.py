"""Changes of the conversation's items that wait for the server's word."""

from __future__ import annotations

__all__: list[str] = []
