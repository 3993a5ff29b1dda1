"""``History``: what was said, heard and waited for when, worked out from the events log.

Theory of operation
===================

Nothing here runs while nobody looks: the log has every event with its time, also of a session
that is over. Whoever looks calls ``catch_up``, which reads the events since the last look through
a reader's own copy of the protocol core and keeps what pictures need: peaks of both sides, where
their samples were on the clock, spans, and the time and name of each event::

    events_log ──catch_up──► speeches, answers, replies, calls, ticks ──look──► pictures
    play log   ────────────► which part of a reply sounded when

Sound itself is not kept; ``heard.sound`` reads it from the log once more.

It is used from several threads (panels on the loop thread, a cell, a worker that reads a long
log), so a lock guards it; readers hold it for one batch of events at a time.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET

from ...audio import decode
from ...errors import RemoteProtocolError
from ...protocol import events as on
from ...protocol.appends import read_append
from ...protocol.client import ClientProtocol
from ...protocol.config import PCM16_24K, AudioFormat, AudioInput
from ...protocol.dialects import GA, Dialect
from ...protocol.items import FunctionCall
from ...protocol.mcp_items import McpCall
from ..events.connection_ends import Break, breaks, end_of
from ..events.events_log import EventsLog
from ..events.notices import event_type
from ..events.sessions import Sessions
from .answers import Answer, Call, Reply, Speech
from .moments import ClockMap, PlayLog
from .sent_sound import SentSound

__all__ = ["BATCH", "History"]

#: Events that are read at a time: the loop thread has some ms for them.
BATCH = 256
#: Events of sound; their ticks are the least telling.
SOUND = frozenset({"input_audio_buffer.append", "response.output_audio.delta"})


#: How the output of a function begins that went wrong (``tools/rounds.py``).
_WRONG = '{"error": {"type": '


class _Item(msgspec.Struct):
    type: str = ""
    call_id: str = ""
    output: Any = ""


class _Sent(msgspec.Struct):
    """What of a client's event matters here; spelled alike in both dialects."""

    type: str = ""
    item: _Item | None = None


_read_sent = msgspec.json.Decoder(_Sent).decode


