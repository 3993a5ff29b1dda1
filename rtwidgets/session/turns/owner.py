"""What a turn asks of the session that it belongs to, so that a turn knows no session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ...protocol.config import TurnDetection
from ...protocol.conversation import Conversation
from ..events.events_log import EventsLog
from .interruptions import Interruptions
from .kept_sound import SoundStore

__all__ = ["TurnLink", "TurnOwner"]


class TurnLink(Protocol):
    """The connection under the session, on the loop thread."""

    transcribed: set[str]
    """User items whose words are there, or will never come."""
    events_log: EventsLog
    """All events, each with its time."""
    interruptions: Interruptions
    """What was heard, and when."""

    turns: list[Any]
    """Those in progress, each a ``Turn``."""
    sounds: SoundStore
    """Where the sound of complete answers has its bound."""

    @property
    def transcribes(self) -> bool:
        """The server writes down what the user says."""

    @property
    def turn_detection(self) -> TurnDetection | None:
        """How the server detects turns; ``None`` where it does not."""

    def heard_ms(self, item_id: str) -> float:
        """How much of an answer's item was played, in ms; asked from any thread."""

    def later(self, seconds: float, fn: Callable[..., Any], *args: Any) -> Any:
        """Call ``fn`` on the loop thread after ``seconds``."""

    def cancel_turn(self, turn: Any) -> None:
        """Stop a turn's response; drop the turn where it has none."""


class TurnOwner(Protocol):
    """The session: a turn in progress holds it, so that it stays alive that long."""

    @property
    def conversation(self) -> Conversation:
        """The state of the conversation; safe to read from any thread."""

    @property
    def _link(self) -> TurnLink: ...

    def _post(self, fn: Callable[..., Any], *args: Any) -> None: ...
