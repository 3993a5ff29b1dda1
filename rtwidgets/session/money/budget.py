"""``Budget``: a limit in US dollars that ends the session when it is used up.

Theory of operation
===================

What a response cost is known when it ends, and what a transcription cost when its words come;
both are priced then, once, and added up. For responses in progress their sound is counted as
it arrives, because it is the dearest part (one token for 50 ms, reference, section 6.1); what
they read is not known before their end. So the limit is kept up to what the responses in
progress read, and up to what was already on its way.

At 80 % of the budget there is one warning: in the log, and as a ``BudgetWarning`` for
subscribers. At 100 % what is in progress is cancelled and the session ends; turns that wait
fail with the figures.

A limit that cannot be kept is refused: ``connect`` raises where no price of the model is
known. A price that is missing later (a transcription model that the list lacks) is warned
about once and counts as nothing. Where nothing costs, the limit is never reached.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from ...errors import LocalProtocolError
from ...protocol import events as on
from ...protocol.items import Usage
from ..connecting.wire import Wire
from ..events.notices import BudgetWarning
from ..logs import logger
from .formula import dollars
from .prices import price, rates, transcription_price

if TYPE_CHECKING:
    from ...protocol.conversation import Conversation

__all__ = ["Budget", "amount"]

#: The warning comes at this part of the budget.
WARN_AT = Decimal("0.8")
#: What one token of the model's speech lasts, in ms.
TOKEN_MS = 50


def amount(budget: float | Decimal | None) -> Decimal | None:
    """A budget in US dollars, exact as it was written; raises ``LocalProtocolError``.

    Loads the price list, which takes 0.3 s that the loop thread does not have.
    """
    if budget is None:
        return None
    if not _is_amount(budget):
        raise LocalProtocolError(f"budget={budget!r} is no amount: give US dollars, like 0.50")
    rates("gpt-realtime")
    return Decimal(str(budget))


class Budget:
    """What a session may cost, and what it has cost so far."""

    def __init__(self, link: Wire, usd: Decimal) -> None:
        self.usd = usd
        """The limit, in US dollars."""
        self.spent = Decimal(0)
        """Responses that ended, and transcriptions."""
        self.warned = False
        self._link = link
        self._rows = 0  # of the ledger, counted already
        self._transcribed: dict[str, Decimal] = {}
        self._sounds: dict[str, int] = {}  # response in progress -> bytes of its sound
        self._sound = 0
        self._room = math.inf  # how much of it may come until the budget is used up
        self._unpriced = False
        self._stopped = False
        if not link.target.free:
            self._refuse_unpriced()
            self._make_room()

    @property
    def left(self) -> Decimal:
        """US dollars that are not spent yet; 0 where nothing is left."""
        return max(Decimal(0), self.usd - self.spent)

    def __repr__(self) -> str:
        """``<Budget: $0.1234 of $0.50 spent>``."""
        return f"<Budget: {_usd(self.spent)} of {_usd(self.usd)} spent>"

    @property
    def _model(self) -> str | None:
        said = self._link.conversation.session.model
        return self._link.target.model if said is UNSET else said

    def _refuse_unpriced(self) -> None:
        if price(Usage(), self._model) is None:
            raise LocalProtocolError(
                f"a budget cannot be kept here: no price is known for the model {self._model!r}; "
                "leave budget= out, or choose a model of the price list"
            )

    def moved(self, link: Wire) -> Budget:
        """The same limit, and what is spent of it, for a link that goes on with the talk."""
        budget = Budget(link, self.usd)
        budget.spent, budget.warned = self.spent, self.warned
        budget._rows = len(link.conversation.usage.rows)
        if not link.target.free:
            budget._make_room()
        return budget

    # On the loop thread.

    def hear(self, event: Any, conversation: Conversation) -> None:
        """Take one event of the session, before a turn ends with it."""
        if self._link.target.free:
            return
        if isinstance(event, on.ResponseOutputAudioDelta):
            size = len(event.delta)
            self._sounds[event.response_id] = self._sounds.get(event.response_id, 0) + size
            self._sound += size
            if self._sound >= self._room:
                self._stop(at_least=True)
        elif isinstance(event, on.ResponseDone):
            self._sound -= self._sounds.pop(event.response.id, 0)
            self._count_responses(conversation)
        elif isinstance(event, on.ConversationItemInputAudioTranscriptionCompleted):
            self._count_transcription(event.item_id, conversation)

    def _count_responses(self, conversation: Conversation) -> None:
        rows = conversation.usage.rows
        for row in rows[self._rows :]:
            cost = price(row.usage, row.model or self._link.target.model)
            self._add(None if cost is None else cost.usd, row.model)
        self._rows = len(rows)
        self._judge()

    def _count_transcription(self, item_id: str, conversation: Conversation) -> None:
        rows = conversation.usage.transcriptions
        row = next((row for row in reversed(rows) if row.item_id == item_id), None)
        if row is None:
            return
        cost = transcription_price(row.usage, row.model)
        # A second report of an item replaces the first.
        self.spent -= self._transcribed.pop(item_id, Decimal(0))
        if cost is not None:
            self._transcribed[item_id] = cost.usd
        self._add(None if cost is None else cost.usd, row.model)
        self._judge()

    def _add(self, usd: Decimal | None, model: str | None) -> None:
        if usd is not None:
            self.spent += usd
        elif not self._unpriced:
            self._unpriced = True
            logger.warning("the budget does not count %s: no price is known for it", model)

    def _judge(self) -> None:
        self._make_room()
        if self.spent >= self.usd:
            self._stop(at_least=False)
        elif self.spent >= self.usd * WARN_AT and not self.warned:
            self.warned = True
            reason = (
                f"{self.spent / self.usd:.0%} of the budget is used up: "
                f"{_usd(self.spent)} of {_usd(self.usd)}, {self._counted()}"
            )
            logger.warning("%s", reason)
            notice = BudgetWarning(reason=reason, spent_usd=self.spent, budget_usd=self.usd)
            self._link.subscribers.publish(notice, self._link.conversation)

    def _make_room(self) -> None:
        """How many bytes of sound the rest of the budget pays for."""
        rate = (rates(self._model) or {}).get("output_audio_mtok")
        if rate:
            tokens = float(self.left * 1_000_000 / rate)
            self._room = self._link.conversation.output_format("").byte_count(tokens * TOKEN_MS)

    # The end.

    def _stop(self, *, at_least: bool) -> None:
        if not self._stopped:
            self._stopped = True
            # Soon: everybody hears of this event before they hear of the end.
            self._link.loop.call_soon(self._end, at_least)

    def _end(self, at_least: bool) -> None:
        link = self._link
        if link.ended is not None:
            return
        more = ", and the answer in progress would have gone beyond it" if at_least else ""
        reason = (
            f"the budget of {_usd(self.usd)} is used up: {_usd(self.spent)}, "
            f"{self._counted()}{more}"
        )
        logger.warning("the session ends: %s", reason)
        link.client.take_text()  # what would cost more
        for response in link.conversation.responses.values():
            if response.status == "in_progress":
                link.client.cancel_response(response.id)
        link.part(reason)

    def _counted(self) -> str:
        answers, written = self._rows, len(self._transcribed)
        text = f"{answers} response{'' if answers == 1 else 's'}"
        return text + (
            f" and {written} transcription{'' if written == 1 else 's'}" if written else ""
        )


def _usd(usd: Decimal) -> str:
    """``$0.50``, ``$0.0128``: two places, or the four that a price has."""
    if usd == round(usd, 2):
        return f"${usd:.2f}"
    return f"${usd:.4f}" if usd >= Decimal("0.0001") else dollars(usd)


def _is_amount(value: Any) -> bool:
    number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    return number and math.isfinite(value) and value > 0
