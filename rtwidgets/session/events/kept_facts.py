"""What a record needs and no event says: what was played of an answer, and from when on.

A session knows it from whoever plays; a file that was saved brings it along (``Told``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..link import Link

__all__ = ["heard_ms", "played_ms"]


def heard_ms(link: Link) -> Callable[[str], float | None]:
    """``f(item_id)``: how much of it was heard, in ms; ``None`` where nobody knows."""
    told: dict[str, float] | None = getattr(link, "told_heard_ms", None)
    return link.heard_ms if told is None else told.get


def played_ms(link: Link) -> Callable[[str], float | None]:
    """``f(item_id)``: when its first sample sounded, in ms of the log's clock, or ``None``."""
    told: dict[str, float] | None = getattr(link, "told_played_ms", None)
    if told is not None:
        return told.get

    def played(item_id: str) -> float | None:
        at_s = link.interruptions.first_played_s(item_id)
        return None if at_s is None else link.events_log.at_ms(at_s)

    return played
