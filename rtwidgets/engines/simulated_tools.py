"""Which tool a sentence asks for, and with which arguments."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from ..protocol.config import Tool
from .base import ToolCall
from .schema_hints import Hints
from .tool_arguments import arguments_for

__all__ = ["call", "named_in", "suggested_by"]

#: Words that name no tool in particular.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a about after all an and any are as at be by can could do does for from function get "
        "give given has have how if in into is it its make me my now of on one or out please "
        "return returns set show some tell that the them this to tool up use user using value "
        "want was what when which who will with you your",
    )
)


def named_in(text: str, tools: Sequence[Tool]) -> list[Tool]:
    """The tools whose whole name is in the text, in the order in which they are named."""
    hints = Hints(text)
    places = [(hints.place(tool.name), at) for at, tool in enumerate(tools)]
    return [tools[at] for place, at in sorted(places) if place >= 0]


def suggested_by(text: str, tools: Sequence[Tool]) -> Tool | None:
    """The tool with which the text shares most, if that is half its name or two words of it all."""
    said = _stems(text)
    best, most = None, 0.0
    for tool in tools:
        name = _stems(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", tool.name).replace("_", " "))
        about = _stems(tool.description) if isinstance(tool.description, str) else set()
        share = len(name & said) / len(name) if name else 0.0
        common = len((about | name) & said)
        score = 10 * share + common
        near = share >= 0.5 or common >= min(2, max(1, len(about) / 2))
        if near and score > most:
            best, most = tool, score
    return best


def call(tool: Tool, text: str, seed: int) -> ToolCall:
    """A call whose arguments fit the tool's schema and come from the text where they can."""
    rng = random.Random(f"{seed}/{tool.name}/{text}")
    return ToolCall(name=tool.name, arguments=arguments_for(tool, text, rng, filler="simulated"))


def _stems(text: str) -> set[str]:
    """The words that say something, without endings that only grammar needs."""
    found = set(re.findall(r"[^\W\d_]{2,}|\d+", text.lower())) - _COMMON
    return {re.sub(r"(?<=\w{3})(?:ing|ed|es|s|e)$", "", word) for word in found} - _COMMON
