"""``Turn``: one exchange, from what the user says to the end of the answer.

A turn is filled on the loop thread, event by event, and read from anywhere. It ends when its
answer is complete, when the server refuses or fails, or when the connection is lost; it never
ends silently: what went wrong is in ``error`` and is raised by ``wait()`` and ``await``. What it
can be asked is in ``TurnFacts``; here is how it is filled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ...protocol import events as on
from ...protocol.items import Response
from .endings import failure
from .facts import TurnFacts
from .generated import Generated
from .hearing import Hearing
from .owner import TurnOwner
from .requests import Request
from .said_sound import SaidSound, sent_ms
from .said_under import current

__all__ = ["Turn"]

#: Words of the user that come after the answer are waited for this long, in s.
LATE_WORDS_S = 5.0


class Turn(TurnFacts):
    """One exchange; ``turn.wait()`` or ``await turn``, then read what it holds.

    Everything may be read at any time and grows while the answer arrives.
    """

    def __init__(self, session: TurnOwner, said: str, *, typed: str | None = None) -> None:
        super().__init__(session, said, typed)
        self._answered = 0  # commits that the response in hand answers
        self._settled = True
        # Used by those who run the turn, on the loop thread.
        self.causes: set[str] = set()
        """Ids of our events: an ``error`` that names one of them ends the turn."""
        self.commits = 0
        """Commits of ours that were not answered yet."""
        self.hearing: Hearing | None = None
        self.said_sound: SaidSound | None = None
        self.spoken = typed is None
        """Sound was sent for it, or will be."""
        self.request: Request | None = None
        self.ask: Callable[[], None] = lambda: None
        """Everything is said: ask for the response."""
        self.over: Callable[[Turn], None] = lambda turn: None
        """Called when the response ended or never will begin, and again when all is done."""
        self.cancelling = False
        self.said_under = current()
        """The OpenTelemetry context of whoever said it, if any."""

    def cancel(self) -> None:
        """Stop the answer, or give the turn up where none has begun."""
        self._session._post(self._session._link.cancel_turn, self)

    # Filling: on the loop thread only.

    def sending(self) -> None:
        """The turn's own events begin to go out."""
        self._status = "sending"

    def sent(self, now: float) -> None:
        """Everything of the user's is on its way, at ``now``."""
        self._status, self._zero = "waiting", now

    def spoke(self, now: float) -> None:
        """A piece of the user's sound is on its way, and it is not silence."""
        if self.hearing is None or not self.hearing.stops:  # afterwards it is known exactly
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
        if not self.spoken and "first_event" not in self._times:
            self._asked()
        self._mark("first_event", now)
        if self.hearing is not None:
            self._answered = len(self.hearing.items)

    def _asked(self) -> None:
        """Typed: it counts from when the request for the response really went out."""
        log, request = self._session._link.events_log, self.request
        if request is not None and request.event_id is not None:
            at_ms = sent_ms(log, request.event_id)
            self._zero = self._zero if at_ms is None else log.clock_s(at_ms)

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
            self._ended(self.hearing.started_ms, event.audio_end_ms)

    def _ended(self, start_ms: float, end_ms: float = 0.0) -> None:
        """The server took a part of what was said for speech; without an end, all of it."""
        log, said = self._session._link.events_log, self.said_sound
        if said is None:
            return
        if end_ms and (at_ms := said.at(log, end_ms)) is not None:
            self._times["speech_end"] = log.clock_s(at_ms)
        at_ms = said.end_of_speech(log, start_ms, end_ms or said.until_ms)
        if at_ms is not None:
            self._zero = log.clock_s(at_ms)

    def _committed(self, event: on.InputAudioBufferCommitted, now: float) -> None:
        if self.hearing is not None:
            mine = self.hearing.committed(event.item_id)
        else:
            mine, self.commits = self.commits > 0, max(0, self.commits - 1)
            if mine and self.said_sound is not None:
                self._ended(self.said_sound.start_ms)
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
        self._session._link.sounds.keep(self._made)
        if self._error is None:
            self._future.set_result(None)
        else:
            self._future.set_exception(self._error)
        self.over(self)


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
