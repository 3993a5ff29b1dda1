"""``Recorder``: reads the log of a session, event by event, and says what was said when.

It runs the protocol's own reducer, so a session that goes on and a file that was saved give the
same record. It is fed with ``take`` and never needs what it was fed with again: sound leaves an
outline of two bytes for 20 ms and its length behind, so a record of an hour is small.

What an answer's listener heard
===============================

An answer that was not cut was heard: it plays at its place on the clock, and where nobody
listens yet it will. Of one that was cut, so much was heard as the server was told
(``conversation.item.truncated``); where it was told nothing, ``heard_ms`` is asked, who knows
what was played; without an answer there, it is what fitted between its begin and its end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from ...audio import decode
from ...audio.envelope import Envelope
from ...errors import AudioError, RemoteProtocolError
from ...protocol import events as on
from ...protocol.client import ClientProtocol
from ...protocol.config import PCM16_24K, AudioFormat
from ...protocol.dialects import Dialect
from ...protocol.items import FunctionCall, Item, Response
from ..events.connection_ends import ConnectionEnd, end_of
from ..events.sessions import Sessions
from ..events.wire_event import WireEvent
from ..history.sent_sound import SentSound
from .notes import Deleted, Moments, Reply
from .talk_clock import TalkClock

__all__ = ["Recorder"]

#: A reply that has run dry for so long goes on at a later place, in ms.
DRY_MS = 200.0
_DELETED = b'"conversation.item.deleted"'


class _Sent(msgspec.Struct):
    """What matters of an event that went out."""

    type: str = ""
    audio: str | None = None


_sent = msgspec.json.Decoder(_Sent).decode


class Recorder:
    """Everything that one reads from the events; ``account.py`` makes the lines of it."""

    def __init__(self, dialect: Dialect, ends: Sequence[ConnectionEnd] = ()) -> None:
        self.ends = ends
        """Where connections of the talk ended (``EventsLog.ends``)."""
        self.connections: list[tuple[float, float, str | None]] = []
        """When each began, on the session's clock and on that of the talk, and the last item
        before it."""
        self._sessions = Sessions(dialect, lambda kind: kind)
        self.clock = TalkClock()
        self.outline = Envelope()
        """All sound that the user's side ever sent."""
        self.sent_sound = SentSound()
        """The same: when its samples were there, finer than is shown."""
        self.replies: dict[str, Reply] = {}
        self.turns: list[Moments] = []
        self.places: dict[str, list[float]] = {}
        """User item -> from where to where in all sound."""
        self.seen_at: dict[str, float] = {}
        """Item -> when it came, on the clock of the talk."""
        self.said: dict[str, str] = {}
        """Words of an answer, also those that a truncation took."""
        self.origin: dict[str, str] = {}
        """Item -> the response that made it."""
        self.errors: list[tuple[str | None, float, str, str]] = []
        """Item before it, when, message, code."""
        self.past: list[Any] = []
        """Items of connections before this one, with their words."""
        self.deleted: dict[str, Deleted] = {}
        """Items that are in the conversation no more, in the order in which they went."""
        self.count = 0
        self.last_at = 0.0
        self.on_sound: Callable[[str, float, bytes, AudioFormat], None] | None = None
        """Called with every piece of sound: the item of the model's or ``""`` for the user's, where
        in its sound (ms), the bytes and how they are written."""
        self._answered: dict[str, Response] = {}  # on connections before this one
        self._busy_until = 0.0
        self._next = Moments()
        self._buffer_from = 0.0
        self._base: float | None = 0.0  # where in all sound the connection's count begins
        self._commits: list[float] = []
        self._last_item: str | None = None

    # Facts.

    @property
    def client(self) -> ClientProtocol:
        """The protocol's state, as the session left it that goes on now."""
        return self._sessions.core

    @property
    def conversation(self) -> Any:
        """The state that the events left."""
        return self.client.conversation

    @property
    def input_format(self) -> AudioFormat:
        """How the user's sound is written."""
        audio = self.conversation.session.audio
        if audio is UNSET or audio.input is UNSET or audio.input.format is UNSET:
            return PCM16_24K
        form: AudioFormat = audio.input.format
        return form

    @property
    def duration_ms(self) -> float:
        """Until the last event and the last sound."""
        ends = [
            reply.end_ms if reply.cut_ms is None else reply.runs.at(reply.cut_ms)
            for reply in self.replies.values()
            if reply.cut_ms is not None or reply.cut_at is None
        ]
        return max([self.last_at, self.clock.runs.at(self.clock.position_ms), *ends])

    @property
    def responses(self) -> dict[str, Response]:
        """All that were there, the oldest first; without those that a connection took along."""
        gone_on = {i: r for i, r in self._answered.items() if r.status != "in_progress"}
        return {**gone_on, **self.conversation.responses}

    # Following.

    def take(self, event: WireEvent) -> None:
        """The next event of the log."""
        self.count += 1
        if event.sent:
            self._take_sent(event)
            return
        # The state forgets what is deleted, so it is asked before.
        before = self._items() if _DELETED in event.raw else []
        try:
            got = self._sessions.receive(event.raw)
        except RemoteProtocolError:
            return
        if got is None:
            return
        now = self.last_at = max(self.last_at, self.clock.now(event.at_ms, self._busy_until))
        handler = _HANDLERS.get(type(got))
        if handler is not None:
            handler(self, got, now, event.at_ms)
        if before and isinstance(got, on.ConversationItemDeleted):
            self._delete(got.item_id, before)

    def _items(self) -> list[tuple[Item, str]]:
        return [(item, self.conversation.text(str(item.id))) for item in self.conversation.items]

    def _delete(self, item_id: str, before: list[tuple[Item, str]]) -> None:
        after = None
        for item, text in before:
            if str(item.id) == item_id:
                self.deleted[item_id] = Deleted(item, text, after)
            after = str(item.id)

    def _take_sent(self, event: WireEvent) -> None:
        try:
            got = _sent(event.raw)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return
        if got.type == "input_audio_buffer.append" and got.audio:
            self._append(got.audio, event.at_ms)
            return
        self.last_at = max(self.last_at, self.clock.now(event.at_ms, self._busy_until))
        if got.type == "input_audio_buffer.commit":
            self._commits.append(self.clock.position_ms)
        elif got.type == "input_audio_buffer.clear":
            self._buffer_from = self.clock.position_ms
        elif got.type == "response.create":
            self._next.asked = event.at_ms

    def _append(self, audio: str, at_ms: float) -> None:
        data = sound_bytes(audio)
        form = self.input_format
        if self.on_sound is not None:
            self.on_sound("", self.clock.position_ms, data, form)
        lasts = form.duration_ms(len(data))
        self.clock.append(at_ms, lasts)
        samples = _samples(data, form)
        self.outline.push(samples, form.sample_rate)
        self.sent_sound.add(samples, form.sample_rate, lasts, at_ms)

    # What events mean: ``(event, now, at_ms)``, on the clock of the talk and on the session's.

    def _session_created(self, event: on.SessionCreated, now: float, at_ms: float) -> None:
        # Where nobody waits for the answers, what comes after them comes when they are over.
        self.connections.append((at_ms, max(now, self._busy_until), self._last_item))
        old = self._sessions.left
        if old is not None:  # another connection goes on with it, from nothing
            known = {item.id for item, _ in self.past}
            self.past += [(i, old.text(str(i.id))) for i in old.items if i.id not in known]
            self._answered |= old.responses
            self.conversation.usage = old.usage
            self._next, self._commits, self._base = Moments(), [], None
            self._buffer_from = self.clock.position_ms

    def _position(self, ms: float) -> float:
        """A time in the sound of this connection as one in all sound."""
        if self._base is None:
            begun = [at_ms for at_ms, _, _ in self.connections]
            end = end_of(len(begun) - 2, begun, self.ends)
            # The one before it may have got sound until it was left.
            left = begun[-1] if end is None else max(end.at_ms, begun[-1])
            self._base = self.sent_sound.position_at(left)
        return self._base + ms

    def _item(self, event: on.ConversationItemAdded, now: float, at_ms: float) -> None:
        item = event.item
        item_id = str(item.id)
        self.deleted.pop(item_id, None)  # somebody made it again
        self._last_item = item_id
        # What was said on a connection before this one is told again, and is no question.
        new = item_id not in self.seen_at and item_id not in self._next.items
        if getattr(item, "role", "") == "user" and new:
            self._next.items.append(item_id)
        # Who types while an answer sounds, and does not stop it, listens to it first.
        self.seen_at.setdefault(item_id, max(now, self._busy_until))

    def _output_item(self, event: on.ResponseOutputItemAdded, now: float, at_ms: float) -> None:
        self.origin[str(event.item.id)] = event.response_id
        self.seen_at.setdefault(str(event.item.id), max(now, self._busy_until))

    def _speech_started(
        self, event: on.InputAudioBufferSpeechStarted, now: float, at_ms: float
    ) -> None:
        if event.item_id:
            start = self._position(event.audio_start_ms)
            self.places[event.item_id] = [start, self.clock.position_ms]

    def _speech_stopped(
        self, event: on.InputAudioBufferSpeechStopped, now: float, at_ms: float
    ) -> None:
        end = self.clock.position_ms
        if event.audio_end_ms:
            end = self._position(event.audio_end_ms)
        place = self.places.get(event.item_id, [end, end])
        place[1] = end
        over = self.sent_sound.end_of_speech(*place)
        self._next.zero = at_ms if over is None else over
        self._next.end_of_speech = at_ms

    def _committed(self, event: on.InputAudioBufferCommitted, now: float, at_ms: float) -> None:
        end = self._commits.pop(0) if self._commits else self.clock.position_ms
        if event.item_id not in self.places:
            self.places[event.item_id] = [self._buffer_from, end]
            over = self.sent_sound.end_of_speech(self._buffer_from, end)
            self._next.zero = at_ms if over is None else over
        self._buffer_from = end
        self._next.committed = at_ms
        if event.item_id not in self._next.items:
            self._next.items.append(event.item_id)

    def _response_created(self, event: on.ResponseCreated, now: float, at_ms: float) -> None:
        self.clock.pause()
        last = self.turns[-1] if self.turns else None
        if last is not None and last.calling and not self._next.items:
            last.calling = False
            last.response_ids.append(event.response.id)
            last.done = None
            self._next = Moments()
            return
        turn, self._next = self._next, Moments()
        if turn.zero is None:
            turn.zero = at_ms if turn.asked is None else turn.asked
        turn.response_ids.append(event.response.id)
        turn.first_event = at_ms
        self.turns.append(turn)

    def _words(self, event: Any, now: float, at_ms: float) -> None:
        item_id = event.item_id
        self.said[item_id] = self.said.get(item_id, "") + event.delta
        self.origin.setdefault(item_id, event.response_id)
        if (turn := self._turn(event.response_id)) is not None:
            turn.mark("first_text", at_ms)

    def _transcribed(self, event: Any, now: float, at_ms: float) -> None:
        if event.item_id in self.deleted:  # its words come after it went
            self.deleted[event.item_id].text = event.transcript

    def _words_done(self, event: Any, now: float, at_ms: float) -> None:
        said = getattr(event, "transcript", None) or getattr(event, "text", None)
        if said:
            self.said[event.item_id] = said

    def _sound(self, event: on.ResponseOutputAudioDelta, now: float, at_ms: float) -> None:
        reply = self.replies.get(event.item_id)
        if reply is None:
            form = self.conversation.output_format(event.item_id)
            reply = self.replies[event.item_id] = Reply(event.item_id, event.response_id, form)
            self.origin.setdefault(event.item_id, event.response_id)
            reply.runs.begin(0.0, max(now, self._busy_until))
            if (turn := self._turn(event.response_id)) is not None:
                turn.mark("first_audio", at_ms)
        elif now - reply.end_ms > DRY_MS:
            reply.runs.begin(reply.duration_ms, now)
        data = reply.half + event.delta
        whole = len(data) - len(data) % reply.form.bytes_per_sample
        reply.half = data[whole:]
        if self.on_sound is not None:
            self.on_sound(event.item_id, reply.duration_ms, data[:whole], reply.form)
        reply.size += whole
        reply.outline.push(_samples(data[:whole], reply.form), reply.form.sample_rate)
        if reply.cut_ms is None and reply.cut_at is None:
            self._busy_until = max(self._busy_until, reply.end_ms)

    def _truncated(self, event: on.ConversationItemTruncated, now: float, at_ms: float) -> None:
        reply = self.replies.get(event.item_id)
        if reply is not None:
            reply.cut_ms = min(float(event.audio_end_ms), reply.duration_ms)
            # So much was played, so that long it took, the answers before it included.
            self.last_at = self.clock.wait(at_ms, reply.runs.at(reply.cut_ms))
            self._silence(self.last_at)

    def _silence(self, now: float) -> None:
        self._busy_until = min(self._busy_until, now)

    def _response_done(self, event: on.ResponseDone, now: float, at_ms: float) -> None:
        response: Response = self.conversation.response(event.response.id) or event.response
        if (turn := self._turn(response.id)) is not None:
            turn.done = at_ms
            turn.calling = any(isinstance(item, FunctionCall) for item in response.output)
        for item in response.output:
            self.origin.setdefault(str(item.id), response.id)
        if response.status == "cancelled":
            for reply in self.replies.values():
                if reply.response_id == response.id:
                    reply.cut_at = now
            self._silence(now)
        elif response.status == "failed":
            details = response.status_details
            error = details.error if details is not None else UNSET
            message = "" if error is UNSET or error.message is UNSET else error.message
            code = "" if error is UNSET else error.code or error.type or ""
            self.errors.append((self._last_item, now, message or "the response failed", code))

    def _error(self, event: on.Error, now: float, at_ms: float) -> None:
        error = event.error
        code = ", ".join(filter(None, (error.code, error.param)))
        self.errors.append((self._last_item, now, error.message or error.type, code))

    def _turn(self, response_id: str) -> Moments | None:
        return next((t for t in reversed(self.turns) if response_id in t.response_ids), None)


