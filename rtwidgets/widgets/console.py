"""``Console``: the panels of a conversation in one arrangement that fits a notebook cell.

It says what it is connected to and who is at it, takes typed turns, and stops the answer. Above
is the talk: sound, words, a line to type in. Below, or beside it, one tab for each of the other
panels; the page remembers which one is open. Its panels are ordinary ones: each is an attribute,
and each can be displayed alone as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from anywidget import WidgetTrait
from msgspec import UNSET
from traitlets import Bool, List, Unicode

from ..protocol.config import CustomVoice
from ..protocol.events import Error, ResponseOutputAudioDelta, SessionUpdated
from ..session.records.replay import Replay
from .activity import Activity
from .console_panels import TABS, Sight, chosen, leave, take
from .panel import Panel

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session import Session
    from ..session.events.notices import Happening

__all__ = ["Console"]

#: What the header tells of the panels inside.
OBSERVED = {"usage_table": ["rows", "total"]}


class Console(Panel):
    """Talk, type, listen, read and count: everything for one session.

    ``Console(session, panels=["microphone", "speaker", "timeline"])`` has these panels and no
    others. The words are ``microphone``, ``speaker``, ``waveform``, ``transcript``, and in tabs
    ``timeline``, ``event_log``, ``usage_table``, ``session_panel``; each is an attribute, and
    ``None`` where that panel is not there. Setting: ``name``, under which a page remembers the
    arrangement, apart from other consoles of the same notebook.
    """

    word: ClassVar[str] = "console"
    receives: ClassVar[frozenset[str]] = frozenset({"say", "interrupt", "look", "leave"})

    name = Unicode("", help="The page remembers the arrangement by it; default none.").tag(
        sync=True, setting=True
    )
    title = Unicode("", help="What the session talks to.").tag(sync=True)
    model_name = Unicode("", help="The model, as the server calls it.").tag(sync=True)
    voice = Unicode("", help="The voice of the answers.").tag(sync=True)
    activity = Unicode("idle", help="idle, listening, thinking, speaking, error or closed.").tag(
        sync=True
    )
    detail = Unicode("", help="The last error, or why the session ended.").tag(sync=True)
    busy = Bool(default_value=False, help="There is an answer to stop.").tag(sync=True)
    replay = Bool(default_value=False, help="A recording, which cannot be talked to.").tag(
        sync=True
    )
    usage = Unicode("", help="All usage in one line.").tag(sync=True)
    tabs: list[str] = List(help="The words of the panels in tabs, in order.").tag(sync=True)  # type: ignore[assignment]

    microphone = WidgetTrait().tag(sync=True)
    speaker = WidgetTrait().tag(sync=True)
    waveform = WidgetTrait().tag(sync=True)
    transcript = WidgetTrait().tag(sync=True)
    timeline = WidgetTrait().tag(sync=True)
    event_log = WidgetTrait().tag(sync=True)
    usage_table = WidgetTrait().tag(sync=True)
    session_panel = WidgetTrait().tag(sync=True)

    def __init__(
        self, session: Session, panels: Iterable[str] | None = None, **settings: Any
    ) -> None:
        self._refuse_unknown(settings)
        self._error = ""
        self._at_it = Activity(self)
        self.replay = isinstance(session, Replay)
        words = chosen(panels, recording=self.replay)
        # Made before the console itself, so that its first state already names them.
        self._inside = tuple(take(session, word) for word in words)
        for panel in self._inside:
            setattr(self, panel.word, panel)
        below = [panel for panel in self._inside if isinstance(panel, TABS)]
        self.tabs = [panel.word for panel in below]
        self._sight = Sight(below)
        super().__init__(session, **settings)
        for panel in self._inside:
            if names := OBSERVED.get(panel.word):
                panel.observe(self._look, names)

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The panels inside."""
        return self._inside

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
        """A typed turn, the wish for silence, or which tab a page has open."""
        if message["kind"] in ("look", "leave"):
            self._sight.look(message)
            return
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
        self.usage = "" if self.usage_table is None else self.usage_table.brief()

    def close(self) -> None:
        """Leave the session and every page, with all panels inside."""
        inside, self._inside = getattr(self, "_inside", ()), ()  # none where it was refused
        if inside:
            self._at_it.end()
        for panel in inside:
            if names := OBSERVED.get(panel.word):
                panel.unobserve(self._look, names)  # another console may keep it
            leave(panel)
        super().close()

    def __repr__(self) -> str:
        usage = "" if self.usage_table is None else f"; {self.usage_table.summary()}"
        return f"Console of {self.session.name}: {self.activity}{usage}"

    def _activity(self) -> str:
        now = self._at_it.now()
        # An open microphone does not hide what went wrong, all else goes on.
        quiet = self.session.state == "idle" and now != "speaking"
        return "error" if self._error and quiet else now

    def _detail(self) -> str:
        if self.session.closed:
            return self.session.why_closed or ""
        return self._error

    def on_peer(self) -> None:
        """It may be a microphone that is opened."""
        self.refresh()

    def _look(self, _change: object) -> None:
        self.on_loop(self.refresh)


def _voice(conversation: Conversation) -> str:
    audio = conversation.session.audio
    if audio is UNSET or audio.output is UNSET or audio.output.voice is UNSET:
        return ""
    voice = audio.output.voice
    return voice.id if isinstance(voice, CustomVoice) else voice
