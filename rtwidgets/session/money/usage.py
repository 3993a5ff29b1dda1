"""``SessionUsage``: the ledger of a session with its money, as a table that shows itself."""

from __future__ import annotations

from msgspec import structs

from ...errors import LocalProtocolError
from ...protocol.items import Usage
from ...protocol.usage import Ledger, TranscriptionRow, UsageRow
from ..shown.tables import html_table, text_table
from .breakdown import Breakdown
from .forecast import Forecast
from .formula import formula, transcription_formula
from .prices import FREE, UNKNOWN, Price, price, transcription_price

__all__ = ["COLUMNS", "SessionUsage", "row_cells"]

_IMAGE = "image in"
#: Column -> what it holds; the tables of every kind have these, in this order.
COLUMNS = {
    "response": "the response's number in this session",
    "status": "how the response ended",
    "text in": "text tokens in, the cached ones included",
    "audio in": "audio tokens in, the cached ones included",
    _IMAGE: "image tokens in, the cached ones included; only where there were pictures",
    "cached": "how many of the tokens in were cached",
    "text out": "text tokens out",
    "audio out": "audio tokens out",
    "total": "all tokens",
    "money": "what it costs, by the price list of genai-prices",
}


class SessionUsage:
    """A snapshot of what a session used: ``rows``, ``total``, ``price``, ``money``."""

    def __init__(self, ledger: Ledger, *, model: str | None, free: bool) -> None:
        self.ledger = ledger
        self.model = model
        self.free = free

    @property
    def rows(self) -> tuple[UsageRow, ...]:
        """One for each response."""
        return self.ledger.rows

    @property
    def transcriptions(self) -> tuple[TranscriptionRow, ...]:
        """One for each spoken item that was written down; not a part of ``total``."""
        return self.ledger.transcriptions

    @property
    def total(self) -> Usage:
        """The sum of ``rows``."""
        return self.ledger.total

    @property
    def price(self) -> Price | None:
        """What all of it costs, transcription included; ``None`` where a price is missing."""
        prices = [*map(self._price, self.rows), *self._transcription_prices()]
        whole: Price | None = None
        for one in prices:
            if one is None:
                return None
            whole = one if whole is None else whole + one
        return whole

    @property
    def money(self) -> str:
        """The price in words: ``$0.0043``, ``free (offline)`` or ``no price known``.

        Where only some prices are known their sum is a lower limit, and says so.
        """
        if not self.free and not self.rows and not self.transcriptions:
            return "$0.0000"
        return self._words([*map(self._price, self.rows), *self._transcription_prices()])

    def row_money(self, row: UsageRow) -> str:
        """The same for one response."""
        return self._words([self._price(row)])

    def formula(self, row: UsageRow | TranscriptionRow | int | None = None) -> str:
        """How the money was worked out: ``(43 × $4.00 + 18 × $16.00) / 1e6 = $0.00046``.

        Of one row, of the response with a number (the table's, from 1), or, without any, of
        all of them, a line each.
        """
        if isinstance(row, int):
            row = self._numbered(row)
        if row is None:
            lines = [f"{n}: {self.formula(row)}" for n, row in enumerate(self.rows, 1)]
            lines += [f"transcription: {self.formula(row)}" for row in self.transcriptions]
            return "\n".join([*lines, f"total: {self.money}"])
        if self.free:
            return FREE
        if isinstance(row, TranscriptionRow):
            return transcription_formula(row.usage, row.model)
        return formula(row.usage, row.model or self.model)

    def breakdown(self, row: UsageRow | int | None = None) -> Breakdown:
        """Tokens and money by kind, fresh and cached apart; of one response, or of all.

        Transcription has a price of its own and is not in it.
        """
        if isinstance(row, int):
            row = self._numbered(row)
        rows = self.rows if row is None else (row,)
        used = ((row.usage, row.model or self.model) for row in rows)
        return Breakdown(used, free=self.free)

    @property
    def forecast(self) -> Forecast:
        """An estimate of the next turn: the context grows, and is read again each time."""
        return Forecast(self.rows, self.model, self.free)

    def at_prices_of(self, model: str) -> SessionUsage:
        """The same tokens, as if ``model`` had used them: what a talk offline would have cost.

        Transcription has a model and a price of its own and is left out. Raises
        ``LocalProtocolError`` where the price list has no such model.
        """
        if price(Usage(), model) is None:
            raise LocalProtocolError(f"no price is known for the model {model!r}")
        rows = tuple(structs.replace(row, model=model) for row in self.rows)
        ledger = Ledger(rows=rows, total=self.total)
        return SessionUsage(ledger, model=model, free=False)

    def _numbered(self, number: int) -> UsageRow:
        if not 1 <= number <= len(self.rows):
            raise LocalProtocolError(
                f"no response has the number {number}: there are {len(self.rows)}, from 1"
            )
        return self.rows[number - 1]

    def transcription_money(self) -> str:
        """The same for everything that was written down."""
        return self._words(self._transcription_prices())

    def transcription_used(self) -> str:
        """How much was written down: ``1.9 s``, ``35 tokens`` or both; empty for nothing."""
        ledger = self.ledger
        seconds = f"{ledger.transcription_seconds:.1f} s" if ledger.transcription_seconds else ""
        tokens = f"{ledger.transcription_tokens:,} tokens" if ledger.transcription_tokens else ""
        return ", ".join(filter(None, (seconds, tokens)))

    def _price(self, row: UsageRow) -> Price | None:
        return None if self.free else price(row.usage, row.model or self.model)

    def _transcription_prices(self) -> list[Price | None]:
        if self.free:
            return []
        return [transcription_price(row.usage, row.model) for row in self.transcriptions]

    def _words(self, prices: list[Price | None]) -> str:
        if self.free:
            return FREE
        known = [one for one in prices if one is not None]
        if not known:
            return UNKNOWN
        total = str(sum(known[1:], known[0]))
        return total if len(known) == len(prices) else f"{total} + {UNKNOWN}"

    @property
    def _pictures(self) -> bool:
        return self.total.input_token_details.image_tokens > 0

    @property
    def _columns(self) -> dict[str, str]:
        """Those of ``COLUMNS`` that say something: without pictures there is none for them."""
        return {name: text for name, text in COLUMNS.items() if self._pictures or name != _IMAGE}

    def _table(self) -> list[list[str]]:
        """Rows of cells; the last one is the total."""
        pictures = self._pictures
        table = [
            [str(n), row.status, *row_cells(row.usage, pictures=pictures), self.row_money(row)]
            for n, row in enumerate(self.rows, 1)
        ]
        if self.transcriptions:
            cells = ["", self.transcription_used(), *[""] * (5 if pictures else 4)]
            table.append(["transcription", "", *cells, self.transcription_money()])
        table.append(["total", "", *row_cells(self.total, pictures=pictures), self.money])
        return table

    def __repr__(self) -> str:
        """A table of plain text."""
        return text_table(list(self._columns), self._table(), words=2)

    def _repr_html_(self) -> str:
        *rows, total = self._table()
        return html_table(self._columns, rows, total)


def row_cells(usage: Usage, *, pictures: bool = False) -> list[str]:
    """The counts of ``COLUMNS``, from ``text in`` to ``total``; ``pictures`` have their own."""
    taken, made = usage.input_token_details, usage.output_token_details
    # Text is what the details leave over: some servers give the sum alone.
    counts = (
        usage.input_tokens - taken.audio_tokens - taken.image_tokens,
        taken.audio_tokens,
        *((taken.image_tokens,) if pictures else ()),
        taken.cached_tokens,
        usage.output_tokens - made.audio_tokens,
        made.audio_tokens,
        usage.total_tokens,
    )
    return [f"{count:,}" for count in counts]
