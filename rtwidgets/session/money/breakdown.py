"""``Breakdown``: what was used and what it cost, by kind of token; shows itself as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ...protocol.items import Usage
from ...protocol.usage import add
from ..shown.tables import html_table, text_table
from .formula import KINDS, Part, counts, dollars, parts
from .prices import FREE, UNKNOWN

__all__ = ["Breakdown", "Line"]

#: Column -> what it holds.
COLUMNS = {
    "kind": "text, sound or picture, in or out; cached tokens cost less",
    "tokens": "how many",
    "per million": "US dollars for a million of them",
    "money": "tokens × price",
}


@dataclass(frozen=True)
class Line:
    """All tokens of one kind."""

    kind: str
    tokens: int
    rates: tuple[Decimal, ...]
    """US dollars for a million, one for each price that occurs."""
    usd: Decimal | None
    """What they cost; ``None`` where it is free, or a price is not known."""


class Breakdown:
    """``lines`` by kind, from what was used and the models that used it."""

    def __init__(self, used: Iterable[tuple[Usage, str | None]], *, free: bool) -> None:
        self.free = free
        by_model: dict[str | None, Usage] = {}
        for usage, model in used:
            by_model[model] = add(by_model.get(model, Usage()), usage)
        priced = [
            (counts(usage), None if free else parts(usage, model))
            for model, usage in by_model.items()
        ]
        lines = (_line(kind, priced) for kind in KINDS)
        self.lines = tuple(line for line in lines if line.tokens)
        """The kinds that occur."""

    @property
    def tokens(self) -> int:
        """All of them."""
        return sum(line.tokens for line in self.lines)

    @property
    def usd(self) -> Decimal | None:
        """The sum; ``None`` where it is free, or a price is not known."""
        known = [line.usd for line in self.lines if line.usd is not None]
        return None if len(known) < len(self.lines) or self.free else sum(known, Decimal(0))

    def _cells(self) -> list[list[str]]:
        return [
            [
                line.kind,
                f"{line.tokens:,}",
                " / ".join(map(dollars, line.rates)),
                self._words(line.usd),
            ]
            for line in self.lines
        ]

    def _total(self) -> list[str]:
        return ["total", f"{self.tokens:,}", "", self._words(self.usd)]

    def _words(self, usd: Decimal | None) -> str:
        if usd is not None:
            return dollars(usd)
        return FREE if self.free else UNKNOWN

    def __repr__(self) -> str:
        """A table of plain text."""
        return text_table(list(COLUMNS), [*self._cells(), self._total()], words=1)

    def _repr_html_(self) -> str:
        return html_table(COLUMNS, self._cells(), self._total())


def _line(kind: str, priced: list[tuple[dict[str, int], tuple[Part, ...] | None]]) -> Line:
    users = [(tokens[kind], found) for tokens, found in priced if tokens[kind]]
    total = sum(tokens for tokens, _ in users)
    mine = [part for _, found in users for part in found or () if part.kind == kind]
    rates = tuple(dict.fromkeys(part.rate for part in mine))
    if len(mine) < len(users):
        return Line(kind, total, rates, None)
    return Line(kind, total, rates, sum((part.usd for part in mine), Decimal(0)))
