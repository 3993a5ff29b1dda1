"""``OneVoice``: of the panels of one kind that show a session, one is at work.

A cell that runs again makes a second speaker while the first one still sounds, and a console
has one beside one of its own. The panel that was made or asked last leads; others stand aside.
"""

from __future__ import annotations

from typing import TypeVar

from .panel import Panel

__all__ = ["OneVoice", "leader_beside"]


class OneVoice(Panel):
    """A panel that leads, or stands aside for another one of its kind."""

    aside = False
    """Another panel of the session is at work; set on the loop thread."""

    @property
    def closed(self) -> bool:
        """It has left its session."""
        return self._unsubscribe is None

    def close(self) -> None:
        """Leave the session; one that stood aside leads again."""
        # The runtime closes once more what is forgotten, and what was refused when it was made.
        led = getattr(self, "_unsubscribe", None) is not None and not self.aside
        super().close()
        heir = next((peer for peer in self._alike() if not peer.closed), None) if led else None
        if heir is not None:
            heir.on_loop(heir._inherit)

    def lead(self) -> None:
        """From now on this one."""
        self.aside = False
        for peer in self._alike():
            peer.on_loop(peer._yield)

    def _alike(self) -> list[OneVoice]:
        # The runtime gives each widget a class of its own: the word tells the kind.
        return [p for p in self.peers() if isinstance(p, OneVoice) and p.word == self.word]

    def _yield(self) -> None:
        if not self.aside:
            self.aside = True
            self.stand_aside()

    def _inherit(self) -> None:
        if self.aside:
            self.aside = False
            self.take_up()

    def stand_aside(self) -> None:
        """Leave the work to the other one."""

    def take_up(self) -> None:
        """The other one is gone: go on."""


V = TypeVar("V", bound=OneVoice)


def leader_beside(panel: Panel, kind: type[V]) -> V | None:
    """The panel of a kind that is at work beside ``panel``; one that stands aside at worst."""
    found = [peer for peer in panel.peers() if isinstance(peer, kind) and not peer.closed]
    return min(found, key=lambda peer: peer.aside, default=None)
