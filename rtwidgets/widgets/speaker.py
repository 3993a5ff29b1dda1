"""``Speaker``: plays the replies in one page, and falls silent at once when the user speaks.

The page counts the samples that were really played; only that count decides how much of a
reply the conversation keeps when it is cut (``conversation.item.truncate``). What happens to
each sample is in ``playback.py``, which page plays in ``pages.py``, what is sent to it in
``courier.py``, and what can be played again in ``replies.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Float, Int, Unicode

from ..audio import decode
from ..protocol.events import (
    InputAudioBufferSpeechStarted,
    ResponseCreated,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioDone,
)
from ..session.events.notices import Interrupted, SessionEnded, SessionResumed
from ..session.turns.interruptions import interrupts
from .courier import Courier
from .one_voice import OneVoice
from .pages import Pages
from .playback import Playback, Samples
from .played import telling
from .replies import Replies

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session.events.notices import Happening
    from ..session.session import Session

__all__ = ["Speaker"]

#: An owner that a newcomer puts in doubt has so long to answer, in s.
ANSWER_S = 2.0
#: A page that does not answer a stop leaves what it reported before, after so many s.
STOPPED_S = 3.0

#: Who plays where the speaker stands aside; no page has this token.
ELSEWHERE = "another panel"

ABSENT = "The page that plays does not answer. Reload it, or choose Play here in another one."
ANSWER_FIRST = "An answer is being spoken; play the other one again when it has ended."


class Speaker(OneVoice):
    """Streamed playback of everything that the model says.

    ``Speaker(session)``; settings: ``volume``, ``muted``. ``replay(item_id)`` plays a reply again.
    """

    word = "speaker"
    sends = frozenset({"audio", "stop", "ping"})
    receives = frozenset(
        {"hello", "bye", "alive", "failed", "claim", "ack", "played", "stopped", "volume", "replay"}
    )

    volume = Float(1.0, min=0.0, max=1.0, help="0 to 1; default 1.").tag(sync=True, setting=True)
    muted = Bool(default_value=False, help="Play without sound; default off.").tag(
        sync=True, setting=True
    )
    playing = Bool(default_value=False, help="A page plays, or is about to.").tag(sync=True)
    thinking = Bool(default_value=False, help="An answer is made and has no sound yet.").tag(
        sync=True
    )
    interrupted_ms = Int(
        -1, help="How much was heard of the answer that was cut last, in ms; -1: another began."
    ).tag(sync=True)
    owner = Unicode("", help="The token of the page that plays.").tag(sync=True)
    underruns = Int(0, help="How often the sound ran dry in the middle of a reply.").tag(sync=True)
    lost_ms = Float(0.0, help="Sound that never reached the page, in ms.").tag(sync=True)
    latest = Unicode("", help="The newest reply that can be played again; empty: none.").tag(
        sync=True
    )
    replaying = Unicode("", help="The item that is played again; empty when none is.").tag(
        sync=True
    )
    notice = Unicode("", help="A sentence about what the person should know.").tag(sync=True)

    def __init__(self, session: Session, **settings: Any) -> None:
        self._replies = Replies(self)
        self._playback = Playback(self._replies.read)
        self._pages = Pages()
        self._courier = Courier(self, self._playback, self._pages)
        self.failure = ""
        """Why a page could not play; empty when each could."""
        super().__init__(session, **settings)
        # From now on the session asks here how much of an answer was heard.
        self._detach: Callable[[], None] | None = session.attach_player(self)
        self.lead()
        self._tell_peers()

    def close(self) -> None:
        """Leave the session and every page."""
        detach, self._detach = getattr(self, "_detach", None), None
        super().close()
        if detach is not None:
            detach()
            self._tell_peers()

    def take_up(self) -> None:
        """Play in the page that came last."""
        self._give_to(self._pages.newest)

    def stand_aside(self) -> None:
        """Silent, but no word to the server: the answer goes on in the other panel."""
        self._courier.silence()
        self._courier.change_page()
        self._playback.drop_pending()
        self._pages.owner, self.owner = "", ELSEWHERE
        self.refresh()

    def _tell_peers(self) -> None:
        """The buttons of other panels that play a reply again do so here, or not any more."""
        for panel in self.peers():
            panel.refresh()

    # -- what a cell may ask

    @property
    def received_samples(self) -> int:
        """Samples of replies that arrived; always played + dropped + waiting."""
        return self._playback.total.received

    @property
    def played_samples(self) -> int:
        """Samples that the page really played."""
        return self._playback.total.played

    @property
    def dropped_samples(self) -> int:
        """Samples that nobody will hear: cut off, late, or lost with their page."""
        return self._playback.total.dropped

    @property
    def items(self) -> dict[str, Samples]:
        """Received, played and dropped samples by item id."""
        return self._playback.items

    def played_ms(self, item_id: str) -> float:
        """How much of an item the page really played, in ms."""
        return self._playback.played_ms(item_id)

    @property
    def messages_lost(self) -> int:
        """Messages with sound that never reached the page."""
        return self._courier.delivery.lost

    def stop(self) -> None:
        """Silence at once; the conversation forgets what was not heard. From any thread."""
        self.on_loop(self._stop)

    def can_replay(self, item_id: str) -> bool:
        """Whether an item has sound; also of what came before, soon after this speaker was made."""
        return item_id in self._replies

    def replay(self, item_id: str = "") -> None:
        """Play a reply again, the newest by default: all that arrived of it. From any thread.

        It may be older than this speaker, or come out of a file (``rt.replay``).
        It counts for nothing in what was heard. An answer goes first: while one is spoken
        nothing is played again, and one that begins ends the replay. Raises ``KeyError`` for
        an item without sound.
        """
        if item_id not in self._replies:
            self._replies.catch_up()
            item_id = item_id or self._replies.latest
        if item_id not in self._replies:
            raise KeyError(f"there is no sound of item {item_id!r} to play again")
        self.on_loop(self._replay, item_id)

    def _replay(self, item_id: str) -> None:
        if self._playback.answering and self._pages.owner:
            self.notice = ANSWER_FIRST
            self.refresh()
            return
        if self.aside:
            self._claim(self._pages.newest)
        self._end_replay()
        samples, rate = self._replies.samples(item_id), self._replies.rate(item_id)
        self._playback.replay(item_id, samples, rate)
        self.notice = ""
        self._courier.pump()
        self.refresh()

    def _end_replay(self) -> None:
        if self._playback.again:
            self._playback.cut_replay()
            self._silence()

    # -- events of the session

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """Queue the model's sound; be silent when the user speaks or says stop."""
        if isinstance(event, ResponseOutputAudioDelta):
            self._receive_sound(event, conversation)
        elif isinstance(event, ResponseCreated):
            self.interrupted_ms = -1
        elif isinstance(event, ResponseOutputAudioDone):
            self._playback.end(event.item_id)
            self._courier.pump()
        elif isinstance(event, ResponseDone):
            self._response_done(event)
        elif isinstance(event, InputAudioBufferSpeechStarted):
            if interrupts(conversation):
                self._cut(conversation)
        elif isinstance(event, Interrupted):
            self._cut(conversation)
        elif isinstance(event, (SessionEnded, SessionResumed)):
            # What is here is played; of an old connection's answers nothing more will come.
            self._playback.end_response(None)
            self._courier.pump()
        else:
            return
        self.refresh()

    def _receive_sound(self, event: ResponseOutputAudioDelta, conversation: Conversation) -> None:
        form = conversation.output_format(event.item_id)
        data = event.delta
        if form.type != "audio/pcm":
            data = decode(data, form.type).astype("<i2", copy=False).tobytes()
        if not self._pages.newest and not self._playback.live(event.response_id):
            # Nobody listens yet. A page that comes late is not told of older replies.
            self._playback.drop_pending()
        self._end_replay()
        if self._pages.owner and not self._courier.absent:
            # At once: whoever waits for the end of an answer must not come before its beginning.
            self.playing = True
        whole = conversation.audio_bytes.get(event.item_id, len(event.delta))
        before = (whole - len(event.delta)) // form.bytes_per_sample
        self._playback.receive(event.item_id, event.response_id, data, form.sample_rate, before)
        if self.aside:
            self._playback.drop_pending()
        self._courier.pump()

    def _response_done(self, event: ResponseDone) -> None:
        self._playback.end_response(event.response.id)
        self._replies.follow()  # whoever waited for the answer may play it again at once
        if event.response.status == "cancelled" and self._playback.live(event.response.id):
            self._stop()
        self._courier.pump()

    # -- messages of the pages

    def on_message(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """Take what a page reports; only the owner's account counts."""
        kind, page = message["kind"], str(message["page"])
        self._pages.hear(page)
        if page == self._pages.owner:
            self._courier.heard()
        if kind == "hello":
            self._greet(page)
        elif kind in ("bye", "failed"):
            self.failure = str(message.get("message", self.failure))
            self._farewell(page)
        elif kind == "claim":
            self._claim(page)
        elif kind == "volume":
            self.volume = min(max(float(message["volume"]), 0.0), 1.0)
            self.muted = bool(message["muted"])
        elif kind == "replay":
            self.replay(str(message["item_id"]) or self.latest)
        elif page != self._pages.owner:
            return
        elif kind == "ack":
            self._courier.acknowledge(int(message["seq"]), message["missing"])
            self.refresh()
        elif kind == "played":
            self._account(message)
        elif kind == "stopped":
            self._stopped(message)

    def _greet(self, page: str) -> None:
        self._pages.arrive(page)
        owner = self._pages.owner
        if self.aside:
            return
        if not owner:
            self._give_to(page)
        elif owner != page:
            # Perhaps the newcomer is the owner, reloaded.
            self._pages.doubt(owner)
            self._courier.ping(owner)
            self.after(ANSWER_S, self._replace, owner)

    def _replace(self, owner: str) -> None:
        if owner == self._pages.owner and not self._pages.alive(owner):
            self._farewell(owner)

    def _farewell(self, page: str) -> None:
        was_owner = page == self._pages.owner
        self._pages.leave(page)
        if was_owner:
            self._give_to(self._pages.newest)

    def _claim(self, page: str) -> None:
        if self.aside:
            self.lead()
        self._give_to(page)

    def _give_to(self, page: str) -> None:
        if page == self._pages.owner and page == self.owner:
            return
        self._courier.change_page()
        self._pages.owner = self.owner = page
        self._truncate(self._playback.take_truncations())
        self._courier.pump()
        self.refresh()

    # -- silence

    def _cut(self, conversation: Conversation) -> None:
        """Silence, also for the sound that is still to come of the response in progress."""
        active = conversation.active_response
        if active is not None:
            self._playback.refuse(active.id)
            self.interrupted_ms = 0
        self._stop()

    def _stop(self) -> None:
        if not self._playback.live():
            return
        if self._playback.answering:
            self.interrupted_ms = 0
        self._playback.cut()
        self._silence()
        self.refresh()

    def _silence(self) -> None:
        if self._courier.silence():
            self.after(STOPPED_S, self._settle, self._courier.gen)
        else:
            self._settle(self._courier.gen)

    def _settle(self, gen: int) -> None:
        """Nobody will say what was heard of what was cut: the last report counts."""
        if gen == self._courier.gen:
            self._truncate(self._playback.take_truncations())

    # -- from the page

    def _account(self, message: dict[str, Any]) -> None:
        with telling(self.session, self._playback, message["items"], self._courier.hops):
            self._playback.report(message["items"])
        self.underruns += int(message["underruns"])
        self._courier.pump()
        self.refresh()

    def _stopped(self, message: dict[str, Any]) -> None:
        if int(message["gen"]) > self._courier.gen:
            # The person stopped it in the page: the page is silent already, now the reply ends.
            self._courier.gen = int(message["gen"])
            again = self._playback.again
            active = None if again else self.session.conversation.active_response
            if active is not None or self._playback.answering:
                self.interrupted_ms = 0
            self._playback.cut()
            if active is not None:
                self._playback.refuse(active.id)
                self.session.cancel_response()
        self._account(message)
        if int(message["gen"]) < self._courier.gen:
            return  # of an older stop: what the newer one cut is still to be told
        latency_s = float(message["latency_s"])
        self._truncate(self._playback.take_truncations(message["item_id"], latency_s))

    def _truncate(self, heard: list[tuple[str, int]]) -> None:
        if self.aside:
            return
        conversation = self.session.conversation
        if heard:
            self.interrupted_ms = sum(ms for _, ms in heard)
        for item_id, ms in heard:
            # After ``resume`` the item is there as text, which cannot be truncated.
            sound = conversation.audio_bytes.get(item_id) and conversation.item(item_id)
            if sound and not self.session.closed:
                self.session.truncate_item(item_id, ms)

    def show(self, conversation: Conversation) -> None:
        """Say whether there is sound."""
        there = bool(self._pages.owner) and not self._courier.absent
        if self._courier.absent:
            self.notice = ABSENT
        elif self.notice == ABSENT or not self._playback.answering:
            self.notice = ""
        self.replaying = self._playback.again if there else ""
        sounding = self._playback.sounding
        self.playing = there and sounding
        made = conversation.active_response is not None and not self.session.closed
        self.thinking = made and not self.aside and not sounding and self.interrupted_ms < 0
        self.lost_ms = self._courier.delivery.lost_ms
        self._replies.follow()
        self.latest = self._replies.latest
