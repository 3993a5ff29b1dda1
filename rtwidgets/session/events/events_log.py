"""``EventsLog``: every event of a session as it stood on the wire, both ways.

Theory of operation
===================

``sent`` and ``received`` are called on the loop thread for each frame and do next to nothing:
they keep the text as it is, with its time; of sound they keep the bytes that the turn has
anyway (``folding.py``). Everything else is worked out when somebody reads,
on the reader's thread: an event is decoded when it is asked for its ``type``.

What is kept in memory is bounded. When there is more, the oldest events go to a temporary
file, a bit at a time, and stay readable; an index of eight bytes an event remains.
The file has no name where the system allows it, and is gone when nothing refers to the log
any more, or with the program, however that ends. If it cannot be written, the oldest events
are lost, and ``lost`` says how many.

Headers never come here, so neither does a key that opens the session. Other secrets may stand
in an event (the ``authorization`` of an MCP server, a client secret, a key that an error
repeats); they are cut out before anybody sees the event and before it goes to the file. All
else stays as it was, sound included.
"""

from __future__ import annotations

import math
import struct
import tempfile
import threading
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, overload

from ...errors import LocalProtocolError
from ..logs import logger
from .connection_ends import ConnectionEnd
from .folding import fold, unfold
from .wire_event import WireEvent, without_secrets

__all__ = ["DEFAULT_MB", "EventsLog", "limit_bytes"]

#: What is kept in memory unless ``rt.connect(keep_events_mb=...)`` says otherwise, in MB.
DEFAULT_MB = 64.0
MB = 1_000_000
#: What an event takes beside its text: a tuple, a float, the head of a string; in bytes.
OVERHEAD = 140
#: So much goes to the file at a time, in bytes: the loop thread has some ms for it.
SPILL = 1 << 17
#: In the file, before each event: when, whether it was sent, bytes on the wire and here, bytes
#: of sound, and where in the text that belongs.
HEAD = struct.Struct("<d?QQQQ")
#: Readers take so many events at once.
BATCH = 256

Entry = tuple[float, bool, bytes, bytes, int]
"""When (on the clock), whether it was sent, the text, and the sound that belongs into a place."""


