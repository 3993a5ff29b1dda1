"""Tools from plain Python functions: what a model may call, and what it is told then.

From the bottom up: ``docstring`` and ``schema`` read a function, ``function`` makes a tool
of it, ``workers`` run it, ``result`` puts into words what it returned; ``calls`` and
``approvals`` are what a user sees of that, ``toolbox`` is ``session.tools``, and ``rounds``
goes from a response with calls to the answer that follows.
"""

from __future__ import annotations

from .approvals import Approval
from .calls import ToolCall
from .function import FunctionTool
from .toolbox import Toolbox

__all__ = ["Approval", "FunctionTool", "ToolCall", "Toolbox"]
