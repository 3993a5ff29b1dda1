"""``account``: the record that a ``Recorder`` has by now, with its lines, turns and money."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from msgspec import UNSET

from ...protocol.content import words
from ...protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputImage,
    Item,
    Message,
    OutputText,
    Response,
    Usage,
)
from ...protocol.spoken_context import heard_share
from ...protocol.usage import UsageRow, add
from ..events.connection_ends import breaks
from ..money.usage import SessionUsage
from .notes import Moments, Reply
from .record import Clip, Exchange, Line, Record
from .recorder import Recorder

__all__ = ["account", "clip_of", "heard_of"]

Heard = Callable[[str], "float | None"]

_CUT = {
    "turn_detected": "interrupted",
    "client_cancelled": "stopped",
    "max_output_tokens": "stopped at the limit of tokens",
    "content_filter": "stopped by a content filter",
}


def account(
    recorder: Recorder,
    *,
    name: str,
    model: str | None,
    free: bool,
    heard_ms: Heard = lambda item_id: None,
    played_ms: Heard = lambda item_id: None,
    ended: str | None = None,
) -> Record:
    """What was said until now.

    ``heard_ms(item_id)`` says how much of a cut answer was played, where the events do not, and
    ``played_ms(item_id)`` when its first sample sounded, on the session's clock.
    """
    lines = _Lines(recorder, heard_ms)
    usage = SessionUsage(recorder.conversation.usage, model=model, free=free)
    shown = tuple(lines.all())
    return Record(
        name=name,
        model=model,
        lines=shown,
        exchanges=tuple(_exchanges(recorder, shown, usage, played_ms)),
        usage=usage,
        duration_ms=recorder.duration_ms,
        events=recorder.count,
        ended=ended,
        breaks=tuple(_breaks(recorder)),
    )


def heard_of(reply: Reply, heard_ms: Heard) -> float:
    """How much of a reply was heard, in ms."""
    whole = reply.duration_ms
    if reply.cut_ms is not None:
        return min(reply.cut_ms, whole)
    if reply.cut_at is None:
        return whole
    known = heard_ms(reply.item_id)
    if known is None:
        known = reply.cut_at - reply.runs.at(0.0)
    return min(max(0.0, known), whole)


def clip_of(reply: Reply, heard_ms: Heard) -> Clip:
    """The sound of an answer's item."""
    return Clip(
        start_ms=reply.runs.at(0.0),
        duration_ms=reply.duration_ms,
        heard_ms=heard_of(reply, heard_ms),
        pairs=reply.outline.pairs(),
    )


def _breaks(recorder: Recorder) -> Iterator[tuple[str | None, float, str]]:
    begun = [at_ms for at_ms, _, _ in recorder.connections]
    # The last one may have ended as well; that is the end of the record.
    gone_on = breaks(begun, recorder.ends, 0.0)[: max(0, len(begun) - 1)]
    for (_, now, item_id), one in zip(recorder.connections[1:], gone_on, strict=True):
        yield item_id, now, one.words


