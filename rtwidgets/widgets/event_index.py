"""What a log of events needs to know of each of them without reading it again, and the rows
that a filter leaves.

An ``EventIndex`` holds some twenty bytes an event: when, how large, which way, which type. A
``View`` is one filter's list of rows; it follows the index and never looks at an event twice.
Both go on in steps of a bounded size, because they run on the thread that carries the sound.

Events are counted from the session's beginning; those that the log has lost keep their numbers.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .event_data import SHORTEST, is_data, is_sound_field

if TYPE_CHECKING:
    from ..session.events.events_log import EventsLog
    from ..session.events.wire_event import WireEvent

__all__ = ["ENDLESS", "EventIndex", "Filter", "View", "searchable"]

#: One step looks at so many events at most, and reads so many bytes of them.
STEP_EVENTS, STEP_BYTES = 256, 400_000
#: Of events that have to be read for a search, fewer.
STEP_SEARCHED = 96
#: A server that makes up types without end fills no table.
MOST_TYPES, LONGEST_TYPE = 1000, 100
#: A number that no event has.
ENDLESS = 2**63
NO_EVENT, OTHER, LOST = "(no event)", "(other)", "(lost)"


@dataclass(frozen=True)
class Filter:
    """Which events are shown; nothing said shows all."""

    hidden: frozenset[str] = frozenset()
    """Types that are not shown."""
    direction: Literal["", "sent", "received"] = ""
    text: str = ""
    """What has to stand in the payload, in any case; sound and pictures are not searched."""
    fold: bool = True
    """Deltas that follow one another are one row."""


class EventIndex:
    """Facts of all events so far, in the log's order."""

    def __init__(self, log: EventsLog) -> None:
        self.log = log
        self.at_ms = array("d")
        self.size = array("Q")
        self.sent = bytearray()
        self.kind = array("H")
        """The place of the event's type in ``types``."""
        self.types: list[str] = []
        self.folds: list[bool] = []
        """For each type, whether its events are of the kind that comes in runs."""
        self._places: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def events(self) -> int:
        """How many there were, indexed or not."""
        return len(self.log) + self.log.lost

    def step(self) -> bool:
        """Index the next events; whether all are."""
        lost = self.log.lost
        while len(self) < lost:
            self._add(0.0, 0, sent=False, name=LOST)
        start, read = len(self) - lost, 0
        for event in self.log[start : start + STEP_EVENTS]:
            self._add(event.at_ms, event.size, sent=event.sent, name=event.type or NO_EVENT)
            read += event.size
            if read > STEP_BYTES:
                break
        return len(self) >= self.events

    def event(self, number: int) -> WireEvent | None:
        """The event itself; ``None`` where the log has lost it."""
        place = number - self.log.lost
        return self.log[place] if 0 <= place < len(self.log) else None

    def name(self, number: int) -> str:
        """The event's type."""
        return self.types[self.kind[number]]

    def members(self, first: int, last: int) -> Iterator[int]:
        """The events of a folded row: like the first one, up to the last."""
        kind, sent = self.kind[first], self.sent[first]
        for number in range(first, min(last + 1, len(self))):
            if self.kind[number] == kind and self.sent[number] == sent:
                yield number

    def _add(self, at_ms: float, size: int, *, sent: bool, name: str) -> None:
        self.at_ms.append(at_ms)
        self.size.append(size)
        self.sent.append(sent)
        self.kind.append(self._place(name[:LONGEST_TYPE]))

    def _place(self, name: str) -> int:
        if name not in self._places and len(self.types) >= MOST_TYPES:
            name = OTHER
        place = self._places.setdefault(name, len(self.types))
        if place == len(self.types):
            self.types.append(name)
            self.folds.append(name.endswith(".delta") or name == "input_audio_buffer.append")
        return place


class View:
    """The rows of one filter. Row ``i`` begins with event ``first[i]`` and has ``count[i]``."""

    def __init__(self, index: EventIndex, wanted: Filter) -> None:
        self.index = index
        self.wanted = wanted
        self.seen = 0
        """Events that were looked at."""
        self.first = array("Q")
        self.last = array("Q")
        self.count = array("Q")
        self.size = array("Q")
        self.gap_ms = array("d")
        """From the shown event before; below 0 where there is none."""
        self._needles = _needles(wanted.text)
        self._before = -1
        # Rows that the next event of their type joins: all since were of the same kind. Deltas
        # of sound and of words come in turns and make two rows, not a row for each.
        self._open: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        return len(self.first)

    def rows_until(self, number: int) -> int:
        """How many rows begin before an event."""
        return bisect_left(self.first, number)

    def run_until(self, i: int, number: int) -> tuple[int, int, int]:
        """Last event, count and size that row ``i`` had before an event came.

        Where the text of each decides, they are not read again: the row is told as it is now.
        """
        if self._needles:
            return self.last[i], self.count[i], self.size[i]
        members = list(self.index.members(self.first[i], number - 1))
        return members[-1], len(members), sum(self.index.size[one] for one in members)

    def step(self) -> bool:
        """Look at the next events; whether all were."""
        index, read = self.index, 0
        indexed = index.step()
        most = STEP_SEARCHED if self._needles else STEP_EVENTS
        for number in range(self.seen, min(len(index), self.seen + most)):
            self.seen = number + 1
            if not index.folds[index.kind[number]]:
                self._open.clear()
            if self._fits(number):
                self._add(number)
            read += index.size[number] if self._needles else 0
            if read > STEP_BYTES:
                break
        return indexed and self.seen >= len(index)

    def _fits(self, number: int) -> bool:
        index, wanted = self.index, self.wanted
        name = index.name(number)
        if name in wanted.hidden or name == LOST:
            return False
        if wanted.direction and bool(index.sent[number]) != (wanted.direction == "sent"):
            return False
        if not self._needles:
            return True
        event = index.event(number)
        text = "" if event is None else searchable(event.text).casefold()
        return any(needle in text for needle in self._needles)

    def _add(self, number: int) -> None:
        index = self.index
        key = (index.kind[number], index.sent[number])
        row = self._open.get(key) if self.wanted.fold else None
        if row is not None:
            self.last[row] = number
            self.count[row] += 1
            self.size[row] += index.size[number]
        else:
            if index.folds[key[0]]:
                self._open[key] = len(self)
            at, before = index.at_ms[number], self._before
            self.gap_ms.append(at - index.at_ms[before] if before >= 0 else -1.0)
            self.first.append(number)
            self.last.append(number)
            self.count.append(1)
            self.size.append(index.size[number])
        self._before = number


def _needles(text: str) -> tuple[str, ...]:
    """``text`` as it may stand in JSON: a quote or a line break is written in two characters."""
    if not text:
        return ()
    return tuple(
        dict.fromkeys(form.casefold() for form in (text, json.dumps(text)[1:-1], _raw(text)))
    )


def _raw(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def searchable(text: str) -> str:
    """The text of an event without sound and pictures, which no words stand in."""
    if len(text) > SHORTEST:
        in_sound = 'audio.delta"' in text
        parts = text.split('"')
        for i, part in enumerate(parts):
            if len(part) > SHORTEST and " " not in part:
                name = parts[i - 2] if i > 1 else ""
                if is_data(part, spoken=is_sound_field(name, in_sound=in_sound)):
                    parts[i] = ""
        text = '"'.join(parts)
    if "\\u" in text:  # letters that the server wrote as numbers
        try:
            return json.dumps(json.loads(text), ensure_ascii=False)
        except (ValueError, RecursionError):
            pass
    return text
