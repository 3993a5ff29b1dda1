"""``RuleModel``: a language model of rules, which says that it is one.

Theory of operation. What the answer is about is decided in this order:

1. ``tool_choice`` demands a tool: call it (``required`` takes the likeliest).
2. The context ends with results of tools: tell them.
3. The user spoke, and the transcript is a simulated one: say what was measured.
4. ``say ...`` and ``repeat after me: ...`` are taken literally.
5. Unless ``tool_choice`` is ``none``: tools whose whole name is in the text are called.
6. The exact orders (count, spell), then a tool that the text suggests, then other rules.

Where the context holds no words of a user, the instructions are read in their place. Words
that follow a picture begin with the remark that nobody here can see it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from ..protocol.config import Tool, ToolChoiceFunction
from ..protocol.items import FunctionCall, FunctionCallOutput, Message
from .base import Prompt, ToolCall
from .pictures import CANNOT_SEE, shown_since
from .simulated_answers import EXACT, GENERAL, fallback, repeat, spoken, words, words_of
from .simulated_pace import Pace
from .simulated_tools import call, named_in, suggested_by
from .simulated_transcriber import Heard

__all__ = ["RuleModel"]

#: Tokens a second at pace 1, about what a hosted model makes.
TOKENS_PER_S = 40.0
#: A tool's result is told up to this many characters.
LONGEST_RESULT = 2000
#: A longer question (characters) takes the rules a while.
LONGEST_INSTANT = 4000

_TOKEN = re.compile(r"\w{1,5}|[^\w\s]")


class RuleModel:
    """Answers by rules; ``pace`` says when."""

    name = "simulated-rules"
    sees = False

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    def generate(self, prompt: Prompt) -> Iterator[str | ToolCall]:
        """A piece a word. It heeds no limit of tokens: the server cuts where it is reached."""
        text = _question(prompt)
        clock = self._pace.clock(self.name, text, latency_ms=self._pace.latency_ms)
        answer = self._answer(prompt, text)
        for piece in _remarked(answer) if shown_since(prompt.items) else answer:
            said = piece if isinstance(piece, str) else piece.arguments
            clock.step(self.count_tokens(said) / TOKENS_PER_S)
            yield piece

    def instant(self, prompt: Prompt) -> bool:
        """Whether ``generate`` blocks nowhere: a short question, no tools and no delays."""
        last = prompt.items[-1] if prompt.items else None
        short = isinstance(last, Message) and len(words_of(last)) <= LONGEST_INSTANT
        return short and not prompt.tools and not self._pace.waits

    def count_tokens(self, text: str) -> int:
        """Five letters or one sign a token; pieces cut at spaces add up to the whole."""
        return len(_TOKEN.findall(text))

    def _answer(self, prompt: Prompt, text: str) -> Iterable[str | ToolCall]:
        heard = Heard.read(text)

        def calls(tools: Iterable[Tool]) -> list[ToolCall]:
            # A measurement is no words: nothing in it is meant for an argument.
            return [call(tool, "" if heard else text, self._pace.seed) for tool in tools]

        demanded = _demanded(prompt, text)
        if demanded:
            return calls([demanded])
        results = list(takewhile(lambda i: isinstance(i, FunctionCallOutput), prompt.items[::-1]))
        if results:
            return words(" ".join(_told(result, prompt) for result in reversed(results)))
        if heard:
            return spoken(heard)
        literal = repeat(text, prompt)
        if literal:
            return literal
        tools = () if prompt.tool_choice == "none" else prompt.tools
        named = named_in(text, tools)
        if named:
            return calls(named)
        for rule in EXACT:
            answer = rule(text, prompt)
            if answer:
                return answer
        tool = suggested_by(text, tools)
        if tool:
            return calls([tool])
        for rule in GENERAL:
            answer = rule(text, prompt)
            if answer:
                return answer
        return fallback(text)


def _remarked(answer: Iterable[str | ToolCall]) -> Iterator[str | ToolCall]:
    """``answer``, and before its first word that pictures are not seen."""
    silent = True
    for piece in answer:
        if silent and isinstance(piece, str):
            silent = False
            yield from words(f"{CANNOT_SEE} ")
        yield piece


def _question(prompt: Prompt) -> str:
    """The last words of the user; else the instructions, if a rule reads them; else a greeting."""
    for item in reversed(prompt.items):
        if isinstance(item, Message) and item.role == "user":
            return words_of(item)
    readable = (repeat, *EXACT)
    asked = any(rule(prompt.instructions, prompt) for rule in readable)
    return prompt.instructions if asked else "hello"


def _demanded(prompt: Prompt, text: str) -> Tool | None:
    choice = prompt.tool_choice
    if isinstance(choice, ToolChoiceFunction):
        return next((tool for tool in prompt.tools if tool.name == choice.name), None)
    if choice != "required" or not prompt.tools:
        return None
    named = named_in(text, prompt.tools)
    return named[0] if named else suggested_by(text, prompt.tools) or prompt.tools[0]


def _told(result: Any, prompt: Prompt) -> str:
    """One tool's result in words."""
    made = (i for i in prompt.items if isinstance(i, FunctionCall) and i.call_id == result.call_id)
    name = next((item.name for item in made), "tool")
    try:
        value = json.loads(result.output)
    except ValueError:
        value = result.output
    told = _plainly(value)[:LONGEST_RESULT] or "nothing"
    return f"The {name.replace('_', ' ')} says: {told}{'' if told[-1] in '.!?' else '.'}"


def _plainly(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} is {_plainly(v)}" for key, v in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plainly, value))
    return value.strip() if isinstance(value, str) else json.dumps(value)
