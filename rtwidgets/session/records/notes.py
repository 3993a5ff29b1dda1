"""What a ``Recorder`` notes down of one answer's sound, and of one turn."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...audio.envelope import Envelope
from ...protocol.config import AudioFormat
from ...protocol.items import Item
from .talk_clock import Runs

__all__ = ["Deleted", "Moments", "Reply"]


@dataclass
class Deleted:
    """An item that was taken out of the conversation: it was said all the same."""

    item: Item
    text: str
    after: str | None
    """The item before it, by then."""


@dataclass
class Reply:
    """The sound of one item of the model's."""

    item_id: str
    response_id: str
    form: AudioFormat
    runs: Runs = field(default_factory=Runs)
    size: int = 0
    outline: Envelope = field(default_factory=Envelope)
    cut_ms: float | None = None
    cut_at: float | None = None
    """When its response was cancelled, on the clock of the talk."""
    half: bytes = b""

    @property
    def duration_ms(self) -> float:
        """How long it is."""
        return self.form.duration_ms(self.size)

    @property
    def end_ms(self) -> float:
        """When it is over, if nobody cuts it."""
        return self.runs.at(self.duration_ms)


@dataclass
class Moments:
    """When the steps of one turn were, on the session's clock; ``None`` for what did not come."""

    response_ids: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    """What of the user's came before it."""
    zero: float | None = None
    end_of_speech: float | None = None
    committed: float | None = None
    asked: float | None = None
    first_event: float | None = None
    first_text: float | None = None
    first_audio: float | None = None
    done: float | None = None
    calling: bool = False

    def mark(self, name: str, at_ms: float) -> None:
        """The first of its kind counts."""
        if getattr(self, name) is None:
            setattr(self, name, at_ms)
