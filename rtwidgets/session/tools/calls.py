"""``ToolCall``: one call of a tool, as ``turn.tool_calls`` shows it.

Filled on the loop thread, read from anywhere.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Generator
from typing import Any

import msgspec

from ... import _loop
from ..connecting.secrets import scrub

__all__ = ["ToolCall", "error_text"]


class ToolCall:
    """A call that the model asked for, with what became of it."""

    def __init__(self, call_id: str, name: str, text: str) -> None:
        self.call_id = call_id
        """The model's name for this call."""
        self.name = name
        """The tool."""
        self.text = text
        """The arguments as the model wrote them."""
        self.arguments: dict[str, Any] = _read(text)
        """The arguments by name, before they were converted; empty where they are no JSON."""
        self.status = "queued"
        """``queued``, ``asking`` (for approval), ``running``, then ``done``, ``failed``,
        ``denied`` or ``not run``; ``yours`` for a tool that is no function of ours."""
        self.result: Any = None
        """What the function returned."""
        self.output: str | None = None
        """What the model was told, in the end."""
        self.error: BaseException | None = None
        """What went wrong."""
        self.duration_s: float | None = None
        """How long the function ran, in s."""
        self._over: concurrent.futures.Future[None] = concurrent.futures.Future()

    @property
    def done(self) -> bool:
        """Nothing more will happen to it."""
        return self._over.done()

    def wait(self, timeout: float | None = 60) -> ToolCall:
        """Wait until the call is over, for those that the turn does not wait for.

        At most ``timeout`` s, then ``WaitTimeout``. What went wrong is in ``error``.
        """
        _loop.wait(self._over, timeout, what=f"the result of {self.name}")
        return self

    def __await__(self) -> Generator[Any, None, ToolCall]:
        """``await call``: ``wait`` with its limit, in any event loop."""
        return self.finished().__await__()

    async def finished(self, timeout: float | None = 60) -> ToolCall:
        """``wait`` for coroutines."""
        await _loop.listen(self._over, timeout, what=f"the result of {self.name}")
        return self

    def end(self, status: str, output: str | None, error: BaseException | None = None) -> None:
        """Nothing more will come."""
        if not self._over.done():
            self.status, self.output, self.error = status, output, error
            self._over.set_result(None)

    @property
    def written(self) -> str:
        """As Python would write it: ``weather(city='Bern')``."""
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return scrub(f"{self.name}({_short(given)})")

    def __str__(self) -> str:
        """``weather(city='Bern'): done in 0.21 s → 12``."""
        time = "" if self.duration_s is None else f" in {self.duration_s:.2f} s"
        end = self.output if self.error is None else error_text(self.error)
        arrow = f" → {_short(end)}" if end else ""
        return scrub(f"{self.written}: {self.status}{time}{arrow}")

    def __repr__(self) -> str:
        """``<ToolCall weather(city='Bern'): done in 0.21 s → 12>``."""
        return f"<ToolCall {self}>"


def error_text(error: BaseException) -> str:
    """``ValueError: no such town``; an exception's own words may fail like anything."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001
        return f"{type(error).__name__}: [no text]"


def _read(text: str) -> dict[str, Any]:
    try:
        given = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, UnicodeError):
        return {}
    return given if isinstance(given, dict) else {}


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
