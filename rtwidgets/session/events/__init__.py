"""Events of a session: kept as they stood on the wire, told to subscribers, read one by one."""

from __future__ import annotations

__all__: list[str] = []
