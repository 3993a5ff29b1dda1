"""``doctor``: the checks of the kernel and those of the page that shows them, in one table."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from .. import _loop
from ..protocol.conversation import Conversation
from .check import Check, lines
from .kernel import Place, examine

if TYPE_CHECKING:
    from ..session.session import Session
    from ..widgets.doctor import Doctor

__all__ = ["Checkup", "doctor"]


def doctor(
    session: Session | None = None,
    *,
    url: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Checkup:
    """Look at everything that a conversation needs; shows itself, and says what to do.

    In a notebook the page adds its own lines (secure context, permission, devices, rates,
    buffers, round trip), and a button there tests for echo. ``session`` adds its own; ``url``
    is the server to be reached. ``print(rt.doctor())`` is the text. No key is shown or sent.
    """
    return Checkup(Place(session=session, url=url, environ=environ))


class Checkup:
    """What was found; the page's lines join as they arrive."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._panel: Doctor | None = None
        self._found = list(examine(place))

    @property
    def checks(self) -> list[Check]:
        """All lines until now: the kernel's, then the page's."""
        return [*self._found, *(self._panel.page_checks if self._panel else ())]

    @property
    def ok(self) -> bool:
        """Nothing that was looked at stands in the way."""
        return all(check.state != "bad" for check in self.checks)

    @property
    def panel(self) -> Doctor:
        """The widget that shows it."""
        if self._panel is None:
            from ..widgets.doctor import Doctor

            session: Any = self._place.session or Nobody()
            self._panel = Doctor(session, examine=self._again)
        return self._panel

    def _again(self) -> list[Check]:
        self._found = list(examine(self._place))
        return self._found

    def __str__(self) -> str:
        """One line for each, as text."""
        return lines(self.checks)

    def __repr__(self) -> str:
        """The same."""
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, and the text for whoever has no widgets."""
        bundle = self.panel._repr_mimebundle_(**kwargs)
        if bundle is not None:
            bundle[0]["text/plain"] = str(self)
            bundle[0]["text/html"] = self._repr_html_()
        return bundle


class Nobody:
    """What a panel needs of a session where there is none."""

    closed = False

    def __init__(self) -> None:
        self.conversation = Conversation()

    def subscribe(self, _: object) -> Callable[[], None]:
        """Nothing ever happens."""
        return lambda: None

    def later(self, seconds: float, fn: Callable[[], Any]) -> None:
        """Call ``fn()`` on the loop thread, ``seconds`` from now."""

        def start() -> None:
            asyncio.get_running_loop().call_later(seconds, fn)

        _loop.post(start)
