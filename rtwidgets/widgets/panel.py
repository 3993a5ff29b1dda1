"""``Panel``: what every widget of the kit shares.

A panel observes one session. The session's events arrive on its loop thread (``on_event``);
messages of a page arrive on whichever thread the kernel chose and are moved to the loop thread
first, so a panel's own state has one thread and needs no lock.

State travels as traits, and only from the kernel to the page: two writers of one trait would
race through the kernel's echo. What a person does in a page arrives as a message
``{kind, page, ...}``, streams travel as messages with binary buffers. The names of both are
written once in ``js/src/model.ts``.

A subclass gives ``word``, ``sends`` and ``receives`` and overrides what it needs of
``on_event``, ``on_message`` and ``show``.
"""

from __future__ import annotations

import difflib
import logging
import threading
import uuid
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
from traitlets import Unicode

from ..errors import RealtimeError
from ..session import live
from .kernel_hooks import keep_subshell, stay_idle
from .pace import Pace
from .static_html import caption, keep, pointer
from .transport import BYTES, KIND, Transport

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session.events.notices import Happening
    from ..session.session import Session

__all__ = ["STATIC", "Mirror", "Panel", "panels_of"]

logger = logging.getLogger("rtwidgets.widgets")

#: Where the build puts the browser bundles.
STATIC = Path(__file__).parent.parent / "static"

#: Traits that follow the conversation change at most this often, in s.
SHOW_EVERY_S = 0.1

#: Kinds that every panel takes, beside its own: the handshake, and the wish for a capture page.
OWN = (KIND, "capture")

#: Gets what goes to the pages: a message of the widget protocol, and its buffers.
Mirror = Callable[[dict[str, Any], list[bytes]], None]

_NOT_BUILT = """
export default {
  render({ el }) {
    el.textContent = "The browser half of rtwidgets is not built (%s.js is missing). " +
      "Run `npm ci && npm run build` in the js folder, then restart the kernel.";
  },
};
"""


@cache
def _bundle(word: str) -> str:
    path = STATIC / f"{word}.js"
    return path.read_text("utf8") if path.is_file() else _NOT_BUILT % word


