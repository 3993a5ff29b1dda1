"""``Delivery``: which sound messages reached the page, and what was lost on the way.

Messages are numbered. The page acknowledges every fourth and names the numbers that it never
saw; a front end that drops messages (Jupyter Server does above 1,000 a second) does so without
a word. A message is not sent again: its moment is over when the gap is noticed, so it is
counted, and the count is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Delivery", "Sent"]

#: Messages that the page has not acknowledged are remembered up to this number.
MOST_OPEN = 1000


@dataclass(frozen=True)
class Sent:
    """One message with sound."""

    item_id: str
    samples: int
    rate: int


class Delivery:
    """The numbers of one speaker; they go on from page to page."""

    def __init__(self) -> None:
        self.seq = 0
        """The number of the next message."""
        self.lost = 0
        """Messages that never arrived."""
        self.lost_ms = 0.0
        """The sound in them, in ms."""
        self._open: dict[int, Sent] = {}

    @property
    def since(self) -> int:
        """The oldest number that is not acknowledged."""
        return min(self._open, default=self.seq)

    def send(self, sent: Sent) -> int:
        """A message leaves; returns its number."""
        number = self.seq
        if len(self._open) < MOST_OPEN:
            self._open[number] = sent
        self.seq += 1
        return number

    def acknowledge(self, seq: int, missing: Iterable[int]) -> list[Sent]:
        """All up to ``seq`` arrived but for the ``missing``; returns what these held."""
        lost = [self._open[number] for number in map(int, missing) if number in self._open]
        for number in [n for n in self._open if n <= seq]:
            del self._open[number]
        self.lost += len(lost)
        self.lost_ms += sum(1000 * sent.samples / sent.rate for sent in lost)
        return lost

    def forget(self) -> None:
        """The page is another one: nothing that is open will be acknowledged."""
        self._open.clear()
