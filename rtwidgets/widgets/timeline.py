"""``Timeline``: a session on one clock, to zoom and to pan.

Lanes: both waves (the model's solid where it was heard), speech as the server detected it,
responses, calls of tools, each event, and for every answer where its time went. A talk that went
on over another connection stays on the one clock; while nobody was connected there is a gap.

A page asks for the stretch that it shows, at the resolution that it has, and gets peaks and
spans for that (``range`` → ``window``): what travels is bounded by pixels. Zoom and place are the
page's own. What a saved notebook keeps is an overview of the whole session.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from traitlets import Bool, Dict, Float

from ..figures.svg import as_image
from ..figures.timeline import Window, plain_colors, timeline
from ..protocol.events import (
    ConversationItemTruncated,
    InputAudioBufferCommitted,
    ResponseDone,
)
from ..session.events.notices import SessionEnded, SessionResumed
from ..session.history.heard import last_moment, unheard_ms
from ..session.history.look import look
from .following import follow
from .packed import Packed
from .panel import Panel

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session import Session
    from ..session.events.notices import Happening
    from ..session.history.history import History

__all__ = ["Timeline"]

#: Columns that a page may ask for.
MOST_COLUMNS = 2000
#: Columns of the overview, and how often it may change, in s.
OVERVIEW = 300
OVERVIEW_S = 1.0
#: What changes the picture of the whole enough for a new one.
_TURNING_POINTS = (
    *(ResponseDone, InputAudioBufferCommitted),
    *(ConversationItemTruncated, SessionEnded, SessionResumed),
)
#: An empty session is shown as so long, in ms.
LEAST_MS = 1000.0


class Timeline(Panel):
    """What happened when; ``timeline.to_svg()`` is the same as a picture for a paper."""

    word: ClassVar[str] = "timeline"
    sends = frozenset({"window"})
    receives = frozenset({"range"})
    moves = True

    end_ms = Float(0.0, help="The last moment that is known, in ms of the session.").tag(sync=True)
    live = Bool(default_value=True, help="The session goes on.").tag(sync=True)
    overview = Dict(help="Spans and events of the whole session, a few.").tag(sync=True)
    overview_user = Packed(help="int8 pairs of the microphone's overview.")
    overview_heard = Packed(help="The same of the model's sound that was heard.")
    overview_rest = Packed(help="The same of what was not.")

    def __init__(self, session: Session, **settings: Any) -> None:
        self._overview_due = True
        self._resting_overview = False
        super().__init__(session, **settings)

    @property
    def _history(self) -> History:
        return self.session.history  # another one where the session goes on elsewhere

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """Everything is shown; some events are worth a new overview."""
        if isinstance(event, _TURNING_POINTS):
            self._overview_due = True
        self.refresh()

    def on_message(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """A page wants a stretch: answer it."""
        start, end = _time(message["from_ms"]), _time(message["to_ms"])
        columns = min(max(int(message["columns"]), 1), MOST_COLUMNS)
        # Frames of the microphone are no events that one hears of: a look finds them.
        follow(self, self._history)
        window = look(self._history, start, end, columns)
        last = last_moment(self._history)
        if last > self.end_ms:
            self.refresh()
        self.post(
            "window",
            window.user.tobytes(),
            window.heard.tobytes(),
            window.rest.tobytes(),
            page=str(message["page"]),
            seq=int(message["seq"]),
            end_ms=last,
            **_spans(window),
        )

    def show(self, conversation: Conversation) -> None:
        """Say how far the clock is, and now and then what the whole looks like."""
        complete = follow(self, self._history)
        last = last_moment(self._history)
        # What sounds on after the last event changes the picture as well.
        self._overview_due |= last > max(self.end_ms, self._history.now)
        self.end_ms = last
        self.live = not self.session.closed
        if complete and self._overview_due:
            self._show_overview()

    def _show_overview(self) -> None:
        if self._resting_overview and self.live:
            return
        # A long one changes less at a time, and is more work.
        self._overview_due, self._resting_overview = False, True
        self.after(OVERVIEW_S * max(1.0, self.end_ms / 60_000), self._overview_again)
        window = self._look(OVERVIEW)
        self.overview = _spans(window)
        self.overview_user = window.user.tobytes()
        self.overview_heard = window.heard.tobytes()
        self.overview_rest = window.rest.tobytes()

        if (left_ms := unheard_ms(self._history)) and self.live:
            # No event says when the reply has sounded.
            self.after(left_ms / 1000 + OVERVIEW_S, self._sounded, last_moment(self._history))

    def _overview_again(self) -> None:
        self._resting_overview = False
        if self._overview_due:
            self.refresh()

    def _sounded(self, before: float) -> None:
        if last_moment(self._history) > before:
            self._overview_due = True
            self.refresh()

    def _look(self, columns: int, start: float = 0.0, end: float | None = None) -> Window:
        whole = max(last_moment(self._history), LEAST_MS)
        return look(self._history, start, whole if end is None else end, columns)

    def to_svg(
        self,
        path: str | Path | None = None,
        *,
        start_s: float = 0.0,
        end_s: float | None = None,
        width: float = 900,
    ) -> str:
        """The stretch from ``start_s`` to ``end_s`` (s of the session) as SVG; all by default.

        Written to ``path`` where one is given. Its colours are plain, for programs that know no
        themes.
        """
        while self._history.catch_up():
            pass
        end = None if end_s is None else end_s * 1000
        window = self._look(max(1, int(width / 2)), start_s * 1000, end)
        svg = plain_colors(timeline(window, title=self._title(), width=width))
        if path is not None:
            Path(path).write_text(svg + "\n", "utf-8")
        return svg

    def static_html(self) -> str:
        """The whole session as a picture."""
        svg = timeline(self._look(OVERVIEW), title=self._title())
        return str(as_image(svg, self._title(), "max-width:100%;background:#fff"))

    def _title(self) -> str:
        seconds = last_moment(self._history) / 1000
        return f"Timeline of {self.session.name}, {seconds:.0f} s"

    def __repr__(self) -> str:
        return f"<{self._title()}>"


def _time(value: Any) -> float:
    """A page's word for a moment; a page may be wrong."""
    number = float(value)
    return number if math.isfinite(number) else 0.0


def _spans(window: Window) -> dict[str, Any]:
    """All but the waves, as the lists that ``js/src/model/timeline.ts`` explains."""

    def spans(parts: Sequence[Any]) -> list[list[Any]]:
        return [[round(s.start, 1), round(s.end, 1), s.text, s.kind] for s in parts]

    return {
        "from_ms": window.start,
        "to_ms": window.end,
        "speeches": spans(window.speeches),
        "responses": spans(window.responses),
        "tools": spans(window.tools),
        "waits": spans(window.waits),
        "ticks": [[round(t.at, 1), t.text, t.sent, t.sound] for t in window.ticks],
        "cuts": [round(at, 1) for at in window.cuts],
        "breaks": spans(window.breaks),
    }
