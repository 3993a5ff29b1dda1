"""``Transcript``: both sides of the talk in words, growing live, in conversation order.

The page holds a window of rows and gets patches of what changed, numbered, so that it can tell
when it missed one. The window itself is state that only a new page asks for: it is kept in the
traits ``rows`` and ``seq``, which are never sent on their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from traitlets import Int, List, Unicode

from ..errors import LocalProtocolError
from ..protocol.events import ResponseOutputAudioDelta
from .panel import Panel
from .transcript_rows import Row, TranscriptRows, patch

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session import Session
    from ..session.notices import Happening

__all__ = ["Transcript"]

#: Rows that a page holds; older ones leave it.
WINDOW = 200


class Transcript(Panel):
    """What you and the model said, tool calls and errors included; the last 200 rows."""

    word: ClassVar[str] = "transcript"
    sends: ClassVar[frozenset[str]] = frozenset({"patch"})
    receives: ClassVar[frozenset[str]] = frozenset({"resync"})

    rows: list[Row] = List(help="The window of rows, oldest first.").tag(sync=True)  # type: ignore[assignment]
    seq: int = Int(0, help="Counts the patches that made the window.").tag(sync=True)  # type: ignore[assignment]
    height: str = Unicode("240px", help="Height of the scrolled part, as CSS.").tag(  # type: ignore[assignment]
        sync=True, setting=True
    )

    def __init__(self, session: Session, **settings: Any) -> None:
        # Built before the first event can come; the session may have a past already.
        self._follow = TranscriptRows(session.conversation, WINDOW)
        if self._follow.forgot(session.conversation):
            with suppress(LocalProtocolError):  # on the loop thread nobody reads a whole log
                self._follow.recall(session.record())
        super().__init__(session, **settings)

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """Sound changes no word, and it comes by the thousand."""
        if not isinstance(event, ResponseOutputAudioDelta):
            self._follow.observe(event, conversation)
            self.refresh()

    def show(self, conversation: Conversation) -> None:
        """Send what changed since the last time."""
        rows = self._follow.rows(conversation)
        changes = patch(self.rows, rows)
        if changes is None:
            return
        # In this order: a page that reads between the two gets this patch again, harmlessly.
        self.rows = rows
        self.seq += 1
        self.post("patch", seq=self.seq, **changes)

    def on_message(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """A page missed a patch: it gets the whole window."""
        self.send_state(["rows", "seq"])

    def __repr__(self) -> str:
        count = len(self.rows)
        return f"Transcript of {self.session.name}: {count} row{'' if count == 1 else 's'}"

    def _should_send_property(self, key: str, value: object) -> bool:
        if key in ("rows", "seq"):
            return False
        return super()._should_send_property(key, value)
