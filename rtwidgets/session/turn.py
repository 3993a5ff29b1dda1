"""``Turn``: one exchange, from what the user says to the end of the answer.

A turn is filled on the loop thread, event by event, and read from anywhere. It ends when its
answer is complete, when the server refuses or fails, or when the connection is lost; it never
ends silently: what went wrong is in ``error`` and is raised by ``wait()`` and ``await``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..audio import Pcm
from ..protocol import events as on
from ..protocol.content import words
from ..protocol.items import Message, Response, Usage
from ..protocol.usage import add
from .endings import failure
from .generated import Generated, Said
from .hearing import Hearing
from .latency import Latency
from .owner import TurnOwner
from .requests import Request
from .said_under import current
from .show import turn_html, turn_line
from .tools.calls import ToolCall
from .waiting import Awaited

__all__ = ["Turn"]

#: Words of the user that come after the answer are waited for this long, in s.
LATE_WORDS_S = 5.0


class Turn(Awaited):
    """One exchange; ``turn.wait()`` or ``await turn``, then read what it holds.

    Everything may be read at any time and grows while the answer arrives.
    """

    def __init__(self, session: TurnOwner, said: str, *, typed: str | None = None) -> None:
        super().__init__()
        self._session = session  # a turn in progress keeps its session alive
        #: What was said, in words for people, before a transcript is known.
        self.said = said
        self._typed = typed
        self._status = "queued"
        self._error: BaseException | None = None
        self._response: Response | None = None
        self._made = Generated()
        self._times: dict[str, float] = {}
        self._zero: float | None = None
        self._items: list[str] = []
        self._answered = 0  # commits that the response in hand answers
        self._settled = True
        self._spent: Usage | None = None  # what the responses before this one used
        self._calling = False
        # Used by those who run the turn, on the loop thread.
        self.causes: set[str] = set()
        """Ids of our events: an ``error`` that names one of them ends the turn."""
        self.commits = 0
        """Commits of ours that were not answered yet."""
        self.hearing: Hearing | None = None
        self.spoken = typed is None
        """Sound was sent for it, or will be."""
        self.request: Request | None = None
        self.ask: Callable[[], None] = lambda: None
        """Everything is said: ask for the response."""
        self.over: Callable[[Turn], None] = lambda turn: None
        """Called when the response ended or never will begin, and again when all is done."""
        self.cancelling = False
        self.tool_calls: tuple[ToolCall, ...] = ()
        """The calls of tools that led to the answer, in order, with what became of them."""
        self.said_under = current()
        """The OpenTelemetry context of whoever said it, if any."""

    # Waiting: the rest is in ``Awaited``.

    def cancel(self) -> None:
        """Stop the answer, or give the turn up where none has begun."""
        self._session._post(self._session._link.cancel_turn, self)

    # Reading.

    @property
    def status(self) -> str:
        """``queued``, ``sending``, ``waiting``, ``calling`` (tools), or how the response stands."""
        if self._calling:
            return "calling"
        if self._response is None or self._status in ("failed", "cancelled"):
            return self._status
        return self._response.status

    @property
    def error(self) -> BaseException | None:
        """What went wrong, or ``None``."""
        return self._error

    @property
    def response(self) -> Response | None:
        """The response as the server tells it; ``None`` until it begins."""
        return self._response

    @property
    def text(self) -> str:
        """What the model answered: its text, or the words of its speech."""
        final = [] if self._response is None else self._response.output
        said = [words(item) for item in final if isinstance(item, Message)]
        return "\n".join(filter(None, said)) or self._made.text

    @property
    def transcript(self) -> str:
        """What the user said, as the server wrote it down; or typed."""
        if self._typed is not None:
            return self._typed
        said = map(self._session.conversation.text, self._items)
        return " ".join(filter(None, (words.strip() for words in said)))

    @property
    def audio(self) -> Pcm:
        """The sound of the answer so far; empty where there is none."""
        return self._made.audio

    @property
    def generated(self) -> Said:
        """All that the model made of the answer: words and sound."""
        return Said(self.text, self.audio)

    @property
    def heard(self) -> Said:
        """The part of it that was played, by now or until it was cut.

        The sound is exact, counted by the ``Speaker`` or by the clock where there is none; of
        words only their share is known, an estimate. Text that nobody speaks counts as read.
        """
        final = [] if self._response is None else self._response.output
        said = {str(item.id): words(item) for item in final if isinstance(item, Message)}
        return self._made.heard(self._session._link.heard_ms, said)

    @property
    def interrupted(self) -> bool:
        """It was cut while it sounded: ``heard`` is less than ``generated``."""
        return any(map(self._session._link.interruptions.was_cut, self._made.item_ids))

    @property
    def usage(self) -> Usage:
        """What the answer used, tool calls included; all zeros until it is complete."""
        used = (self._response and self._response.usage) or Usage()
        return used if self._spent is None else add(self._spent, used)

    @property
    def latency(self) -> Latency:
        """How fast it was, see ``Latency``."""
        zero = self._zero
        if zero is None:
            return Latency()
        # A copy: the loop thread may add to it meanwhile.
        times = self._times.copy()
        interruptions = self._session._link.interruptions
        for item_id in self._made.item_ids:
            if (played := interruptions.first_played_s(item_id)) is not None:
                times.setdefault("first_played", played)
                hop_ms = interruptions.played.hop_ms(item_id)
                return Latency(**{name: at - zero for name, at in times.items()}, hop_ms=hop_ms)
        return Latency(**{name: at - zero for name, at in times.items()})

    def __repr__(self) -> str:
        """Said, answered, and how it went, in one line."""
        return turn_line(self)

    def _repr_html_(self) -> str:
        return turn_html(self)

    # Filling: on the loop thread only.

    def sending(self) -> None:
        """The turn's own events begin to go out."""
        self._status = "sending"

    def sent(self, now: float) -> None:
        """Everything of the user's is on its way, at ``now``."""
        self._status, self._zero = "waiting", now

    def spoke(self, now: float) -> None:
        """A piece of the user's sound is on its way, and it is not silence."""
        self._zero = now

    def alive(self, now: float) -> None:
        """Something happened."""
        self._alive_at = now

    def give_up(self) -> None:
        """End the turn where there is nothing to wait for any more."""
        if not self._future.done() and (self._response is None or self._calling):
            self._status = "cancelled"
        self._calling = False
        self._finish()

    @property
    def answered(self) -> bool:
        """The last response is over; at most words of the user are still to come."""
        return self._over

    def add_item(self, item_id: str) -> None:
        """An item of the user's that belongs to this turn."""
        self._items.append(item_id)

    def wants_answer(self) -> bool:
        """A commit of this turn's sound has no response yet, and the server will make one."""
        hearing = self.hearing
        return hearing is not None and not self.done and len(hearing.items) > self._answered

    async def wait_for_commit(self) -> None:
        """Until every speech that was heard is an item; the server does that by itself."""
        for _ in range(100):
            if self.done or self.hearing is None or len(self.hearing.items) >= self.hearing.stops:
                return
            await asyncio.sleep(0.02)

    def unsettle(self) -> None:
        """More of the user's sound may follow: no response is the last one yet."""
        self._settled = False

    def settle(self) -> None:
        """All sound is sent and heard."""
        self._settled = True
        self._end_if_complete()

    def begin(self, response: Response, now: float) -> None:
        """``response`` is this turn's answer, instead of any before it."""
        if self._calling:  # the times stay: what was said before the call was heard
            self._spent, self._calling = self.usage, False
            self._made = Generated()
            self._times.pop("done", None)
        else:
            self.forget_response()
        self._response = response
        self._mark("first_event", now)
        if self.hearing is not None:
            self._answered = len(self.hearing.items)

    def forget_response(self) -> None:
        """The response in hand was somebody else's; one with calls of ours was not."""
        if self._calling:
            return
        self._response, self._status = None, "waiting"
        self._made = Generated()
        for name in ("first_event", "first_text", "first_audio", "done"):
            self._times.pop(name, None)

    @property
    def calling(self) -> bool:
        """The response ended with calls; functions run, or the next response is to come."""
        return self._calling

    @property
    def running(self) -> bool:
        """Functions run for it; none does while the response after them is awaited."""
        return self._calling and not all(call.done for call in self.tool_calls)

    @property
    def working(self) -> bool:
        """Functions run for it or for a turn before it, each with a limit of its own."""
        return any(turn.running for turn in self._session._link.turns.copy())

    def call_tools(self) -> None:
        """The response is not the answer: functions run for one."""
        self._calling = True

    def end_calling(self) -> None:
        """No other response will come."""
        if self._calling:
            self._calling = False
            self._end_if_complete()

    def hear(self, event: on.ServerEvent | on.UnknownEvent, now: float) -> None:
        """Take one event of the session."""
        self._alive_at = now
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event, now)

    def fail(self, error: BaseException) -> None:
        """End the turn with what went wrong."""
        if self._future.done():
            return
        self._error = error
        self._status = "failed"
        self._finish()

    def _mark(self, name: str, now: float) -> None:
        self._times.setdefault(name, now)

    def _is_mine(self, response_id: str) -> bool:
        return self._response is not None and self._response.id == response_id

    def _text_delta(self, event: on.ResponseOutputTextDelta, now: float) -> None:
        if self._is_mine(event.response_id):
            self._mark("first_text", now)
            written = isinstance(event, on.ResponseOutputTextDelta)
            self._made.add_words(event.item_id, event.delta, written=written)

    def _audio_delta(self, event: on.ResponseOutputAudioDelta, now: float) -> None:
        if self._is_mine(event.response_id):
            if not self._made.sounding:
                self._mark("first_audio", now)
                self._made.format = self._session.conversation.output_format(event.item_id)
            self._made.add_sound(event.item_id, event.delta)

    def _response_done(self, event: on.ResponseDone, now: float) -> None:
        if self._is_mine(event.response.id):
            # The conversation's own copy: it knows what servers leave out at the end.
            known = self._session.conversation.response(event.response.id)
            self._response = known or event.response
            self._mark("done", now)
            self._end_if_complete()

    def _speech_started(self, event: on.InputAudioBufferSpeechStarted, now: float) -> None:
        if self.hearing is not None and not self._settled:
            self.hearing.started(event.audio_start_ms)

    def _speech_stopped(self, event: on.InputAudioBufferSpeechStopped, now: float) -> None:
        if self.hearing is not None and self.hearing.stopped(event.audio_end_ms):
            self._times["end_of_speech"] = now
            if (sent := self.hearing.sent_at(event.audio_end_ms)) is not None:
                self._times["speech_end"] = sent

    def _committed(self, event: on.InputAudioBufferCommitted, now: float) -> None:
        if self.hearing is not None:
            mine = self.hearing.committed(event.item_id)
        else:
            mine, self.commits = self.commits > 0, max(0, self.commits - 1)
        if mine:
            self._items.append(event.item_id)
            self._status = "waiting"
            self._times["committed"] = now

    def _words_done(self, event: Any, now: float) -> None:
        if event.item_id in self._items:
            self._times["transcript"] = now
            if self._over and not self._silent_items():
                self._finish()

    def _silent_items(self) -> list[str]:
        """Items of the user's whose words are still to come."""
        if self._typed is not None or not self._session._link.transcribes:
            return []
        done = self._session._link.transcribed
        return [i for i in self._items if i not in done]

    def _end_if_complete(self) -> None:
        """The response is over; is it the last one, and is everything there?"""
        response, hearing = self._response, self.hearing
        if self._calling or self.done:
            return
        if response is None or response.status == "in_progress" or not self._settled:
            return
        if hearing is not None and (hearing.speaking or self._more_to_come()):
            return
        if response.status == "failed":
            self._error = failure(response)
        self._over = True
        self.over(self)
        if self._silent_items():
            self._session._link.later(LATE_WORDS_S, self._finish)
        else:
            self._finish()

    def _more_to_come(self) -> bool:
        """Speech that is over, committed or about to be, will be answered by the server."""
        detection = self._session._link.turn_detection
        answers = detection is None or detection.create_response is not False
        interrupts = detection is None or detection.interrupt_response is not False
        heard = 0 if self.hearing is None else self.hearing.stops
        return answers and interrupts and heard > self._answered

    def _finish(self) -> None:
        if self._future.done():
            return
        if self._error is None:
            self._future.set_result(None)
        else:
            self._future.set_exception(self._error)
        self.over(self)
        self._session._link.sounds.keep(self._made)


_HANDLERS: dict[type, Callable[[Turn, Any, float], None]] = {
    on.ResponseOutputTextDelta: Turn._text_delta,
    on.ResponseOutputAudioTranscriptDelta: Turn._text_delta,
    on.ResponseOutputAudioDelta: Turn._audio_delta,
    on.ResponseDone: Turn._response_done,
    on.InputAudioBufferSpeechStarted: Turn._speech_started,
    on.InputAudioBufferSpeechStopped: Turn._speech_stopped,
    on.InputAudioBufferCommitted: Turn._committed,
    on.ConversationItemInputAudioTranscriptionCompleted: Turn._words_done,
    on.ConversationItemInputAudioTranscriptionFailed: Turn._words_done,
}