class EventsLog(Sequence[WireEvent]):
    """A sequence of ``WireEvent``, the oldest first; it grows while it is read.

    ``len``, ``log[-1]``, ``log[10:20]``, ``for event in log``; from any thread.
    """

    def __init__(
        self, keep_mb: float = DEFAULT_MB, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.lost = 0
        """The oldest events, where the file could not be written; ``log[0]`` comes after them."""
        self.ends: list[ConnectionEnd] = []
        """Where its connections were over, which no event says."""
        self._clock = clock
        self._zero = self.last_s = clock()
        """When the newest event was, on the clock that the log was given."""
        self.keep_mb = keep_mb
        """The bound of what is in memory, in MB."""
        self._limit = limit_bytes("keep_events_mb", keep_mb)
        # The newest; only the loop thread changes it, and takes the lock to shorten it.
        self._recent: list[Entry] = []
        self._bytes = 0
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._places = array("Q")  # where each event begins in the file
        self._end = 0

    def begin(self) -> None:
        """The session's clock starts: the connection is there. A second one goes on with it."""
        if not len(self):
            self._zero = self._clock()

    def sent(self, text: str) -> None:
        """Keep a frame that goes out; on the loop thread."""
        self._record(text.encode(), sent=True)

    def received(self, data: bytes, sound: bytes = b"") -> None:
        """Keep a frame that came in, with the ``sound`` that it holds; on the loop thread."""
        folded = fold(data, sound) if sound else None
        if folded is None:
            self._record(data, sent=False)
        else:
            self._record(folded[0], sound, folded[1], sent=False)

    def _record(self, data: bytes, sound: bytes = b"", place: int = 0, *, sent: bool) -> None:
        self.last_s = self._clock()
        self._recent.append((self.last_s, sent, data, sound, place))
        self._bytes += len(data) + len(sound) + OVERHEAD
        if self._bytes > self._limit:
            self._spill()

    # Reading

    def at_ms(self, clock_s: float) -> float:
        """A moment of the clock that the log was given, in ms on the session's."""
        return (clock_s - self._zero) * 1000

    def clock_s(self, at_ms: float) -> float:
        """The other way round."""
        return self._zero + at_ms / 1000

    @property
    def now_ms(self) -> float:
        """Now, in ms on the session's clock."""
        return self.at_ms(self._clock())

    def __len__(self) -> int:
        with self._lock:
            return len(self._places) + len(self._recent)

    @overload
    def __getitem__(self, index: int) -> WireEvent: ...
    @overload
    def __getitem__(self, index: slice) -> list[WireEvent]: ...
    def __getitem__(self, index: int | slice) -> WireEvent | list[WireEvent]:
        """One event, or a list of them."""
        if isinstance(index, slice):
            wanted = range(*index.indices(len(self)))
            starts = range(0, len(wanted), BATCH)
            # In batches, so that the loop thread never waits long for the lock.
            return [e for start in starts for e in self._events(wanted[start : start + BATCH])]
        length = len(self)
        if not -length <= index < length:
            raise IndexError(f"no event {index}: there are {length}")
        return self._events(range(index % length, index % length + 1))[0]

    def __iter__(self) -> Iterator[WireEvent]:
        """All of them, and those that come meanwhile."""
        i, lost = 0, self.lost
        while batch := self[i : i + BATCH]:
            yield from batch
            gone, lost = self.lost - lost, self.lost
            i = max(0, i + len(batch) - gone)

    def __repr__(self) -> str:
        """How many, how much, and where."""
        with self._lock:
            counted = len(self._places) + len(self._recent)
            held, spilled = self._bytes / MB, self._end / MB
        text = f"<EventsLog: {counted:,} events, {held:.1f} MB in memory"
        text += f", {spilled:.1f} MB in a temporary file" if spilled else ""
        return text + (f", {self.lost:,} lost>" if self.lost else ">")

    def _events(self, wanted: range) -> list[WireEvent]:
        with self._lock:
            entries = [self._kept(i) for i in wanted]
        return [
            WireEvent(sent, (at - self._zero) * 1000, size, without_secrets(raw))
            for at, sent, size, raw in entries
        ]

    def _kept(self, i: int) -> tuple[float, bool, int, bytes]:
        """When, whether it was sent, its size on the wire, and what is kept of it."""
        spilled = len(self._places)
        if i >= spilled:
            at, sent, raw, sound, place = self._recent[i - spilled]
            raw = unfold(raw, place, sound) if sound else raw
            return at, sent, len(raw), raw
        assert self._file is not None
        self._file.seek(self._places[i])
        at, sent, size, kept, more, place = HEAD.unpack(self._file.read(HEAD.size))
        raw = self._file.read(kept)
        return at, sent, size, unfold(raw, place, self._file.read(more)) if more else raw

    # Spilling

    def _spill(self) -> None:
        """Move the oldest events out of memory: down to the limit and a bit below."""
        goal = max(0.0, self._limit - min(SPILL, self._limit / 2))
        count, left = 0, self._bytes
        for _, _, data, sound, _ in self._recent:
            if left <= goal:
                break
            left -= len(data) + len(sound) + OVERHEAD
            count += 1
        with self._lock:
            try:
                self._write(self._recent[:count])
            except OSError as error:
                if not self.lost:
                    logger.warning("the events log cannot be written to a file: %s", error)
                self.lost += count
            del self._recent[:count]
            self._bytes = left

    def _write(self, entries: list[Entry]) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="rtwidgets-events-")  # noqa: SIM115
        places, end = [], self._end
        chunks: list[bytes] = []
        for at, sent, raw, sound, place in entries:
            clean = raw if sound else without_secrets(raw)
            size = len(raw) + (len(sound) + 2) // 3 * 4
            places.append(end)
            chunks += (HEAD.pack(at, sent, size, len(clean), len(sound), place), clean, sound)
            end += HEAD.size + len(clean) + len(sound)
        self._file.seek(self._end)
        self._file.write(b"".join(chunks))
        self._file.flush()  # here, where its failure can be told
        self._places.extend(places)
        self._end = end


def limit_bytes(name: str, keep_mb: Any) -> float:
    """A bound of memory that the user gave in MB, in bytes; raises ``LocalProtocolError``."""
    if not (isinstance(keep_mb, (int, float)) and 0 <= keep_mb < math.inf):
        raise LocalProtocolError(f"{name}={keep_mb!r} is no size: give megabytes, 0 or more")
    return keep_mb * MB
