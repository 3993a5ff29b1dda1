"""``Toolbox``: the tools of a session, ``session.tools``.

Theory of operation. Functions may come and go from any thread. The server is told by one
``session.update`` for all that changed within a moment, at the latest before the next
response is asked for. A server knows one list of tools, so what a user gave as data
(``session.update(tools=[...])``, MCP servers among them) is kept beside the functions and both
are sent together.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec import UNSET, Struct

from ... import _loop
from ...errors import ToolError
from ...protocol.config import SessionConfig
from ..settings.flat import nearest, session_config
from .function import FunctionTool, make

__all__ = ["MAX_ROUNDS", "Toolbox", "refuse_twins", "split"]

#: Decorators of one cell follow one another faster than this, in s.
MOMENT_S = 0.02
#: Rounds of calls in one turn before the model has to answer.
MAX_ROUNDS = 8


class Toolbox(Mapping[str, FunctionTool]):
    """Functions that the model may call, by name."""

    def __init__(self, send: Callable[[SessionConfig], None], later: Callable[..., object]) -> None:
        self.max_rounds = MAX_ROUNDS
        """After so many rounds of calls in one turn, the model has to answer."""
        # Both are called on the loop thread.
        self._send = send
        self._later = later
        self._lock = threading.Lock()
        self._tools: dict[str, FunctionTool] = {}
        self._data: tuple[Any, ...] = ()
        self._dirty = False

    # Reading.

    def __getitem__(self, name: str) -> FunctionTool:
        return self._tools[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tools)

    def __len__(self) -> int:
        return len(self._tools)

    def __repr__(self) -> str:
        """A line for each tool."""
        return "\n".join(map(repr, self._tools.values())) or "no tools"

    def is_data(self, name: str) -> bool:
        """A tool that the user gave as data, and whose calls are the user's to answer."""
        return any(_name(tool) == name for tool in self._data)

    def declared(self) -> tuple[Any, ...]:
        """What the server is to know."""
        return (*self._data, *(tool.tool for tool in self._tools.values()))

    # Changing, from any thread.

    def add(self, fn: Callable[..., Any], **options: Any) -> FunctionTool:
        """Let the model call ``fn``; the options are those of ``session.tool``.

        A cell that runs again replaces its own function. Raises ``ToolError`` where another
        tool has the name, and for a function that no model could call.
        """
        tool = make(fn, **options)
        self.put(tool)
        self._changed()
        return tool

    def remove(self, name: str) -> None:
        """Take a tool away from the model; a call in progress ends by itself."""
        with self._lock:
            if name not in self._tools:
                hint = nearest(name, self._tools) if self._tools else "there are none"
                raise ToolError(f"no tool is called {name!r}: {hint}")
            self._tools = {key: tool for key, tool in self._tools.items() if key != name}
        self._changed()

    def put(self, tool: FunctionTool) -> None:
        """``add`` without a word to the server."""
        with self._lock:
            self._refuse_clash(tool)
            self._tools = {**self._tools, tool.name: tool}

    def _refuse_clash(self, tool: FunctionTool) -> None:
        known = self._tools.get(tool.name)
        if known is not None and known.origin != tool.origin:
            raise ToolError(
                f"the name {tool.name!r} belongs to the tool {'.'.join(known.origin)}: "
                f"give name='...', or session.tools.remove({tool.name!r}) first"
            )
        if self.is_data(tool.name):
            raise ToolError(
                f"the name {tool.name!r} belongs to a tool that session.update(tools=...) gave: "
                "give name='...'"
            )

    def _changed(self) -> None:
        self._dirty = True
        _loop.post(self._later, MOMENT_S, self.flush)

    def set_data(self, tools: tuple[Any, ...]) -> None:
        """The tools that are data, instead of those before."""
        with self._lock:
            for tool in tools:
                if _name(tool) in self._tools:
                    raise ToolError(
                        f"the name {_name(tool)!r} belongs to a function: "
                        f"session.tools.remove({_name(tool)!r}) first"
                    )
            self._data = tools

    # Telling the server.

    def flush(self) -> None:
        """Tell the server what changed; on the loop thread."""
        if self._dirty:
            self._dirty = False
            self._send(SessionConfig(type="realtime", tools=self.declared()))

    def begin_with(self, functions: Iterable[FunctionTool], everything: Any) -> None:
        """The tools of a session that is being opened, of which the server is told anyway."""
        functions = tuple(functions)
        names = {tool.name for tool in functions}
        data = () if everything is UNSET or everything is None else everything
        self.set_data(tuple(tool for tool in data if _name(tool) not in names))
        for tool in functions:
            self.put(tool)

    def in_settings(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Settings of a user, in which ``tools`` is everything the server is to know."""
        if "tools" not in settings:
            return settings
        functions, rest = split(settings["tools"])
        data = session_config({"tools": rest}).tools
        self.set_data(() if data is UNSET or data is None else tuple(data))
        for tool in functions:
            self.put(tool)
        return {**settings, "tools": self.declared()}

    def in_overrides(self, overrides: dict[str, Any]) -> dict[str, Any]:
        """Overrides of one response, in which functions stand for their tools."""
        if "tools" not in overrides:
            return overrides
        given = overrides["tools"]
        given = [given] if callable(given) else given or ()
        if isinstance(given, (Mapping, Struct)):
            return overrides
        return {**overrides, "tools": [self._known(one) for one in given]}

    def _known(self, given: Any) -> Any:
        tool = given
        if callable(given):
            tool = next((tool for tool in self._tools.values() if tool.fn is given), None)
            if tool is None:
                name = getattr(given, "__name__", repr(given))
                raise ToolError(f"{name} is no tool of this session: @session.tool makes it one")
        return tool.tool if isinstance(tool, FunctionTool) else tool


def split(tools: Any) -> tuple[list[FunctionTool], list[Any]]:
    """Functions, made tools, and the tools that are data."""
    if callable(tools) or isinstance(tools, (Mapping, Struct, FunctionTool)):
        tools = [tools]
    functions: list[FunctionTool] = []
    rest: list[Any] = []
    for tool in tools or ():
        if isinstance(tool, FunctionTool):
            functions.append(tool)
        elif callable(tool):
            functions.append(make(tool))
        else:
            rest.append(tool)
    return functions, rest


def refuse_twins(tools: Any) -> None:
    """``ToolError`` where two tools have one name; ``UNSET`` and ``None`` are no tools."""
    names = Counter(map(_name, () if tools is UNSET or tools is None else tools))
    for name, count in names.items():
        if name is not None and count > 1:
            raise ToolError(f"{count} of the tools are called {name!r}")


def _name(tool: Any) -> str | None:
    return getattr(tool, "name", None)
