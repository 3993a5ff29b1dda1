"""Sound on its way from a session to the loudspeaker of one page, and where each sample went.

Theory of operation
===================

Every sample of a reply is in exactly one place::

    received = played + dropped + pending + out

``pending`` waits here, ``out`` is with the page, which reports what it played and dropped as
increments. Items are sent one after the other in the order in which they began, so that two
responses at once do not mix. A reply that was cut stays cut: what still arrives of its
response is dropped on arrival. When a page takes over, what the one before it had not played
goes back to ``pending``: the session still has that sound (``replies.py``).

A reply that is played again is a track of its own that counts for nothing: it was heard before,
so it is in no sum and is never truncated. An answer that begins to sound ends it. Its sound is
fetched a chunk at a time, when its turn comes.

Pure counting: no clock, no thread, no widget.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Chunk", "Playback", "Samples", "Sound", "chunk_s", "pause_s"]

Sound = Callable[[str, int, int], bytes]
"""An item's samples from a place on, by count; fewer where they are not to be had."""

#: A chunk is this long near the playing position, in s; further ahead it grows to the other.
CHUNK_S = 0.2
MOST_CHUNK_S = 5.0
#: Messages follow one another at least this far apart, in s: 25 a second.
PAUSE_S = 0.04
#: With so much sound ahead there is time to wait for whole chunks.
COMFORT_S = 0.5


def chunk_s(ahead_s: float) -> float:
    """How long the next chunk may be when the page holds ``ahead_s``: 240 kB at the most."""
    return min(max(CHUNK_S, ahead_s), MOST_CHUNK_S)


def pause_s(ahead_s: float) -> float:
    """How long to gather sound before the next message."""
    return CHUNK_S if ahead_s > COMFORT_S else PAUSE_S


@dataclass(frozen=True)
class Samples:
    """Where the samples of an item, or of all, are; ``waiting`` is neither played nor dropped."""

    received: int = 0
    played: int = 0
    dropped: int = 0

    @property
    def waiting(self) -> int:
        """Samples that wait, here or in the page."""
        return self.received - self.played - self.dropped


@dataclass(frozen=True)
class Chunk:
    """PCM16 for one message; empty where only the end of an item is to be told."""

    item_id: str
    data: bytes
    rate: int
    last: bool


@dataclass
class _Track:
    """One item's sound."""

    response_id: str
    rate: int
    first: int = 0
    """So many samples of the item came before anybody counted."""
    received: int = 0
    played: int = 0
    dropped: int = 0
    out: int = 0
    pieces: deque[bytes] = field(default_factory=deque)
    half: bytes = b""
    """Half a sample that waits for its other half."""
    ended: bool = False
    cut: bool = False
    settled: bool = False
    """Cut, and it was said how much was heard."""
    again: str = ""
    """The item whose sound this is once more; empty for the first time."""

    @property
    def pending(self) -> int:
        return self.received - self.played - self.dropped - self.out

    @property
    def live(self) -> bool:
        waiting = self.pending + self.out
        return not self.cut and (waiting > 0 or not self.ended)

    def take(self, limit: int) -> bytes:
        """Up to ``limit`` pending samples, which are then with the page."""
        taken = bytearray()
        while self.pieces and len(taken) < 2 * limit:
            piece = self.pieces.popleft()
            room = 2 * limit - len(taken)
            if len(piece) > room:
                self.pieces.appendleft(piece[room:])
            taken += piece[:room]
        self.out += len(taken) // 2
        return bytes(taken)

    def drop_pending(self) -> None:
        self.dropped += self.pending
        self.pieces.clear()

    def take_back(self, sound: bytes) -> None:
        """What the page has not played is pending again; ``sound`` is that of all these samples."""
        self.out = 0
        self.pieces = deque([sound] if sound else [])


