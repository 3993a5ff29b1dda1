"""``TalkButton``: push-to-talk as the session sees it: a press, some sound, a release, a turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..session.session import Session

__all__ = ["TOO_SHORT", "TalkButton"]

#: A server takes no turn that is shorter, in ms.
LEAST_TURN_MS = 100.0

TOO_SHORT = "That was too short. Hold the button while you speak."


class TalkButton:
    """Whether it is down, and how much was said since; lives on the session's loop thread."""

    def __init__(self, session: Session) -> None:
        self.pressed = False
        self._session = session
        self._said_ms = 0.0

    def hear(self, byte_count: int, rate: int) -> None:
        """So many bytes of PCM16 at ``rate`` Hz were sent."""
        self._said_ms += byte_count * 1000 / (2 * rate)

    def press(self) -> None:
        """Who presses wants to be heard: the answer stops, and what was buffered is not theirs."""
        self.pressed = True
        self._said_ms = 0.0
        self._session.interrupt()
        self._session.clear_audio()

    def release(self) -> str:
        """The turn is over and is answered; otherwise returns the sentence that says why not."""
        self.pressed = False
        if self._said_ms < LEAST_TURN_MS:
            self._session.clear_audio()
            return TOO_SHORT
        self._session.commit_audio()
        self._session.create_response()
        return ""
