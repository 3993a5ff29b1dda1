"""``Speaker``: plays the replies in one page, and falls silent at once when the user speaks.

The page counts the samples that were really played; only that count decides how much of a
reply the conversation keeps when it is cut (``conversation.item.truncate``). What happens to
each sample is in ``playback.py``, which page plays in ``pages.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Float, Int, Unicode

from ..audio import decode
from ..protocol.events import (
    InputAudioBufferSpeechStarted,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioDone,
)
from ..session.interruptions import interrupts
from ..session.notices import Interrupted, SessionEnded
from .pages import Pages
from .panel import Panel
from .playback import Playback, Samples, chunk_s, pause_s
from .played import Hops, telling

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session.notices import Happening
    from ..session.session import Session

__all__ = ["Speaker"]

#: An owner that a newcomer puts in doubt has so long to answer, in s.
ANSWER_S = 2.0
#: Chunks that the page has not acknowledged are remembered up to this number.
MOST_UNACKNOWLEDGED = 1000


class Speaker(Panel):
    """Streamed playback of everything that the model says.

    ``Speaker(session)``; settings: ``volume``, ``muted``.
    """

    word = "speaker"
    sends = frozenset({"audio", "stop", "ping"})
    receives = frozenset(
        {"hello", "bye", "alive", "failed", "claim", "ack", "played", "stopped", "volume"}
    )

    volume = Float(1.0, min=0.0, max=1.0, help="0 to 1; default 1.").tag(sync=True, setting=True)
    muted = Bool(default_value=False, help="Play without sound; default off.").tag(
        sync=True, setting=True
    )
    playing = Bool(default_value=False, help="A page plays, or is about to.").tag(sync=True)
    owner = Unicode("", help="The token of the page that plays.").tag(sync=True)
    underruns = Int(0, help="How often the sound ran dry in the middle of a reply.").tag(sync=True)

    def __init__(self, session: Session, **settings: Any) -> None:
        self._playback = Playback()
        self._pages = Pages()
        self._gen = 0
        self._seq = 0
        self._unacknowledged: dict[int, tuple[str, int]] = {}
        self._hops = Hops()
        self._pumping = False
        self.failure = ""
        """Why a page could not play; empty when each could."""
        super().__init__(session, **settings)
        # From now on the session asks here how much of an answer was heard.
        self._detach: Callable[[], None] | None = session.attach_player(self)

    def close(self) -> None:
        """Leave the session and every page."""
        detach, self._detach = getattr(self, "_detach", None), None
        if detach is not None:
            detach()
        super().close()

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

    def stop(self) -> None:
        """Silence at once; the conversation forgets what was not heard. From any thread."""
        self.on_loop(self._stop)

    # -- events of the session

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """Queue the model's sound; be silent when the user speaks or says stop."""
        if isinstance(event, ResponseOutputAudioDelta):
            self._receive_sound(event, conversation)
        elif isinstance(event, ResponseOutputAudioDone):
            self._playback.end(event.item_id)
            self._pump()
        elif isinstance(event, ResponseDone):
            self._response_done(event)
        elif isinstance(event, InputAudioBufferSpeechStarted):
            if interrupts(conversation):
                self._cut(conversation)
        elif isinstance(event, Interrupted):
            self._cut(conversation)
        elif isinstance(event, SessionEnded):
            for response_id in conversation.responses:
                self._playback.end_response(response_id)
            self._pump()
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
        self._playback.receive(event.item_id, event.response_id, data, form.sample_rate)
        self._pump()

    def _response_done(self, event: ResponseDone) -> None:
        self._playback.end_response(event.response.id)
        if event.response.status == "cancelled" and self._playback.live(event.response.id):
            self._stop()
        self._pump()

    # -- messages of the pages

    def on_message(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """Take what a page reports; only the owner's account counts."""
        kind, page = message["kind"], str(message["page"])
        self._pages.hear(page)
        if kind == "hello":
            self._greet(page)
        elif kind in ("bye", "failed"):
            self.failure = str(message.get("message", self.failure))
            self._farewell(page)
        elif kind == "claim":
            self._give_to(page)
        elif kind == "volume":
            self.volume = min(max(float(message["volume"]), 0.0), 1.0)
            self.muted = bool(message["muted"])
        elif page != self._pages.owner:
            return
        elif kind == "ack":
            self._acknowledge(int(message["seq"]), message["missing"])
        elif kind == "played":
            self._account(message)
        elif kind == "stopped":
            self._stopped(message)

    def _greet(self, page: str) -> None:
        self._pages.arrive(page)
        owner = self._pages.owner
        if not owner:
            self._give_to(page)
        elif owner != page:
            # Perhaps the newcomer is the owner, reloaded.
            self._pages.doubt(owner)
            self.post("ping", page=owner)
            self.after(ANSWER_S, self._replace, owner)

    def _replace(self, owner: str) -> None:
        if owner == self._pages.owner and not self._pages.alive(owner):
            self._farewell(owner)

    def _farewell(self, page: str) -> None:
        was_owner = page == self._pages.owner
        self._pages.leave(page)
        if was_owner:
            self._give_to(self._pages.newest)

    def _give_to(self, page: str) -> None:
        if page == self._pages.owner and page == self.owner:
            return
        self._playback.forsake()
        self._unacknowledged.clear()
        self._pages.owner = self.owner = page
        self._truncate(self._playback.take_truncations())
        self._pump()
        self.refresh()

    # -- to the page

    def _pump(self) -> None:
        """Send one chunk, then rest: one message at a time, at most 25 a second."""
        if not self._pumping and self._send_chunk():
            self._pumping = True
            self.after(pause_s(self._playback.ahead_s), self._pump_again)

    def _pump_again(self) -> None:
        self._pumping = False
        self._pump()

    def _send_chunk(self) -> bool:
        page = self._pages.owner
        if not page:
            return False
        chunk = self._playback.take(chunk_s(self._playback.ahead_s))
        if chunk is None:
            return False
        self.post(
            "audio",
            chunk.data,
            page=page,
            seq=self._seq,
            gen=self._gen,
            item_id=chunk.item_id,
            rate=chunk.rate,
            last=chunk.last,
        )
        if len(self._unacknowledged) < MOST_UNACKNOWLEDGED:
            self._unacknowledged[self._seq] = (chunk.item_id, len(chunk.data) // 2)
        self._hops.sent(self._seq)
        self._seq += 1
        return True

    def _acknowledge(self, seq: int, missing: Sequence[int]) -> None:
        for lost in missing:
            chunk = self._unacknowledged.get(int(lost))
            if chunk is not None:
                self._playback.lose(*chunk)
        self._hops.acknowledged(seq)
        for done in [n for n in self._unacknowledged if n <= seq]:
            del self._unacknowledged[done]
        self.refresh()

    def _cut(self, conversation: Conversation) -> None:
        """Silence, also for the sound that is still to come of the response in progress."""
        active = conversation.active_response
        if active is not None:
            self._playback.refuse(active.id)
        self._stop()

    def _stop(self) -> None:
        if not self._playback.live():
            return
        self._playback.cut()
        self._gen += 1
        if self._pages.owner:
            self.post("stop", page=self._pages.owner, gen=self._gen)
        else:
            self._truncate(self._playback.take_truncations())
        self.refresh()

    # -- from the page

    def _account(self, message: dict[str, Any]) -> None:
        with telling(self.session, self._playback, message["items"], self._hops):
            self._playback.report(message["items"])
        self.underruns = int(message["underruns"])
        self._pump()
        self.refresh()

    def _stopped(self, message: dict[str, Any]) -> None:
        if int(message["gen"]) > self._gen:
            # The person stopped it in the page: the page is silent already, now the reply ends.
            self._gen = int(message["gen"])
            self._playback.cut()
            if self.session.conversation.active_response is not None:
                self.session.cancel_response()
        self._account(message)
        latency_s = float(message["latency_s"])
        self._truncate(self._playback.take_truncations(message["item_id"], latency_s))

    def _truncate(self, heard: list[tuple[str, int]]) -> None:
        for item_id, ms in heard:
            if self.session.conversation.item(item_id) is not None and not self.session.closed:
                self.session.truncate_item(item_id, ms)

    def show(self, conversation: Conversation) -> None:
        """Say whether there is sound."""
        self.playing = bool(self._pages.owner) and self._playback.total.waiting > 0
