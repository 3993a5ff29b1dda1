"""``VirtualSpeaker``: what somebody would have heard by now, where no loudspeaker is.

Theory of operation
===================

In a script nobody plays the answer, yet the conversation has to know how much of it was
heard when the user speaks into it. This speaker plays by a clock: an answer begins to sound
when its first piece arrives, runs at the speed of its sample rate, waits where the next piece
is late, and items follow one another::

    received ─► played          by the clock, at the head of the queue
             └► cut             never played: the rest of what was stopped

Nothing runs here; the account is brought up to date whenever somebody asks or something
arrives. The clock is given, so a test moves it by hand. A lock makes it safe to ask from a
cell while pieces arrive on the loop thread.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ...protocol.config import AudioFormat

__all__ = ["VirtualSpeaker"]


@dataclass
class _Track:
    """One item's sound, in bytes of the wire."""

    item_id: str
    response_id: str
    form: AudioFormat
    received: int = 0
    played: int = 0
    ended: bool = False
    cut: bool = False

    @property
    def bytes_per_s(self) -> int:
        return self.form.sample_rate * self.form.bytes_per_sample

    @property
    def played_ms(self) -> float:
        return self.form.duration_ms(self.played)


class VirtualSpeaker:
    """Plays by the clock ``now`` (in s), counts, and tells ``played`` when what sounded."""

    def __init__(
        self, now: Callable[[], float], played: Callable[[str, float, float, float], None]
    ) -> None:
        self.now = now
        self._tell = played
        self._lock = threading.Lock()
        self._tracks: dict[str, _Track] = {}
        self._order: deque[_Track] = deque()
        self._cut_responses: set[str] = set()
        self._at = now()  # until then the account is up to date
        self._dry_at = 0.0  # when the head of the queue has played what there is of it

    # -- facts

    def played_ms(self, item_id: str) -> float:
        """How much of an item has sounded by now, in ms."""
        with self._lock:
            self._advance()
            track = self._tracks.get(item_id)
            return 0.0 if track is None else track.played_ms

    def live(self, response_id: str | None = None) -> bool:
        """Whether sound of a response (or of any) is to come out, now or later."""
        with self._lock:
            self._advance()
            return any(response_id in (None, track.response_id) for track in self._order)

    # -- sound comes

    def receive(self, item_id: str, response_id: str, size: int, form: AudioFormat) -> None:
        """``size`` more bytes of an item's sound."""
        with self._lock:
            self._advance()
            track = self._tracks.get(item_id)
            if track is None:
                track = self._tracks[item_id] = _Track(item_id, response_id, form)
                track.cut = response_id in self._cut_responses
                if not track.cut:
                    self._order.append(track)
            track.received += size
            if self._order and self._order[0] is track:
                self._dry_at = self._at + (track.received - track.played) / track.bytes_per_s

    def receive_more(self, item_id: str, size: int) -> bool:
        """The same for the item that plays; false, and nothing is done, for any other.

        While it has sound left a further piece only moves the moment when it runs dry.
        """
        with self._lock:
            track = self._order[0] if self._order else None
            if track is None or track.item_id != item_id or self.now() >= self._dry_at:
                return False
            track.received += size
            self._dry_at += size / track.bytes_per_s
            return True

    def end(self, item_id: str) -> None:
        """An item has no more sound."""
        with self._lock:
            track = self._tracks.get(item_id)
            if track is not None:
                track.ended = True

    def end_response(self, response_id: str) -> None:
        """No item of a response has more sound, whatever was or was not announced."""
        with self._lock:
            for track in self._order:
                if track.response_id == response_id:
                    track.ended = True
            self._cut_responses.discard(response_id)

    # -- sound goes

    def finish(self) -> None:
        """Whoever listened heard all there is: the clock jumps to the end of what waits."""
        with self._lock:
            self._advance()
            for track in self._order:
                before, track.played = track.played_ms, track.received
                self._tell(track.item_id, self._at, before, track.played_ms)
            self._at = self.now()
            self._dry_at = 0.0

    def stop(self, response_id: str | None = None) -> list[tuple[str, int]]:
        """Silence: for each item that was cut, its id and the ms that were heard.

        Of ``response_id``, which may not have made a sound yet, nothing will be played
        either. An item that nobody heard anything of is left out.
        """
        with self._lock:
            self._advance()
            if response_id is not None:
                self._cut_responses.add(response_id)
            heard = []
            for track in self._order:
                if track.ended and track.played == track.received:
                    continue
                track.cut = True
                self._cut_responses.add(track.response_id)
                if (ms := int(track.played_ms)) > 0:
                    heard.append((track.item_id, ms))
            self._order.clear()
            return heard

    def _advance(self) -> None:
        now = self.now()
        left = max(0.0, now - self._at)
        while self._order:
            track = self._order[0]
            # A clock in floats may be a hair short of a whole sample.
            due = int(left * track.form.sample_rate + 1e-6) * track.form.bytes_per_sample
            step = min(track.received - track.played, due)
            before, began = track.played_ms, now - left
            track.played += step
            left -= step / track.bytes_per_s
            if step:
                self._tell(track.item_id, began, before, track.played_ms)
            if track.played < track.received:
                break
            if not track.ended:
                left = 0.0  # it ran dry: the next piece sounds when it is there
                break
            self._order.popleft()
        else:
            left = 0.0
        self._at = now - left
