"""The embedded server: a Realtime endpoint on this machine, for any client of the protocol."""

from __future__ import annotations

from .serve import Server, serve

__all__ = ["Server", "serve"]
