"""``Approvals``: the calls that wait for a person, as cards with two buttons.

The ``Transcript`` shows the same questions at their place in the talk; this panel is for a
notebook that shows no transcript, and for a console whose transcript is out of sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from traitlets import Bool, Int, List

from ..protocol.events import ResponseOutputAudioDelta
from .approval_questions import Question, Questions
from .panel import Panel

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session import Session
    from ..session.events.notices import Happening

__all__ = ["Approvals"]

#: Questions that were decided stay in sight, so many of them.
DECIDED = 3
#: A countdown is shown this often, in s.
COUNT_S = 1.0


class Approvals(Panel):
    """Tools with ``approve=True``, and MCP tools that ask: allow the call or refuse it."""

    word: ClassVar[str] = "approvals"
    receives: ClassVar[frozenset[str]] = frozenset({"decide"})

    questions: list[Question] = List(  # type: ignore[assignment]
        help="Those that wait, and the last that were decided; the oldest first."
    ).tag(sync=True)
    waiting: int = Int(0, help="How many wait.").tag(sync=True)  # type: ignore[assignment]
    going_on: bool = Bool(default_value=False, help="The session goes on.").tag(  # type: ignore[assignment]
        sync=True
    )

    def __init__(self, session: Session, **settings: Any) -> None:
        self._questions = Questions(session, lambda: self.on_loop(self.refresh))
        self._counting = False
        super().__init__(session, **settings)

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """Sound asks nothing, and it comes by the thousand."""
        if not isinstance(event, ResponseOutputAudioDelta):
            self._questions.observe(event)
            self.refresh()

    def show(self, conversation: Conversation) -> None:
        """Set the cards; while one counts, once a second."""
        asked = self._questions.all(conversation)
        open_ = [one for one in asked if one["ask"]["state"] == "pending"]
        decided = [one for one in asked if one["ask"]["state"] != "pending"]
        shown = [*decided[-DECIDED:], *open_]
        self.going_on = not self.session.closed
        self.waiting = len(open_) if self.going_on else 0
        self.questions = shown
        if self._questions.counting and not self._counting:
            self._counting = True
            self.after(COUNT_S, self._count_down)

    def on_message(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """Somebody pressed a button."""
        self.problem = ""
        approve = bool(message["approve"])
        self._questions.decide(str(message["key"]), self.session.conversation, approve=approve)
        self.refresh()

    def _count_down(self) -> None:
        self._counting = False
        self.refresh()

    def __repr__(self) -> str:
        waits = "1 call waits" if self.waiting == 1 else f"{self.waiting} calls wait"
        return f"Approvals of {self.session.name}: {waits}"
