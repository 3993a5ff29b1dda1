"""``Waveform``: the sound of the reply, live, with a cursor that follows what is heard.

The kernel turns sound into peaks, so what a page gets is bounded by its pixels, not by the
length of the reply. Where the session has a ``Speaker``, the cursor is its count of samples
that were really played.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from traitlets import Bool, Bytes, Float, Unicode

from ..audio import decode
from ..protocol.events import (
    ConversationItemTruncated,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioDone,
)
from .panel import SHOW_EVERY_S, Panel
from .speaker import Speaker
from .wave import Wave

if TYPE_CHECKING:
    from ..protocol.config import AudioFormat
    from ..protocol.conversation import Conversation
    from ..session import Session
    from ..session.notices import Happening

__all__ = ["Waveform"]

#: Replies whose peaks are kept, so that the one that plays can be shown while the next arrives.
KEPT = 8


class _Reply:
    """One reply item: its peaks, what is still to come, and how much of it was played."""

    def __init__(self, number: int, response_id: str, audio_format: AudioFormat) -> None:
        self.number = number
        self.response_id = response_id
        self.format = audio_format
        self.wave = Wave(audio_format.sample_rate)
        self.rest = b""  # the first half of a sample that a chunk cut in two
        self.arriving = True
        self.cut_ms = -1.0
        self.played_ms = -1.0

    def add(self, data: bytes) -> None:
        data = self.rest + data
        whole = len(data) - len(data) % self.format.bytes_per_sample
        self.rest = data[whole:]
        self.wave.add(decode(data[:whole], self.format.type))


class Waveform(Panel):
    """The reply that is played, or else the latest one, as a waveform."""

    word: ClassVar[str] = "waveform"

    item_id = Unicode("", help="The reply item that is shown; empty before the first.").tag(
        sync=True
    )
    label = Unicode("", help="Which reply it is, in words.").tag(sync=True)
    peaks = Bytes(b"", help="int8 pairs low, high; full scale is -128..127.").tag(sync=True)
    bucket_ms = Float(5.0, help="Length of one pair, in ms.").tag(sync=True)
    duration_ms = Float(0.0, help="Length of the sound that arrived, in ms.").tag(sync=True)
    arriving = Bool(default_value=False, help="More of it is to come.").tag(sync=True)
    cut_ms = Float(-1.0, help="Where it was interrupted, in ms; -1 where it was not.").tag(
        sync=True
    )
    played_ms = Float(-1.0, help="How much was heard, in ms; -1 where nobody plays.").tag(sync=True)
    playing = Bool(default_value=False, help="It is being played.").tag(sync=True)

    def __init__(self, session: Session, **settings: Any) -> None:
        self._replies: dict[str, _Reply] = {}
        super().__init__(session, **settings)

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """Take sound, its end, and cuts; nothing else concerns a waveform."""
        match event:
            case ResponseOutputAudioDelta():
                self._reply(event, conversation).add(event.delta)
            case ResponseOutputAudioDone() if event.item_id in self._replies:
                self._replies[event.item_id].arriving = False
            case ConversationItemTruncated() if event.item_id in self._replies:
                self._replies[event.item_id].cut_ms = float(event.audio_end_ms)
            case ResponseDone():
                for reply in self._replies.values():
                    if reply.response_id == event.response.id:
                        reply.arriving = False
            case _:
                return
        self.refresh()

    def show(self, conversation: Conversation) -> None:
        """Set the traits from the reply that is played, or else from the latest."""
        player = self._look_at_speaker()
        item_id = player or next(reversed(self._replies), "")
        reply = self._replies.get(item_id)
        if reply is None:
            return
        self.item_id = item_id
        self.label = f"Reply {reply.number}"
        self.bucket_ms = reply.wave.bucket_ms
        self.duration_ms = reply.wave.duration_ms
        self.peaks = reply.wave.peaks()
        self.arriving = reply.arriving
        self.cut_ms = reply.cut_ms
        self.played_ms = reply.played_ms
        self.playing = bool(player)

    def _look_at_speaker(self) -> str:
        """Take its counts, and look again soon while it plays; the item that it is at."""
        speaker = next((panel for panel in self.peers() if isinstance(panel, Speaker)), None)
        if speaker is None:
            return ""
        player = ""
        for item_id, samples in speaker.items.items():
            reply = self._replies.get(item_id)
            if reply is None:
                continue
            reply.played_ms = samples.played * 1000 / reply.wave.rate
            if samples.waiting and not player:
                player = item_id
        if player:
            # Nobody plays where no page is the owner; one may come any time.
            self.after(SHOW_EVERY_S if speaker.owner else 1.0, self.refresh)
        return player

    def __repr__(self) -> str:
        if not self.item_id:
            return f"Waveform of {self.session.name}: no reply yet"
        return f"Waveform of {self.session.name}: {self.label}, {self.duration_ms / 1000:.1f} s"

    def _reply(self, event: ResponseOutputAudioDelta, conversation: Conversation) -> _Reply:
        reply = self._replies.get(event.item_id)
        if reply is None:
            known = list(conversation.responses)
            # Counted like the rows of the usage table; some servers announce no response.
            number = known.index(event.response_id) if event.response_id in known else len(known)
            audio_format = conversation.output_format(event.item_id)
            reply = _Reply(number + 1, event.response_id, audio_format)
            self._replies[event.item_id] = reply
            while len(self._replies) > KEPT:
                del self._replies[next(iter(self._replies))]
        return reply
