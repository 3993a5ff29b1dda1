"""``Waveform``: one sound of the talk, live and afterwards, with a cursor at what is heard.

``side="model"`` shows the reply that is played, or else the latest; ``side="user"`` what the user
says. Older ones can be picked. The kernel turns sound into peaks (``session/history/``), so what
a page gets is bounded by its pixels: an overview as traits, and the stretch that it zooms into on
request, as peaks or as a spectrogram. Where the session has a ``Speaker``, the cursor is its
count of samples that were really played.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from traitlets import Bool, Enum, Float, Int, Unicode

from ..audio.spectrogram import TOP_HZ, spectrogram
from ..figures import Box, picture, wave
from ..figures.timeline import MODEL, USER
from ..protocol import events as on
from ..session.history.heard import sound as read_sound
from .following import follow
from .packed import Packed
from .panel import SHOW_EVERY_S, Panel
from .sounds import Sound, find, newest, sounds
from .speaker import Speaker

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session import Session
    from ..session.events.notices import Happening
    from ..session.history.history import History

__all__ = ["Waveform"]

#: What a page may ask for at most.
MOST_COLUMNS, MOST_ROWS = 1200, 128

_CONCERNED = (
    on.ResponseOutputAudioDelta,
    on.ResponseOutputAudioDone,
    on.ResponseDone,
    on.ConversationItemTruncated,
    on.InputAudioBufferSpeechStarted,
    on.InputAudioBufferSpeechStopped,
    on.InputAudioBufferCommitted,
)


class Waveform(Panel):
    """The reply that is played, or else the latest one, as a waveform."""

    word: ClassVar[str] = "waveform"
    sends = frozenset({"window", "image"})
    receives = frozenset({"pick", "range", "spectrogram"})
    moves = True

    side = Enum(("model", "user"), "model", help="Whose sound; default model.").tag(
        sync=True, setting=True
    )
    item_id = Unicode("", help="The sound that is shown; empty before the first.").tag(sync=True)
    label = Unicode("", help="Which one it is, in words.").tag(sync=True)
    before = Int(0, help="How many came before it.").tag(sync=True)
    after_it = Int(0, help="How many came after it.").tag(sync=True)
    peaks = Packed(help="int8 pairs low, high; full scale is -128..127.")
    bucket_ms = Float(5.0, help="Length of one pair, in ms.").tag(sync=True)
    duration_ms = Float(0.0, help="Length of the sound that arrived, in ms.").tag(sync=True)
    arriving = Bool(default_value=False, help="More of it is to come.").tag(sync=True)
    cut_ms = Float(-1.0, help="Where it was interrupted, in ms; -1 where it was not.").tag(
        sync=True
    )
    played_ms = Float(-1.0, help="How much was heard, in ms; -1 where nobody plays.").tag(sync=True)
    playing = Bool(default_value=False, help="It is being played.").tag(sync=True)

    def __init__(self, session: Session, **settings: Any) -> None:
        self._picked = ""
        super().__init__(session, **settings)

    @property
    def _history(self) -> History:
        return self.session.history  # another one where the session goes on elsewhere

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """Sound, its marks and its ends; nothing else concerns a waveform."""
        if isinstance(event, _CONCERNED):
            self.refresh()

    def show(self, conversation: Conversation) -> None:
        """Set the traits from what was picked, what is played, or what is the latest."""
        follow(self, self._history)
        with self._history.lock:
            player, played_ms = self._look_at_speaker()
            sound, after = self._choose(player)
            if sound is None:
                return
            self.peaks, self.bucket_ms = sound.overview(self._history)
            self.before = sounds(self._history, self.side) - after - 1
        self.item_id, self.label, self.after_it = sound.item_id, sound.label, after
        self.duration_ms, self.arriving, self.cut_ms = (
            sound.duration_ms,
            sound.arriving,
            sound.cut_ms,
        )
        self.played_ms = played_ms.get(sound.item_id, -1.0)
        self.playing = player != "" and player == sound.item_id
        if sound.arriving and not sound.reply and not self.session.closed:
            # Frames of the microphone are no events: whoever speaks is looked at.
            self.after(SHOW_EVERY_S, self.refresh)

    def _choose(self, player: str) -> tuple[Sound | None, int]:
        for item_id in (self._picked, player):
            found = find(self._history, self.side, item_id) if item_id else None
            if found is not None:
                return found[1], found[0]
        return newest(self._history, self.side), 0

    def _look_at_speaker(self) -> tuple[str, dict[str, float]]:
        """The reply that it is at and how much of each it played; look again while it plays."""
        speaker = next((panel for panel in self.peers() if isinstance(panel, Speaker)), None)
        if speaker is None or self.side != "model":
            return "", {}
        player, played = "", {}
        for item_id, samples in speaker.items.items():
            reply = self._history.replies.get(item_id)
            if reply is None:
                continue
            played[item_id] = samples.played * 1000 / reply.format.sample_rate
            if samples.waiting and not player:
                player = item_id
        if player:
            # Nobody plays where no page is the owner; one may come any time.
            self.after(SHOW_EVERY_S if speaker.owner else 1.0, self.refresh)
        return player, played

    # -- what a page asks for

    def on_message(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """Show another sound, or a part of one more closely."""
        if message["kind"] == "pick":
            self._pick(int(message["step"]))
            return
        found = find(self._history, self.side, str(message["item_id"]))
        if found is None:
            return
        _, sound = found
        start, end = (_within(message[name], sound) for name in ("from_ms", "to_ms"))
        columns = min(max(int(message["columns"]), 1), MOST_COLUMNS)
        answer = {
            "page": str(message["page"]),
            "seq": int(message["seq"]),
            "item_id": sound.item_id,
            "from_ms": start,
            "to_ms": end,
        }
        if message["kind"] == "range":
            with self._history.lock:
                pairs = sound.peaks(self._history, np.linspace(start, end, columns + 1))
            self.post("window", pairs.tobytes(), **answer)
        else:
            rows = min(max(int(message["rows"]), 1), MOST_ROWS)
            # It reads sound from the log once more, which may be long.
            job = (sound, answer, columns, rows)
            make = partial(self._guard, self._make_image, *job)
            threading.Thread(target=make, name="spectrogram", daemon=True).start()

    def _pick(self, step: int) -> None:
        """The sound so many after the one that is shown; at the newest it follows again."""
        found = find(self._history, self.side, self.item_id)
        if found is None:
            return
        back = max(0, found[0] - step)
        sound = newest(self._history, self.side, back)
        if sound is not None:
            self._picked = sound.item_id if back else ""
            self.refresh()

    def _make_image(self, sound: Sound, answer: dict[str, Any], columns: int, rows: int) -> None:
        """On a thread of its own."""
        start, end = answer["from_ms"] + sound.from_ms, answer["to_ms"] + sound.from_ms
        item_id = sound.item_id if sound.reply else None
        heard = read_sound(self._history, item_id, start, end)
        image = spectrogram(heard.samples, heard.rate, columns, rows)
        size = {"columns": columns, "rows": rows, "top_hz": min(TOP_HZ, heard.rate / 2)}
        self.on_loop(lambda: self.post("image", image.tobytes(), **answer, **size))

    def static_html(self) -> str:
        """The sound as a picture, with what was not heard in grey."""
        if not self.item_id:
            return ""
        pairs = np.frombuffer(self.peaks, np.int8).reshape(-1, 2)
        length = max(self.duration_ms, 1.0)
        cut = [(self.cut_ms / length, "interrupted")] if self.cut_ms >= 0 else []
        heard = self.cut_ms / length if cut else 1.0
        color = USER if self.side == "user" else MODEL
        drawn = wave(pairs, Box(0, 0, 600, 48), heard=heard, marks=cut, solid=color)
        return str(picture(600, 48, drawn, title=repr(self)))

    def __repr__(self) -> str:
        if not self.item_id:
            what = "no reply yet" if self.side == "model" else "nothing said yet"
            return f"Waveform of {self.session.name}: {what}"
        return f"Waveform of {self.session.name}: {self.label}, {self.duration_ms / 1000:.1f} s"


def _within(value: Any, sound: Sound) -> float:
    """A page's word for a moment of a sound; a page may be wrong."""
    number = float(value)
    return max(number, 0.0) if math.isfinite(number) else sound.duration_ms
