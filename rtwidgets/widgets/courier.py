"""``Courier``: brings a speaker's sound to the page that plays, and knows what arrived.

One message at a time, at most 25 a second, each under a quarter of a megabyte. A cut begins a
new generation: what is still on its way of an older one is dropped by the page.

A page that has sound and says nothing is asked. When it stays silent it is ``absent``, which
is not gone: a kernel that is busy hears late, and then the page's account still counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .delivery import Delivery, Sent
from .playback import chunk_s, pause_s
from .played import Hops

if TYPE_CHECKING:
    from .pages import Pages
    from .panel import Panel
    from .playback import Playback

__all__ = ["Courier"]

#: While sound is with the page it is asked this often, in s, and is absent when it has been
#: silent so many times.
LOOK_S = 2.0
MOST_MISSED = 3


class Courier:
    """Between one ``Playback`` and the owner among the ``Pages``; on the loop thread."""

    def __init__(self, panel: Panel, playback: Playback, pages: Pages) -> None:
        self._panel = panel
        self._playback = playback
        self._pages = pages
        self.gen = 0
        """The generation of what is sent now."""
        self.absent = False
        """The page has sound and does not answer."""
        self.hops = Hops()
        self.delivery = Delivery()
        self._pumping = False
        self._looking = False
        self._missed = 0

    def pump(self) -> None:
        """Send one chunk, then rest."""
        if not self._pumping and self._send_chunk():
            self._pumping = True
            self._panel.after(pause_s(self._playback.ahead_s), self._pump_again)

    def _pump_again(self) -> None:
        self._pumping = False
        self.pump()

    def _send_chunk(self) -> bool:
        page = self._pages.owner
        chunk = self._playback.take(chunk_s(self._playback.ahead_s)) if page else None
        if chunk is None:
            return False
        seq = self.delivery.send(Sent(chunk.item_id, len(chunk.data) // 2, chunk.rate))
        self._panel.post(
            "audio",
            chunk.data,
            page=page,
            seq=seq,
            gen=self.gen,
            item_id=chunk.item_id,
            rate=chunk.rate,
            last=chunk.last,
        )
        self.hops.sent(seq)
        if not self._looking:
            self._looking = True
            self._panel.after(LOOK_S, self._look)
        return True

    def silence(self) -> bool:
        """A new generation; whether there is a page, which will say how far it was."""
        self.gen += 1
        if self._pages.owner:
            self._panel.post("stop", page=self._pages.owner, gen=self.gen)
            self._panel.hurry(self._pages.owner)
        return bool(self._pages.owner)

    def acknowledge(self, seq: int, missing: Iterable[int]) -> None:
        """The page has all up to ``seq``, but for the ``missing``."""
        for lost in self.delivery.acknowledge(seq, missing):
            self._playback.lose(lost.item_id, lost.samples)
        self.hops.acknowledged(seq)
        self.pump()

    def ping(self, page: str) -> None:
        """Is the page there, and has it all that was sent?"""
        self._panel.post("ping", page=page, seq=self.delivery.seq, since=self.delivery.since)

    def heard(self) -> None:
        """The page said something, whatever it was."""
        self._missed = 0
        if self.absent:
            self.absent = False
            self._panel.refresh()

    def change_page(self) -> None:
        """Another page plays from now on, and begins where the last one was."""
        self._playback.take_back()
        self.delivery.forget()
        self.heard()

    def _look(self) -> None:
        page = self._pages.owner
        busy = self._playback.ahead_s > 0 or self.delivery.since < self.delivery.seq
        self._looking = bool(page) and busy and self._missed < MOST_MISSED
        if self._looking:
            self._missed += 1
            self.ping(page)
            self._panel.after(LOOK_S, self._look)
        elif page and busy:
            self.absent = True
            self._panel.refresh()
