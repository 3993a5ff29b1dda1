"""``Pace``: what the panels of one session may send to the page together.

A notebook's page falls behind at some 100 messages a second, and its server drops messages, in
silence, at 1,000. So a session stays under 60: sound has 25 of them (``courier.py``), the
changes of all panels share 25, and the rest is for answers to what a page asks. One panel alone
sends at most 10; where many change at once each waits for its turn, and shows then what is
true then, so nothing is lost by waiting but time.

Pictures that move while something sounds (``Panel.moves``) would take every place, and what is
said would come late. So words keep most places for themselves, and go first; pictures go on by
themselves in between.

Counted in places that are given back after a second, so it needs no clock of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

__all__ = ["CHANGES_PER_S", "WORDS_PER_S", "Pace"]

#: Messages with changes that all panels of a session send in any second.
CHANGES_PER_S = 25
#: Of these, so many are kept for panels that do not move.
WORDS_PER_S = 15


class Pace:
    """The places of one session; on its loop thread."""

    def __init__(self, places: int = CHANGES_PER_S, kept: int = WORDS_PER_S) -> None:
        self._free = places
        self._kept = kept
        self._words: deque[Callable[[], None]] = deque()
        self._moving: deque[Callable[[], None]] = deque()

    def admit(self, show: Callable[[], None], *, moves: bool = False) -> bool:
        """Whether there is a place now; otherwise ``show`` is called when there is one."""
        if self._free > (self._kept if moves else 0):
            return True
        (self._moving if moves else self._words).append(show)
        return False

    def spend(self, count: int, later: Callable[[float, Callable[[], None]], Any]) -> None:
        """So many messages left; ``later(seconds, fn)`` is the session's timer."""
        for _ in range(count):
            self._free -= 1
            later(1.0, self._give_back)

    def _give_back(self) -> None:
        self._free += 1
        while self._words and self._free > 0:
            self._words.popleft()()
        while self._moving and self._free > self._kept:
            self._moving.popleft()()
