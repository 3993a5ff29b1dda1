"""The part of a session that concerns tools: ``session.tool``, ``session.tools``, approvals."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .approvals import Approval
from .function import TIMEOUT_S
from .toolbox import Toolbox

if TYPE_CHECKING:
    from ..link import Link

__all__ = ["ToolCommands"]

F = TypeVar("F", bound=Callable[..., Any])


class ToolCommands:
    """What ``Session`` offers for tools; it gives the link."""

    _link: Link

    @property
    def tools(self) -> Toolbox:
        """The functions that the model may call, by name; ``.add(fn)``, ``.remove(name)``."""
        return self._link.tools.box

    @overload
    def tool(self, fn: F, /) -> F: ...

    @overload
    def tool(
        self,
        /,
        *,
        name: str | None = None,
        approve: bool = False,
        timeout: float = TIMEOUT_S,
        blocking: bool = True,
    ) -> Callable[[F], F]: ...

    def tool(
        self,
        fn: Any = None,
        /,
        *,
        name: str | None = None,
        approve: bool = False,
        timeout: float = TIMEOUT_S,
        blocking: bool = True,
    ) -> Any:
        """Let the model call a function: ``@session.tool``, or ``@session.tool(approve=True)``.

        The type hints say what it takes, the docstring what it is for. Plain functions run in
        a thread, coroutines on a loop of their own; the function itself stays as it is.

        Args:
            fn: the function.
            name: what the model calls it; else the function's name.
            approve: ask a person before every call, see ``on_approval``.
            timeout: after so many s the model is told that it took too long; a thread goes
                on then, and what it returns is thrown away.
            blocking: the answer waits for the result; with ``False`` the model is told that
                it has started, and told the result when it is there.

        Raises ``ToolError`` for a hint that no JSON can stand for and for a name that another
        tool has.
        """
        options: dict[str, Any] = {
            "name": name,
            "approve": approve,
            "timeout": timeout,
            "blocking": blocking,
            # Hints may name classes of the function in which the decorator stands.
            "names": sys._getframe(1).f_locals,
        }

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            self.tools.add(function, **options)
            return function

        return decorate if fn is None else decorate(fn)

    @property
    def pending_approvals(self) -> tuple[Approval, ...]:
        """Calls that wait for a person: ``.approve()`` or ``.deny(reason)``, the oldest first."""
        return self._link.tools.approvals.pending

    def on_approval(self, fn: Callable[[Approval], Any] | None) -> Any:
        """Ask ``fn(approval)`` whether a call may run: ``True``, ``False``, or ``None`` for later.

        It runs in a thread of its own (a coroutine on the loop of the tools), so it may take
        its time. ``on_approval(None)`` ends that; the answer is ``fn``.
        """
        self._link.tools.approvals.ask = fn
        return fn
