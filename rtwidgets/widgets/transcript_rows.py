"""What the transcript shows: a conversation and the events around it as a window of rows.

The conversation knows the items and their order. What it does not keep is remembered here:
errors, the words of a reply before it was cut, and a user turn that has begun but is no
item yet. Nothing here knows a widget, so that a saved talk can be shown from the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypedDict

from msgspec import UNSET

from ..protocol.conversation import Conversation
from ..protocol.events import (
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
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputItemAdded,
)
from ..protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputImage,
    Item,
    Message,
    Response,
)
from ..protocol.mcp_items import (
    McpApprovalRequest,
    McpApprovalResponse,
    McpCall,
    McpListTools,
)
from ..session.notices import Happening
from ..session.record import Record

__all__ = ["Row", "TranscriptRows", "patch"]

McpItem = McpListTools | McpCall | McpApprovalRequest | McpApprovalResponse
Role = Literal["user", "assistant", "system", "call", "result", "error"]
State = Literal["final", "growing", "pending", "interrupted", "incomplete", "failed"]

#: Characters of one row that are shown; the rest is counted in the note.
MAX_TEXT = 20_000
#: Errors that are kept; older ones leave the transcript.
MAX_ERRORS = 50

_REASONS = {
    "turn_detected": "interrupted",
    "client_cancelled": "stopped",
    "max_output_tokens": "cut off at the token limit",
    "content_filter": "withheld by the content filter",
}


class Row(TypedDict):
    """One line of the transcript.

    ``id`` is the item's; ``name`` is the function's, for calls and results; ``note`` is a
    remark of ours beside the words (``interrupted after 1.2 s``), "" where there is none.
    """

    id: str
    role: Role
    name: str
    text: str
    state: State
    note: str


class TranscriptRows:
    """Follows a conversation; ``rows`` is its last ``limit`` lines in conversation order."""

    def __init__(self, conversation: Conversation, limit: int = 200) -> None:
        self._limit = limit
        self._order: list[str] = []
        self._errors: list[tuple[str | None, Row]] = []  # (id of the item before it, row)
        self._error_count = 0
        self._said: dict[str, str] = {}  # words of a reply, kept when a truncation takes them
        self._cut_ms: dict[str, int] = {}
        self._failed: dict[str, str] = {}  # item id -> why there is no transcription
        self._writing: set[str] = set()  # items whose transcription is arriving
        self._response_of: dict[str, str] = {}
        self._speech: Row | None = None
        for response in conversation.responses.values():
            for item in response.output:
                self._response_of[_id(item)] = response.id
        self._order = [_id(item) for item in conversation.items]

    @staticmethod
    def forgot(conversation: Conversation) -> bool:
        """Whether the words of an answer that was cut are gone."""
        spoken = conversation.audio_bytes
        return any(not conversation.text(item_id) for item_id in spoken)

    def recall(self, record: Record) -> None:
        """What was cut before anybody followed, with the words that the conversation forgot."""
        for line in record.lines:
            if line.unheard and line.clip is not None:
                self._said[line.item_id] = f"{line.text} {line.unheard}".strip()
                self._cut_ms[line.item_id] = int(line.clip.heard_ms)

    def observe(self, event: Happening, conversation: Conversation) -> None:
        """Remember what the conversation forgets; it has applied ``event`` already."""
        match event:
            case ResponseOutputAudioTranscriptDelta():
                said = self._said.get(event.item_id, "")
                self._said[event.item_id] = said + event.delta
            case ResponseOutputItemAdded():
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
                self._speech = _row(event.item_id or "speech", "user", "growing", "speaking")
            case InputAudioBufferSpeechStopped() if self._speech is not None:
                self._speech = {**self._speech, "state": "pending", "note": "writing it down"}
            case InputAudioBufferCleared():
                self._speech = None
            case ConversationItemDeleted():
                self._move_errors(event.item_id)
            case Error():
                error = event.error
                note = ", ".join(word for word in (error.code, error.param) if word)
                self._add_error(error.message or error.type, note, conversation)
            case ResponseDone() if event.response.status == "failed":
                self._add_error(*_failure(event.response), conversation)
            case _:
                pass

    def rows(self, conversation: Conversation) -> list[Row]:
        """The last lines, oldest first: items, errors where they happened, speech begun."""
        items = conversation.items[-self._limit :]
        names = {i.call_id: i.name for i in items if isinstance(i, FunctionCall)}
        self._order = [_id(item) for item in items]
        self._said = {i: self._said[i] for i in self._order if i in self._said}
        after: dict[str | None, list[Row]] = {}
        for anchor, row in self._errors:
            after.setdefault(anchor, []).append(row)
        rows = after.pop(None, [])[:]
        for item in items:
            rows.append(self._item_row(item, conversation, names))
            rows.extend(after.pop(_id(item), ()))
        if self._speech is not None:
            speech_id = self._speech["id"]
            if conversation.item(speech_id) is not None:
                self._speech = None
            else:
                rows.append({**self._speech, "text": conversation.text(speech_id)})
        return rows[-self._limit :]

    def _item_row(self, item: Item, conversation: Conversation, names: dict[Any, str]) -> Row:
        item_id = _id(item)
        if isinstance(item, FunctionCall):
            state: State = "growing" if item.status == "in_progress" else "final"
            return _row(item_id, "call", state, "", item.arguments, item.name)
        if isinstance(item, FunctionCallOutput):
            return _row(item_id, "result", "final", "", item.output, names.get(item.call_id, ""))
        if not isinstance(item, Message):
            return _mcp_row(item, conversation.text(item_id))
        text = conversation.text(item_id)
        if item.role == "user":
            return self._user_row(item, text, conversation)
        state, note = self._end(item, conversation)
        if state == "interrupted" and not text:
            text = self._said.get(item_id, "")
        return _row(item_id, item.role, state, note, text)

    def _user_row(self, item: Message, text: str, conversation: Conversation) -> Row:
        item_id = _id(item)
        spoken = any(isinstance(part, InputAudio) for part in item.content)
        if item_id in self._failed:
            return _row(item_id, "user", "failed", f"not written down: {self._failed[item_id]}")
        if item_id in self._writing:
            return _row(item_id, "user", "growing", "", text)
        if text or not spoken:
            pictures = sum(isinstance(part, InputImage) for part in item.content)
            note = "" if not pictures else "1 picture" if pictures == 1 else f"{pictures} pictures"
            return _row(item_id, "user", "final", note, text)
        if any(isinstance(p, InputAudio) and p.transcript == "" for p in item.content):
            return _row(item_id, "user", "final", "no words heard")
        if _transcribes(conversation):
            return _row(item_id, "user", "pending", "writing it down")
        return _row(item_id, "user", "final", "spoken; transcription is off")

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

    def _add_error(self, text: str, note: str, conversation: Conversation) -> None:
        self._error_count += 1
        row = _row(f"error_{self._error_count}", "error", "failed", note, text)
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


def _mcp_row(item: McpItem, text: str) -> Row:
    """What concerns an MCP server; ``text`` is the item's words."""
    item_id = _id(item)
    if isinstance(item, McpListTools):
        return _row(item_id, "result", "final", "tools of an MCP server", text, item.server_label)
    if isinstance(item, McpApprovalResponse):
        return _row(item_id, "result", "final", "approval", text)
    name = f"{item.server_label}: {item.name}"
    if isinstance(item, McpApprovalRequest):
        return _row(item_id, "call", "final", "asks for approval", text, name)
    if item.error is not None:
        return _row(item_id, "result", "failed", item.arguments, text, name)
    if item.output is not None:
        return _row(item_id, "result", "final", item.arguments, text, name)
    return _row(item_id, "call", "growing", "", text, name)


def _id(item: Item) -> str:
    return item.id if item.id is not UNSET else ""


def _row(
    id: str, role: Role, state: State = "final", note: str = "", text: str = "", name: str = ""
) -> Row:
    if len(text) > MAX_TEXT:
        more = f"{len(text) - MAX_TEXT:,} more characters"
        text, note = text[:MAX_TEXT], f"{note}; {more}" if note else more
    return {"id": id, "role": role, "name": name, "text": text, "state": state, "note": note}


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
