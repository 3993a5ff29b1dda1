"""What the history of a session knows of one answer, one speech and one call of a tool.

Times are ms on the session's clock, the one of ``session.events_log``; ``None`` is what has not
happened.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from ...protocol.config import AudioFormat
from .peaks import PeaksHistory

__all__ = ["Answer", "Call", "Reply", "Speech"]


@dataclass(eq=False)
class Speech:
    """Something that the user said, as the server marked it off."""

    number: int
    start_ms: float
    """In the user's sound: ms of all sound ever appended."""
    begun: float
    """On the clock."""
    end_ms: float | None = None
    """In the user's sound; ``None`` while it goes on."""
    over: float | None = None
    detected: bool = True
    """By the server's turn detection; otherwise by our commits."""
    item_id: str = ""


@dataclass(eq=False)
class Answer:
    """A response: what it answers, and when it did what."""

    number: int
    response_id: str
    speech_end: float | None = None
    """The last loud moment of the speech that it answers."""
    noticed: float | None = None
    """The server said that the speech was over."""
    committed: float | None = None
    asked: float | None = None
    """``response.create`` went out."""
    created: float | None = None
    first_text: float | None = None
    first_audio: float | None = None
    done: float | None = None
    status: str = "in_progress"
    items: list[str] = field(default_factory=list)

    def moments(self, first_played: float | None) -> list[float | None]:
        """The ends of the steps of ``latency.STEPS``, in their order."""
        return [
            self.noticed,
            self.committed,
            self.created,
            self.first_text,
            self.first_audio,
            first_played,
        ]

    @property
    def zero(self) -> float | None:
        """Where waiting for it began: the end of speech, or the request for it."""
        return self.asked if self.speech_end is None else self.speech_end


@dataclass(eq=False)
class Reply:
    """The sound of one item of the model."""

    number: int
    item_id: str
    response_id: str
    format: AudioFormat
    arrived: float
    peaks: PeaksHistory = field(default_factory=PeaksHistory)
    arriving: bool = True
    cut_ms: float | None = None
    """Where it was interrupted, in its own ms."""
    rest: bytes = b""
    """The first half of a sample that a chunk cut in two."""
    placed: list[tuple[float, float, float, float, bool]] | None = None
    """Where all of it was on the clock, once that cannot change; see ``heard.stretches``."""
    pieces: array[int] = field(default_factory=lambda: array("Q"))
    """The places of its sound in the events log, counted from the session's first event."""
    starts: array[int] = field(default_factory=lambda: array("Q"))
    """Where in its sound each of them begins, in bytes."""
    size: int = 0
    """All its sound, in bytes."""

    @property
    def samples(self) -> int:
        """How many came, whatever was heard of them."""
        return self.size // self.format.bytes_per_sample


@dataclass(eq=False)
class Call:
    """A call of a tool: of a function, until the model was given its output; or by MCP, until
    the server had it."""

    call_id: str
    """Of an MCP call: its item."""
    name: str
    begun: float
    over: float | None = None
    state: str = "running"
    """``running``, ``done``, ``failed``, or ``lost`` with the connection."""

    def end(self, at: float, state: str) -> None:
        """It is over; what comes later about it, when a talk is carried over, is no news."""
        if self.over is None:
            self.over, self.state = at, state
