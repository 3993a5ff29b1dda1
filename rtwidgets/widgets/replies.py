"""``Replies``: the replies of a panel's session, each of which can be played again.

Nothing is kept here. The session's events log has the sound of every reply, also of one that came
before the panel was made, or out of a file; its history says where, so that a chunk is read from
there when it is needed, and only that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..session.history.heard import reply_sound
from .following import follow

if TYPE_CHECKING:
    from .panel import Panel

__all__ = ["Replies"]


class Replies:
    """Sound by item, all that was generated, as far as the history has read the log."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel

    def follow(self) -> None:
        """Read what is new, on the loop thread; of much a worker does it, and the panel is told."""
        follow(self._panel, self._panel.session.history)

    def catch_up(self) -> None:
        """Read all of it, on the thread of whoever waits for it."""
        while self._panel.session.history.catch_up():
            pass

    @property
    def latest(self) -> str:
        """The newest item with sound; empty before the first."""
        history = self._panel.session.history
        with history.lock:
            replies = reversed(history.replies.values())
            return next((reply.item_id for reply in replies if reply.samples), "")

    def __contains__(self, item_id: object) -> bool:
        return isinstance(item_id, str) and self.samples(item_id) > 0

    def samples(self, item_id: str) -> int:
        """How many samples of an item there are."""
        reply = self._panel.session.history.replies.get(item_id)
        return 0 if reply is None else reply.samples

    def rate(self, item_id: str) -> int:
        """Samples a second of an item, in Hz."""
        return self._panel.session.history.replies[item_id].format.sample_rate

    def read(self, item_id: str, start: int, count: int) -> bytes:
        """PCM16 of an item from the sample ``start`` on; fewer than ``count`` where it ends."""
        self.follow()
        if item_id not in self:
            return b""
        sound = reply_sound(self._panel.session.history, item_id, start, count)
        return sound.samples.astype("<i2", copy=False).tobytes()
