"""The record that a session leaves in a notebook: one HTML output below the panel shown last.

Theory of operation
===================

A widget is not saved with a notebook (its user has to ask for it), and what its output says
besides is as old as its first display. So the record is an output of its own, which has a name
(``display_id``) and is replaced by that name::

    panel displayed ─► the cell ends ─► display(record), and of the output before: update(a line)
    end of a turn, words, a cut ─► due ─► 1 s later, or when a cell ends: update(record)

A cell that is run again has lost its outputs, and the kernel is not told; so every cell that
shows a panel gets the record, under a new name, and where it stood until then a line points on.
It stays one record, however many cells show panels, and a notebook grows by one talk.

It is made on a thread of its own, never on the loop, because it reads the whole log of a turn
and writes to the kernel's socket. A long talk takes longer, so it is made less often: a tenth of
the time at most goes into it. Updates by name find their output from any thread; output without
a name would land in whichever cell runs.

The record holds no key, because the log does not, and no sound unless ``static_audio`` is set.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
import time
import uuid
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..figures.svg import element
from ..protocol import events as on
from ..session.events.kept_facts import heard_ms, played_ms
from ..session.events.notices import SessionEnded
from ..session.exports.sound import line_sounds
from ..session.records.account import account
from ..session.records.recorder import Recorder
from ..session.shown.talk import facts, talk_html

if TYPE_CHECKING:
    from ..session import Session

__all__ = ["caption", "keep", "pointer"]

logger = logging.getLogger("rtwidgets.widgets")

#: The record is made at most this often, in s, and takes at most this share of the time.
EVERY_S = 1.0
SHARE = 0.1
#: The record's own size: waves are left out of one that would be longer, in characters.
MOST_CHARS = 1_000_000
#: Sound in the record: at this rate, in Hz (8 kB a second before base64), and so much of it.
AUDIO_RATE = 8_000
AUDIO_BYTES = 2_000_000

#: What is left where the record stood.
ELSEWHERE = "The record of the talk is below the panel that was shown last."

_QUIET = "color:var(--jp-ui-font-color2,#757575);font-size:var(--jp-ui-font-size1,13px)"

_WORTH_IT = (
    on.ResponseDone,
    on.ConversationItemInputAudioTranscriptionCompleted,
    on.ConversationItemTruncated,
    on.ConversationItemDeleted,
    on.Error,
    SessionEnded,
)


def caption(panel: Any) -> str:
    """What a saved notebook says where a panel was: one line."""
    return element("div", {"style": _QUIET}, repr(panel))


def pointer(panel: Any) -> str:
    """The same for a talk that goes on: what is true now would be wrong when it is read."""
    words = f"{type(panel).__name__} of {panel.session.name}: see the record of the talk."
    return element("div", {"style": _QUIET}, words)


def keep(session: Session) -> bool:
    """Leave the record of ``session`` in the cell that runs; whether it has one."""
    if not getattr(session, "keep_in_notebook", False):
        return False
    shell = _shell()
    if shell is not None:
        if session not in _keepers:
            _keepers[session] = Keeper(session, shell)
        _keepers[session].want()
    return session in _keepers


class Keeper:
    """The record of one session, in one output at a time."""

    def __init__(self, session: Session, shell: Any) -> None:
        self.display_id = ""
        """The name of the output that holds it; none before the first cell is over."""
        self._session = weakref.ref(session)
        self._link = session._link
        self._facts = (session.name, session.model, session.free)
        self._static_audio = session.static_audio
        self._log = session.events_log
        self._recorder = Recorder(session._link.client.dialect, self._log.ends)
        self._read = 0
        self._shell = shell
        self._lock = threading.Lock()
        self._shown = ""
        self._due = False
        self._next_s = 0.0
        self._wanted = False
        self._in_cell = False
        self._hooked = False
        session.subscribe(self._hear)

    # -- when

    def want(self) -> None:
        """A panel was shown: the cell that runs ends with the record."""
        # Between two cells (a button's callback) there is none, and the next one is not it.
        if not self._hooked:
            self._hook()
        self._wanted = self._wanted or self._in_cell

    def _hear(self, event: object, _conversation: object) -> None:
        """On the loop thread."""
        if not isinstance(event, _WORTH_IT) or self._due:
            return
        self._due = True
        if not self._hooked:  # it had ended, and goes on (``session.resume``)
            self._hook()
        session = self._session()
        wait = max(0.0, self._next_s - time.monotonic())
        if session is None or isinstance(event, SessionEnded):
            _worker().put(self)
        else:
            # Not at once: what follows the end of a turn comes with it.
            session.later(max(wait, EVERY_S / 4), lambda: _worker().put(self))

    def _hook(self) -> None:
        self._hooked = True
        self._in_cell = True  # it had no ear for the beginning of a cell that runs now
        self._shell.events.register("pre_run_cell", self._cell_begins)
        self._shell.events.register("post_run_cell", self._cell_ends)

    def _unhook(self) -> None:
        """Nothing more will come: the shell, which lives as long as the kernel, lets it go."""
        self._hooked = False
        with suppress(ValueError):
            self._shell.events.unregister("pre_run_cell", self._cell_begins)
            self._shell.events.unregister("post_run_cell", self._cell_ends)

    def _cell_begins(self, *_: object) -> None:
        self._in_cell = True

    def _cell_ends(self, *_: object) -> None:
        """In the cell's own thread: here it is displayed, and what is due elsewhere is shown."""
        here, self._wanted, self._in_cell = self._wanted, False, False
        if here or self._due:
            self.update(here=here)

    # -- what

    def update(self, *, here: bool = False) -> None:
        """Make the record and show it: where it stands, from any thread, or in this cell."""
        try:
            with self._lock:
                self._due = False
                if not self.display_id and not here:
                    return
                begun = time.monotonic()
                bundle = self._bundle()
                spent = time.monotonic() - begun
                self._next_s = time.monotonic() + max(EVERY_S, spent / SHARE)
                if here:
                    self._move(bundle)
                elif bundle["text/html"] != self._shown:
                    self._publish(self.display_id, bundle, update=True)
                self._shown = bundle["text/html"]
                if self._link.ended is not None and self._hooked:
                    self._unhook()
        except Exception:
            logger.exception("the record in the notebook could not be made")

    def _move(self, bundle: dict[str, str]) -> None:
        before, self.display_id = self.display_id, f"rtwidgets-{uuid.uuid4().hex}"
        self._publish(self.display_id, bundle, update=False)
        if before:
            line = element("div", {"style": _QUIET}, ELSEWHERE)
            self._publish(before, {"text/html": line, "text/plain": ELSEWHERE}, update=True)

    def _bundle(self) -> dict[str, str]:
        while events := self._log[self._read : self._read + 256]:
            self._read += len(events)
            for event in events:
                self._recorder.take(event)
        session = self._session()
        if session is not None:
            self._link = session._link
            self._facts = (session.name, session.model, session.free)
            self._static_audio = session.static_audio
        link = self._link
        name, model, free = self._facts
        record = account(
            self._recorder,
            name=name,
            model=model,
            free=free,
            heard_ms=heard_ms(link),
            played_ms=played_ms(link),
            ended=None if link.ended is None else link.ended.reason,
        )
        sounds, note = None, ""
        if self._static_audio:
            sounds = line_sounds(self._log, self._recorder, record, AUDIO_BYTES, rate=AUDIO_RATE)
            if any(line.clip and line.item_id not in sounds for line in record.lines):
                note = "The sound of older lines is not kept here: it would be too much."
        html = talk_html(record, sounds=sounds, note=note)
        if len(html) > MOST_CHARS and not sounds:
            html = talk_html(record, waves=False, note="Waves are left out: there are too many.")
        return {"text/html": html, "text/plain": f"Record of the talk: {facts(record)}"}

    def _publish(self, name: str, bundle: dict[str, str], *, update: bool) -> None:
        self._shell.display_pub.publish(
            data=bundle, metadata={}, transient={"display_id": name}, update=update
        )


class _Worker(threading.Thread):
    """Makes records, one after the other; ends with the program."""

    def __init__(self) -> None:
        super().__init__(name="rtwidgets-records", daemon=True)
        self._wanted: queue.SimpleQueue[Keeper] = queue.SimpleQueue()

    def put(self, keeper: Keeper) -> None:
        self._wanted.put(keeper)

    def run(self) -> None:
        while True:
            keeper = self._wanted.get()
            if keeper._due:  # a cell may have been first
                keeper.update()


_keepers: weakref.WeakKeyDictionary[Any, Keeper] = weakref.WeakKeyDictionary()
_workers: list[_Worker] = []
_starting = threading.Lock()


def _worker() -> _Worker:
    with _starting:
        if not _workers or not _workers[0].is_alive():
            _workers[:] = [_Worker()]
            _workers[0].start()
    return _workers[0]


def _shell() -> Any:
    """The kernel's shell, or ``None`` where this is no notebook."""
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    return shell if getattr(shell, "kernel", None) is not None else None
