"""Who reads a long history for a panel, and on which thread the panel is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from rtwidgets.widgets.following import INLINE, follow


class History:
    """As long as it says."""

    def __init__(self, behind: int) -> None:
        self.behind = behind
        self.readers: list[int] = []

    def catch_up(self) -> bool:
        self.readers.append(threading.get_ident())
        self.behind = 0
        return False


class Panel:
    def __init__(self) -> None:
        self.told = threading.Event()
        self.inbox: list[Callable[[], None]] = []
        self.shown: list[int] = []

    def on_loop(self, fn: Callable[[], None]) -> None:
        self.inbox.append(fn)
        self.told.set()

    def refresh(self) -> None:
        self.shown.append(threading.get_ident())
        self.told.set()


def followed(behind: int) -> tuple[bool, Any, Any]:
    panel, history = Panel(), History(behind)
    return follow(panel, history), panel, history  # type: ignore[arg-type]


def test_a_few_events_are_read_at_once() -> None:
    done, panel, history = followed(INLINE)
    assert done and history.readers == [threading.get_ident()] and not panel.told.is_set()


def test_many_are_read_by_a_worker_which_leaves_the_panel_to_the_loop() -> None:
    done, panel, history = followed(INLINE + 1)
    assert not done and panel.told.wait(10)
    assert history.readers != [threading.get_ident()]
    assert panel.shown == [], "a refresh from the worker can meet the end of another, and is lost"
    (tell,) = panel.inbox
    tell()
    assert panel.shown == [threading.get_ident()]
