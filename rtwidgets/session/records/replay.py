"""``replay``: a session from a file, for the same eyes and without a network.

A ``Replay`` is a ``Session`` whose connection is the file: panels, tables and exports read it as
they read any other. It is over, or it runs at a pace (``speed=1``) and is over then; whatever
would send something says that this is a recording.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from ... import _loop
from ...errors import LocalProtocolError, RemoteProtocolError, SessionClosed
from ...protocol import events as on
from ...protocol.dialects import BETA, GA
from ...protocol.duplicates import Duplicates
from ..connecting.providers import Target
from ..events.events_log import DEFAULT_MB, EventsLog
from ..events.sessions import begins_session
from ..events.wire_event import WireEvent
from ..exports.jsonl import Facts, Head, read
from ..exports.progress import Progress
from ..history.history import History
from ..link import Link
from ..session import Session
from ..turns.endings import refusal

__all__ = ["Replay", "replay"]

#: Events that the loop thread takes at once; others have their turn in between.
BATCH = 200
#: A pause in which nothing happens is cut to this, in s, when a session is replayed at a pace.
LONGEST_PAUSE_S = 5.0
#: A session that is replayed at a pace begins when the first one listens, or after so long, in s.
LONGEST_START_S = 2.0


def replay(
    path: str | os.PathLike[str],
    *,
    speed: float | None = None,
    keep_events_mb: float = DEFAULT_MB,
    keep_in_notebook: bool = True,
    static_audio: bool = False,
    quiet: bool = False,
) -> Session:
    """A session that ``session.save("talk.jsonl")`` kept, in either dialect.

    Its widgets, tables and exports are those of any session; it cannot be talked to. By default
    everything is there at once; with ``speed=1`` it happens again at its own pace, with ``2``
    twice as fast, while widgets show it: it begins with the first of them, or after 2 s, and
    pauses are at most 5 s long. ``close()`` stops it.

    Raises ``RealtimeError`` for a file that is not there or is no saved session, with the number
    of the line that cannot be read.
    """
    if speed is not None and not speed > 0:
        raise LocalProtocolError(f"speed={speed!r} is no pace: give a number above 0, or None")
    _loop.refuse_on_loop("a recording")
    records = read(path)
    head: Head = next(records)
    if head.dialect not in ("ga", "beta"):
        raise LocalProtocolError(f"{os.fspath(path)}: no dialect is called {head.dialect!r}")
    if speed is not None:
        for _ in records:  # what is broken is said now, not in the middle
            pass
        records = read(path)
        next(records)

    async def make() -> _FileLink:
        return _FileLink(head, keep_events_mb)

    link = _loop.run(make(), 5, what="the recording")
    session = Replay(link, head.name)
    session.keep_in_notebook, session.static_audio = keep_in_notebook, static_audio
    if speed is None:
        with Progress("reading the session", Path(path).stat().st_size) as progress:
            while batch := list(islice(records, BATCH)):
                _loop.run(link.take(batch), 60, what="the recording")
                progress.add(sum(e.size for e in batch if isinstance(e, WireEvent)))
        _loop.run(link.finish(), 5, what="the recording")
    else:
        # Who listens already (spans, where the program has OpenTelemetry) looks at nothing.
        _loop.post(link.start, link.run_at(records, speed, link.subscribers.count))
    if not quiet:
        turns = sum(r.conversation_id is not None for r in session.conversation.responses.values())
        what = "replaying" if speed is not None else f"read {turns} responses from"
        print(f"rtwidgets: {what} {os.fspath(path)}, a talk with {head.name}")  # noqa: T201
    return session


class _FileLink(Link):
    """A connection that is a file: events come out of it, and nothing goes in."""

    def __init__(self, head: Head, keep_events_mb: float) -> None:
        self._at_s = 0.0
        target = Target(
            name=head.name,
            url=head.url,
            headers={},
            dialect=BETA if head.dialect == "beta" else GA,
            model=head.model,
            free=head.free,
        )
        super().__init__(target, EventsLog(keep_events_mb, lambda: self._at_s))
        self.told_heard_ms: dict[str, float] = {}
        self.told_played_ms: dict[str, float] = {}
        self._reason = "the recording is over"

    async def take(self, records: list[Any]) -> None:
        """The next records, at once."""
        for record in records:
            self._feed(record)

    async def finish(self) -> None:
        """Everything was read."""
        self.lost(self._reason, expected=True)

    async def run_at(self, records: Iterator[Any], speed: float, ours: int) -> None:
        """The records at their times, ``speed`` times as fast, once more than ``ours`` listen."""
        for _ in range(int(LONGEST_START_S / 0.02)):
            if self.subscribers.count > ours:
                break
            await asyncio.sleep(0.02)
        begun, skipped, last = self.now(), 0.0, 0.0
        for record in records:
            if isinstance(record, WireEvent):
                at = record.at_ms / 1000
                skipped += max(0.0, at - last - LONGEST_PAUSE_S)
                last = at
                wait = begun + (at - skipped) / speed - self.now()
                # Without a wait as well, others have their turn.
                await asyncio.sleep(max(0.0, wait))
            self._feed(record)
        await self.finish()

    def _feed(self, record: Any) -> None:
        if isinstance(record, Facts):
            self.told_heard_ms = record.heard_ms
            self.told_played_ms = record.played_ms
            self._reason = record.ended or self._reason
            self.events_log.ends[:] = record.ends  # whoever reads the log has the list
            return
        self._at_s = record.at_ms / 1000
        if record.sent:
            self.events_log.sent(record.text)
            return
        self.events_log.received(record.raw)
        if begins_session(record.raw):  # another connection may count its events from 1 again
            self.client.duplicates = Duplicates()
        try:
            event = self.client.receive_once(record.raw)
        except RemoteProtocolError as error:
            self.errors.append(error)
            return
        if event is not None:
            self._publish(event)

    def _publish(self, event: Any) -> None:
        # None of what a live connection does about an event: it was done when it was recorded.
        if isinstance(event, on.Error):
            self.errors.append(refusal(event.error))
        self.subscribers.publish(event, self.conversation)

    def heard_ms(self, item_id: str) -> float:
        """As the file tells it; where it does not, all was heard."""
        whole = self.conversation.audio_bytes.get(item_id, 0)
        told = self.told_heard_ms.get(item_id)
        if told is not None:
            return told
        return self.conversation.output_format(item_id).duration_ms(whole)


class Replay(Session):
    """A session to look at."""

    @property
    def history(self) -> History:
        """The story of the talk; what was heard is as the file tells it."""
        history, link = super().history, self._link
        if isinstance(link, _FileLink):
            history.tell(link.told_played_ms, link.told_heard_ms)
        return history

    def _refuse_closed(self) -> NoReturn:
        raise SessionClosed(
            f"this is a recording of a talk with {self.name}: rt.connect() opens a session"
        )

    def _post(self, fn: Callable[..., Any], *args: Any) -> None:
        self._refuse_closed()

    def resume(self, *, timeout: float = 60) -> NoReturn:
        """There is nothing to go on with."""
        self._refuse_closed()
