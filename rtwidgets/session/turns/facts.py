"""``TurnFacts``: what a turn can be asked, at any time and from any thread.

``Turn`` fills it, on the loop thread. Everything grows while the answer arrives.
"""

from __future__ import annotations

from ...audio import Pcm
from ...protocol.content import words
from ...protocol.items import Message, Response, Usage
from ...protocol.usage import add
from ..shown.turns import turn_html, turn_line
from ..tools.calls import ToolCall
from .generated import Generated, Said
from .latency import Latency
from .owner import TurnOwner
from .waiting import Awaited

__all__ = ["TurnFacts"]


class TurnFacts(Awaited):
    """What was said, what came of it, and how it went."""

    def __init__(self, session: TurnOwner, said: str, typed: str | None) -> None:
        super().__init__()
        self._session = session  # a turn in progress keeps its session alive
        #: What was said, in words for people, before a transcript is known.
        self.said = said
        self._typed = typed
        self._status = "queued"
        self._error: BaseException | None = None
        self._response: Response | None = None
        self._made = Generated()
        self._times: dict[str, float] = {}
        self._zero: float | None = None
        self._items: list[str] = []
        self._spent: Usage | None = None  # what the responses before this one used
        self._calling = False
        self.tool_calls: tuple[ToolCall, ...] = ()
        """The calls of tools that led to the answer, in order, with what became of them."""

    @property
    def status(self) -> str:
        """``queued``, ``sending``, ``waiting``, ``calling`` (tools), or how the response stands."""
        if self._calling:
            return "calling"
        if self._response is None or self._status in ("failed", "cancelled"):
            return self._status
        return self._response.status

    @property
    def error(self) -> BaseException | None:
        """What went wrong, or ``None``."""
        return self._error

    @property
    def response(self) -> Response | None:
        """The response as the server tells it; ``None`` until it begins."""
        return self._response

    @property
    def text(self) -> str:
        """What the model answered: its text, or the words of its speech."""
        final = [] if self._response is None else self._response.output
        said = [words(item) for item in final if isinstance(item, Message)]
        return "\n".join(filter(None, said)) or self._made.text

    @property
    def transcript(self) -> str:
        """What the user said, as the server wrote it down; or typed."""
        if self._typed is not None:
            return self._typed
        said = map(self._session.conversation.text, self._items)
        return " ".join(filter(None, (words.strip() for words in said)))

    @property
    def audio(self) -> Pcm:
        """The sound of the answer so far; empty where there is none."""
        return self._made.audio

    @property
    def generated(self) -> Said:
        """All that the model made of the answer: words and sound."""
        return Said(self.text, self.audio)

    @property
    def heard(self) -> Said:
        """The part of it that was played, by now or until it was cut.

        The sound is exact, counted by the ``Speaker`` or by the clock where there is none; of
        words only their share is known, an estimate. Text that nobody speaks counts as read.
        """
        final = [] if self._response is None else self._response.output
        said = {str(item.id): words(item) for item in final if isinstance(item, Message)}
        return self._made.heard(self._session._link.heard_ms, said)

    @property
    def interrupted(self) -> bool:
        """It was cut while it sounded: ``heard`` is less than ``generated``."""
        return any(map(self._session._link.interruptions.was_cut, self._made.item_ids))

    @property
    def usage(self) -> Usage:
        """What the answer used, tool calls included; all zeros until it is complete."""
        used = (self._response and self._response.usage) or Usage()
        return used if self._spent is None else add(self._spent, used)

    @property
    def latency(self) -> Latency:
        """How fast it was, see ``Latency``."""
        zero = self._zero
        if zero is None:
            return Latency()
        # A copy: the loop thread may add to it meanwhile.
        times = self._times.copy()
        interruptions = self._session._link.interruptions
        for item_id in self._made.item_ids:
            if (played := interruptions.first_played_s(item_id)) is not None:
                # The clock plays what has just come before the turn has heard of it.
                times["first_played"] = max(played, times.get("first_audio", played))
                hop_ms = interruptions.played.hop_ms(item_id)
                return Latency(**{name: at - zero for name, at in times.items()}, hop_ms=hop_ms)
        return Latency(**{name: at - zero for name, at in times.items()})

    def __repr__(self) -> str:
        """Said, answered, and how it went, in one line."""
        return turn_line(self)

    def _repr_html_(self) -> str:
        return turn_html(self)
