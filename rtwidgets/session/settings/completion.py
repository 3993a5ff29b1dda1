"""Flat names for completion: a function of ``**settings`` says which names it takes.

Notebooks and ``help()`` ask a function for its signature. The table that checks the names also
writes them into it, so the two cannot differ.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from msgspec import UNSET

__all__ = ["takes"]

_F = TypeVar("_F", bound=Callable[..., Any])


def takes(names: Iterable[str]) -> Callable[[_F], _F]:
    """Show ``names`` as keywords of a function instead of its ``**settings``.

    Their default, ``UNSET``, means that the setting is left as it is.
    """

    def decorate(fn: _F) -> _F:
        signature = inspect.signature(fn)
        given = list(signature.parameters.values())
        kept = [p for p in given if p.kind is not inspect.Parameter.VAR_KEYWORD]
        known = {p.name for p in kept}
        keywords = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=UNSET)
            for name in names
            if name not in known
        ]
        fn.__signature__ = signature.replace(parameters=[*kept, *keywords])  # type: ignore[attr-defined]
        return fn

    return decorate
