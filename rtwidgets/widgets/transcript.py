"""``Transcript``: both sides of the talk in words, growing live, in conversation order.

The page holds a window of rows and gets patches of what changed, numbered, so that it can tell
when it missed one. The window itself is state that only a new page asks for: it is kept in the
traits ``rows`` and ``seq``, which are never sent on their own.

From a row one can play an answer again (where the session has a ``Speaker``), delete the item,
and allow or refuse a call that waits for a person.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from traitlets import Bool, Float, Int, List, Unicode

from ..protocol.events import ResponseOutputAudioDelta
from ..protocol.items import FunctionCall, FunctionCallOutput
from ..session.events.notices import NOTICES
from ..session.records.replay import Replay
from .approval_questions import Questions
from .one_voice import leader_beside
from .panel import Panel
from .speaker import Speaker
from .transcript_rows import Row, TranscriptRows, patch

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session import Session
    from ..session.events.notices import Happening

__all__ = ["Transcript"]

#: Rows that a page holds; older ones leave it.
WINDOW = 200
#: A countdown is shown this often, in s.
COUNT_S = 1.0


class Transcript(Panel):
    """What you and the model said, tool calls and errors included; the last 200 rows."""

    word: ClassVar[str] = "transcript"
    sends: ClassVar[frozenset[str]] = frozenset({"patch"})
    receives: ClassVar[frozenset[str]] = frozenset({"resync", "replay", "delete", "decide"})

    rows: list[Row] = List(help="The window of rows, oldest first.").tag(sync=True)  # type: ignore[assignment]
    seq: int = Int(0, help="Counts the patches that made the window.").tag(sync=True)  # type: ignore[assignment]
    height: str = Unicode("240px", help="Height of the scrolled part, as CSS.").tag(  # type: ignore[assignment]
        sync=True, setting=True
    )
    going_on: bool = Bool(default_value=False, help="Items can be deleted, calls allowed.").tag(  # type: ignore[assignment]
        sync=True
    )
    replaying: str = Unicode("", help="The item that is played again; empty: none.").tag(sync=True)  # type: ignore[assignment]
    zero_ms: float = Float(
        0.0, help="When the session's clock began, in ms since 1970; 0 where nobody knows."
    ).tag(sync=True)  # type: ignore[assignment]

    def __init__(self, session: Session, **settings: Any) -> None:
        # Built before the first event can come; the session may have a past already.
        self._questions = Questions(session, lambda: self.on_loop(self.refresh))
        self._follow = TranscriptRows(
            session.conversation, WINDOW, questions=self._questions, heard_ms=session.heard_ms
        )
        self._speaker: Speaker | None = None
        self._counting = False
        log = session.events_log
        self._follow.catch_up(log, session.dialect)
        self._behind = True
        # Before the panel itself, so that its first state already has them.
        self.going_on = not session.closed
        if not isinstance(session, Replay):  # of a recording nobody knows the day
            self.zero_ms = time.time() * 1000 - log.now_ms
        super().__init__(session, **settings)

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """Follow it; sound changes no word, and it comes by the thousand."""
        read = self._close_gap() and not isinstance(event, NOTICES)
        if not read:
            self._follow.observe(event, conversation, round(self.session.events_log.now_ms))
        if not isinstance(event, ResponseOutputAudioDelta):
            self._questions.observe(event)
            self.refresh()

    def show(self, conversation: Conversation) -> None:
        """Send what changed since the last time."""
        self._close_gap()
        self._find_speaker()
        self._follow.over = self.session.closed
        self.going_on = not self.session.closed
        rows = self._follow.rows(conversation)
        changes = patch(self.rows, rows)
        if changes is not None:
            # In this order: a page that reads between the two gets this patch again, harmlessly.
            self.rows = rows
            self.seq += 1
            self.post("patch", seq=self.seq, **changes)
        if self._questions.counting and not self._counting:
            self._counting = True
            self.after(COUNT_S, self._count_down)

    def _close_gap(self) -> bool:
        """Read what came after the log was read and before events came here, once.

        The log has an event before its subscribers hear of it, on the same thread: so the event
        in hand is among them. False where that was done before.
        """
        behind, self._behind = self._behind, False
        if behind:
            self._follow.catch_up(self.session.events_log, self.session.dialect)
            self._follow.caught_up()
        return behind

    def on_message(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """A page missed a patch, or somebody pressed a button."""
        kind = message["kind"]
        if kind == "resync":
            self.send_state(["rows", "seq"])
            return
        self.problem = ""
        if kind == "replay":
            self._replay(str(message["item_id"]))
        elif kind == "delete":
            self._delete(str(message["item_id"]))
        elif kind == "decide":
            approve = bool(message["approve"])
            self._questions.decide(str(message["key"]), self.session.conversation, approve=approve)
            self.refresh()

    def _replay(self, item_id: str) -> None:
        """Play an answer again, or end that."""
        speaker = leader_beside(self, Speaker)
        if speaker is None:
            return
        if speaker.replaying == item_id:
            speaker.stop()
        else:
            speaker.replay(item_id)

    def _delete(self, item_id: str) -> None:
        """A call goes with its results: a result alone would confuse a model."""
        conversation = self.session.conversation
        item = conversation.item(item_id)
        if item is None:
            return  # another page was faster
        if isinstance(item, FunctionCall):
            for other in conversation.items:
                if isinstance(other, FunctionCallOutput) and other.call_id == item.call_id:
                    self.session.delete_item(str(other.id))
        self.session.delete_item(item_id)

    def _count_down(self) -> None:
        self._counting = False
        self.refresh()

    def _find_speaker(self) -> None:
        speaker = leader_beside(self, Speaker)
        if speaker is self._speaker:
            return
        if self._speaker is not None:
            self._speaker.unobserve(self._look, ["replaying", "latest"])
        self._speaker = speaker
        self._follow.can_replay = (lambda _: False) if speaker is None else speaker.can_replay
        self.replaying = ""
        if speaker is not None:
            speaker.observe(self._look, ["replaying", "latest"])

    def _look(self, _change: object) -> None:
        """The speaker has sound to play again, or plays it."""
        self.on_loop(self._follow_speaker)

    def _follow_speaker(self) -> None:
        self.replaying = "" if self._speaker is None else self._speaker.replaying
        self.refresh()

    def __repr__(self) -> str:
        count = len(self.rows)
        return f"Transcript of {self.session.name}: {count} row{'' if count == 1 else 's'}"

    def _should_send_property(self, key: str, value: object) -> bool:
        if key in ("rows", "seq"):
            return False
        return super()._should_send_property(key, value)
