"""What the transcript shows: a conversation and the events around it as a window of rows.

The conversation knows the items and their order. What it does not keep is remembered here:
errors, when everything was, the words of a reply before it was cut, and a user turn that has
begun but is no item yet. Nothing here knows a widget or a clock: whoever comes late reads the
log of the events once (``catch_up``) and knows the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import UNSET

from ..errors import RemoteProtocolError
from ..protocol.client import ClientProtocol
from ..protocol.conversation import Conversation
from ..protocol.dialects import Dialect
from ..protocol.events import (
    ConversationItemAdded,
    ConversationItemDeleted,
    ConversationItemInputAudioTranscriptionCompleted,
    ConversationItemInputAudioTranscriptionDelta,
    ConversationItemInputAudioTranscriptionFailed,
    ConversationItemTruncated,
    Error,
    InputAudioBufferCleared,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputItemAdded,
    SessionCreated,
)
from ..protocol.items import InputAudio, Item, Message, Response
from ..session.events.events_log import BATCH, EventsLog
from ..session.events.notices import Happening, ToolFinished
from ..session.events.wire_event import WireEvent
from .approval_questions import Questions
from .transcript_items import Calls
from .transcript_pictures import Pictures
from .transcript_row import Row, State, make_row, split

__all__ = ["Row", "TranscriptRows", "patch"]

#: Errors that are kept; older ones leave the transcript.
MAX_ERRORS = 50

_REASONS = {
    "turn_detected": "interrupted",
    "client_cancelled": "stopped",
    "max_output_tokens": "cut off at the token limit",
    "content_filter": "withheld by the content filter",
}


class TranscriptRows:
    """Follows a conversation; ``rows`` is its last ``limit`` lines in conversation order."""

    def __init__(
        self,
        conversation: Conversation,
        limit: int = 200,
        *,
        questions: Questions,
        heard_ms: Callable[[str], float | None] = lambda item_id: None,
    ) -> None:
        self.over = False
        """Nothing more will come: what is not finished never will be."""
        self.can_replay: Callable[[str], bool] = lambda item_id: False
        """Whether the sound of an item can be played again."""
        self._heard_ms = heard_ms
        self._questions = questions
        self._limit = limit
        self._order: list[str] = []
        self._errors: list[tuple[str | None, Row]] = []  # (id of the item before it, row)
        self._error_count = 0
        self._said: dict[str, str] = {}  # words of a reply, kept when a truncation takes them
        self._cut_ms: dict[str, int] = {}
        self._failed: dict[str, str] = {}  # item id -> why there is no transcription
        self._writing: set[str] = set()  # items whose transcription is arriving
        self._response_of: dict[str, str] = {}
        self._at: dict[str, float] = {}  # item id -> when it began
        self._begun: dict[str, float] = {}  # speech: from where, and how long, in its sound
        self._lasted: dict[str, float] = {}
        self._sound: dict[str, int] = {}  # bytes that came of it; a truncation takes none away
        self._finished: dict[str, Any] = {}  # call id -> ToolCall
        self._pictures = Pictures()
        self._speech: Row | None = None
        # Of the log: how far it is read, what of it was lost by then, and what it says.
        self._read = self._lost = 0
        self._core: ClientProtocol | None = None
        for response in conversation.responses.values():
            for item in response.output:
                self._response_of[_id(item)] = response.id
        self._order = [_id(item) for item in conversation.items]

    def catch_up(self, log: EventsLog, dialect: Dialect) -> None:
        """Read what was before anybody followed; once more, and it goes on where it ended."""
        if self._core is None:
            self._core, self._lost = ClientProtocol(dialect=dialect, new_id=str), log.lost
        while batch := log[self._read : self._read + BATCH]:
            lost = log.lost
            self._lost, gone = lost, lost - self._lost
            self._read = max(0, self._read + len(batch) - gone)
            for line in batch:
                if not line.sent:
                    self._take(line, dialect)

    def _take(self, line: WireEvent, dialect: Dialect) -> None:
        assert self._core is not None
        try:
            event = self._core.receive_once(line.raw)
        except RemoteProtocolError:
            return
        if isinstance(event, SessionCreated):  # another connection goes on with the talk
            self._core = ClientProtocol(dialect=dialect, new_id=str)
            self._core.conversation.apply(event)
        elif event is not None:
            self.observe(event, self._core.conversation, line.at_ms)

    def caught_up(self) -> None:
        """From now on whoever follows tells all of it."""
        self._core = None

    def observe(self, event: Happening, conversation: Conversation, at_ms: float = -1) -> None:
        """Remember what the conversation forgets; it has applied ``event`` already."""
        match event:
            case ResponseOutputAudioDelta():
                size = self._sound.get(event.item_id, 0)
                self._sound[event.item_id] = size + len(event.delta)
            case ResponseOutputAudioTranscriptDelta():
                said = self._said.get(event.item_id, "")
                self._said[event.item_id] = said + event.delta
            case ConversationItemAdded():
                self._at.setdefault(_id(event.item), at_ms)
            case ResponseOutputItemAdded():
                self._at.setdefault(_id(event.item), at_ms)
                self._response_of[_id(event.item)] = event.response_id
            case ConversationItemTruncated():
                self._cut_ms[event.item_id] = event.audio_end_ms
            case ConversationItemInputAudioTranscriptionDelta():
                self._writing.add(event.item_id)
            case ConversationItemInputAudioTranscriptionCompleted():
                self._writing.discard(event.item_id)
            case ConversationItemInputAudioTranscriptionFailed():
                self._writing.discard(event.item_id)
                self._failed[event.item_id] = event.error.message
            case InputAudioBufferSpeechStarted():
                item_id = event.item_id or "speech"
                self._at.setdefault(item_id, at_ms)
                self._begun[item_id] = event.audio_start_ms
                self._speech = make_row(item_id, "user", "growing", note="speaking", at_ms=at_ms)
            case InputAudioBufferSpeechStopped():
                self._speech_stopped(event)
            case InputAudioBufferCleared():
                self._speech = None
            case ConversationItemDeleted():
                self._move_errors(event.item_id)
            case Error():
                error = event.error
                note = ", ".join(word for word in (error.code, error.param) if word)
                self._add_error(error.message or error.type, note, conversation, at_ms)
            case ResponseDone() if event.response.status == "failed":
                self._add_error(*_failure(event.response), conversation, at_ms)
            case ToolFinished():
                self._finished[event.call.call_id] = event.call
            case _:
                pass

    def _speech_stopped(self, event: InputAudioBufferSpeechStopped) -> None:
        begun = self._begun.pop(event.item_id, None)
        if begun is not None and event.audio_end_ms > begun:
            self._lasted[event.item_id] = event.audio_end_ms - begun
        if self._speech is not None:
            self._speech = {**self._speech, "state": "pending", "note": "writing it down"}

    def rows(self, conversation: Conversation) -> list[Row]:
        """The last lines, oldest first: items, errors where they happened, speech begun."""
        items = list(conversation.items[-self._limit :])
        self._order = [_id(item) for item in items]
        self._forget()
        calls = Calls(items, self._finished, self._questions)
        pictures = self._pictures.begin(items)
        after: dict[str | None, list[Row]] = {}
        for anchor, row in self._errors:
            after.setdefault(anchor, []).append(row)
        rows = after.pop(None, [])[:]
        for item in items:
            item_id = _id(item)
            if isinstance(item, Message):
                rows.append(self._message(item, conversation, *pictures.get(item_id, ([], ""))))
            elif not calls.hidden(item):
                rows.append({**calls.row(item, self._at), "at_ms": self._at.get(item_id, -1)})
            rows.extend(after.pop(item_id, ()))
        if self._speech is not None:
            speech_id = self._speech["id"]
            if conversation.item(speech_id) is not None:
                self._speech = None
            else:
                rows.append({**self._speech, "text": conversation.text(speech_id)})
        if self.over:
            rows = [_ended(row) for row in rows]
        return rows[-self._limit :]

    def _forget(self) -> None:
        """What concerns items that left the window."""
        self._said = {i: self._said[i] for i in self._order if i in self._said}
        if len(self._at) > 4 * self._limit:
            for known in (self._at, self._lasted, self._cut_ms, self._response_of, self._sound):
                for item_id in set(known).difference(self._order):
                    del known[item_id]
        for call_id in list(self._finished)[: -2 * self._limit]:
            del self._finished[call_id]

    def _message(
        self, item: Message, conversation: Conversation, pictures: list[str], hidden: str
    ) -> Row:
        item_id, at_ms = _id(item), self._at.get(_id(item), -1)
        text = conversation.text(item_id)
        if item.role == "user":
            row = self._user_row(item, text, conversation)
            note = "; ".join(filter(None, (row["note"], hidden)))
            lasted = round(self._lasted.get(item_id, 0.0))
            return {
                **row, "at_ms": at_ms, "duration_ms": lasted, "pictures": pictures, "note": note
            }  # fmt: skip
        state, note = self._end(item, conversation)
        if state == "interrupted" and not text:
            text = self._said.get(item_id, "")
        size = max(self._sound.get(item_id, 0), conversation.audio_bytes.get(item_id, 0))
        whole = conversation.output_format(item_id).duration_ms(size)
        heard, unheard = whole, ""
        cut = self._cut(item_id, state)
        if whole and cut is not None:
            heard = min(whole, cut)
            text, unheard = split(text, 1.0 if whole - heard < 1 else heard / whole)
            how = "interrupted" if item_id in self._cut_ms else note
            note = f"{how} after {heard / 1000:.1f} s of {whole / 1000:.1f} s"
        growing = state == "growing"
        return make_row(
            item_id, item.role, state, text=text, unheard=unheard, note=note, at_ms=at_ms,
            duration_ms=0 if growing else round(heard), pictures=pictures,
            sound=bool(whole) and not growing and self.can_replay(item_id),
        )  # fmt: skip

    def _cut(self, item_id: str, state: State) -> float | None:
        """How much of an answer that was cut was heard, in ms; ``None`` where it was not cut."""
        if item_id in self._cut_ms:
            return self._cut_ms[item_id]
        # Where nothing was heard the server is told nothing: whoever plays knows.
        return self._heard_ms(item_id) if state == "interrupted" else None

    def _user_row(self, item: Message, text: str, conversation: Conversation) -> Row:
        item_id = _id(item)
        spoken = any(isinstance(part, InputAudio) for part in item.content)
        if item_id in self._failed:
            note = f"not written down: {self._failed[item_id]}"
            return make_row(item_id, "user", "failed", note=note)
        if item_id in self._writing:
            return make_row(item_id, "user", "growing", text=text)
        if text or not spoken:
            return make_row(item_id, "user", text=text)
        if any(isinstance(p, InputAudio) and p.transcript == "" for p in item.content):
            return make_row(item_id, "user", note="no words heard")
        if _transcribes(conversation):
            return make_row(item_id, "user", "pending", note="writing it down")
        return make_row(item_id, "user", note="spoken; transcription is off")

    def _end(self, item: Message, conversation: Conversation) -> tuple[State, str]:
        item_id = _id(item)
        if item_id in self._cut_ms:
            return "interrupted", f"interrupted after {self._cut_ms[item_id] / 1000:.1f} s"
        if item.status == "in_progress":
            return "growing", ""
        if item.status != "incomplete":
            return "final", ""
        response = conversation.response(self._response_of.get(item_id, ""))
        details = response.status_details if response is not None else None
        reason = details.reason if details is not None and details.reason is not UNSET else ""
        note = _REASONS.get(reason, reason.replace("_", " ") or "incomplete")
        stopped = response is None or response.status == "cancelled"
        return ("interrupted" if stopped else "incomplete"), note

    def _add_error(self, text: str, note: str, conversation: Conversation, at_ms: float) -> None:
        self._error_count += 1
        name = f"error_{self._error_count}"
        row = make_row(name, "error", "failed", note=note, text=text, at_ms=at_ms)
        items = conversation.items
        self._errors.append((_id(items[-1]) if items else None, row))
        del self._errors[:-MAX_ERRORS]

    def _move_errors(self, item_id: str) -> None:
        """An error stays where it was when the item before it goes."""
        if item_id in self._order:
            place = self._order.index(item_id)
            before = self._order[place - 1] if place else None
            self._errors = [(before if a == item_id else a, row) for a, row in self._errors]


def patch(old: Iterable[Row], new: Iterable[Row]) -> dict[str, Any] | None:
    """What turns ``old`` into ``new``: the changed rows, and the order where it changed.

    ``None`` where nothing changed.
    """
    before = {row["id"]: row for row in old}
    after = {row["id"]: row for row in new}
    changed = [row for key, row in after.items() if before.get(key) != row]
    if list(before) != list(after):
        return {"rows": changed, "order": list(after)}
    return {"rows": changed} if changed else None


def _id(item: Item) -> str:
    return "" if item.id is UNSET else str(item.id)


def _ended(row: Row) -> Row:
    if row["state"] not in ("growing", "pending"):
        return row
    return {**row, "state": "incomplete", "note": "the session ended first"}


def _failure(response: Response) -> tuple[str, str]:
    details = response.status_details
    error = details.error if details is not None else UNSET
    if error is UNSET:
        return "the response failed", ""
    message = error.message if error.message is not UNSET else ""
    return message or "the response failed", error.code or error.type or ""


def _transcribes(conversation: Conversation) -> bool:
    audio = conversation.session.audio
    if audio is UNSET or audio.input is UNSET:
        return False
    return audio.input.transcription not in (UNSET, None)
