"""What a page reports as played, told to the session with its time.

The way from the kernel into the page is half of what an acknowledgement takes to come back;
the quickest of the last ones counts, because a slow one waited for the page or for the kernel.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..session.session import Session
    from .playback import Playback

__all__ = ["Hops", "telling"]

#: Messages whose answer is waited for, and answers that count.
KEPT = 64
COUNTED = 20


class Hops:
    """How long a message takes into the page."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._sent: OrderedDict[int, float] = OrderedDict()
        self._hops: deque[float] = deque(maxlen=COUNTED)

    def sent(self, seq: int) -> None:
        """A numbered message goes to the page."""
        self._sent[seq] = self._clock()
        while len(self._sent) > KEPT:
            self._sent.popitem(last=False)

    def acknowledged(self, seq: int) -> None:
        """The page says that it has it."""
        begun = self._sent.pop(seq, None)
        if begun is not None:
            self._hops.append((self._clock() - begun) * 500)

    @property
    def best_ms(self) -> float | None:
        """One way, in ms; ``None`` before the first answer."""
        return min(self._hops, default=None)


@contextmanager
def telling(
    session: Session, playback: Playback, items: Iterable[Mapping[str, Any]], hops: Hops
) -> Iterator[None]:
    """What ``playback`` counts as played inside, of the items that a page reports, was played."""
    before = {name: playback.played_ms(name) for item in items if (name := str(item["item_id"]))}
    yield
    for item_id, ms in before.items():
        if (now_ms := playback.played_ms(item_id)) > ms:
            session.note_played(item_id, ms, now_ms, hops.best_ms)