class Playback:
    """The account of one speaker."""

    def __init__(self, sound: Sound) -> None:
        self._sound = sound
        self._tracks: dict[str, _Track] = {}
        self._order: deque[str] = deque()
        self._cut_responses: set[str] = set()
        self._page_rate = 0
        self._replays = 0

    # -- facts

    def samples(self, item_id: str) -> Samples:
        """Where an item's samples are."""
        track = self._tracks.get(item_id)
        return Samples() if track is None else _samples(track)

    def played_ms(self, item_id: str) -> float:
        """How much of an item was played, in ms."""
        track = self._tracks.get(item_id)
        if track is None or track.again:
            return 0.0
        return track.played * 1000 / track.rate

    @property
    def items(self) -> dict[str, Samples]:
        """The same for every item, in the order in which they began."""
        return {
            item_id: _samples(track)
            for item_id, track in tuple(self._tracks.items())
            if not track.again
        }

    @property
    def total(self) -> Samples:
        """The sum over all items."""
        parts = self.items.values()
        return Samples(
            sum(part.received for part in parts),
            sum(part.played for part in parts),
            sum(part.dropped for part in parts),
        )

    @property
    def ahead_s(self) -> float:
        """How much sound the page holds, in s."""
        return sum(track.out / track.rate for track in self._tracks.values() if track.out)

    @property
    def answering(self) -> bool:
        """Whether an answer has sound to be played, now or later, for the first time."""
        return any(track.live and not track.again for track in self._tracks.values())

    @property
    def sounding(self) -> bool:
        """There is sound to be heard; also where an answer's next piece is not made yet."""
        return self.total.waiting > 0 or self.answering or self.again != ""

    @property
    def again(self) -> str:
        """The item that is played once more; empty when none is."""
        return next((t.again for t in self._tracks.values() if t.again and t.live), "")

    def live(self, response_id: str | None = None) -> bool:
        """Whether there is sound of a response (or of any) to be played, now or later."""
        return any(
            track.live and response_id in (None, track.response_id)
            for track in self._tracks.values()
        )

    # -- sound comes

    def receive(
        self, item_id: str, response_id: str, data: bytes, rate: int, first: int = 0
    ) -> None:
        """PCM16 of a reply arrived; a piece may end in the middle of a sample.

        ``first`` samples of the item came before the first piece that arrives here.
        """
        track = self._tracks.get(item_id)
        if track is None:
            track = self._tracks[item_id] = _Track(response_id, rate, first)
            track.cut = response_id in self._cut_responses
            if not track.cut:
                self._order.append(item_id)
        data = track.half + data
        whole = len(data) & ~1
        data, track.half = data[:whole], data[whole:]
        track.received += len(data) // 2
        if track.cut:
            track.dropped += len(data) // 2
        elif data:
            track.pieces.append(data)

    def end(self, item_id: str) -> None:
        """An item has no more sound."""
        track = self._tracks.get(item_id)
        if track is not None:
            track.ended = True

    def end_response(self, response_id: str | None) -> None:
        """No item of a response (or of any) has more sound, whatever was or was not announced."""
        for track in self._tracks.values():
            if response_id in (None, track.response_id):
                track.ended = True

    def replay(self, item_id: str, samples: int, rate: int) -> None:
        """Play so many samples of an item once more, after what is played now."""
        for name in [n for n, t in self._tracks.items() if t.again and not t.pending + t.out]:
            del self._tracks[name]
        self._replays += 1
        name = f"{item_id}#{self._replays}"
        track = _Track(response_id="", rate=rate, ended=True, settled=True, again=item_id)
        track.received = samples
        self._tracks[name] = track
        self._order.append(name)

    # -- sound goes

    def take(self, limit_s: float) -> Chunk | None:
        """The next chunk for the page, up to ``limit_s`` long; ``None`` when it has to wait."""
        if not self._order:
            return None
        item_id = self._order[0]
        track = self._tracks[item_id]
        if track.rate != self._page_rate and self.ahead_s > 0:
            return None  # the page plays one rate at a time, and to its end
        limit = max(1, int(limit_s * track.rate))
        data = self._fetch(track, limit) if track.again else track.take(limit)
        last = track.ended and not track.pending
        if not data and not last:
            return None
        if last:
            self._order.popleft()
        self._page_rate = track.rate
        return Chunk(item_id, data, track.rate, last)

    def _fetch(self, track: _Track, limit: int) -> bytes:
        """The same for a track that is played again; what is not to be had is passed over."""
        data = b""
        while track.pending and not data:
            count = min(limit, track.pending)
            data = self._sound(track.again, track.received - track.pending, count)
            track.out += len(data) // 2
            track.dropped += count - len(data) // 2
        return data

    def report(self, items: Iterable[Mapping[str, Any]]) -> None:
        """The page played and dropped so many more samples of some items."""
        for item in items:
            track = self._tracks.get(item["item_id"])
            if track is None:
                continue
            played = min(int(item["played"]), track.out)
            dropped = min(int(item["dropped"]), track.out - played)
            track.played += played
            track.dropped += dropped
            track.out -= played + dropped

    def lose(self, item_id: str, samples: int) -> None:
        """A chunk never reached the page."""
        track = self._tracks[item_id]
        lost = min(samples, track.out)
        track.out -= lost
        track.dropped += lost

    def take_back(self) -> None:
        """The page is gone; the next one goes on where it was.

        Samples that are not to be had any more went with the page.
        """
        for name, track in self._tracks.items():
            if not track.out:
                continue
            if track.again and not track.cut:
                track.out = 0
                continue
            count = track.out + track.pending
            start = track.first + track.received - count
            data = b"" if track.cut else self._sound(name, start, count)
            if len(data) == 2 * count:
                track.take_back(data)
            else:
                track.dropped += track.out
                track.out = 0
        self._order = deque(
            name
            for name, track in self._tracks.items()
            if not track.cut and (track.pending or not track.ended)
        )

    # -- sound is cut

    def cut(self) -> None:
        """Nothing more of the replies that are not wholly played shall sound."""
        for track in self._tracks.values():
            if not track.live:
                continue
            track.cut = True
            track.drop_pending()
            if not track.again:
                self._cut_responses.add(track.response_id)
        self._order.clear()

    def cut_replay(self) -> None:
        """Nothing more of what is played once more; the rest stays as it is."""
        for name, track in self._tracks.items():
            if track.again and track.live:
                track.cut = True
                track.drop_pending()
                if name in self._order:
                    self._order.remove(name)

    def refuse(self, response_id: str) -> None:
        """A response was cut that has not made a sound yet: what still comes is not played."""
        self._cut_responses.add(response_id)

    def drop_pending(self) -> None:
        """Give up what waits here, where there is no page to hear it."""
        for track in self._tracks.values():
            track.drop_pending()

    def take_truncations(self, item_id: str = "", latency_s: float = 0.0) -> list[tuple[str, int]]:
        """For each reply that was cut since the last call: its item and the ms that were heard.

        ``item_id`` was at the loudspeaker when it fell silent, and the last ``latency_s`` of
        what counts as played never came out of it. Whoever heard nothing is left out.
        """
        heard_ms = []
        for name, track in self._tracks.items():
            if not track.cut or track.settled:
                continue
            track.settled = True
            late = int(latency_s * track.rate) if name == item_id else 0
            ms = max(0, track.played - late) * 1000 // track.rate
            if ms > 0 and (track.dropped or not track.ended):
                heard_ms.append((name, ms))
        return heard_ms


def _samples(track: _Track) -> Samples:
    return Samples(track.received, track.played, track.dropped)
