"""A session as a file of JSON records, and back: every event as it was, with its time.

The first record says what it is, the last one what of the answers was played; between them
stands one record for each event::

    {"rtwidgets":1,"name":"offline engine","dialect":"ga","model":"...","free":true}
    {"at_ms":0.8,"sent":false,"event":{"type":"session.created",...}}
    {"heard_ms":{"item_3":480},"played_ms":{"item_3":912.4},"ended":"it was closed here",
     "ends":[{"begun_ms":0.1,"at_ms":5120.3,"reason":"it was closed here","expected":true}]}

``event`` is the frame byte for byte; a frame that was no JSON, or more than one line, is the
text ``frame`` instead. The log of events holds no key, so neither does the file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from ...errors import RealtimeError
from ..events.connection_ends import ConnectionEnd
from ..events.kept_facts import heard_ms, played_ms
from ..events.wire_event import WireEvent
from .files import writing
from .progress import Progress

if TYPE_CHECKING:
    from . import Exports

__all__ = ["Facts", "Head", "read", "save"]

VERSION = 1


class Head(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The first record: whose talk it is."""

    rtwidgets: int
    name: str = "a recorded session"
    dialect: str = "ga"
    model: str | None = None
    free: bool = False
    url: str = ""


class Facts(msgspec.Struct, kw_only=True):
    """The last record; a file that was cut off has none."""

    heard_ms: dict[str, float] = {}
    """Of answers that were cut: how much was played."""
    played_ms: dict[str, float] = {}
    """When the first sample of an answer sounded, on the clock of the events."""
    ended: str | None = None
    ends: list[ConnectionEnd] = []
    """Each connection that was over; a talk may have gone on over another."""


class _Event(msgspec.Struct, kw_only=True):
    at_ms: float
    sent: bool
    event: msgspec.Raw = msgspec.Raw()
    frame: str | None = None


_head = msgspec.json.Decoder(Head, strict=True).decode
_event = msgspec.json.Decoder(_Event).decode
_facts = msgspec.json.Decoder(Facts).decode
_any = msgspec.json.Decoder(msgspec.Raw).decode
_encode = msgspec.json.encode


def save(path: str | os.PathLike[str], session: Exports) -> None:
    """Write the file; see ``Session.to_jsonl``."""
    link = session._link
    log = session.events_log
    head = Head(
        rtwidgets=VERSION,
        name=session.name,
        dialect=link.client.dialect.name,
        model=session.model,
        free=session.free,
        url=session.url,
    )
    items: set[str] = set(session.conversation.audio_bytes)
    with writing(path) as file, Progress("saving", len(log)) as progress:
        file.write(_encode(head) + b"\n")
        for event in log:
            file.write(_line(event))
            progress.add(1)
        heard, played = heard_ms(link), played_ms(link)
        facts = Facts(
            heard_ms={i: ms for i in sorted(items) if (ms := heard(i)) is not None},
            played_ms={i: round(ms, 3) for i in sorted(items) if (ms := played(i)) is not None},
            ended=None if link.ended is None else link.ended.reason,
            ends=log.ends.copy(),
        )
        file.write(_encode(facts) + b"\n")


def _line(event: WireEvent) -> bytes:
    head = b'{"at_ms":%.3f,"sent":%s,' % (event.at_ms, b"true" if event.sent else b"false")
    raw = event.raw
    try:
        if b"\n" in raw or b"\r" in raw:
            raise ValueError
        _any(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return head + b'"frame":' + _encode(event.text) + b"}\n"
    return head + b'"event":' + raw + b"}\n"


def read(path: str | os.PathLike[str]) -> Iterator[Any]:
    """The head, then each event as ``WireEvent``, then the facts if they are there.

    Raises ``RealtimeError`` with the number of the line that cannot be read.
    """
    name = os.fspath(path)
    try:
        with open(path, "rb") as file:
            yield from _read(name, file)
    except OSError as error:
        raise RealtimeError(f"{name}: {(error.strerror or str(error)).lower()}") from error


def _read(name: str, lines: Any) -> Iterator[Any]:
    began = False
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            if not began:
                head = _head(line)
                if head.rtwidgets > VERSION:
                    raise RealtimeError(
                        f"{name} was saved by a newer rtwidgets: pip install -U rtwidgets"
                    )
                began = True
                yield head
                continue
            yield _wire_event(line) if b'"at_ms"' in line[:12] else _facts(line)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            if not began:
                raise RealtimeError(
                    f"{name} is no saved session: session.save('talk.jsonl') writes one"
                ) from None
            raise RealtimeError(f"{name}, line {number}: it is no record: {error}") from None
    if not began:
        raise RealtimeError(f"{name} is empty: session.save('talk.jsonl') writes a session")


def _wire_event(line: bytes) -> WireEvent:
    got = _event(line)
    raw = bytes(got.event) or (got.frame or "").encode()
    if not raw and got.frame is None:
        raise ValueError("there is neither an event nor a frame in it")
    return WireEvent(got.sent, got.at_ms, len(raw), raw)
