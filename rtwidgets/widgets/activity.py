"""``Activity``: who is at it in a session, in one word that all its panels say alike.

The session knows who speaks on the wire. Panels know more: a microphone that is open listens
although nobody speaks yet, and a loudspeaker speaks on when the words are all here.
"""

from __future__ import annotations

import weakref

from .microphone import Microphone
from .panel import Panel
from .speaker import Speaker

__all__ = ["Activity"]

#: What a panel at work is told by.
AT_WORK: dict[type[Panel], str] = {Microphone: "recording", Speaker: "playing"}


class Activity:
    """For one panel: what it says, and that it is shown anew when that changes."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._observed: weakref.WeakSet[Panel] = weakref.WeakSet()

    def now(self) -> str:
        """``idle``, ``listening``, ``thinking``, ``speaking`` or ``closed``; on the loop thread."""
        recording, playing = self._at_work(Microphone), self._at_work(Speaker)
        state: str = self._panel.session.state
        if state != "idle":
            return state
        return "speaking" if playing else "listening" if recording else "idle"

    def end(self) -> None:
        """Look no more."""
        for peer in self._observed:
            peer.unobserve(self._look, [trait for k, trait in AT_WORK.items() if _is(peer, k)])
        self._observed.clear()

    def _at_work(self, kind: type[Panel]) -> bool:
        trait = AT_WORK[kind]
        found = [peer for peer in self._panel.peers() if _is(peer, kind)]
        for peer in found:
            if peer not in self._observed:
                self._observed.add(peer)
                peer.observe(self._look, [trait])
        return any(getattr(peer, trait) for peer in found)

    def _look(self, _change: object) -> None:
        self._panel.on_loop(self._panel.refresh)


def _is(peer: Panel, kind: type[Panel]) -> bool:
    """One of a kind, and not closed."""
    return isinstance(peer, kind) and peer.comm is not None
