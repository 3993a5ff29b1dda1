"""``UsageTable``: what each response used, a total, and what it cost."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from traitlets import Dict, Int, List, Unicode

from ..protocol.events import ConversationItemInputAudioTranscriptionCompleted, ResponseDone
from ..protocol.items import Usage
from ..protocol.usage import Ledger, UsageRow
from ..session import money
from ..session.usage import SessionUsage
from .panel import Panel

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session import Session
    from ..session.notices import Happening

__all__ = ["UsageCounts", "UsageLine", "UsageTable"]

#: Responses that a page holds; older ones are in the total.
WINDOW = 100


class UsageCounts(TypedDict):
    """Tokens of one response, or of all; cached tokens are a part of the input."""

    text_in: int
    audio_in: int
    image_in: int
    cached_in: int
    text_out: int
    audio_out: int
    total: int
    money: str


class UsageLine(UsageCounts):
    """One response; ``number`` counts the responses of the session from 1."""

    response_id: str
    number: int
    status: str


class UsageTable(Panel):
    """A row per response: tokens in and out by kind, the total, the money."""

    word: ClassVar[str] = "usage_table"

    rows: list[UsageLine] = List(help="The last responses, oldest first.").tag(sync=True)  # type: ignore[assignment]
    older = Int(0, help="Older responses, which only the total counts.").tag(sync=True)
    total: UsageCounts = Dict(help="The sum of all responses.").tag(sync=True)  # type: ignore[assignment]
    transcription = Unicode("", help="What writing down your words used, in words.").tag(sync=True)

    def __init__(self, session: Session, **settings: Any) -> None:
        self._shown: Ledger | None = None
        if not session.free:
            # The price list takes a moment to import, and the loop thread has none to spare.
            threading.Thread(target=money.price, args=(Usage(), "gpt"), daemon=True).start()
        super().__init__(session, **settings)

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """Only these two events change the ledger."""
        if isinstance(event, (ResponseDone, ConversationItemInputAudioTranscriptionCompleted)):
            self.refresh()

    def show(self, conversation: Conversation) -> None:
        """Set the traits from the ledger."""
        ledger = conversation.usage
        if ledger is self._shown:
            return
        self._shown = ledger
        usage = SessionUsage(ledger, model=self.session.model, free=self.session.free)
        self.older = max(0, len(ledger.rows) - WINDOW)
        shown = enumerate(ledger.rows[-WINDOW:], self.older + 1)
        self.rows = [_line(number, row, usage.row_money(row)) for number, row in shown]
        self.total = counts(ledger.total, usage.money)
        used = usage.transcription_used()
        self.transcription = f"{used}, {usage.transcription_money()}" if used else ""

    def __repr__(self) -> str:
        return f"Usage of {self.session.name}: {self.summary()}"

    def summary(self) -> str:
        """The total in a few words."""
        count = self.older + len(self.rows)
        if not count:
            return "no response yet"
        total = self.total
        responses = f"{count} response{'' if count == 1 else 's'}"
        return f"{responses}, {total['total']:,} tokens, {total['money']}"


def _line(number: int, row: UsageRow, price: str) -> UsageLine:
    return {
        "response_id": row.response_id,
        "number": number,
        "status": row.status,
        **counts(row.usage, price),
    }


def counts(usage: Usage, price: str) -> UsageCounts:
    """The numbers of one row; text is what the details leave over, so that a row adds up."""
    taken, made = usage.input_token_details, usage.output_token_details
    return {
        "text_in": usage.input_tokens - taken.audio_tokens - taken.image_tokens,
        "audio_in": taken.audio_tokens,
        "image_in": taken.image_tokens,
        "cached_in": taken.cached_tokens,
        "text_out": usage.output_tokens - made.audio_tokens,
        "audio_out": made.audio_tokens,
        "total": usage.total_tokens,
        "money": price,
    }
