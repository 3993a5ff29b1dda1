"""The part of a session that makes turns: say, show, respond, interrupt.

Turns take their places in the link's one queue, so that the ``response.create`` of one never
meets the response of another. Two kinds do not wait: sound in real time, which interrupts like
a microphone, and responses outside the conversation, which disturb nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from ... import _loop
from ...errors import LocalProtocolError, RealtimeError
from ...protocol.items import InputText, Message
from ...protocol.response_config import ResponseConfig
from ..door import Door
from ..events.kept_facts import heard_ms
from ..ids import new_id
from ..settings import flat
from ..settings.completion import takes
from .endings import lost
from .pictures import as_pictures
from .speech import RATE, as_sound, speak
from .turn import Turn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...audio import Pcm
    from ...protocol.conversation import Conversation
    from .interruptions import Player
    from .virtual_speaker import VirtualSpeaker

__all__ = ["TurnCommands"]


class TurnCommands(Door):
    """What ``Session`` offers for turns."""

    conversation: Conversation

    def say(
        self,
        said: str | PathLike[str] | NDArray[np.int16] | NDArray[np.float32] | Pcm | None = None,
        *,
        image: Any = None,
        rate: int = RATE,
        realtime: bool = False,
    ) -> Turn:
        """Say something: text, the path of a sound file, samples at ``rate`` Hz, or a ``Pcm``.

        Turns follow one another: this one starts when those before it are done. Sound goes
        out as fast as the server takes it; ``realtime=True`` sends it like a microphone, at
        once and at the speed of speech, so it may interrupt.

        ``image`` shows a picture with it, or alone: a path, the bytes of a PNG or JPEG, a data
        URI, a Pillow image, a figure, or a list of those.

        Raises ``AudioError`` for what is no sound, ``LocalProtocolError`` for what is no
        picture and for one in the beta dialect, which has none, and ``SessionClosed``;
        everything later is the turn's to tell.
        """
        self._refuse_closed()
        if said is None and image is None:
            raise LocalProtocolError("nothing to say: give text, a sound, or image=...")
        pictures = as_pictures(image)
        if pictures and self._link.client.dialect.name == "beta":
            raise LocalProtocolError(
                "the beta dialect has no pictures: connect with dialect='ga', "
                "to a server that speaks it"
            )
        sound = None if said is None else as_sound(said, rate)
        if sound is not None:
            turn = Turn(self, _named(f"{sound.duration_s:.1f} s of sound", len(pictures)))
            item = _message(*pictures) if pictures else None
            self._start(turn, self._begin_sound, sound, item, realtime)
        else:
            words = () if said is None else (InputText(text=str(said)),)
            typed = "" if said is None else str(said)
            turn = Turn(self, _named(repr(typed) if words else "", len(pictures)), typed=typed)
            self._start(turn, self._begin_text, _message(*words, *pictures), None)
        return turn

    @takes(flat.OVERRIDES)
    def respond(self, **overrides: Any) -> Turn:
        """Ask for an answer to what is already there; ``overrides`` hold for this one only.

        ``instructions``, ``voice``, ``output_modalities``, ``tools``, ``tool_choice``,
        ``max_output_tokens``, ``metadata``, ``input`` (items or text instead of the
        conversation), ``conversation="none"`` (the answer stays out of it, and may run beside
        others).
        """
        self._refuse_closed()
        config = flat.response_config(self._link.tools.box.in_overrides(overrides))
        turn = Turn(self, "", typed="")
        self._start(turn, self._begin_text, None, config)
        return turn

    def interrupt(self) -> None:
        """Stop the answer and its sound, wherever it plays; what nobody heard is forgotten."""
        self._post(self._link.interrupt)

    # What plays.

    @property
    def virtual_speaker(self) -> VirtualSpeaker:
        """What counts how much of an answer was heard while no ``Speaker`` plays it."""
        return self._link.interruptions.virtual

    def attach_player(self, player: Player) -> Callable[[], None]:
        """``player`` plays the answers from now on, and ``Turn.heard`` is by its count.

        It calls ``truncate_item`` for what it cut. The answer of this takes it away again.
        """
        return self._link.interruptions.attach(player)

    def note_played(self, item_id: str, from_ms: float, to_ms: float, hop_ms: float | None) -> None:
        """A player says what of an item it has played since it said so last, up to now.

        ``hop_ms`` is the way from here into the page that plays, where that was measured.
        """
        self._link.interruptions.note_played(item_id, from_ms, to_ms, hop_ms)

    def heard_ms(self, item_id: str) -> float | None:
        """How much of an answer's sound was played by now, in ms; ``None``: nobody knows."""
        return heard_ms(self._link)(item_id)

    # On the loop thread.

    def _begin_text(self, turn: Turn, item: Message | None, config: ResponseConfig | None) -> None:
        link = self._link
        if config is not None and config.conversation == "none":
            link.run_aside(turn, config)
            return

        def begin() -> None:
            link.interruptions.caught_up()
            turn.sending()
            self._put(turn, item)
            turn.ask()
            turn.sent(link.now())

        link.run(turn, link.request(config, begin))

    def _begin_sound(self, turn: Turn, sound: Pcm, item: Message | None, realtime: bool) -> None:
        link = self._link

        def begin() -> None:
            if not realtime:
                link.interruptions.caught_up()
            self._put(turn, item)
            link.start(speak(link, turn, sound, realtime=realtime))

        request = link.request(None, begin)
        if realtime:
            link.run_now(turn, request)
        else:
            link.run(turn, request)

    def _put(self, turn: Turn, item: Message | None) -> None:
        if item is not None and item.id is not UNSET:
            turn.causes.add(self._link.send(self._link.client.create_item(item)))
            if not turn.spoken:
                turn.add_item(item.id)

    def _start(self, turn: Turn, begin: Callable[..., None], *args: Any) -> None:
        """Begin a turn on the loop thread; what goes wrong is the turn's to tell."""
        self._refuse_closed()

        def begin_safely() -> None:
            try:
                if self._link.ended is not None:
                    turn.fail(lost(self._link.ended.reason))
                else:
                    begin(turn, *args)
            except (RealtimeError, TypeError, ValueError) as error:
                turn.fail(error)

        if _loop.on_loop():
            begin_safely()
        else:
            _loop.post(begin_safely)


def _named(said: str, pictures: int) -> str:
    """What was said and shown, for people."""
    shown = {0: "", 1: "a picture"}.get(pictures, f"{pictures} pictures")
    return " and ".join(filter(None, (said, shown)))


def _message(*content: Any) -> Message:
    return Message(id=new_id("item"), role="user", content=content)