class _Lines:
    """Makes the lines of one record."""

    def __init__(self, recorder: Recorder, heard_ms: Heard) -> None:
        self.recorder = recorder
        self.heard_ms = heard_ms
        self.conversation = recorder.conversation
        self.responses = recorder.responses
        self.names: dict[Any, str] = {}

    def all(self) -> list[Line]:
        """In the order of the conversation; errors, and what is outside of it, where they came."""
        recorder = self.recorder
        here = [(item, self.conversation.text(str(item.id))) for item in self.conversation.items]
        known = {item.id for item, _ in recorder.past}
        items = [*recorder.past, *((i, text) for i, text in here if i.id not in known)]
        self._put_back(items)
        inside = {str(item.id) for item, _ in items}
        self.names = {i.call_id: i.name for i, _ in items if isinstance(i, FunctionCall)}
        lines = [self._line(item, text) for item, text in items]
        for response in self.responses.values():
            for item in response.output:
                if str(item.id) not in inside and response.conversation_id is None:
                    aside = self._line(item, words(item), "outside the conversation")
                    _insert(lines, aside, aside.at_ms)
        for before, at_ms, message, code in recorder.errors:
            error = Line("", "error", at_ms, message, note=code)
            place = next((n for n, line in enumerate(lines) if line.item_id == before), None)
            if before is None:
                lines.insert(0, error)
            elif place is None:
                _insert(lines, error, at_ms)
            else:
                while place + 1 < len(lines) and lines[place + 1].role == "error":
                    place += 1
                lines.insert(place + 1, error)
        return lines

    def _put_back(self, items: list[tuple[Any, str]]) -> None:
        """What was deleted was said: each behind the item that was before it, the last first."""
        for item_id, gone in reversed(self.recorder.deleted.items()):
            known = [str(item.id) for item, _ in items]
            if item_id not in known:
                place = known.index(gone.after) + 1 if gone.after in known else 0
                items.insert(place, (gone.item, gone.text))

    def _line(self, item: Item, text: str, note: str = "") -> Line:
        line = self._said(item, text, note)
        if line.item_id not in self.recorder.deleted:
            return line
        note = ", ".join(filter(None, (line.note, "deleted from the conversation")))
        return replace(line, note=note, deleted=True)

    def _said(self, item: Item, text: str, note: str = "") -> Line:
        item_id = str(item.id)
        at_ms = self.recorder.seen_at.get(item_id, 0.0)
        made_by = self.recorder.origin.get(item_id, "")
        if isinstance(item, FunctionCall):
            return Line(item_id, "call", at_ms, item.arguments, "", note, item.name, None, made_by)
        if isinstance(item, FunctionCallOutput):
            name = self.names.get(item.call_id, "")
            return Line(item_id, "result", at_ms, item.output, "", note, name)
        if not isinstance(item, Message):  # it concerns an MCP server
            name = getattr(item, "name", "") or getattr(item, "server_label", "")
            return Line(item_id, "result", at_ms, text, "", note, str(name))
        if item.role == "user":
            return self._user(item, text, at_ms)
        if item.role == "system":
            return Line(item_id, "system", at_ms, text)
        return self._answer(item, text, at_ms, made_by, note)

    def _user(self, item: Message, text: str, at_ms: float) -> Line:
        item_id = str(item.id)
        place = self.recorder.places.get(item_id)
        clip = None
        if place is not None:
            start, end = place[0], max(place)
            at_ms = self.recorder.clock.runs.at(start)
            pairs = self.recorder.outline.pairs(start, end)
            clip = Clip(at_ms, end - start, end - start, pairs, (start, end))
        pictures = sum(isinstance(part, InputImage) for part in item.content)
        note = "" if not pictures else "1 picture" if pictures == 1 else f"{pictures} pictures"
        if not text and any(isinstance(part, InputAudio) for part in item.content):
            note = ", ".join(filter(None, (note, "spoken; nobody wrote it down")))
        return Line(item_id, "user", at_ms, text, note=note, clip=clip)

    def _answer(self, item: Message, text: str, at_ms: float, made_by: str, note: str) -> Line:
        item_id = str(item.id)
        said = self.recorder.said.get(item_id, "")
        text = max(text, said, key=len)
        reply = self.recorder.replies.get(item_id)
        written = reply is None and any(isinstance(part, OutputText) for part in item.content)
        clip, unheard = None, ""
        if reply is not None:
            clip = clip_of(reply, self.heard_ms)
            at_ms = clip.start_ms
            if not clip.whole:
                heard = heard_share(text, clip.share)
                unheard = " ".join(text.split()[len(heard.split()) :])
                text = heard
        notes = [note, self._end(item, made_by, None if clip is None or clip.whole else clip)]
        if not (clip or written or text):
            notes.append("no words")
        note = ", ".join(filter(None, notes))
        return Line(item_id, "assistant", at_ms, text, unheard, note, "", clip, made_by)

    def _end(self, item: Message, made_by: str, cut: Clip | None) -> str:
        response = self.responses.get(made_by)
        if item.status == "in_progress" and (response is None or response.status == "in_progress"):
            return "in progress"
        details = None if response is None else response.status_details
        reason = "" if details is None or details.reason is UNSET else details.reason
        if cut is not None:
            how = _CUT.get(reason, "interrupted")
            return f"{how} after {cut.heard_ms / 1000:.1f} s of {cut.duration_ms / 1000:.1f} s"
        if response is not None and response.status not in ("completed", "in_progress"):
            return _CUT.get(reason, reason.replace("_", " ")) or response.status
        return ""