class Panel(anywidget.AnyWidget):
    """A widget that shows one session; see the module's docstring for its rules."""

    word: ClassVar[str] = ""
    """The widget's one word: its bundle, its style class, its section of ``model.ts``."""
    sends: ClassVar[frozenset[str]] = frozenset()
    """Kinds of messages to the page."""
    receives: ClassVar[frozenset[str]] = frozenset()
    """Kinds of messages from the page."""

    _sent = 0
    """Messages to the pages."""

    kept: ClassVar[bool] = True
    """Where it is shown, the record of the talk stays in the notebook."""

    moves: ClassVar[bool] = False
    """It changes all the time while something sounds: what is said goes first (``pace.py``)."""

    panel_id = Unicode(help="Tells this panel from every other one in a page.").tag(sync=True)
    problem = Unicode("", help="What went wrong in a callback, shown under the panel.").tag(
        sync=True
    )

    def __init__(self, session: Session, **settings: Any) -> None:
        self._refuse_unknown(settings)
        self._session = session
        self._dirty = False
        self._resting = False
        self.rest_s = SHOW_EVERY_S
        """Between two changes of its traits, in s; longer where no page has it in sight."""
        self.alone = False
        """It was displayed by itself, not only inside a console."""
        self._inbox: deque[Callable[[], None]] = deque()
        self._batch: set[str] = set()
        self._batch_thread = 0
        self._unsubscribe: Callable[[], None] | None = None
        self._mirrors: tuple[Mirror, ...] = ()
        self.transport = Transport()
        """What the way to each page carries, and how long it takes."""
        self._esm = _bundle(self.word)
        super().__init__(panel_id=uuid.uuid4().hex, **settings)
        keep_subshell(self.comm)
        stay_idle(self.comm)
        _panels.setdefault(session, weakref.WeakSet()).add(self)
        for peer in self.peers():
            peer.on_peer()
        self.on_msg(self._receive)
        self._unsubscribe = session.subscribe(self._hear)
        self.refresh()

    @property
    def session(self) -> Session:
        """The session that this panel shows."""
        return self._session

    def close(self) -> None:
        """Leave the session and every page."""
        unsubscribe, self._unsubscribe = getattr(self, "_unsubscribe", None), None
        if unsubscribe is not None:
            unsubscribe()
        super().close()

    # -- what a subclass overrides; all three run on the loop thread -----------------------

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """Observe one event of the session; the default shows the new state soon."""
        self.refresh()

    def on_message(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """Take a page's message; ``message["kind"]`` is one of ``receives``."""

    def show(self, conversation: Conversation) -> None:
        """Set the traits from the conversation; called at most ten times a second."""

    def on_peer(self) -> None:
        """Another panel of the session was made; on its maker's thread."""

    def static_html(self) -> str:
        """What a saved notebook shows where no widget can run; a line by default."""
        return caption(self)

    # -- what a subclass uses --------------------------------------------------------------

    def refresh(self) -> None:
        """Call ``show`` soon: at once after a rest, otherwise when 0.1 s have passed."""
        self._dirty = True
        if not self._resting:
            self._resting = True
            self._session.later(0, self._show_now)

    def post(self, kind: str, *buffers: bytes, **fields: Any) -> None:
        """Send ``{kind, **fields}`` and the buffers to every page that shows this panel."""
        if kind not in self.sends:
            raise ValueError(f"{type(self).__name__} sends no message of kind {kind!r}")
        self.send(*self.transport.pack({"kind": kind, **fields}, buffers))

    def hurry(self, page: str) -> None:
        """Let what was just posted to a page overtake what slows small messages down."""
        push = self.transport.push(page)
        if push is not None:
            self.send(*push)

    def on_loop(self, fn: Callable[..., None], *args: Any) -> None:
        """Run ``fn(*args)`` on the loop thread, in order; an exception is shown under the panel."""
        # Timers of equal time have no order of their own, and frames of sound must keep theirs.
        self._inbox.append(partial(self._guard, fn, *args))
        self._session.later(0, self._empty_inbox)

    def after(self, seconds: float, fn: Callable[..., None], *args: Any) -> None:
        """Run ``fn(*args)`` on the loop thread in so many seconds, guarded like ``on_loop``."""
        self._session.later(seconds, partial(self._guard, fn, *args))

    def peers(self) -> list[Panel]:
        """The other panels of this session."""
        return [panel for panel in _panels.get(self._session, ()) if panel is not self]

    @contextmanager
    def together(self) -> Iterator[None]:
        """Traits set inside go to the page in one message (this thread's only)."""
        self._batch = set()
        self._batch_thread = threading.get_ident()
        try:
            yield
        finally:
            names, self._batch_thread = self._batch, 0
            if names:
                self.send_state(names)

    # -- inside ----------------------------------------------------------------------------

    @classmethod
    def _refuse_unknown(cls, settings: dict[str, Any]) -> None:
        known = sorted([*cls.class_traits(setting=True), "layout"])
        for name in settings:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known)}"
                raise TypeError(f"{cls.__name__} has no setting {name!r}; {hint}")

    def _receive(self, _panel: object, message: object, buffers: Sequence[memoryview]) -> None:
        live.note()
        if isinstance(message, dict) and message.get("kind") in OWN:
            self.on_loop(self._answer, message, [bytes(buffer) for buffer in buffers or ()])
            return
        if not isinstance(message, dict) or message.get("kind") not in self.receives:
            logger.warning("%s: a message of no known kind: %.200r", self.word, message)
            return
        # The memory belongs to the message's transport: it is copied before it changes threads.
        self.on_loop(self._take, message, [bytes(buffer) for buffer in buffers or ()])

    def _take(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        # Guarded once more, so that what is shown names the panel's own method.
        self._guard(self.on_message, message, self.transport.unpack(message, buffers))

    def _answer(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        """What every panel is asked, whatever it is."""
        if message["kind"] == KIND:
            self.send(self.transport.answer(message, buffers), [BYTES])
            return
        address = problem = ""
        try:
            address = self._session.capture_page()
        except RealtimeError as error:
            problem = str(error)
        page = str(message["page"])
        self.send({"kind": "capture", "page": page, "address": address, "problem": problem})

    def mirror(self, mirror: Mirror) -> Callable[[], None]:
        """Let ``mirror(message, buffers)`` have all that goes to the pages; returns its end."""
        self._mirrors = (*self._mirrors, mirror)

        def end() -> None:
            self._mirrors = tuple(one for one in self._mirrors if one is not mirror)

        return end

    def _send(self, msg: dict[str, Any], buffers: Any = None) -> None:
        self._sent += 1
        super()._send(msg, buffers)
        for mirror in getattr(self, "_mirrors", ()):
            mirror(msg, [bytes(buffer) for buffer in buffers or ()])

    def _empty_inbox(self) -> None:
        while self._inbox:
            self._inbox.popleft()()

    def _hear(self, event: Happening, conversation: Conversation) -> None:
        self._guard(self.on_event, event, conversation)

    def _show_now(self) -> None:
        if not self._dirty or self._unsubscribe is None:  # nothing new, or closed
            self._resting = False
            return
        pace = _paces.setdefault(self._session, Pace())
        if not pace.admit(self._show_now, moves=self.moves):
            return  # all panels together have sent enough for the moment
        self._dirty = False
        before = self._sent
        with self.together():
            self._guard(self.show, self._session.conversation)
        pace.spend(self._sent - before, self._session.later)
        self._session.later(self.rest_s, self._show_now)

    def _guard(self, fn: Callable[..., None], *args: Any) -> None:
        try:
            fn(*args)
        except Exception as error:
            logger.exception("%s: %s failed", self.word, getattr(fn, "__qualname__", fn))
            name = getattr(fn, "__name__", str(fn))
            self.problem = f"{name}: {type(error).__name__}: {error}"

    def _should_send_property(self, key: str, value: object) -> bool:
        if threading.get_ident() == self._batch_thread:
            self._batch.add(key)
            return False
        return bool(super()._should_send_property(key, value))

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        self.alone, self.rest_s = True, SHOW_EVERY_S
        recorded = self.kept and keep(self._session)
        html = pointer(self) if recorded and not self._session.closed else self.static_html()
        if bundle is not None and html:
            bundle[0]["text/html"] = html
        return bundle


def panels_of(session: Session) -> list[Panel]:
    """The session's panels."""
    return list(_panels.get(session, ()))


_paces: weakref.WeakKeyDictionary[Any, Pace] = weakref.WeakKeyDictionary()
_panels: weakref.WeakKeyDictionary[Any, weakref.WeakSet[Panel]] = weakref.WeakKeyDictionary()
