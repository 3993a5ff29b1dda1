"""``arguments_for``: the arguments of a call, which fit the tool's schema or are refused.

Theory of operation. A grammar holds a model to the shape of a schema and no further:
llama.cpp's knows no ``multipleOf``, no bounds of fractions, no ``uniqueItems``, no ``not``, and
a limit of tokens may end it in the middle of a word. So what a model wrote is a *proposal*.
It is held against the schema, and where it does not fit, ``fit`` makes a value that does and
keeps the parts that are right. The result is checked once more; a schema that nothing fits
is an ``EngineError``, never a call with wrong arguments.
"""

from __future__ import annotations

import json
import random
from typing import Any

from msgspec import UNSET

from ..errors import EngineError
from ..protocol.config import Tool
from .schema_check import matches
from .schema_effort import TooMuch, limited
from .schema_fit import NOTHING, fit

__all__ = ["arguments_for", "object_schema", "parsed"]


def object_schema(tool: Tool) -> dict[str, Any]:
    """The schema of a tool's arguments: they are an object, even where it does not say so."""
    given = (tool.parameters if tool.parameters is not UNSET else None) or {}
    kinds = given.get("type", "object")
    possible = "object" in kinds if isinstance(kinds, list) else kinds == "object"
    return {**given, "type": "object"} if possible else given


def parsed(text: str) -> Any:
    """The JSON value in ``text``, as a proposal; ``NOTHING`` where it is not finished."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return NOTHING


def arguments_for(
    tool: Tool,
    text: str,
    rng: random.Random,
    *,
    proposal: Any = NOTHING,
    filler: str = "unknown",
) -> str:
    """JSON that fits the schema of ``tool``: ``proposal``, or what is nearest to it.

    Args:
        text: what the user said; fills what the proposal leaves open.
        filler: the word before a property's name where a string must be invented.

    ``EngineError`` where the schema is none, asks for too much, or nothing was found that fits.
    """
    schema = object_schema(tool)
    try:
        with limited():
            if proposal is NOTHING or not matches(proposal, schema, schema):
                proposal = fit(schema, text, rng, proposal=proposal, filler=filler)
            fits = isinstance(proposal, dict) and matches(proposal, schema, schema)
        written = json.dumps(proposal, ensure_ascii=False, allow_nan=False)
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise EngineError(f"the parameters of {tool.name} are no JSON schema: {error}") from None
    except TooMuch:
        raise EngineError(f"the parameters of {tool.name} ask for too much") from None
    except RecursionError:
        raise EngineError(f"the parameters of {tool.name} contain themselves") from None
    if not fits:
        raise EngineError(f"no arguments were found that fit the parameters of {tool.name}")
    return written
