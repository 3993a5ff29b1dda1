"""``Console``: the panels of a conversation in one arrangement that fits a notebook cell.

It says what it is connected to and who is at it, takes typed turns, and stops the answer. Its
panels are ordinary ones: each is an attribute, and each can be displayed alone as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from anywidget import WidgetTrait
from msgspec import UNSET
from traitlets import Bool, Unicode

from ..protocol.config import CustomVoice
from ..protocol.events import Error, ResponseOutputAudioDelta, SessionUpdated
from .microphone import Microphone
from .panel import Panel
from .speaker import Speaker
from .transcript import Transcript
from .usage_table import UsageTable
from .waveform import Waveform

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session import Session
    from ..session.notices import Happening

__all__ = ["Console"]


class Console(Panel):
    """Talk, type, listen, read and count: everything for one session."""

    word: ClassVar[str] = "console"
    receives: ClassVar[frozenset[str]] = frozenset({"say", "interrupt"})

    title = Unicode("", help="What the session talks to.").tag(sync=True)
    model_name = Unicode("", help="The model, as the server calls it.").tag(sync=True)
    voice = Unicode("", help="The voice of the answers.").tag(sync=True)
    activity = Unicode("idle", help="idle, listening, thinking, speaking, error or closed.").tag(
        sync=True
    )
    detail = Unicode("", help="The last error, or why the session ended.").tag(sync=True)
    busy = Bool(default_value=False, help="There is an answer to stop.").tag(sync=True)
    usage = Unicode("", help="All usage in one line.").tag(sync=True)

    microphone = WidgetTrait().tag(sync=True)
    speaker = WidgetTrait().tag(sync=True)
    waveform = WidgetTrait().tag(sync=True)
    transcript = WidgetTrait().tag(sync=True)
    usage_table = WidgetTrait().tag(sync=True)

    def __init__(self, session: Session, **settings: Any) -> None:
        self._refuse_unknown(settings)
        self._error = ""
        # Made before the console itself, so that its first state already names them.
        self.microphone = Microphone(session)
        self.speaker = Speaker(session)
        self.waveform = Waveform(session)
        self.transcript = Transcript(session)
        self.usage_table = UsageTable(session)
        super().__init__(session, **settings)
        self.microphone.observe(self._look, ["recording", "closed"])
        self.speaker.observe(self._look, ["playing"])
        self.usage_table.observe(self._look, ["total"])

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The panels inside."""
        return (
            self.microphone,
            self.speaker,
            self.waveform,
            self.transcript,
            self.usage_table,
        )

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """An error stays in the header until something goes on; sound alone changes nothing."""
        if isinstance(event, Error):
            self._error = event.error.message or event.error.type
        elif isinstance(event, ResponseOutputAudioDelta):
            return
        elif not isinstance(event, SessionUpdated):
            self._error = ""
        self.refresh()

    def on_message(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """A typed turn, or the wish for silence."""
        self.problem = ""
        if message["kind"] == "interrupt":
            self.session.interrupt()
        elif text := str(message.get("text", "")).strip():
            self.session.say(text)

    def show(self, conversation: Conversation) -> None:
        """Set the header from the session."""
        session = self.session
        self.title = session.name
        model = session.model or ""
        self.model_name = "" if model in session.name else model
        self.voice = _voice(conversation)
        self.activity = self._activity()
        self.busy = self.activity in ("thinking", "speaking")
        self.detail = self._detail()
        self.usage = self.usage_table.summary()

    def close(self) -> None:
        """Leave the session and every page, with all panels inside."""
        for panel in self.panels:
            if panel is not None:  # a refused setting leaves a console without any
                panel.close()
        super().close()

    def __repr__(self) -> str:
        return f"Console of {self.session.name}: {self.activity}; {self.usage_table.summary()}"

    def _activity(self) -> str:
        state = self.session.state
        if state == "closed":
            return "closed"
        if state != "idle":
            return state
        if self.speaker.playing and self.speaker.owner:
            return "speaking"  # the words are all here, the sound goes on
        if self._error:
            return "error"
        return "listening" if self.microphone.recording else "idle"

    def _detail(self) -> str:
        if self.session.closed:
            return self.session.why_closed or ""
        return self._error

    def _look(self, _change: object) -> None:
        self.on_loop(self.refresh)


def _voice(conversation: Conversation) -> str:
    audio = conversation.session.audio
    if audio is UNSET or audio.output is UNSET or audio.output.voice is UNSET:
        return ""
    voice = audio.output.voice
    return voice.id if isinstance(voice, CustomVoice) else voice
