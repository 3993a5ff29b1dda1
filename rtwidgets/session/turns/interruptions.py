"""``Interruptions``: what was heard of the answers, and what happens when the user cuts one.

Theory of operation
===================

::

    speech started (or interrupt) ─► every player falls silent
                                     └► ms really played ─► conversation.item.truncate
                                        └► Turn.heard

Who plays says how much was played. A ``Speaker`` in a page counts the samples that left it;
it stops by itself and calls ``Session.truncate_item`` with its count. Without one (a script, a
batch) the ``VirtualSpeaker`` plays by the clock, and its count is used the same way.

* The count is clamped to the sound that was received (``ClientProtocol.truncate_item``).
* Where nothing was heard nothing is truncated: a server refuses or forgets the whole item.
* What still arrives of a response that was cut is not played, until the response ends.
* A turn that waited for its place (``say`` and ``respond`` without ``realtime``) begins when the
  answer before it was listened to: a script that works faster than speech does not interrupt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ...protocol import events as on
from ...protocol.config import AudioInput, TurnDetection
from ...protocol.conversation import Conversation
from ..history.moments import PlayLog
from ..items.changes import ItemChange
from .virtual_speaker import VirtualSpeaker

__all__ = ["Interruptions", "Player", "interrupts"]


class Player(Protocol):
    """Something that plays answers and counts."""

    def played_ms(self, item_id: str) -> float:
        """How much of an item has really sounded, in ms; asked from any thread."""


def interrupts(conversation: Conversation) -> bool:
    """Whether speech of the user cuts the answer (``interrupt_response``, on by default)."""
    audio = conversation.session.audio
    heard = getattr(audio, "input", None)
    detection = heard.turn_detection if isinstance(heard, AudioInput) else None
    return not (isinstance(detection, TurnDetection) and detection.interrupt_response is False)


class Interruptions:
    """The account of one session; on the loop thread, but for ``heard_ms``."""

    def __init__(
        self,
        conversation: Conversation,
        truncate: Callable[[ItemChange, int], None],
        now: Callable[[], float],
    ) -> None:
        self.played = PlayLog()
        """What sounded when."""
        self.virtual = VirtualSpeaker(now, self.played.add)
        self.played.catch_up = self.virtual.live
        """Plays where no player is attached."""
        self._conversation = conversation
        self._truncate = truncate
        self._players: list[Player] = []
        self._cut_ms: dict[str, int] = {}

    def attach(self, player: Player) -> Callable[[], None]:
        """``player`` plays from now on, instead of the clock; the answer takes it away."""
        self.virtual.finish()
        players = self._players
        players.append(player)

        def detach() -> None:
            if player in players:
                players.remove(player)

        return detach

    def take_over(self, other: Interruptions) -> None:
        """Go on for a connection that was lost: the same players, and what was heard there."""
        other.virtual.finish()
        self.virtual, self.played = other.virtual, other.played
        self._players = other._players  # shared, so that whoever is in it can still leave
        self._cut_ms = {**other._cut_ms, **self._cut_ms}

    def heard_ms(self, item_id: str) -> float:
        """How much of an item anybody has heard, in ms."""
        cut = self._cut_ms.get(item_id)
        if cut is not None:
            return cut
        played = [player.played_ms(item_id) for player in tuple(self._players)]
        return max([self.virtual.played_ms(item_id), *played])

    def first_played_s(self, item_id: str) -> float | None:
        """When the first sample of an item sounded, in s of the link's clock."""
        self.played.catch_up()
        return self.played.first_s(item_id)

    def note_played(self, item_id: str, from_ms: float, to_ms: float, hop_ms: float | None) -> None:
        """A player played a part of an item, which was over a hop before now."""
        start = self.virtual.now() - (to_ms - from_ms + (hop_ms or 0.0)) / 1000
        self.played.add(item_id, start, from_ms, to_ms, hop_ms)

    def was_cut(self, item_id: str) -> bool:
        """Whether an item was cut before all of it was heard."""
        return item_id in self._cut_ms

    # What happens.

    def hear(self, event: object) -> None:
        """Take one event of the session; before anybody else, because silence is urgent."""
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def _sound(self, event: on.ResponseOutputAudioDelta) -> None:
        size = len(event.delta)
        if not self._players and not self.virtual.receive_more(event.item_id, size):
            form = self._conversation.output_format(event.item_id)
            self.virtual.receive(event.item_id, event.response_id, size, form)

    def _sound_done(self, event: on.ResponseOutputAudioDone) -> None:
        self.virtual.end(event.item_id)

    def _response_done(self, event: on.ResponseDone) -> None:
        response = event.response
        if response.status == "cancelled" and self.virtual.live(response.id):
            self.stop()
        self.virtual.end_response(response.id)

    def _speech_started(self, event: on.InputAudioBufferSpeechStarted) -> None:
        if interrupts(self._conversation):
            self.stop()

    def _truncated(self, event: on.ConversationItemTruncated) -> None:
        # Whoever asked for it: what the server forgot was not heard.
        self._cut_ms[event.item_id] = event.audio_end_ms

    def stop(self) -> None:
        """Silence; players in a page are told by the event itself."""
        active = self._conversation.active_response
        for item_id, ms in self.virtual.stop(None if active is None else active.id):
            if self._conversation.holds(item_id):
                self._truncate(ItemChange(f"truncating item {item_id}", item_id), ms)
            else:
                self.cut(item_id, ms)

    def caught_up(self) -> None:
        """Whoever asks the next question has listened to the answer before it."""
        self.virtual.finish()

    def cut(self, item_id: str, audio_end_ms: int) -> None:
        """Of an item, so much was heard and no more will be."""
        received = self._conversation.audio_bytes.get(item_id, 0)
        whole = self._conversation.output_format(item_id).duration_ms(received)
        self._cut_ms[item_id] = int(max(0, min(audio_end_ms, whole)))


_HANDLERS: dict[type, Callable[[Interruptions, Any], None]] = {
    on.ResponseOutputAudioDelta: Interruptions._sound,
    on.ResponseOutputAudioDone: Interruptions._sound_done,
    on.ResponseDone: Interruptions._response_done,
    on.InputAudioBufferSpeechStarted: Interruptions._speech_started,
    on.ConversationItemTruncated: Interruptions._truncated,
}
