"""``Doctor``: the lines of a check-up, the kernel's and those of the page that shows them.

The page looks at what only it can see and reports; the kernel's own checks are a function that
is handed in (``rtwidgets/checkup``), run in a thread because it may wait for a network.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from traitlets import Bool, List, Unicode

from .panel import Panel

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session.session import Session

__all__ = ["Doctor"]

#: Lines that a page may report, and the length of each text.
MOST_LINES = 40
MOST_CHARS = 600


class Doctor(Panel):
    """A table of checks; made by ``rt.doctor()``."""

    word: ClassVar[str] = "doctor"
    kept: ClassVar[bool] = False
    receives: ClassVar[frozenset[str]] = frozenset({"report", "again"})

    rows: List[Any] = List(help="The kernel's lines: name, state, text, todo.").tag(sync=True)
    looking = Bool(default_value=False, help="The kernel is looking.").tag(sync=True)
    page = Unicode("", help="The page that reported last.").tag(sync=True)

    def __init__(
        self, session: Session, *, examine: Callable[[], Sequence[Any]], **settings: Any
    ) -> None:
        self._examine = examine
        self._found: list[Any] = []
        self._reported: list[dict[str, str]] = []
        super().__init__(session, **settings)
        self._look()

    @property
    def page_checks(self) -> list[Any]:
        """What the page reported, as checks of the same kind as the kernel's."""
        kind = type(self._found[0]) if self._found else None
        return [kind(**line) for line in self._reported] if kind else []

    def on_message(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """A page reports, or a person wants everything looked at again."""
        if message["kind"] == "again":
            self._look()
            return
        self._reported = [_clean(line) for line in message["checks"][:MOST_LINES]]
        self.page = str(message["page"])
        # Only now has a message shown whether the kernel hears pages while a cell runs.
        self._look()

    def show(self, conversation: Conversation) -> None:
        """The lines that were found last."""
        self.rows = [
            {"name": line.name, "state": line.state, "text": line.text, "todo": line.todo}
            for line in self._found
        ]

    def _look(self) -> None:
        if self.looking:
            return
        self.looking = True
        threading.Thread(target=self._run, name="rtwidgets-doctor", daemon=True).start()

    def _run(self) -> None:
        found = list(self._examine())
        self.on_loop(self._took, found)

    def _took(self, found: list[Any]) -> None:
        self._found = found
        self.looking = False
        self.refresh()


def _clean(line: Any) -> dict[str, str]:
    """A line of a page, held to its form."""
    cut = {name: str(line[name])[:MOST_CHARS] for name in ("name", "state", "text", "todo")}
    if cut["state"] not in ("ok", "warn", "bad", "unknown"):
        cut["state"] = "unknown"
    return cut
