"""Which of the speech that a server reports belongs to a piece of sound of ours.

Pure bookkeeping on the server's own clock: milliseconds of all sound ever appended. A sound
with pauses is heard as several speeches, each committed as an item of its own.
"""

from __future__ import annotations

__all__ = ["Hearing"]

#: A server may say that speech ended when it really did, or after the silence it waited for.
SLACK_MS = 400.0


class Hearing:
    """What the server has heard of one sound, between ``start_ms`` and ``end_ms``."""

    def __init__(self, *, start_ms: float, end_ms: float, loud_ms: float) -> None:
        self.start_ms = start_ms
        self.end_ms = end_ms
        self.loud_ms = loud_ms
        """Where the last loud part ends."""
        self.speaking = False
        self.stops = 0
        self.items: list[str] = []
        """Committed user items, in order."""
        self.started_ms = start_ms
        """Where the last speech began, as the server counts."""
        self.stopped_ms: float | None = None

    @property
    def heard(self) -> bool:
        """Any speech at all."""
        return self.speaking or self.stops > 0

    @property
    def complete(self) -> bool:
        """The last speech reached the last loud part: no more of it can come."""
        if self.speaking or self.stopped_ms is None:
            return False
        return self.stopped_ms >= self.loud_ms - SLACK_MS

    def started(self, audio_start_ms: float) -> bool:
        """Speech started; false where it is not this sound's.

        A start before ours is the padding that servers put in front, or a server that does
        not count (0).
        """
        if audio_start_ms > self.end_ms + SLACK_MS:
            return False
        self.speaking, self.started_ms = True, audio_start_ms
        return True

    def stopped(self, audio_end_ms: float) -> bool:
        """Speech stopped; false where it is not this sound's."""
        if not self.speaking:
            return False
        self.speaking = False
        self.stops += 1
        # A server that does not count is believed that it was all.
        self.stopped_ms = audio_end_ms or self.end_ms
        return True

    def committed(self, item_id: str) -> bool:
        """The speech became an item; false where it is not this sound's."""
        if len(self.items) >= self.stops:
            return False
        self.items.append(item_id)
        return True
