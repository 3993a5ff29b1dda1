"""What is left of a session: who said what and when, what of it was heard, and what it cost.

Values only, on one clock (``talk_clock.py``); ``recorder.py`` makes them from the log of events,
and ``exports`` and ``show_talk.py`` write them down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...protocol.items import Usage
from ..money.usage import SessionUsage

__all__ = ["Clip", "Exchange", "Line", "Record", "Role"]

Role = Literal["user", "assistant", "system", "call", "result", "error"]


@dataclass(frozen=True, eq=False)
class Clip:
    """The sound of one line, without its samples."""

    start_ms: float
    duration_ms: float
    heard_ms: float
    """How much of it was played; of what the user said, all."""
    pairs: NDArray[np.int8] = field(repr=False)
    """Lowest and highest sample of each 20 ms, shape ``(n, 2)``; full scale is -128..127."""
    place: tuple[float, float] | None = None
    """Of what the user said: from where to where in all sound that was sent, in ms."""

    @property
    def share(self) -> float:
        """The share of it that was heard, 0 to 1."""
        return min(1.0, self.heard_ms / self.duration_ms) if self.duration_ms else 1.0

    @property
    def whole(self) -> bool:
        """All of it was heard; players count in whole ms."""
        return self.duration_ms - self.heard_ms < 1.0


@dataclass(frozen=True)
class Line:
    """One thing that was said, called, returned, or went wrong."""

    item_id: str
    role: Role
    at_ms: float
    text: str = ""
    """Its words; of an answer, those that were heard."""
    unheard: str = ""
    """The words after them: made by the model, and never played. An estimate by time."""
    note: str = ""
    name: str = ""
    """Of a call or a result: the function."""
    clip: Clip | None = None
    response_id: str = ""
    deleted: bool = False
    """It was taken out of the conversation: said, but the model knows it no more."""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One turn: what the user said, and the responses to it (several, where tools were called).

    Times are in s after the end of the user's speech (the last that was loud), or after the
    request where the user typed; ``None`` for what did not happen.
    """

    number: int
    """Counted from 1."""
    response_ids: tuple[str, ...]
    status: str
    at_ms: float
    """When the user was done, on the session's clock."""
    said: str
    answer: str
    heard: str
    tools: tuple[str, ...] = ()
    deleted: bool = False
    """Some of it was deleted from the conversation afterwards."""
    end_of_speech: float | None = None
    committed: float | None = None
    first_event: float | None = None
    first_text: float | None = None
    first_audio: float | None = None
    first_played: float | None = None
    done: float | None = None
    sound_s: float = 0.0
    heard_s: float = 0.0
    usage: Usage = field(default_factory=Usage)
    money: str = ""


@dataclass(frozen=True, repr=False)
class Record:
    """A session until now."""

    name: str
    model: str | None
    lines: tuple[Line, ...]
    exchanges: tuple[Exchange, ...]
    usage: SessionUsage
    duration_ms: float
    """On the clock of the talk, until the last sound is over."""
    events: int
    ended: str | None = None
    """Why it is over; ``None`` while it goes on."""
    breaks: tuple[tuple[str | None, float, str], ...] = ()
    """Where it went on over another connection: after which item, when on the clock of the talk,
    and why."""

    def __repr__(self) -> str:
        """``<Record: offline engine, 3 turns · 0:42>``."""
        from ..shown.talk import facts

        return f"<Record: {self.name}, {facts(self)}>"

    def _repr_html_(self) -> str:
        from ..shown.talk import talk_html

        return talk_html(self, open=True)
