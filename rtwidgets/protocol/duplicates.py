"""``Duplicates``: an event that came twice is taken once.

A proxy that repeats a frame would otherwise let a reply be heard twice. Servers number their
events, so the same number with the same type and size is the same event. Some servers number
none, or all alike: once a number comes back with another event, numbers mean nothing there.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Duplicates"]

#: A repetition follows its event closely: so many events are remembered, and up to twice that.
WINDOW = 256


class Duplicates:
    """The last events of a connection, by number."""

    def __init__(self) -> None:
        self.count = 0
        """Events that came again."""
        self._recent: dict[str, tuple[type, int]] = {}
        self._older: dict[str, tuple[type, int]] = {}
        self._numbered = True

    def has(self, event: Any, size: int) -> bool:
        """Whether this event of ``size`` bytes was here before; it is remembered."""
        number = event.event_id
        if not (self._numbered and number):
            return False
        recent, facts = self._recent, (type(event), size)
        known = recent.get(number) or self._older.get(number)
        if known is None:
            recent[number] = facts
            if len(recent) >= WINDOW:
                self._older, self._recent = recent, {}
            return False
        if known == facts:
            self.count += 1
            return True
        self._numbered = False
        return False