def sound_bytes(audio: str) -> bytes:
    """The bytes of base64 text; what is none is none."""
    try:
        return bytes(msgspec.convert(audio, bytes))
    except msgspec.ValidationError:
        return b""


def _samples(data: bytes, form: AudioFormat) -> NDArray[np.int16]:
    try:
        return decode(data, form.type)
    except AudioError:  # half a sample; a server would refuse it as well
        return decode(data[:-1], form.type)


_HANDLERS: dict[type, Callable[[Recorder, Any, float, float], None]] = {
    on.SessionCreated: Recorder._session_created,
    on.ConversationItemAdded: Recorder._item,
    on.ResponseOutputItemAdded: Recorder._output_item,
    on.InputAudioBufferSpeechStarted: Recorder._speech_started,
    on.InputAudioBufferSpeechStopped: Recorder._speech_stopped,
    on.InputAudioBufferCommitted: Recorder._committed,
    on.ConversationItemInputAudioTranscriptionCompleted: Recorder._transcribed,
    on.ResponseCreated: Recorder._response_created,
    on.ResponseOutputTextDelta: Recorder._words,
    on.ResponseOutputAudioTranscriptDelta: Recorder._words,
    on.ResponseOutputTextDone: Recorder._words_done,
    on.ResponseOutputAudioTranscriptDone: Recorder._words_done,
    on.ResponseOutputAudioDelta: Recorder._sound,
    on.ConversationItemTruncated: Recorder._truncated,
    on.ResponseDone: Recorder._response_done,
    on.Error: Recorder._error,
}
