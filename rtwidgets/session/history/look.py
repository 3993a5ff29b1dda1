"""``look``: a stretch of a ``History`` as a ``Window``, bounded by the columns of a picture.

Whatever is narrower than a column gives way to what is there already, so an hour makes no
larger a window than a second.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...figures.timeline import Span, Tick, Window
from ..turns.latency import STEPS
from .answers import Answer
from .heard import first_played, stretches
from .history import SOUND, History

__all__ = ["look"]

#: Kinds of events that a tick names, and events that are looked at for them.
NAMED = 3
MOST_NAMED = 60
#: So long after a response its sound may begin to play, in ms.
LATE_MS = 60_000.0

Row = tuple[float, float, int, tuple[Any, ...]]
"""From, to, of what kind, and a text with what belongs into it."""


def look(history: History, start: float, end: float, columns: int) -> Window:
    """What there is between two moments, in ms, in so many columns."""
    if history.played is not None:
        history.played.catch_up()
    with history.lock:
        end = max(end, start + 1.0)
        edges = np.linspace(start, end, columns + 1)
        heard, rest, cuts = _replies(history, edges)
        one = (end - start) / columns
        return Window(
            start=start,
            end=end,
            user=history.user.between(history.user_clock.sound(edges)),
            heard=heard,
            rest=rest,
            cuts=_apart(cuts, one),
            speeches=_thin(_speeches(history), start, end, one),
            responses=_thin(_responses(history), start, end, one),
            tools=_thin(_tools(history), start, end, one),
            breaks=_thin(_breaks(history), start, end, one),
            waits=list(_waits(history, start, end, one)),
            ticks=_ticks(history, start, end, columns),
        )


def _replies(
    history: History, edges: NDArray[np.float64]
) -> tuple[NDArray[np.int8], NDArray[np.int8], list[float]]:
    """The model's wave in two parts, and where it was cut."""
    shape = (edges.size - 1, 2)
    waves = {True: np.zeros(shape, np.int8), False: np.zeros(shape, np.int8)}
    cuts = []
    next_begins, one = np.inf, float(edges[1] - edges[0])
    for reply in reversed(history.replies.values()):
        parts = stretches(history, reply)
        until, next_begins = next_begins, parts[0][0] if parts else next_begins
        if not parts or parts[-1][1] < edges[0] or parts[0][0] > edges[-1]:
            continue
        for clock0, clock1, from_ms, to_ms, heard in parts:
            # One after the other: what a script did not wait for ends where the next begins.
            if clock0 >= until:
                break
            if clock1 > until:
                to_ms -= (clock1 - until) / (clock1 - clock0) * (to_ms - from_ms)
                clock1 = until
            # Only the columns that it touches.
            first = max(0, int((clock0 - edges[0]) / one))
            last = min(edges.size - 1, int((clock1 - edges[0]) / one) + 1)
            if last <= first:
                continue
            part = edges[first : last + 1]
            share = np.clip((part - clock0) / max(clock1 - clock0, 1e-6), 0.0, 1.0)
            pairs = reply.peaks.between(from_ms + share * (to_ms - from_ms))
            wave = waves[heard][first:last]
            np.minimum(wave[:, 0], pairs[:, 0], out=wave[:, 0])
            np.maximum(wave[:, 1], pairs[:, 1], out=wave[:, 1])
        if reply.cut_ms is not None:
            played = [part for part in parts if part[4]]
            at = min(played[-1][1] if played else parts[0][0], until)
            if edges[0] <= at <= edges[-1]:
                cuts.append(at)
    return waves[True], waves[False], cuts


def _speeches(history: History) -> Iterable[Row]:
    for speech in history.speeches:
        end = history.now if speech.over is None else speech.over
        how = "detected" if speech.detected else "committed"
        yield speech.begun, end, 0, ("You {}: speech {}", speech.number, how)


def _responses(history: History) -> Iterable[Row]:
    for answer in history.answers.values():
        begun = [
            t for t in (answer.created, answer.first_text, answer.first_audio) if t is not None
        ]
        end = history.now if answer.done is None else answer.done
        words = ("Response {}: {}", answer.number, answer.status)
        yield begun[0] if begun else end, end, 0, words


