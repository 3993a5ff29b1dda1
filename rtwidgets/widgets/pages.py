"""``Pages``: which pages show a panel, and which one of them owns its sound.

Messages reach every page that shows a panel, so a second tab would speak in chorus with the
first, and a reloaded page is a new one. Each page has a random token; the owner is the page
that a message names, and all others stay silent. Only bookkeeping; the panel sends.
"""

from __future__ import annotations

__all__ = ["Pages"]


class Pages:
    """The known pages in the order in which they came, and the owner among them."""

    def __init__(self) -> None:
        self.owner = ""
        """The token of the page that sounds or records; empty when none does."""
        self._known: dict[str, None] = {}
        self._heard: set[str] = set()

    @property
    def newest(self) -> str:
        """The page that came last; empty when there is none."""
        return next(reversed(self._known), "")

    def arrive(self, page: str) -> None:
        """A page shows the panel."""
        self._known.pop(page, None)
        self._known[page] = None
        self._heard.add(page)

    def leave(self, page: str) -> None:
        """A page is gone; without its owner the sound has none."""
        self._known.pop(page, None)
        self._heard.discard(page)
        if self.owner == page:
            self.owner = ""

    def hear(self, page: str) -> None:
        """A message came from the page, whatever it said: it is alive."""
        if page not in self._known:
            self._known[page] = None
        self._heard.add(page)

    def doubt(self, page: str) -> None:
        """From now on the page has to be heard of to count as alive."""
        self._heard.discard(page)

    def alive(self, page: str) -> bool:
        """Whether the page was heard of since it was last doubted."""
        return page in self._heard
