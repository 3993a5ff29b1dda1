"""Events of an index as a page shows them: a row, an opened row, and what is copied of it.

Opening and copying a row of many events goes in steps: the functions yield between them and
return what they found, so that nobody who waits for the thread waits for all of it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec
from msgspec import UNSET

from ..protocol.config import PCM16_24K, AudioFormat
from ..protocol.explain import explain
from .event_index import ENDLESS, NO_EVENT, EventIndex, View
from .event_rows import cut_out, sound_of, summary
from .wave import Wave

if TYPE_CHECKING:
    from ..session import Session

__all__ = ["EventReader", "EventRow", "Opened"]

#: Of a folded row so many deltas are put into its line, and so many are opened.
JOINED, OPENED = 12, 2000
#: Events between two breaths.
STEP = 20
#: Larger events are not read for a line of a list.
LARGE = 200_000
#: What is copied ends there, in bytes; joined deltas in characters.
MOST_COPIED, LONGEST = 32_000_000, 20_000

Opened = tuple[dict[str, Any], list[bytes]]
"""The fields of a message about a row, and its buffers: the peaks of its sounds."""


class EventRow(TypedDict):
    """One row: an event, or deltas that followed one another."""

    number: int
    """Of the first event; the first of the session is 0."""
    until: int
    """Of the last event."""
    count: int
    sent: bool
    at_ms: float
    gap_ms: float
    """Since the event that is shown before; below 0 for the first."""
    size: int
    """On the wire, in bytes, all events of the row together."""
    type: str
    text: str


class EventReader:
    """Reads what an index points to; the session says how sound is written."""

    def __init__(self, session: Session, index: EventIndex) -> None:
        self._session = session
        self._index = index

    def row(self, view: View, i: int, until: int = ENDLESS) -> EventRow:
        """Row ``i`` of a view, of whose events only those before ``until`` count."""
        index, first = self._index, view.first[i]
        last, count, size = view.last[i], view.count[i], view.size[i]
        if last >= until:
            last, count, size = view.run_until(i, until)
        return {
            "number": first,
            "until": last,
            "count": count,
            "sent": bool(index.sent[first]),
            "at_ms": index.at_ms[first],
            "gap_ms": view.gap_ms[i],
            "size": size,
            "type": index.name(first),
            "text": self._line(first, last, count, size),
        }

    def open(self, number: int, until: int) -> Generator[None, None, Opened | None]:
        """All of a row: its first event, and the rest of it joined; ``None`` where it is lost."""
        index = self._index
        while len(index) <= until and not index.step():
            yield
        event = index.event(number) if number < len(index) else None
        if event is None:
            return None
        name, form = index.name(number), self._format(sent=event.sent)
        try:
            whole: Any = event.json()
        except (ValueError, RecursionError):
            whole = event.text
        shown, cuts, buffers = cut_out(whole, form)
        count, joined, wave = 1, "", Wave(form.sample_rate)
        if until > number:
            for count, member in enumerate(self._members(number, until), 1):
                joined = self._join(member, joined, wave, form)
                if count == OPENED:
                    break
                if count % STEP == 0:
                    yield
        if wave.samples:
            buffers.append(wave.peaks())
        return {
            "number": number,
            "until": until,
            "gone": False,
            "count": count,
            "sent": event.sent,
            "at_ms": event.at_ms,
            "size": event.size,
            "type": name,
            "explanation": explain("" if name == NO_EVENT else name),
            "json": msgspec.json.encode(shown).decode("utf-8", "replace"),
            "cuts": cuts,
            "joined": joined[:LONGEST],
            "joined_ms": wave.duration_ms,
        }, buffers

    def copy(self, number: int, until: int) -> Generator[None, None, tuple[bytes, bool]]:
        """The frames of a row as they were, a line for each, and whether these are all."""
        while len(self._index) <= until and not self._index.step():
            yield
        lines: list[bytes] = []
        size, complete = 0, True
        for count, member in enumerate(self._members(number, until), 1):
            event = self._index.event(member)
            if event is not None and size + len(event.raw) <= MOST_COPIED:
                lines.append(event.raw)
                size += len(event.raw)
            else:
                complete = False
            if count % STEP == 0:
                yield
        return b"\n".join(lines), complete and bool(lines)

    def _members(self, number: int, until: int) -> Iterator[int]:
        return self._index.members(number, until) if number < len(self._index) else iter(())

    def _line(self, first: int, last: int, count: int, size: int) -> str:
        if self._is_sound(first):
            return self._sound_line(first, count, size)
        if count == 1:
            return summary(self._json(first))
        joined = ""
        for place, number in enumerate(self._index.members(first, last)):
            if place == JOINED:
                joined += " …"
                break
            event = self._json(number)
            joined += str(event.get("delta", "")) if isinstance(event, dict) else ""
        return summary({"delta": joined})

    def _sound_line(self, first: int, count: int, size: int) -> str:
        """How long the sound of a row is, from the sizes: only the first event is read."""
        event = self._json(first)
        sound = (event.get("delta") or event.get("audio")) if isinstance(event, dict) else None
        if not isinstance(sound, str):
            return summary(event)
        beside = self._index.size[first] - len(sound)
        data = max(0, size - count * beside) * 3 / 4
        ms = self._format(sent=bool(self._index.sent[first])).duration_ms(round(data))
        about = "about " if count > 1 else ""
        return (
            f"{about}{ms:,.0f} ms of sound" if ms < 1000 else f"{about}{ms / 1000:.1f} s of sound"
        )

    def _is_sound(self, number: int) -> bool:
        name = self._index.name(number)
        return name.endswith("audio.delta") or name == "input_audio_buffer.append"

    def _json(self, number: int) -> Any:
        """The event as plain Python; words where it cannot be had."""
        event = self._index.event(number)
        if event is None:
            return "no longer kept"
        if len(event.raw) > LARGE:
            return ""
        try:
            return event.json()
        except (ValueError, RecursionError):
            return event.text

    def _join(self, number: int, joined: str, wave: Wave, form: AudioFormat) -> str:
        event = self._json(number)
        piece = (event.get("delta") or event.get("audio")) if isinstance(event, dict) else None
        if not isinstance(piece, str):
            return joined
        if not self._is_sound(number):
            return joined + piece if len(joined) < LONGEST else joined
        samples = sound_of(piece, form)
        if samples is not None:
            wave.add(samples)
        return joined

    def _format(self, *, sent: bool) -> AudioFormat:
        """How the sound of an event is written: as the session's settings say now."""
        if not sent:
            return self._session.output_format
        audio = self._session.conversation.session.audio
        form = UNSET if audio is UNSET or audio.input is UNSET else audio.input.format
        return PCM16_24K if form is UNSET else form