def _tools(history: History) -> Iterable[Row]:
    for call in history.calls.values():
        end = history.now if call.over is None else call.over
        failed = call.state in ("failed", "lost")
        yield call.begun, end, int(failed), ("Tool {}: {}", call.name, call.state)


def _breaks(history: History) -> Iterable[Row]:
    for one in history.breaks():
        yield one.start, one.end, int(one.lost), ("{}", one.words)


def _waits(history: History, start: float, end: float, one: float) -> Iterable[Span]:
    last = -np.inf
    for answer in history.answers.values():
        # Playing may begin after the response is done, but not much.
        over = np.inf if answer.done is None else answer.done + LATE_MS
        if answer.zero is None or answer.zero > end or over < start:
            continue
        steps = _steps(history, answer)
        if steps and steps[-1].end >= start and steps[-1].end - last >= one:
            last = steps[-1].end  # otherwise there is no room to see it
            yield from steps


def _steps(history: History, answer: Answer) -> list[Span]:
    at = zero = answer.zero
    steps: list[Span] = []
    if at is None or zero is None:
        return steps
    moments = answer.moments(first_played(history, answer))
    for kind, ((_, words), moment) in enumerate(zip(STEPS, moments, strict=True)):
        if moment is not None and moment > at:
            text = f"Response {answer.number}: {words} {(moment - zero) / 1000:.2f} s"
            text += f" (+{(moment - at) / 1000:.2f} s)"
            steps.append(Span(start=at, end=moment, text=text, kind=kind))
            at = moment
    return steps


def _thin(spans: Iterable[Row], start: float, end: float, one: float) -> list[Span]:
    """Those inside; of those that are narrower than a column, one a column."""
    kept: list[Span] = []
    last = -np.inf
    for begun, over, kind, (words, *values) in spans:
        if over < start or begun > end:
            continue
        if over - begun >= one or begun - last >= one:
            kept.append(Span(start=begun, end=over, text=words.format(*values), kind=kind))
            last = max(last, over)
    return kept


def _apart(times: list[float], one: float) -> list[float]:
    kept: list[float] = []
    for at in sorted(times):
        if not kept or at - kept[-1] >= one:
            kept.append(at)
    return kept


def _ticks(history: History, start: float, end: float, columns: int) -> list[Tick]:
    """One a column and direction, with what happened there; sound is named last."""
    times = np.array(history.tick_times)
    # Sent and received are written down in order, each when it was.
    first, last = np.searchsorted(times, (start, end)).tolist()
    if first == last:
        return []
    times = times[first:last]
    names = np.array(history.tick_names[first:last])
    sent = np.array(history.tick_sent[first:last])
    quiet = np.array([name in SOUND for name in history.names])[names]
    place = ((times - start) / (end - start) * columns).astype(np.int64) * 2 + sent
    order = np.lexsort((times, quiet, place))
    _, begins, counts = np.unique(place[order], return_index=True, return_counts=True)
    ticks = []
    for begin, count in zip(begins.tolist(), counts.tolist(), strict=True):
        which = order[begin]
        ticks.append(
            Tick(
                at=float(times[which]),
                text=_named(history, names[order[begin : begin + min(count, MOST_NAMED)]], count),
                count=count,
                sent=bool(sent[which]),
                sound=bool(quiet[which]),
            )
        )
    return ticks


def _named(history: History, numbers: NDArray[np.int64], count: int) -> str:
    """``response.created, conversation.item.added × 2 and 3 more``."""
    times: dict[int, int] = {}
    for number in numbers.tolist():
        times[number] = times.get(number, 0) + 1
    parts = [
        history.names[number] + (f" × {n}" if n > 1 else "")
        for number, n in list(times.items())[:NAMED]
    ]
    more = count - sum(list(times.values())[:NAMED])
    return ", ".join(parts) + (f" and {more} more" if more else "")
