"""``FunctionTool``: a Python function with everything that a model needs to call it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from ...errors import ToolError
from ...protocol.config import Tool
from . import docstring
from .schema import Parameters, read_parameters

__all__ = ["TIMEOUT_S", "FunctionTool", "make"]

#: A person waits for the answer.
TIMEOUT_S = 30.0

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class FunctionTool:
    """A function that a model may call."""

    name: str
    fn: Callable[..., Any]
    description: str
    """From the docstring: what stands before its sections."""
    parameters: Parameters
    approve: bool
    """A person is asked before every call."""
    timeout_s: float
    blocking: bool
    """The answer waits for the result."""

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments."""
        return self.parameters.schema

    @property
    def tool(self) -> Tool:
        """What the server is told."""
        return Tool(name=self.name, description=self.description or UNSET, parameters=self.schema)

    @property
    def origin(self) -> tuple[str, str]:
        """Where the function was written: a cell that runs again writes the same one."""
        module = getattr(self.fn, "__module__", None) or type(self.fn).__module__
        return module, getattr(self.fn, "__qualname__", type(self.fn).__qualname__)

    def __repr__(self) -> str:
        """``<FunctionTool weather(city, days): asks for approval>``."""
        notes = [f"at most {self.timeout_s:g} s"]
        if self.approve:
            notes.append("asks for approval")
        if not self.blocking:
            notes.append("the answer does not wait for it")
        given = ", ".join(self.schema["properties"])
        return f"<FunctionTool {self.name}({given}): {', '.join(notes)}>"


def make(
    fn: Callable[..., Any],
    *,
    name: str | None = None,
    approve: bool = False,
    timeout: float = TIMEOUT_S,
    blocking: bool = True,
    names: Mapping[str, Any] | None = None,
) -> FunctionTool:
    """Make a tool of a function; ``ToolError`` says why it cannot be one."""
    if not callable(fn):
        raise ToolError(f"a tool is a function, and {fn!r} is none")
    if isinstance(fn, type):
        raise ToolError(f"a tool is a function, and {fn.__name__} is a class")
    called = name if name is not None else getattr(fn, "__name__", None)
    if called is None or called == "<lambda>":
        raise ToolError(f"{fn!r} has no name that a model could call: give name='...'")
    if not isinstance(called, str) or not _NAME.fullmatch(called):
        raise ToolError(
            f"a tool cannot be called {called!r}: 1 to 64 letters of the English alphabet, "
            "digits, _ and - are possible; give name='...'"
        )
    try:
        limit = float(timeout)
    except (TypeError, ValueError):
        limit = math.nan
    if not 0 < limit < math.inf:
        raise ToolError(f"timeout={timeout!r} of tool {called!r} is no number of seconds above 0")
    doc = docstring.read(getattr(fn, "__doc__", None) if hasattr(fn, "__name__") else None)
    return FunctionTool(
        name=called,
        fn=fn,
        description=doc.summary,
        parameters=read_parameters(fn, called, doc.parameters, names or {}),
        approve=approve,
        timeout_s=limit,
        blocking=blocking,
    )
