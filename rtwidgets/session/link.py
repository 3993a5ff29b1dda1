"""``Link``: what the events of a connection mean for requests, turns and settings.

Theory of operation
===================

An event reaches, in this order: the link itself (which request, which turn is meant), the
turns in progress, the subscribers. A command queues text in the core and flushes.

Turns take their places in one queue (``requests.py``), so that neither their responses nor
their items mix. Two kinds stay out of it: sound in real time, which may interrupt like a
microphone, and responses outside the conversation, which disturb nobody.

``Session`` is the face of a link for all other threads. A link does not keep its session
alive (a turn in progress does), so a session that its user forgot closes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from ..errors import SessionClosed
from ..protocol import events as on
from ..protocol.config import PCM16_24K, AudioFormat, AudioInput, SessionConfig, TurnDetection
from ..protocol.items import Response
from ..protocol.response_config import ResponseConfig
from .blame import asked_again, tell
from .connecting.providers import Target
from .connecting.wire import Wire
from .events.events_log import EventsLog
from .events.notices import Interrupted
from .events.subscribers import logger
from .ids import new_id
from .items.changes import ItemChange, ItemChanges
from .logs import log_unknown
from .money.budget import Budget
from .settings.updates import Updates
from .telemetry import watch
from .tools.rounds import Rounds
from .turns.early import Delta, Early
from .turns.endings import lost, refusal
from .turns.interruptions import Interruptions
from .turns.kept_sound import SoundStore
from .turns.requests import TAG, Request, RequestQueue, tagged
from .turns.turn import Turn

__all__ = ["Link"]

#: A response that was asked for and then given up has so long to begin, in s.
OWED_S = 2.0


class Link(Wire):
    """One connection and everything that waits for it."""

    def __init__(self, target: Target, log: EventsLog | None = None) -> None:
        super().__init__(target, log)
        self.queue = RequestQueue(lambda: self.conversation.active_response is not None)
        self.queue.echoes = target.echoes
        self.queue.owing = lambda request: self.later(OWED_S, self.queue.forgive, request)
        self.turns: list[Turn] = []
        self.transcribed: set[str] = set()
        """User items whose words are there, or will never come."""
        self.answer_due = False
        self.budget: Budget | None = None
        """What it may cost, where it has a limit."""
        self.telemetry = watch(self)
        """Who makes spans, where the program wants them."""
        self.begun = False
        """``session.created`` came: what fails now is no failed connection."""
        self.appended_ms = 0.0
        """All sound ever appended: the clock of the server's turn detection."""
        self.before_ms = 0.0
        """The same of the connections before this one."""
        self.voice = asyncio.Lock()
        """Whoever sends a sound holds it: two at once would be one noise."""
        self.created: asyncio.Future[None] = self.loop.create_future()
        self.tools = Rounds(self)
        self.changes = ItemChanges(self.conversation)
        self.interruptions = Interruptions(self.conversation, self.truncate, self.now)
        self.early = Early()
        self.sounds = SoundStore()
        """Where the sound of complete answers has its bound."""
        self._aside: dict[str, Turn] = {}  # tag -> a turn outside the conversation
        self.updates = Updates(lambda config: self.send(self.client.update_session(config)))

    # Facts.

    @property
    def _input(self) -> AudioInput:
        audio = self.conversation.session.audio
        return AudioInput() if audio is UNSET or audio.input is UNSET else audio.input

    @property
    def input_format(self) -> AudioFormat:
        """How sound is to be written that goes to the server."""
        form = self._input.format
        return PCM16_24K if form is UNSET else form

    @property
    def turn_detection(self) -> TurnDetection | None:
        """How the server detects turns; ``None`` where it does not."""
        detection = self._input.turn_detection
        return None if detection is UNSET else detection

    @property
    def transcribes(self) -> bool:
        """The server writes down what the user says."""
        return self._input.transcription not in (UNSET, None)

    @property
    def answers(self) -> bool:
        """The server answers by itself when the user stops speaking."""
        detection = self.turn_detection
        return detection is not None and detection.create_response is not False

    # Commands.

    def append(self, data: bytes) -> str:
        """Sound in the session's input format; the event's id."""
        self.appended_ms += self.input_format.duration_ms(len(data))
        return self.send(self.client.append_audio(data))

    def alive(self) -> None:
        """Something was sent: whoever waits for a turn need not despair."""
        now = self.now()
        for turn in self.turns:
            turn.alive(now)

    async def update(self, config: SessionConfig, timeout: float) -> SessionConfig:
        """Change the session; what is in force then, or ``ApiError``, ``asyncio.TimeoutError``."""
        return await self.updates.wait(self.updates.ask(config), timeout)

    def update_soon(self, config: SessionConfig) -> None:
        """The same for those who do not wait; what is refused is in ``errors``."""
        if self.ended is None:
            self.start(self.updates.settle(self.updates.ask(config)))

    def create_response(self, config: ResponseConfig | None = None) -> None:
        """A bare response: queued, or at once where it is outside the conversation."""
        if config is not None and config.conversation == "none":
            self.tools.box.flush()
            self.send(self.client.create_response(config))
        else:
            self.queue.submit(self.request(config))

    def request(
        self, config: ResponseConfig | None, begin: Callable[[], None] | None = None
    ) -> Request:
        """A request for a response of the conversation, not queued yet."""
        tag = new_id("turn") if self.answers else None
        request = Request(str, begin=begin, tag=tag, config=config)
        request.ask = self._asking(config, tag)
        return request

    def _asking(self, config: ResponseConfig | None, tag: str | None) -> Callable[[], str]:
        sent = config if tag is None else tagged(config, tag)

        def ask() -> str:
            self.tools.box.flush()
            return self.send(self.client.create_response(sent))

        return ask

    def renew(self, request: Request, config: ResponseConfig | None) -> None:
        """Let a request that was answered ask again."""
        request.renew(self._asking(config, request.tag))

    def interrupt(self) -> None:
        """Silence: cancel what is in progress and what waits, and tell whoever plays sound."""
        active = self.conversation.active_response
        owned = [turn.response.id for turn in self.turns if turn.response is not None]
        for request in tuple(self.queue.waiting):
            if request.errand is None and self._is_bare(request):
                self.queue.release(request)
        # The last one first, so that none begins in the place of another.
        for turn in reversed(self.turns.copy()):
            self.cancel_turn(turn)
        if active is not None and active.id not in owned:
            self.send(self.client.cancel_response(active.id))
        self.tools.interrupt()
        if (bare := self.bare_request()) is not None:
            if bare.event_id is not None:
                self.send(self.client.cancel_response())
            self.queue.release(bare)
        self.interruptions.stop()
        notice = Interrupted(response_id=None if active is None else active.id)
        self.subscribers.publish(notice, self.conversation)

    def heard_ms(self, item_id: str) -> float:
        """How much of an answer's item was played, in ms."""
        return self.interruptions.heard_ms(item_id)

    def truncate(self, change: ItemChange, audio_end_ms: int) -> None:
        """Make the server forget what of an answer nobody heard."""
        event_id = self.send(self.client.truncate_item(change.item_id, audio_end_ms))
        self.interruptions.cut(change.item_id, audio_end_ms)
        self.changes.expect(change, event_id, on.ConversationItemTruncated)

    def bare_request(self) -> Request | None:
        """The request in hand where no turn owns it and no response has come."""
        request = self.queue.current
        if request is None or request.response_id is not None:
            return None
        return request if self._is_bare(request) else None

    def _is_bare(self, request: Request) -> bool:
        return not any(turn.request is request for turn in self.turns)

    # Turns.

    def run(self, turn: Turn, request: Request) -> None:
        """Give ``turn`` its place in the queue; it leaves when its answer is over."""
        self._take(turn, request, lambda: self.queue.set_ready(request))
        self.queue.submit(request)

    def run_now(self, turn: Turn, request: Request) -> None:
        """The same for a turn that waits for nobody until its response is asked for."""
        begin, request.begin, request.ready = request.begin, None, True
        self._take(turn, request, lambda: self.queue.submit(request))
        if begin is not None:
            begin()

    def run_aside(self, turn: Turn, config: ResponseConfig) -> None:
        """A turn outside the conversation: it waits for nobody and nobody waits for it."""
        tag = new_id("turn")
        self._take(turn, None, lambda: None)
        self._aside[tag] = turn
        self.tools.box.flush()
        turn.causes.add(self.send(self.client.create_response(tagged(config, tag))))
        turn.sent(self.now())

    def _take(self, turn: Turn, request: Request | None, ask: Callable[[], None]) -> None:
        turn.request, turn.ask, turn.over = request, ask, self._turn_over
        self.turns.append(turn)
        if self.telemetry is not None:
            self.subscribers.call(self.telemetry.begin, turn, event="a turn")

    def _turn_over(self, turn: Turn) -> None:
        """The answer is over (the user's words may still come): the next turn may start."""
        if turn.request is not None:
            self.queue.release(turn.request)
        for tag in [tag for tag, other in self._aside.items() if other is turn]:
            del self._aside[tag]
        if turn.done and turn in self.turns:
            self.turns.remove(turn)
            if self.telemetry is not None:
                self.subscribers.call(self.telemetry.end, turn, event="a turn")

    def cancel_turn(self, turn: Turn) -> None:
        """Stop a turn's response; drop the turn where it has none, or does not stop."""
        asked = turn.request is not None and turn.request.event_id is not None
        if turn.done:
            return
        if turn.calling:
            self.tools.interrupt(turn)
            # Of a follow-up that was asked for a moment ago, the response is still to come.
            asked = asked and turn.request is not None and turn.request.response_id is None
            if not asked or turn.cancelling:
                turn.give_up()
                return
        if (turn.response is None and (not asked or turn.cancelling)) or turn.answered:
            if turn.status == "sending" and turn.spoken:
                self.send(self.client.clear_audio())
            turn.give_up()
        else:
            turn.cancelling = True
            name = None if turn.response is None or turn.calling else turn.response.id
            self.send(self.client.cancel_response(name))

    # What events mean.

    def _publish(self, event: on.ServerEvent | on.UnknownEvent) -> None:
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)
        self.interruptions.hear(event)
        self.changes.hear(event)
        # Before a turn ends with the event: whoever waits for it finds these complete.
        for watcher in (self.budget, self.telemetry):
            if watcher is not None:
                self.subscribers.call(watcher.hear, event, self.conversation, event=event)
        if self.turns:
            now = self.events_log.last_s  # the event's own time, which others read in the log
            for turn in tuple(self.turns):
                turn.hear(event, now)
        self.subscribers.publish(event, self.conversation)

    def _abandon(self, reason: str) -> None:
        error = SessionClosed(reason)
        if not self.created.done():
            self.created.set_exception(error)
            self.created.exception()  # whoever waited may be gone
        self.updates.abandon(error)
        self.queue.clear()
        self.tools.abandon()
        self.changes.abandon(lost(reason))
        for turn in tuple(self.turns):
            turn.fail(lost(reason))

    def _session_created(self, event: on.SessionCreated) -> None:
        if not self.created.done():
            self.created.set_result(None)

    def _session_updated(self, event: on.SessionUpdated) -> None:
        self.updates.acknowledged(self.conversation.session)

    def _delta(self, event: Delta) -> None:
        if event.response_id not in self.early.begun:
            self.early.keep(event)

    def _response_created(self, event: on.ResponseCreated) -> None:
        self.answer_due = False
        early = self.early.begin(event.response.id)
        request = self.queue.created(event.response)
        if request is None:
            turn = self._unasked(event.response)
        else:
            self.tools.began(request, event.response)
            turn = next((turn for turn in self.turns if turn.request is request), None)
        if turn is not None:
            now = self.events_log.last_s
            turn.begin(event.response, now)
            for delta in early:
                turn.hear(delta, now)
            known = self.conversation.response(event.response.id)
            if known is not None and known.status != "in_progress":  # its end came first
                turn.hear(on.ResponseDone(response=known), now)
        elif request is not None:
            self.queue.release(request)

    def _unasked(self, response: Response) -> Turn | None:
        """The turn of a response that is not the queue's: outside, or of the server's making."""
        tag = (response.metadata or {}).get(TAG, "")
        if tag in self._aside:
            return self._aside[tag]
        if response.conversation_id is None and self._aside and not tag:
            return next((t for t in self._aside.values() if t.response is None), None)
        if tag:  # of somebody who was given up
            return None
        if (turn := self.tools.adopt(response)) is not None:
            return turn
        return next((turn for turn in self.turns if turn.wants_answer()), None)

    def _response_done(self, event: on.ResponseDone) -> None:
        self.answer_due = False
        # The conversation's own copy: it knows what servers leave out at the end.
        response = self.conversation.response(event.response.id) or event.response
        turns = (t for t in self.turns if t.response is not None and t.response.id == response.id)
        self.tools.ended(response, next(turns, None))
        # Soon, not now: the turns have to hear of it before the next request starts.
        self.loop.call_soon(self.queue.ended)

    def _committed(self, event: on.InputAudioBufferCommitted) -> None:
        self.answer_due = self.answers or self.queue.current is not None

    def _transcribed(self, event: Any) -> None:
        self.transcribed.add(event.item_id)

    def _error(self, event: on.Error) -> None:
        error = refusal(event.error)
        if asked_again(self, error):
            logger.info("the server answers somebody else: ours is asked for again after that")
            return
        self.errors.append(error)
        if error.code == "session_expired":  # a close follows; nobody has to wait for it
            self.expire(f"it has expired: {error}")
            return
        # What somebody waits for is raised there, and said once.
        level = logging.INFO if tell(self, error) else logging.WARNING
        logger.log(level, "the server refused: %s (%s)", error, error.code)


_HANDLERS: dict[type, Callable[[Link, Any], None]] = {
    on.SessionCreated: Link._session_created,
    on.SessionUpdated: Link._session_updated,
    on.ResponseCreated: Link._response_created,
    on.ResponseOutputTextDelta: Link._delta,
    on.ResponseOutputAudioTranscriptDelta: Link._delta,
    on.ResponseOutputAudioDelta: Link._delta,
    on.ResponseDone: Link._response_done,
    on.InputAudioBufferCommitted: Link._committed,
    on.ConversationItemInputAudioTranscriptionCompleted: Link._transcribed,
    on.ConversationItemInputAudioTranscriptionFailed: Link._transcribed,
    on.Error: Link._error,
    on.UnknownEvent: log_unknown,
}
