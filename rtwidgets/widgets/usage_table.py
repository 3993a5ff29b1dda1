"""``UsageTable``: what each response used, a total, what it cost and why, and what comes next.

All of it is read from the session's ledger, price list, budget and events log, so a panel of a
session that is over shows the same; and all of it is in the traits, so a page without a kernel
does as well, formulas and "Copy as TSV" included.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from traitlets import Dict, Int, List, Unicode, observe

from ..protocol import events as on
from ..protocol.items import Usage
from ..protocol.server_events import RateLimit
from ..protocol.usage import Ledger
from ..session.money import prices as money
from ..session.money.budget import WARN_AT
from ..session.money.formula import dollars, formula, parts
from ..session.money.prices import FREE, Price
from ..session.money.usage import SessionUsage
from ..session.shown.talk import time_words
from .panel import Panel
from .usage_table_counts import ExactLines, UsageLine, counts, line, listed, spent, sums, tsv
from .usage_table_html import usage_html

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session import Session
    from ..session.events.notices import Happening

__all__ = ["UsageTable"]

#: Responses that a page holds; older ones are one row, their sum.
WINDOW = 100
#: Events that are looked through at a time for the last limits, and how many times at most.
BATCH, BATCHES = 256, 80

_MOVES = (on.ResponseDone, on.ConversationItemInputAudioTranscriptionCompleted)


class _Limits(msgspec.Struct):
    rate_limits: tuple[RateLimit, ...]


class UsageTable(Panel):
    """A row per response: tokens in, cached and out by kind, the total, the money."""

    word: ClassVar[str] = "usage_table"

    rows: list[UsageLine] = List(help="The last responses, oldest first.").tag(sync=True)  # type: ignore[assignment]
    older = Int(0, help="How many older responses are one row only.").tag(sync=True)
    older_total: dict[str, Any] = Dict(  # type: ignore[assignment]
        help="The sum of the older responses; {} where there are none."
    ).tag(sync=True)
    older_lines = Unicode(
        "", help="The older responses for a copy: exact, a line each, tab-separated, with a head."
    ).tag(sync=True)
    total: dict[str, Any] = Dict(  # type: ignore[assignment]
        help="The sum of all responses; its money has transcription in it as well."
    ).tag(sync=True)
    transcription: dict[str, str] = Dict(  # type: ignore[assignment]
        help="What writing down your words used and cost, in words; {} where nothing was."
    ).tag(sync=True)
    rates: dict[str, dict[str, str]] = Dict(  # type: ignore[assignment]
        help="US dollars for a million tokens, by model and kind."
    ).tag(sync=True)
    prices_of = Unicode(
        "", help="A model whose prices are taken, as if it had used the tokens; empty: as it was."
    ).tag(sync=True, setting=True)
    facts = Unicode("", help="The context and the next turn, in one line.").tag(sync=True)
    forecast: dict[str, str] = Dict(  # type: ignore[assignment]
        help="An estimate of the next turn as a sentence, and its reason."
    ).tag(sync=True)
    budget: dict[str, Any] = Dict(  # type: ignore[assignment]
        help="What is spent of the budget, in words and as a share; {} without one."
    ).tag(sync=True)
    limits: dict[str, Any] = Dict(  # type: ignore[assignment]
        help="The account's limits as the server told them last, and when; {} until it does."
    ).tag(sync=True)

    def __init__(self, session: Session, **settings: Any) -> None:
        self._shown: Ledger | None = None
        self._exact = ExactLines()
        self._found: dict[str, Any] = {}
        if "prices_of" in settings:
            _refuse_unpriced(settings["prices_of"])
        elif not session.free:
            # The price list takes a moment to import, and the loop thread has none to spare.
            threading.Thread(target=money.price, args=(Usage(), "gpt"), daemon=True).start()
        super().__init__(session, **settings)
        self.on_loop(self._seek, len(session.events_log), BATCHES)

    @observe("prices_of")
    def _priced_anew(self, change: Any) -> None:
        _refuse_unpriced(change["new"])
        self._shown, self._exact = None, ExactLines()
        self.refresh()

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """Only these change the ledger or the limits."""
        if isinstance(event, on.RateLimitsUpdated):
            self._seek(len(self.session.events_log), 1)
        elif isinstance(event, _MOVES):
            self.refresh()

    def show(self, conversation: Conversation) -> None:
        """Set the traits from the ledger."""
        self.limits = self._found
        self.budget = self._budget()
        ledger = conversation.usage
        if ledger is self._shown:
            return
        self._shown = ledger
        usage = self._usage(ledger)
        first = max(0, len(ledger.rows) - WINDOW)
        rows = _lines(usage, first)
        self.rows, self.older = rows, first
        names = {row["prices"] for row in rows} - {""}
        self.rates = {name: listed(name) for name in sorted(names)}
        self.total = _total(usage)
        self.older_total = _older(usage, first, self.total, rows)
        self.older_lines = self._exact.first(usage, first)
        self.transcription = _transcription(usage)
        self.facts = self._facts(usage)
        forecast = usage.forecast
        self.forecast = {"text": str(forecast), "reason": forecast.reason} if rows else {}

    def to_tsv(self) -> str:
        """Every response as a line of tab-separated exact numbers, with a head and the total.

        The money is in US dollars without a sign; an empty cell is a price that nobody knows.
        """
        return tsv(self._usage(self.session.conversation.usage))

    def static_html(self) -> str:
        """The same table for a saved notebook that runs nothing."""
        usage = self._usage(self.session.conversation.usage)
        first = max(0, len(usage.rows) - WINDOW)
        rows, total = _lines(usage, first), _total(usage)
        return usage_html(
            rows,
            total,
            caption=repr(self),
            older=first,
            older_total=_older(usage, first, total, rows),
            transcription=_transcription(usage),
            facts=self._facts(usage),
            forecast=usage.forecast.reason,
            budget=self._budget(),
            limits=self._found,
        )

    def __repr__(self) -> str:
        return f"Usage of {self.session.name}: {self.summary()}"

    def summary(self) -> str:
        """The total in a few words."""
        # Of the ledger: a cell that makes the panel reads this before its traits are set.
        usage = self._usage(self.session.conversation.usage)
        count = len(usage.rows)
        if not count:
            return "no response yet"
        responses = f"{count} response{'' if count == 1 else 's'}"
        return f"{responses}, {usage.total.total_tokens:,} tokens, {usage.money}"

    def brief(self) -> str:
        """The same for a place that may be too small for it: what it cost comes first."""
        usage = self._usage(self.session.conversation.usage)
        responses, comma, _ = self.summary().partition(",")
        if not comma:
            return responses
        return f"{usage.money} · {usage.total.total_tokens:,} tokens · {responses}"

    def _usage(self, ledger: Ledger) -> SessionUsage:
        usage = SessionUsage(ledger, model=self.session.model, free=self.session.free)
        return usage.at_prices_of(self.prices_of) if self.prices_of else usage

    def _facts(self, usage: SessionUsage) -> str:
        """The context and the next turn, in one line."""
        known = [row.usage for row in usage.rows if row.usage.total_tokens]
        if not known:
            return ""
        last, forecast = known[-1], usage.forecast
        cached = last.input_token_details.cached_tokens
        share = f", {cached / last.input_tokens:.0%} of them cached" if last.input_tokens else ""
        coming = forecast.usage
        cost = f"{coming.input_tokens:,} tokens in, {coming.output_tokens:,} out"
        if forecast.price is not None:
            cost = str(forecast.price)
        words = f"The last response read {last.input_tokens:,} tokens{share}."
        whose = f", at the prices of {self.prices_of}" if self.prices_of else ""
        return f"{words} Next turn: about {cost}{whose}."

    def _budget(self) -> dict[str, Any]:
        budget = self.session.budget
        if budget is None:
            return {}
        return {
            "spent": FREE if self.session.free else str(Price(budget.spent, "")),
            "limit": dollars(budget.usd),
            "share": round(float(budget.spent / budget.usd), 4),
            "warn_at": float(WARN_AT),
        }

    def _seek(self, end: int, more: int) -> None:
        """Look for the last limits before event ``end`` of the log, a batch at a time."""
        start = max(0, end - BATCH)
        for event in reversed(self.session.events_log[start:end]):
            if not event.sent and b"rate_limits.updated" in event.raw:
                try:
                    told = msgspec.json.decode(event.raw, type=_Limits).rate_limits
                except msgspec.MsgspecError:  # words that only name it
                    continue
                self._found = {
                    "at": time_words(event.at_ms),
                    "rows": [msgspec.to_builtins(limit) for limit in told],
                }
                self.refresh()
                return
        if start and more > 1:
            self.after(0, self._seek, start, more - 1)


def _refuse_unpriced(model: str) -> None:
    """Raise ``LocalProtocolError`` where the price list does not know ``model``; "" is none."""
    if model:
        SessionUsage(Ledger(), model=None, free=True).at_prices_of(model)


def _lines(usage: SessionUsage, first: int) -> list[UsageLine]:
    shown = enumerate(usage.rows[first:], first + 1)
    return [line(number, row, usage.model, usage.free) for number, row in shown]


def _total(usage: SessionUsage) -> dict[str, Any]:
    """All responses; the formula of the sum, where all had the same prices."""
    models = {row.model or usage.model for row in usage.rows}
    model = models.pop() if len(models) == 1 else None
    one = not usage.free and bool(usage.rows) and parts(usage.total, model) is not None
    words = FREE
    if not usage.free:
        words = formula(usage.total, model) if one else "the sum of the rows"
        if usage.transcriptions:
            words += f", and transcription: {usage.transcription_money()}"
    return {
        **counts(usage.total),
        "money": usage.money,
        "usd": spent(usage),
        "formula": words,
        "prices": (model or "") if one else "",
    }


def _older(
    usage: SessionUsage, first: int, total: Mapping[str, Any], rows: Sequence[UsageLine]
) -> dict[str, Any]:
    """What the rows leave over of the total; {} where they are all there is."""
    if not first:
        return {}
    before = SessionUsage(Ledger(rows=usage.rows[:first]), model=usage.model, free=usage.free)
    return {
        **{key: total[key] - count for key, count in sums(rows).items()},
        "money": before.money,
        "usd": spent(before),
        "formula": FREE if usage.free else f"the sum of {first:,} responses",
        "prices": "",
    }


def _transcription(usage: SessionUsage) -> dict[str, str]:
    rows = usage.transcriptions
    if not rows:
        return {}
    alone = SessionUsage(Ledger(transcriptions=rows), model=usage.model, free=usage.free)
    words = usage.formula(rows[-1])
    if len(rows) > 1 and not usage.free:
        words = f"the sum of {len(rows):,}; the last: {words}"
    return {
        "used": usage.transcription_used(),
        "money": usage.transcription_money(),
        "usd": spent(alone),
        "formula": words,
    }
