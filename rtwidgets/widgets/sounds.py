"""The sounds that a ``Waveform`` can show: the replies of the model, or what the user said.

Both come from the session's history and are alike to the panel: a name, a length, and the peaks
of any stretch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..session.history.answers import Reply, Speech
    from ..session.history.history import History

__all__ = ["Sound", "find", "newest", "sounds"]

#: Pairs that a page gets of a whole sound: about one for each pixel of a notebook's cell.
MOST_PAIRS = 600


@dataclass(frozen=True)
class Sound:
    """One reply, or one speech of the user."""

    item_id: str
    label: str
    from_ms: float
    """Where it begins: 0, or in all the user's sound."""
    duration_ms: float
    arriving: bool
    cut_ms: float
    """Where it was interrupted; -1 where it was not."""
    reply: bool

    def overview(self, history: History) -> tuple[bytes, float]:
        """int8 pairs of all of it, and the length of one in ms, which doubles with need."""
        bucket = 5.0
        while self.duration_ms > MOST_PAIRS * bucket:
            bucket *= 2
        count = int(-(-round(self.duration_ms, 3) // bucket))
        return self.peaks(
            history, np.arange(count + 1, dtype=np.float64) * bucket
        ).tobytes(), bucket

    def peaks(self, history: History, edges_ms: NDArray[np.float64]) -> NDArray[np.int8]:
        """Pairs of the stretches between edges, in ms of this sound."""
        inside = np.clip(edges_ms, 0.0, self.duration_ms) + self.from_ms
        source = history.replies[self.item_id].peaks if self.reply else history.user
        return source.between(inside)


def sounds(history: History, side: str) -> int:
    """How many there are."""
    return len(history.replies if side == "model" else history.speeches)


def newest(history: History, side: str, back: int = 0) -> Sound | None:
    """The last one, or the one so many before it; ``None`` where there is none."""
    if side == "model":
        replies = list(history.replies.values())
        return _reply(replies[-1 - back]) if back < len(replies) else None
    speeches = history.speeches
    return _speech(history, speeches[-1 - back]) if back < len(speeches) else None


def find(history: History, side: str, item_id: str) -> tuple[int, Sound] | None:
    """The one of an item and how many came after it."""
    if side == "model":
        if item_id not in history.replies:
            return None
        after = list(reversed(history.replies)).index(item_id)
        return after, _reply(history.replies[item_id])
    for after, speech in enumerate(reversed(history.speeches)):
        if _name(speech) == item_id:
            return after, _speech(history, speech)
    return None


def _reply(reply: Reply) -> Sound:
    return Sound(
        reply.item_id,
        f"Reply {reply.number}",
        0.0,
        reply.peaks.duration_ms,
        reply.arriving,
        -1.0 if reply.cut_ms is None else reply.cut_ms,
        reply=True,
    )


def _name(speech: Speech) -> str:
    # A speech has no item before it is committed; its number tells it apart.
    return f"speech {speech.number}"


def _speech(history: History, speech: Speech) -> Sound:
    end = history.user.duration_ms if speech.end_ms is None else speech.end_ms
    end = min(end, history.user.duration_ms)
    start = min(speech.start_ms, end)
    going = speech.end_ms is None
    name, label = _name(speech), f"You {speech.number}"
    return Sound(name, label, start, end - start, going, -1.0, reply=False)
