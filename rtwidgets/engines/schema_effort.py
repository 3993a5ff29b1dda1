"""How much work a JSON schema may cost: it comes from a stranger, and a few bytes can ask for ages.

A schema that contains itself three times over, a list of a thousand million numbers, a choice
among choices among choices: each is short to write and has no end. So every step of checking
and of making is counted, and beyond ``STEPS`` the schema is given up. Steps and not seconds,
so that the same schema ends in the same way on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["STEPS", "TooMuch", "limited", "spend"]

#: Values, items and letters that one call's arguments may take; a large schema takes thousands.
STEPS = 100_000


class TooMuch(Exception):
    """The schema asks for more steps than it may cost."""


_left: ContextVar[list[int] | None] = ContextVar("steps that are left", default=None)


@contextmanager
def limited(steps: int = STEPS) -> Iterator[None]:
    """Within this, ``spend`` raises ``TooMuch`` once so many steps are spent."""
    token = _left.set([steps])
    try:
        yield
    finally:
        _left.reset(token)


def spend(steps: int = 1) -> None:
    """Take that many steps; outside of ``limited`` they are free."""
    left = _left.get()
    if left is not None:
        left[0] -= steps
        if left[0] < 0:
            raise TooMuch
