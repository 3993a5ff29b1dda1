"""``EventLog``: every event on the wire, both ways, while they come and afterwards.

Theory of operation
===================

The kernel keeps all events (``session.events_log``); a page holds a window of rows. The page
asks for a range of rows under a filter, the kernel answers with those rows and says how many
there are. A page that follows the end gets the next ``CREDIT`` ends without asking again, which
saves a way there and back for each; then it has to ask, so a page that is gone, and a panel that
is on no page, cost nothing.

Filtering, searching and reading go in small steps between the session's own work, each a
generator that yields after every step. A page's newer question takes the place of its older one.

A page in a pause asks for the events until some number: what came after it is in no row, whatever
filter is chosen meanwhile, and there is nothing to follow.

Secrets are cut out by the log itself, before anybody here sees an event.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from traitlets import Bool, Dict, Int, List, Unicode

from ..errors import RealtimeError
from ..protocol.events import ResponseDone, SessionCreated
from ..protocol.templates import templates
from ..session.events.notices import SessionEnded
from .event_index import ENDLESS, EventIndex, Filter, View
from .event_reader import EventReader, EventRow
from .panel import Panel

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session import Session
    from ..session.events.notices import Happening

__all__ = ["EventLog", "EventRow"]

#: Filters that are kept ready at once, for several pages and for going back.
VIEWS = 4
#: Rows that one answer has at most, and those that a saved notebook keeps.
MOST_ROWS, TAIL = 200, 40
#: Events that the page does not hear of by themselves (those that are sent) are looked for so
#: often, in s.
LOOK_EVERY_S = 0.5
#: A search says how far it is after so many steps.
PROGRESS = 40
#: Ends that a page which follows is told before it has to ask again.
CREDIT = 10
#: What is copied goes to the page in pieces, in bytes.
PIECE = 500_000

Job = Generator[None, None, None]


@dataclass(frozen=True)
class _Follower:
    """A page that follows the end: what it asked, and what it knows."""

    message: dict[str, Any]
    seen: int
    credit: int


class EventLog(Panel):
    """Every event with its time and size; search, filter, open, copy, and send one by hand."""

    word: ClassVar[str] = "event_log"
    sends: ClassVar[frozenset[str]] = frozenset({"rows", "detail", "raw", "answer"})
    receives: ClassVar[frozenset[str]] = frozenset({"range", "detail", "copy", "send"})

    events = Int(0, help="How many events there were.").tag(sync=True)
    lost = Int(0, help="The oldest events, where the log could not keep them.").tag(sync=True)
    types: list[str] = List(help="The types that there were, by name.").tag(sync=True)  # type: ignore[assignment]
    tail: list[EventRow] = List(  # type: ignore[assignment]
        help="The last rows at the end of the last response, for a page without a kernel."
    ).tag(sync=True)
    dialect = Unicode("", help="ga or beta: how types are spelled.").tag(sync=True)
    templates: dict[str, str] = Dict(  # type: ignore[assignment]
        help="Type of an event that can be sent, and its beginning as JSON."
    ).tag(sync=True)
    closed = Bool(default_value=False, help="The session is over; nothing can be sent.").tag(
        sync=True
    )
    height: str = Unicode("320px", help="Height of the scrolled part, as CSS.").tag(  # type: ignore[assignment]
        sync=True, setting=True
    )

    def __init__(self, session: Session, **settings: Any) -> None:
        self._index = EventIndex(session.events_log)
        self._reader = EventReader(session, self._index)
        self._views: OrderedDict[Filter, View] = OrderedDict()
        self._jobs: OrderedDict[Hashable, Job] = OrderedDict()
        self._followers: dict[Hashable, _Follower] = {}
        self._working = self._looking = False
        super().__init__(session, **settings)
        self.dialect = session.dialect.name
        self.templates = templates(session.dialect)
        self._start("tail", self._keep_tail())
        self.on_loop(self._look_soon)

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """One more; the end of a response is a good moment to keep the last rows."""
        if isinstance(event, (ResponseDone, SessionCreated, SessionEnded)):
            self._start("tail", self._keep_tail())
        self._look_soon()  # a session that had ended may go on
        self.refresh()

    def show(self, conversation: Conversation) -> None:
        """Say how many there are; the pages ask for the rest."""
        log = self.session.events_log
        if log is not self._index.log:  # another connection took the session up
            self._index = EventIndex(log)
            self._reader = EventReader(self.session, self._index)
            self._views.clear()
            self._followers.clear()
        self.events, self.lost = self._index.events, log.lost
        for key, follower in tuple(self._followers.items()):
            if follower.seen < self.events:
                del self._followers[key]
                if follower.credit:
                    self._start(key, self._range(follower.message, follower.credit - 1))
        self.closed = self.session.closed

    def on_message(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """A page asks, or sends an event of its own."""
        kind = message["kind"]
        if kind == "send":
            self._send_by_hand(message)
            return
        job = {"range": self._range, "detail": self._detail, "copy": self._copy}[kind]
        key = _key(kind, message)
        self._followers.pop(key, None)
        self._start(key, job(message))

    def __repr__(self) -> str:
        log = self.session.events_log
        return f"Events of {self.session.name}: {len(log) + log.lost:,}"

    # -- work in steps ---------------------------------------------------------------------

    def _start(self, key: Hashable, job: Job) -> None:
        """Begin a job; an older one with the same key is given up."""
        self._jobs.pop(key, None)
        self._jobs[key] = job
        if not self._working:
            self._working = True
            self.after(0, self._work)

    def _work(self) -> None:
        """One step of the job that waits longest."""
        if not self._jobs or self._unsubscribe is None:
            self._working = False
            return
        key, job = self._jobs.popitem(last=False)
        try:
            next(job)
            self._jobs.setdefault(key, job)
        except StopIteration:
            pass
        finally:
            self.after(0, self._work)

    def _look_soon(self) -> None:
        if not self._looking and not self.session.closed and self._unsubscribe is not None:
            self._looking = True
            self.after(LOOK_EVERY_S, self._look)

    def _look(self) -> None:
        self._looking = False
        if self._index.events != self.events:
            self.refresh()
        self._look_soon()

    # -- what pages ask for ----------------------------------------------------------------

    def _view(self, wanted: Filter) -> View:
        view = self._views.pop(wanted, None) or View(self._index, wanted)
        self._views[wanted] = view
        while len(self._views) > VIEWS:
            self._views.popitem(last=False)
        return view

    def _range(self, message: dict[str, Any], credit: int = CREDIT) -> Job:
        view, until = self._view(_filter(message)), _until(message)
        steps = 0
        while not view.step() and view.seen < until:
            steps += 1
            if steps % PROGRESS == 0:
                self._tell(message, view)
            yield
        self._tell(message, view)
        if message.get("follow") and until == ENDLESS:
            self._followers[_key("range", message)] = _Follower(message, view.seen, credit)

    def _tell(self, message: dict[str, Any], view: View) -> None:
        types = sorted(self._index.types)
        if types != self.types:
            self.types = types
        until = _until(message)
        total = view.rows_until(until)
        count = max(0, min(int(message.get("count", 0)), MOST_ROWS))
        end = bool(message.get("follow"))
        first = total - count if end else min(int(message.get("first", 0)), total - count)
        first = max(0, first)
        last = min(first + count, total)
        self.post(
            "rows",
            **_to(message),
            ask=message.get("ask"),
            first=first,
            total=total,
            seen=min(view.seen, until),
            events=min(self._index.events, until),
            rows=[self._reader.row(view, i, until) for i in range(first, last)],
        )

    def _detail(self, message: dict[str, Any]) -> Job:
        number, until = self._asked(message)
        opened = yield from self._reader.open(number, until)
        if opened is None:
            self.post("detail", **_to(message), number=number, until=until, gone=True)
        else:
            facts, buffers = opened
            self.post("detail", *buffers, **_to(message), **facts)

    def _copy(self, message: dict[str, Any]) -> Job:
        """The frames as they were, in pieces."""
        number, until = self._asked(message)
        data, complete = yield from self._reader.copy(number, until)
        pieces = [data[i : i + PIECE] for i in range(0, len(data), PIECE)] or [b""]
        for part, piece in enumerate(pieces):
            facts = {"number": number, "part": part, "parts": len(pieces), "complete": complete}
            self.post("raw", piece, **_to(message), **facts)
            yield

    def _asked(self, message: dict[str, Any]) -> tuple[int, int]:
        number = max(0, int(message.get("number", 0)))
        return number, max(number, int(message.get("until", number)))

    def _send_by_hand(self, message: dict[str, Any]) -> None:
        """Check an event, and send it unless it is only to be checked."""
        text, problem = str(message.get("text", "")), ""
        sent = not message.get("only_check")
        try:
            if sent:
                self.session.send_event(text)
            else:
                self.session.check_event(text)
        except RealtimeError as error:
            problem, sent = str(error), False
        self.post("answer", **_to(message), ask=message.get("ask"), problem=problem, sent=sent)
        if sent:
            self.refresh()

    def _keep_tail(self) -> Job:
        view = self._view(Filter())
        while not view.step():
            yield
        first = max(0, len(view) - TAIL)
        self.tail = [self._reader.row(view, i) for i in range(first, len(view))]


def _key(kind: str, message: dict[str, Any]) -> Hashable:
    return kind, message.get("page"), message.get("view")


def _to(message: dict[str, Any]) -> dict[str, Any]:
    """Whom an answer is for: messages reach every page."""
    return {"page": message.get("page"), "view": message.get("view")}


def _until(message: dict[str, Any]) -> int:
    """The first event that a page in a pause does not show."""
    until = message.get("until")
    return max(0, until) if isinstance(until, int) else ENDLESS


def _filter(message: dict[str, Any]) -> Filter:
    wanted = message.get("filter") or {}
    direction = wanted.get("direction")
    return Filter(
        hidden=frozenset(map(str, wanted.get("hidden") or ())),
        direction=direction if direction in ("sent", "received") else "",
        text=str(wanted.get("text") or ""),
        fold=bool(wanted.get("fold", True)),
    )
