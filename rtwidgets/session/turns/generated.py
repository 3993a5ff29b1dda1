"""What an answer consists of, and how much of it was heard: two values of one kind.

``Generated`` collects words and sound item by item while they arrive. ``Said`` is what one
reads: everything that the model made, or the part that came out of a loudspeaker. A server
gives words no times, so the words that were heard are the share of the transcript that
equals the share of the sound. That is an estimate, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ...audio import Pcm, decode
from ...protocol.config import PCM16_24K, AudioFormat
from ...protocol.spoken_context import heard_share
from .kept_sound import Spilled

__all__ = ["Generated", "Said"]


@dataclass(frozen=True, eq=False)
class Said:
    """Words and sound of an answer, or of the part of it that was heard."""

    text: str
    audio: Pcm
    complete: bool = True
    """Nothing of the answer so far is missing here."""
    estimated: bool = False
    """The words are the share of the transcript by played time, cut in the middle."""

    def __repr__(self) -> str:
        """``<Said ≈'One, two', 1.2 s of sound, not all>``: ≈ where the words are an estimate."""
        about = "≈" if self.estimated else ""
        part = "" if self.complete else ", not all"
        return f"<Said {about}{self.text!r}, {self.audio.duration_s:.1f} s of sound{part}>"


@dataclass
class _Item:
    words: list[str] = field(default_factory=list)
    sound: list[bytes] | Spilled = field(default_factory=list)
    written: bool = False
    """Its words are text to read, nothing that sounds."""

    @property
    def data(self) -> bytes:
        """The sound in one piece, from wherever it is."""
        sound = self.sound
        # A copy: the loop thread may add to it meanwhile.
        return b"".join(tuple(sound)) if isinstance(sound, list) else sound.read()


class Generated:
    """One answer as it grows; filled on the loop thread, read from anywhere."""

    def __init__(self) -> None:
        self.format: AudioFormat = PCM16_24K
        """How the sound is written; set with the first piece."""
        self._items: dict[str, _Item] = {}
        self.sounding = False
        """There is sound."""

    def add_words(self, item_id: str, words: str, *, written: bool) -> None:
        """More words of an item; ``written`` where they are text and no transcript."""
        item = self._item(item_id)
        item.words.append(words)
        item.written = written

    def add_sound(self, item_id: str, data: bytes) -> None:
        """More sound of an item."""
        self.sounding = True
        item = self._item(item_id)
        if isinstance(item.sound, list):
            item.sound.append(data)
        else:  # it was taken for complete
            item.sound = [item.sound.read(), data]

    @property
    def sound_bytes(self) -> int:
        """Of its sound, so much is in memory."""
        held = (item.sound for item in self._items.values() if isinstance(item.sound, list))
        return sum(len(piece) for sound in held for piece in sound)

    def spill(self, write: Callable[[bytes], Spilled]) -> None:
        """Put its sound where ``write`` puts it; it is read from there from now on."""
        for item in self._items.values():
            if isinstance(item.sound, list) and item.sound:
                item.sound = write(item.data)

    @property
    def item_ids(self) -> tuple[str, ...]:
        """The items that have words or sound, in order."""
        return tuple(self._items)

    def _item(self, item_id: str) -> _Item:
        item = self._items.get(item_id)
        if item is None:
            item = self._items[item_id] = _Item()
        return item

    @property
    def text(self) -> str:
        """The words so far, as they came."""
        # Copies: the loop thread may add to them meanwhile.
        return "".join(word for item in tuple(self._items.values()) for word in tuple(item.words))

    @property
    def audio(self) -> Pcm:
        """The sound so far."""
        return self._pcm([item.data for item in tuple(self._items.values())])

    def heard(self, played_ms: Callable[[str], float], final: Mapping[str, str]) -> Said:
        """The part that was played, by the ms of each item.

        ``final`` has the words of items that a server has said once more at the end. Text
        that nobody speaks counts as read.
        """
        texts, sounds, complete, estimated = [], [], True, False
        for item_id, item in tuple(self._items.items()):
            words = final.get(item_id) or "".join(tuple(item.words))
            data = item.data
            if item.written and not data:
                texts.append(words)
                continue
            size = min(self.format.byte_count(played_ms(item_id)), len(data))
            # A player counts in whole ms.
            whole = bool(data) and self.format.duration_ms(len(data) - size) < 1.0
            if not whole:
                complete = False
                estimated = estimated or size > 0
                words = heard_share(words, size / len(data)) if data else ""
            texts.append(words)
            sounds.append(data if whole else data[:size])
        text = "\n".join(filter(None, texts))
        return Said(text, self._pcm(sounds), complete, estimated and bool(text))

    def _pcm(self, sounds: list[bytes]) -> Pcm:
        data = b"".join(sounds)
        data = data[: len(data) - len(data) % self.format.bytes_per_sample]
        return Pcm(decode(data, self.format.type), self.format.sample_rate)
