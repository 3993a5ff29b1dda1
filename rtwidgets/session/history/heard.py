"""What of a talk was heard, and when: the answers to it that a ``History`` can give.

What was played is known from the play log, or told; the rest of a reply's sound is put where it
would have sounded. The samples themselves are read from the events log once more.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

import numpy as np

from ...audio import Pcm, decode
from ...protocol import events as on
from ...protocol.appends import read_append
from ...protocol.config import AudioFormat
from ...protocol.dialects import Dialect
from ..events.events_log import EventsLog
from .answers import Answer, Reply
from .history import History

__all__ = ["first_played", "last_moment", "reply_sound", "sound", "stretches", "unheard_ms"]

#: A page's last report about a reply that was cut is there by then, in ms.
SETTLED_MS = 5000.0


def stretches(history: History, reply: Reply) -> list[tuple[float, float, float, float, bool]]:
    """``(clock0, clock1, from_ms, to_ms, heard)`` of a reply's sound, all of it.

    What was not played follows what was: where it would have sounded.
    """
    if reply.placed is not None:
        return reply.placed
    length, parts = reply.peaks.duration_ms, []
    at, ms = reply.arrived, 0.0
    if history.played is None:
        at = history.told_played.get(reply.item_id, at)
        ms = history.told_heard.get(reply.item_id, length)
        ms = min(ms, length if reply.cut_ms is None else reply.cut_ms)
        parts.append((at, at + ms, 0.0, ms, True))
        at += ms
    else:
        for start_s, end_s, from_ms, to_ms in history.played.stretches(reply.item_id):
            start, end = history.log.at_ms(start_s), history.log.at_ms(end_s)
            if reply.cut_ms is not None and to_ms > reply.cut_ms:  # a page's latency
                end, to_ms = end - (to_ms - reply.cut_ms), reply.cut_ms
            if to_ms > from_ms:
                parts.append((start, end, from_ms, to_ms, True))
                at, ms = end, to_ms
    if length > ms:
        parts.append((at, at + length - ms, ms, length, False))
    cut = reply.cut_ms is not None and history.now > at + SETTLED_MS
    if history.played is not None and not reply.arriving and (ms >= length or cut):
        reply.placed = parts
    return parts


def last_moment(history: History) -> float:
    """The last event, what sounds after it, or the loss of the connection, on the clock."""
    if history.played is not None:
        history.played.catch_up()
    with history.lock:
        last = next(reversed(history.replies.values()), None)
        ends = [] if last is None else [part[1] for part in stretches(history, last) if part[4]]
        return max([history.now, *ends, *(one.end for one in history.breaks())])


def unheard_ms(history: History) -> float:
    """How long the last reply has still to sound, if it is played at all and not cut."""
    with history.lock:
        last = next(reversed(history.replies.values()), None)
        if last is None or last.cut_ms is not None:
            return 0.0
        return sum(part[1] - part[0] for part in stretches(history, last) if not part[4])


def first_played(history: History, answer: Answer) -> float | None:
    """When the first sample of an answer sounded, on the clock."""
    if history.played is None:
        told = [history.told_played[i] for i in answer.items if i in history.told_played]
        return min(told, default=None)
    firsts = [history.played.first_s(item_id) for item_id in answer.items]
    known = [first for first in firsts if first is not None]
    return history.log.at_ms(min(known)) if known else None


def sound(history: History, item_id: str | None, from_ms: float, to_ms: float) -> Pcm:
    """The samples of a reply, or for ``None`` of the user, between two of its moments."""
    if item_id is not None:
        rate = history.replies[item_id].format.sample_rate
        first, last = (max(0, int(ms * rate / 1000)) for ms in (from_ms, to_ms))
        return reply_sound(history, item_id, first, max(0, last - first))
    with history.lock:
        form, pieces = history.input_format, history.user_pieces
        inside = [n for n, (ms, _) in enumerate(pieces) if ms < to_ms]
        first = max([n for n in inside if pieces[n][0] <= from_ms], default=0)
        places = [pieces[n][1] for n in inside if n >= first]
        at = pieces[first][0] if pieces else 0.0
    samples = decode(_joined(history, places, form), form.type)
    first, last = (int((ms - at) * form.sample_rate / 1000) for ms in (from_ms, to_ms))
    return Pcm(np.ascontiguousarray(samples[max(first, 0) : max(last, 0)]), form.sample_rate)


def reply_sound(history: History, item_id: str, start: int, count: int) -> Pcm:
    """``count`` samples of a reply from ``start`` on, heard or not; only their events are read.

    They are fewer where it ends before, and where the log has lost some.
    """
    with history.lock:
        reply = history.replies[item_id]
        form = reply.format
        begin, end = (n * form.bytes_per_sample for n in (start, start + count))
        first = max(0, bisect_right(reply.starts, begin) - 1)
        places = reply.pieces[first : bisect_left(reply.starts, end)]
        at = reply.starts[first] if places else 0
    data = _joined(history, places, form, begin - at, end - at)
    return Pcm(decode(data, form.type), form.sample_rate)


def _joined(
    history: History,
    places: Iterable[int],
    form: AudioFormat,
    begin: int = 0,
    end: int | None = None,
) -> bytes:
    """The sound of these events in one piece, to whole samples."""
    log, dialect, lost = history.log, history.core.dialect, history.log.lost
    data = b"".join(_sound_in(log, place - lost, dialect) for place in places)[begin:end]
    return data[: len(data) - len(data) % form.bytes_per_sample]


def _sound_in(log: EventsLog, place: int, dialect: Dialect) -> bytes:
    if place < 0:
        return b""  # the log has lost it
    event = log[place]
    if event.sent:
        append = read_append(event.raw)
        return b"" if append is None else append.audio
    delta = dialect.decode_server(event.raw)
    return delta.delta if isinstance(delta, on.ResponseOutputAudioDelta) else b""