def _insert(lines: list[Line], line: Line, at_ms: float) -> None:
    place = next((n for n, one in enumerate(lines) if one.at_ms > at_ms), len(lines))
    lines.insert(place, line)


def _exchanges(
    recorder: Recorder,
    lines: tuple[Line, ...],
    usage: SessionUsage,
    played_ms: Heard,
) -> list[Exchange]:
    rows = {row.response_id: row for row in usage.rows}
    by_item = {line.item_id: line for line in lines}
    by_response: dict[str, list[Line]] = {}
    for line in lines:
        by_response.setdefault(line.response_id, []).append(line)
    found, responses = [], recorder.responses
    for number, turn in enumerate(recorder.turns, 1):
        user = [by_item[i] for i in turn.items if i in by_item]
        answers = [line for i in turn.response_ids for line in by_response.get(i, ())]
        spent = [rows[i] for i in turn.response_ids if i in rows]
        found.append(_exchange(number, turn, user, answers, spent, usage, played_ms, responses))
    return found


def _exchange(
    number: int,
    turn: Moments,
    user: list[Line],
    answers: list[Line],
    spent: list[UsageRow],
    usage: SessionUsage,
    played_ms: Heard,
    responses: Mapping[str, Response],
) -> Exchange:
    zero = turn.zero or 0.0

    def since(at_ms: float | None) -> float | None:
        return None if at_ms is None else round((at_ms - zero) / 1000, 4)

    spoken = [line for line in answers if line.role == "assistant"]
    clips = [line.clip for line in spoken if line.clip is not None]
    played = [at for line in spoken if line.clip and (at := played_ms(line.item_id)) is not None]
    total = Usage()
    for row in spent:
        total = add(total, row.usage)
    last = responses.get(turn.response_ids[-1])
    return Exchange(
        number=number,
        response_ids=tuple(turn.response_ids),
        status="lost" if last is None else last.status,
        at_ms=zero,
        said=" ".join(line.text for line in user if line.text),
        answer="\n".join(" ".join(filter(None, (line.text, line.unheard))) for line in spoken),
        heard="\n".join(line.text for line in spoken if line.text),
        tools=tuple(line.name for line in answers if line.role == "call"),
        deleted=any(line.deleted for line in (*user, *answers)),
        end_of_speech=since(turn.end_of_speech),
        committed=since(turn.committed),
        first_event=since(turn.first_event),
        first_text=since(turn.first_text),
        first_audio=since(turn.first_audio),
        first_played=since(min(played) if played else None),
        done=since(turn.done),
        sound_s=round(sum(clip.duration_ms for clip in clips) / 1000, 3),
        heard_s=round(sum(clip.heard_ms for clip in clips) / 1000, 3),
        usage=total,
        money=" + ".join(dict.fromkeys(usage.row_money(row) for row in spent))
        if usage.free or len(spent) < 2
        else SessionUsage(_ledger(spent), model=usage.model, free=False).money,
    )


def _ledger(rows: list[UsageRow]) -> Any:
    from ...protocol.usage import Ledger

    return Ledger(rows=tuple(rows))
