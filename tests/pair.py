"""Both protocol cores joined by a list: what one sends, the other receives, with no socket.

After every step both conversations must be equal: the server applies the very events that it
sends, so a difference is a defect of the reducer or of a dialect.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from rtwidgets.protocol.client import ClientProtocol
from rtwidgets.protocol.config import SessionConfig
from rtwidgets.protocol.defaults import default_session
from rtwidgets.protocol.dialects import GA, Dialect
from rtwidgets.protocol.events import RateLimitsUpdated
from rtwidgets.protocol.items import InputText, Message
from rtwidgets.protocol.server import ServerProtocol
from rtwidgets.protocol.work import Respond, Transcribe, Work

VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse")

W = TypeVar("W", bound=Work)


def asked(text: str) -> Message:
    """A typed message of the user."""
    return Message(role="user", content=(InputText(text=text),))


def counting_ids() -> Callable[[str], str]:
    """Ids that count: ``item_1``, ``item_2``, ``resp_1``."""
    counts: Counter[str] = Counter()

    def new_id(kind: str) -> str:
        counts[kind] += 1
        return f"{kind}_{counts[kind]}"

    return new_id


class Pair:
    """A client core and a server core, and everything that passed between them."""

    def __init__(
        self, dialect: Dialect = GA, session: SessionConfig | None = None, **options: Any
    ) -> None:
        session = session or default_session(
            id="sess_1", model="test-model", expires_at=1_800_000_000
        )
        ids = counting_ids()
        self.client = ClientProtocol(dialect=dialect, new_id=lambda kind: "client_" + ids(kind))
        self.server = ServerProtocol(
            dialect=dialect,
            session=session,
            new_id=counting_ids(),
            count_tokens=lambda text: len(text.split()),
            voices=VOICES,
            **options,
        )
        self.events: list[Any] = []
        self.limits: list[Any] = []
        self.wire: list[str] = []
        self.work: list[Work] = []
        self.server.start()
        self.settle()

    def settle(self) -> list[Any]:
        """Carry everything both ways; returns the events that the client received.

        Rate limits, on whose place nobody relies, go into ``limits``.
        """
        for text in self.client.take_text():
            self.server.receive(text)
        new = []
        for text in self.server.take_events():
            event = self.client.receive(text)
            if isinstance(event, RateLimitsUpdated):
                self.limits.append(event)
                continue
            self.wire.append(text)
            new.append(event)
        self.events += new
        self.work += self.server.take_work()
        assert self.client.conversation == self.server.conversation
        return new

    def send(self, text: str | bytes) -> list[Any]:
        """A frame that no client core would write."""
        self.server.receive(text)
        return self.settle()

    def update(self, config: SessionConfig) -> list[Any]:
        """Change the session."""
        self.client.update_session(config)
        return self.settle()

    def take(self, kind: type[W]) -> W:
        """The one piece of work of ``kind`` that is waiting."""
        found = [work for work in self.work if isinstance(work, kind)]
        waiting = [type(work).__name__ for work in self.work]
        assert len(found) == 1, f"{len(found)} of {kind.__name__} in {waiting}"
        self.work.remove(found[0])
        return found[0]

    def speak(self, *, speech_ms: int, silence_ms: int, window_ms: float = 32) -> list[Any]:
        """Append sound and judge it as a detector would: speech, then silence."""
        before = len(self.events)
        for probability, duration_ms in ((0.9, speech_ms), (0.02, silence_ms)):
            for _ in range(round(duration_ms / window_ms)):
                self.client.append_audio(bytes(int(window_ms * 24) * 2))
                self.settle()
                self.server.take_audio()
                self.server.heard(probability, window_ms)
                self.settle()
        return self.events[before:]

    def write_down(self, text: str, seconds: float = 1.0) -> list[Any]:
        """Answer the transcription that is waiting."""
        self.server.transcribed(self.take(Transcribe).item_id, text, seconds)
        return self.settle()

    def answer(self, *words: str, audio_ms: int = 100) -> list[Any]:
        """Answer the response that is waiting: each word a text delta, then its sound."""
        before = len(self.events)
        work = self.take(Respond)
        for word in words:
            self.server.text_delta(work.response_id, word)
            if work.modality == "audio":
                self.server.audio_delta(work.response_id, bytes(work.format.byte_count(audio_ms)))
            self.settle()
        self.server.finished(work.response_id)
        self.settle()
        return self.events[before:]

    def names(self, events: list[Any] | None = None) -> list[str]:
        """The class names of events, for asserting an order."""
        return [type(event).__name__ for event in (self.events if events is None else events)]

    def without_done(self, names: list[str]) -> list[str]:
        """``names`` as this dialect has them: beta has no ``conversation.item.done``."""
        return [n for n in names if self.client.dialect is GA or n != "ConversationItemDone"]
