"""The panels of a console: which there are, which two consoles share, and which are in sight.

The microphone and the loudspeaker are devices: a second one for the same session would record or
speak in chorus with the first. So a console takes those that the session has already, and makes
all else anew. What it made it closes, when no other console of the session holds it.

A panel in a tab that no page has open changes its traits once a second instead of ten times: a
session has places for 25 changes a second (``pace.py``), and what is seen needs them.
"""

from __future__ import annotations

import difflib
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .event_log import EventLog
from .microphone import Microphone
from .panel import SHOW_EVERY_S, Panel, panels_of
from .session_panel import SessionPanel
from .speaker import Speaker
from .timeline import Timeline
from .transcript import Transcript
from .usage_table import UsageTable
from .waveform import Waveform

if TYPE_CHECKING:
    from ..session import Session

__all__ = ["PANELS", "TABS", "Sight", "chosen", "leave", "take"]

#: What a console can hold, by its word: the talk, and what stands in tabs below it.
TALK: tuple[type[Panel], ...] = (Microphone, Speaker, Waveform, Transcript)
TABS: tuple[type[Panel], ...] = (Timeline, EventLog, UsageTable, SessionPanel)
PANELS: dict[str, type[Panel]] = {kind.word: kind for kind in (*TALK, *TABS)}

#: Panels that all consoles of a session have together.
SHARED = (Microphone, Speaker)

#: What nobody sees changes so often, in s.
UNSEEN_S = 1.0

#: Panels that a console made, and how many consoles hold each.
_held: weakref.WeakKeyDictionary[Panel, int] = weakref.WeakKeyDictionary()


def chosen(panels: Iterable[str] | None, *, recording: bool) -> tuple[str, ...]:
    """The words of ``panels`` in order; all that make sense where it is ``None``.

    Raises ``ValueError`` for a word that no panel has.
    """
    if panels is None:
        # Nobody can talk to a recording.
        return tuple(word for word in PANELS if not (recording and word == Microphone.word))
    words = (panels,) if isinstance(panels, str) else tuple(panels)
    for word in words:
        if word not in PANELS:
            near = difflib.get_close_matches(str(word), PANELS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(PANELS)}"
            raise ValueError(f"Console has no panel {word!r}; {hint}")
    return tuple(dict.fromkeys(words))


def take(session: Session, word: str) -> Panel:
    """The session's panel where it is one that consoles share, else a new one."""
    kind = PANELS[word]
    if kind in SHARED:
        for panel in panels_of(session):
            if isinstance(panel, kind) and panel.comm is not None:
                if panel in _held:  # one that its user made stays when consoles go
                    _held[panel] += 1
                return panel
    panel = kind(session)
    _held[panel] = 1
    return panel


def leave(panel: Panel) -> None:
    """Close a panel that a console took, when no other one holds it."""
    if panel not in _held:
        return
    _held[panel] -= 1
    if _held[panel] < 1:
        del _held[panel]
        panel.close()


class Sight:
    """Which of a console's tabs some page has open."""

    def __init__(self, tabs: Iterable[Panel]) -> None:
        self._tabs = {panel.word: panel for panel in tabs}
        self._views: dict[tuple[str, str], str] = {}

    def look(self, message: dict[str, Any]) -> None:
        """A view of a page has opened a tab, or none (an empty word), or has ended."""
        view = str(message["page"]), str(message["view"])
        if message["kind"] == "look":
            self._views[view] = str(message["tab"])
        else:
            self._views.pop(view, None)
        for word, panel in self._tabs.items():
            unseen = bool(self._views) and word not in self._views.values()
            panel.rest_s = UNSEEN_S if unseen and not panel.alone else SHOW_EVERY_S