class History:
    """The story of one session; see the module's docstring."""

    def __init__(
        self, log: EventsLog, dialect: Dialect = GA, played: PlayLog | None = None
    ) -> None:
        self.lock = threading.RLock()
        self.log = log
        self.played = played
        """What sounded when; ``None`` where nobody counted, and all is taken as heard."""
        self.now = 0.0
        """When the last event was, in ms."""
        self.sent_sound = SentSound()
        self.user = self.sent_sound.peaks
        self.user_clock = ClockMap()
        """Where the user's sound is on the clock: when each sample was sent."""
        self.speeches: list[Speech] = []
        self.answers: dict[str, Answer] = {}
        self.replies: dict[str, Reply] = {}
        self.calls: dict[str, Call] = {}
        self.names: list[str] = []
        """Names of events; ``tick_names`` has their indices."""
        self.tick_times, self.tick_names, self.tick_sent = array("d"), array("H"), array("b")
        self._numbers: dict[str, int] = {}
        self._sessions = Sessions(dialect, str)
        self._read = 0  # events read, counted from the session's first
        self.user_pieces: list[tuple[float, int]] = []  # (ms of the user's sound, which event)
        self._pending: dict[str, float] = {}  # of the answer to come: what has happened for it
        self._committed_ms = 0.0
        self._base = 0.0  # where in the user's sound the connection's own count begins
        self._based = True
        self._before = 0.0  # when the event before this one was
        self.connections: list[float] = []
        """When the server's sessions began over which the talk went, on the clock."""
        self.told_played: Mapping[str, float] = {}
        self.told_heard: Mapping[str, float] = {}

    @property
    def core(self) -> ClientProtocol:
        """A reader's own copy of the protocol's state."""
        return self._sessions.core

    def tell(self, played_ms: Mapping[str, float], heard_ms: Mapping[str, float]) -> None:
        """For a talk that is over: when each item began to sound, and how much of it was heard.

        It stands for a play log; what is told of no item was heard when it came.
        """
        with self.lock:
            self.played, self.told_played, self.told_heard = None, played_ms, heard_ms

    # Reading the log.

    def catch_up(self, most: int = BATCH) -> bool:
        """Read up to so many events of those that came; true where there are more."""
        with self.lock:
            gone = self.log.lost
            self._read = max(self._read, gone)
            batch = self.log[self._read - gone : self._read - gone + most]
            for event in batch:
                self.now = max(self.now, event.at_ms)
                name = self._sent(event) if event.sent else self._received(event)
                self._tick(event.at_ms, name, sent=event.sent)
                self._before = event.at_ms
                self._read += 1
            return self.behind > 0

    @property
    def behind(self) -> int:
        """Events that are not read yet."""
        return len(self.log) + self.log.lost - self._read

    def _tick(self, at: float, name: str, *, sent: bool) -> None:
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.names)
            self.names.append(name)
        self.tick_times.append(at)
        self.tick_names.append(number)
        self.tick_sent.append(sent)

    def _sent(self, event: Any) -> str:
        append = read_append(event.raw)
        if append is not None:
            self._append(append.audio, event.at_ms)
            return "input_audio_buffer.append"
        try:
            sent = _read_sent(event.raw)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return "no event"
        if sent.type == "response.create":
            self._pending["asked"] = event.at_ms
        elif sent.type == "conversation.item.create" and sent.item is not None:
            call = self.calls.get(sent.item.call_id)
            if sent.item.type == "function_call_output" and call is not None:
                wrong = str(sent.item.output).startswith(_WRONG)
                call.end(event.at_ms, "failed" if wrong else "done")
        return sent.type

    def _append(self, data: bytes, at: float) -> None:
        form = self.input_format
        before = self.user_clock.sound_end
        whole = len(data) - len(data) % form.bytes_per_sample
        samples, lasts = decode(data[:whole], form.type), form.duration_ms(whole)
        self.sent_sound.add(samples, form.sample_rate, lasts, at)
        self.user_clock.add_sent(at, before, before + lasts)
        self.user_pieces.append((before, self._read))

    @property
    def input_format(self) -> AudioFormat:
        """How the user's sound is written."""
        audio = self.core.conversation.session.audio
        heard = audio.input if audio is not UNSET else UNSET
        form = heard.format if isinstance(heard, AudioInput) else UNSET
        return PCM16_24K if form is UNSET else form

    def _received(self, event: Any) -> str:
        try:
            happening = self._sessions.receive(event.raw)
        except RemoteProtocolError:
            return event.type or "no event"
        if happening is None:
            return f"{event.type} (again)"
        handler = _HANDLERS.get(type(happening))
        if handler is not None:
            handler(self, happening, event.at_ms)
        return event_type(happening)

    # What events mean.

    def breaks(self) -> list[Break]:
        """Each time that the connection was lost, or the talk went on over another."""
        return breaks(self.connections, self.log.ends, self.now)

    def _session_created(self, event: on.SessionCreated, at: float) -> None:
        if self.connections:  # another connection goes on with the talk, and counts from 0
            self._base = self._committed_ms = self.user_clock.sound_end
            self._pending, self._based = {}, False
            self._lose(at)
        self.connections.append(at)

    def _lose(self, at: float) -> None:
        """What was in progress on the last connection ended with it."""
        end = end_of(len(self.connections) - 1, self.connections, self.log.ends)
        over = self._before if end is None else min(end.at_ms, at)
        for answer in self.answers.values():
            if answer.done is None:
                answer.done, answer.status = over, "lost with the connection"
        for reply in self.replies.values():
            reply.arriving = False
        for call in self.calls.values():
            call.end(over, "lost")
        if self.speeches and self.speeches[-1].end_ms is None:
            self.speeches[-1].end_ms, self.speeches[-1].over = self.user_clock.sound_end, over

    def _rebase(self) -> None:
        """The old connection may have got sound until it was left, after the new one began."""
        self._based = True
        end = end_of(len(self.connections) - 2, self.connections, self.log.ends)
        if end is not None and end.at_ms > self.connections[-1]:
            self._base = float(self.user_clock.sound(np.array([end.at_ms]))[0])
            self._committed_ms = max(self._committed_ms, self._base)

    def _speech_started(self, event: on.InputAudioBufferSpeechStarted, at: float) -> None:
        if not self._based:
            self._rebase()
        # A server puts some sound in front, which may be from before a pause of the sender.
        start = self._base + event.audio_start_ms
        since = self.user_clock.sound_end - start
        begun = self.user_clock.clock(start)
        speech = Speech(
            len(self.speeches) + 1,
            start,
            at if begun is None else max(begun, at - since),
            item_id=event.item_id,
        )
        self.speeches.append(speech)

    def _speech_stopped(self, event: on.InputAudioBufferSpeechStopped, at: float) -> None:
        speech = self.speeches[-1] if self.speeches else None
        if speech is None or speech.end_ms is not None:
            return
        # A server that does not count is taken to mean all that it got.
        counted = bool(event.audio_end_ms)
        speech.end_ms = self._base + event.audio_end_ms if counted else self.user_clock.sound_end
        ended = self.user_clock.clock(speech.end_ms)
        speech.over = at if ended is None else max(ended, speech.begun)
        said = self.sent_sound.end_of_speech(speech.start_ms, speech.end_ms)
        self._pending = {"speech_end": speech.over if said is None else said, "noticed": at}

    def _committed(self, event: on.InputAudioBufferCommitted, at: float) -> None:
        end = self.user_clock.sound_end
        if self.speeches and self.speeches[-1].detected and "noticed" in self._pending:
            self.speeches[-1].item_id = event.item_id
        elif end > self._committed_ms:  # without turn detection: what was sent since the last one
            begun = self.user_clock.clock(self._committed_ms + 1)
            over = self.sent_sound.end_of_speech(self._committed_ms, end)
            self.speeches.append(
                Speech(
                    len(self.speeches) + 1,
                    self._committed_ms,
                    at if begun is None else begun,
                    end,
                    self.user_clock.end,
                    detected=False,
                    item_id=event.item_id,
                )
            )
            self._pending["speech_end"] = at if over is None else over
        self._committed_ms = end
        self._pending["committed"] = at

    def _response_created(self, event: on.ResponseCreated, at: float) -> None:
        answer = self._answer(event.response.id)
        answer.created = at
        for name, moment in self._pending.items():
            setattr(answer, name, moment)
        self._pending = {}

    def _answer(self, response_id: str) -> Answer:
        answer = self.answers.get(response_id)
        if answer is None:
            answer = self.answers[response_id] = Answer(len(self.answers) + 1, response_id)
        return answer

    def _text_delta(self, event: Any, at: float) -> None:
        answer = self._answer(event.response_id)
        if answer.first_text is None:
            answer.first_text = at

    def _audio_delta(self, event: on.ResponseOutputAudioDelta, at: float) -> None:
        reply = self.replies.get(event.item_id)
        if reply is None:
            answer = self._answer(event.response_id)
            answer.first_audio = at if answer.first_audio is None else answer.first_audio
            answer.items.append(event.item_id)
            form = self.core.conversation.output_format(event.item_id)
            reply = Reply(answer.number, event.item_id, event.response_id, form, at)
            self.replies[event.item_id] = reply
        data = reply.rest + event.delta
        whole = len(data) - len(data) % reply.format.bytes_per_sample
        reply.rest = data[whole:]
        reply.peaks.add(decode(data[:whole], reply.format.type), reply.format.sample_rate)
        reply.pieces.append(self._read)
        reply.starts.append(reply.size)
        reply.size += len(event.delta)

    def _audio_done(self, event: on.ResponseOutputAudioDone, at: float) -> None:
        if (reply := self.replies.get(event.item_id)) is not None:
            reply.arriving = False

    def _truncated(self, event: on.ConversationItemTruncated, at: float) -> None:
        if (reply := self.replies.get(event.item_id)) is not None:
            reply.cut_ms = float(event.audio_end_ms)

    def _response_done(self, event: on.ResponseDone, at: float) -> None:
        answer = self._answer(event.response.id)
        answer.done, answer.status = at, event.response.status
        for item_id in answer.items:
            self.replies[item_id].arriving = False

    def _arguments_done(self, event: on.ResponseFunctionCallArgumentsDone, at: float) -> None:
        self._call(event.call_id, "" if event.name is UNSET else event.name, at)

    def _output_item_done(self, event: on.ResponseOutputItemDone, at: float) -> None:
        item = event.item
        if isinstance(item, FunctionCall):
            self._call(str(item.call_id), str(item.name), at)
        elif isinstance(item, McpCall):
            call = self._call(str(item.id), f"{item.server_label}.{item.name}", at)
            if item.error is not None:
                call.end(at, "failed")
                call.state = "failed"  # whatever was said before
            elif item.output is not None:
                call.end(at, "done")

    def _call(self, call_id: str, name: str, at: float) -> Call:
        call = self.calls.setdefault(call_id, Call(call_id, name, at))
        call.name = call.name or name
        return call

    def _mcp_asked(self, event: Any, at: float) -> None:
        # Its events do not name the tool; its item, which was announced before them, does.
        item = self.core.conversation.item(event.item_id)
        name = f"{item.server_label}.{item.name}" if isinstance(item, McpCall) else ""
        self._call(event.item_id, name.strip("."), at)

    def _mcp_completed(self, event: on.ResponseMcpCallCompleted, at: float) -> None:
        self._mcp_asked(event, at)
        self.calls[event.item_id].end(at, "done")

    def _mcp_failed(self, event: on.ResponseMcpCallFailed, at: float) -> None:
        self._mcp_asked(event, at)
        self.calls[event.item_id].end(at, "failed")


_HANDLERS: dict[type, Callable[[History, Any, float], None]] = {
    on.SessionCreated: History._session_created,
    on.InputAudioBufferSpeechStarted: History._speech_started,
    on.InputAudioBufferSpeechStopped: History._speech_stopped,
    on.InputAudioBufferCommitted: History._committed,
    on.ResponseCreated: History._response_created,
    on.ResponseOutputTextDelta: History._text_delta,
    on.ResponseOutputAudioTranscriptDelta: History._text_delta,
    on.ResponseFunctionCallArgumentsDelta: History._text_delta,
    on.ResponseOutputAudioDelta: History._audio_delta,
    on.ResponseOutputAudioDone: History._audio_done,
    on.ConversationItemTruncated: History._truncated,
    on.ResponseDone: History._response_done,
    on.ResponseFunctionCallArgumentsDone: History._arguments_done,
    on.ResponseMcpCallArgumentsDone: History._mcp_asked,
    on.ResponseMcpCallInProgress: History._mcp_asked,
    on.ResponseMcpCallCompleted: History._mcp_completed,
    on.ResponseMcpCallFailed: History._mcp_failed,
    on.ResponseOutputItemDone: History._output_item_done,
}
