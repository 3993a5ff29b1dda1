"""The rows of the usage table: numbers for a page, and exact ones for a spreadsheet.

Text, sound and pictures each have what was read, how much of that was cached, and what was
written. A server that gives the sum of the cached tokens alone has not said of which kind they
were; they are a column of their own then, and priced as text, as the price list does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypedDict, cast

from ..protocol.items import Usage
from ..protocol.usage import Ledger, UsageRow
from ..session.money.formula import KINDS, dollars, parts
from ..session.money.prices import price, rates
from ..session.money.usage import SessionUsage

__all__ = [
    "COUNTS",
    "ExactLines",
    "UsageCounts",
    "UsageLine",
    "columns",
    "counts",
    "line",
    "listed",
    "sums",
    "tsv",
]

#: Every count of a row, in the order of its columns.
COUNTS = (
    "text_in", "text_cached", "text_out", "audio_in", "audio_cached", "audio_out",
    "image_in", "image_cached", "untold_cached", "total",
)  # fmt: skip
#: They have a column only where there is something in it.
SELDOM = ("image_in", "image_cached", "untold_cached")


class UsageCounts(TypedDict):
    """Tokens and money of one response, or of several; cached tokens are a part of ``in``."""

    text_in: int
    text_cached: int
    text_out: int
    audio_in: int
    audio_cached: int
    audio_out: int
    image_in: int
    image_cached: int
    untold_cached: int
    total: int
    money: str
    usd: str
    formula: str
    prices: str


class UsageLine(UsageCounts):
    """One response; ``number`` counts the responses of the session from 1."""

    response_id: str
    number: int
    status: str


def counts(usage: Usage) -> dict[str, int]:
    """The numbers of one row; text is what the details leave over, so that a row adds up."""
    taken, made = usage.input_token_details, usage.output_token_details
    cached = taken.cached_tokens_details
    told = (cached.text_tokens, cached.audio_tokens, cached.image_tokens)
    untold = max(0, taken.cached_tokens - sum(told))
    text = cached.text_tokens
    if not (taken.audio_tokens or taken.image_tokens):  # then it can only be text
        text, untold = text + untold, 0
    return {
        "text_in": usage.input_tokens - taken.audio_tokens - taken.image_tokens,
        "text_cached": text,
        "text_out": usage.output_tokens - made.audio_tokens,
        "audio_in": taken.audio_tokens,
        "audio_cached": cached.audio_tokens,
        "audio_out": made.audio_tokens,
        "image_in": taken.image_tokens,
        "image_cached": cached.image_tokens,
        "untold_cached": untold,
        "total": usage.total_tokens,
    }


def sums(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The counts of several rows together."""
    return {key: sum(row[key] for row in rows) for key in COUNTS}


def spent(usage: SessionUsage) -> str:
    """What all of it cost in US dollars, exact and without a sign; "" where that is not known."""
    whole = usage.price
    if usage.free or not (usage.rows or usage.transcriptions):
        return "0"
    return "" if whole is None else f"{whole.usd:f}"


@lru_cache(maxsize=1024)  # the table asks for every row again with each response
def line(number: int, row: UsageRow, model: str | None, free: bool) -> UsageLine:
    """The row of one response; shared, so nobody may change it."""
    usage = SessionUsage(Ledger(), model=model, free=free)
    name = row.model or model
    cost = price(row.usage, name)
    exact = not free and bool(row.usage.total_tokens) and parts(row.usage, name) is not None
    found = {
        "response_id": row.response_id,
        "number": number,
        "status": row.status,
        **counts(row.usage),
        "money": usage.row_money(row),
        "usd": "0" if free else "" if cost is None else f"{cost.usd:f}",
        "formula": usage.formula(row),
        "prices": (name or "") if exact else "",
    }
    return cast("UsageLine", found)


@lru_cache(maxsize=64)
def listed(model: str) -> dict[str, str]:
    """What a million tokens of each kind cost: ``{"text in": "$4.00"}``."""
    known = rates(model) or {}
    found = {
        kind: next((known[k] for k in keys if k in known), None) for kind, keys in KINDS.items()
    }
    return {kind: dollars(rate) for kind, rate in found.items() if rate is not None}


def columns(total: Mapping[str, Any]) -> list[str]:
    """The counts that have a column: pictures only where there are some."""
    images = bool(total.get("image_in"))
    shown = {"image_in": images, "image_cached": images, "untold_cached": total["untold_cached"]}
    return [key for key in COUNTS if shown.get(key, True)]


class ExactLines:
    """The oldest rows in the fewest letters, for a page that shows only their sum.

    Tab-separated: a head with the names, then a line a row. Each is made once.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._of: tuple[str | None, bool] | None = None

    def first(self, usage: SessionUsage, count: int) -> str:
        """The first ``count`` rows; "" for none."""
        if self._of != (usage.model, usage.free):
            self._of, self._lines = (usage.model, usage.free), []
        keys = ("status", *COUNTS, "usd")
        for number in range(len(self._lines), count):
            row: Mapping[str, Any] = line(number + 1, usage.rows[number], usage.model, usage.free)
            self._lines.append("\t".join(str(row[key]) for key in keys))
        return "\n".join(["\t".join(keys), *self._lines[:count]]) if count else ""


def tsv(usage: SessionUsage) -> str:
    """A head, a line for each response and for transcription, the total; ends with a new line.

    Tokens and US dollars are exact and have no signs in them; an empty cell is not known.
    """
    total = counts(usage.total)
    keys = columns(total)
    table: list[list[object]] = [["response", "status", *keys, "usd"]]
    for number, row in enumerate(usage.rows, 1):
        told: Mapping[str, Any] = line(number, row, usage.model, usage.free)
        table.append([number, row.status, *(told[key] for key in keys), told["usd"]])
    if usage.transcriptions:
        alone = Ledger(transcriptions=usage.transcriptions)
        cost = spent(SessionUsage(alone, model=usage.model, free=usage.free))
        table.append(["transcription", "", *[""] * len(keys), cost])
    table.append(["total", "", *(total[key] for key in keys), spent(usage)])
    return "".join("\t".join(map(str, row)) + "\n" for row in table)
