"""``found``: whether a regular expression of a stranger is in a text, in bounded time.

Theory of operation. Python's ``re`` goes back and tries again; ``(a+)+$`` before thirty letters
takes it minutes, in which no other thread of the process runs. So it is asked only where it
cannot be led astray: one repetition, a short text. Everything else becomes a list of
instructions for an automaton that is in all its states at once and reads each letter once
(Thompson, 1968); its steps are counted like all work on a schema (``schema_effort.py``).
What no automaton can do (look-around, references to groups) goes to ``re`` with a text so
short that trying everything is quick; a longer one passes.
"""

from __future__ import annotations

import importlib
import math
import re
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from .schema_effort import TooMuch, spend

__all__ = ["PARSER", "found"]

# The standard library's own parser; it has no public name.
PARSER = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

#: Letters in which a single repetition cannot do harm.
_SHORT = 2000
#: Ways through a text that ``re`` may try.
_WAYS = 1_000_000
#: Instructions of one automaton.
_LARGEST = 20_000
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")
_CATEGORIES = {
    f"CATEGORY_{negated}{name}": re.compile(f"\\{letter.upper() if negated else letter}").match
    for name, letter in (("DIGIT", "d"), ("SPACE", "s"), ("WORD", "w"))
    for negated in ("", "NOT_")
}

Instruction = tuple[str, Any]
"""``take`` (a test of a letter), ``fork`` (where to go on), ``at`` (a place), ``end``."""


class _Beyond(Exception):
    """Something that no automaton can do."""


def found(pattern: str, text: str) -> bool:
    """Like ``re.search(...) is not None``; ``re.error`` where the pattern is not Python's."""
    repetitions, program = _compiled(pattern)
    if repetitions <= 1:
        longest = _SHORT
    else:
        longest = int(math.log(_WAYS, repetitions + 1)) if program is None else 0
    if len(text) <= longest:
        return re.search(pattern, text) is not None
    return program is None or _run(program, text)


@lru_cache(maxsize=16)
def _compiled(pattern: str) -> tuple[int, list[Instruction] | None]:
    """How often ``re`` may have to choose, and the automaton where there is one."""
    tree = PARSER.parse(pattern)
    program: list[Instruction] = []
    try:
        if tree.state.flags & ~re.UNICODE:
            raise _Beyond
        _write(tree, program)
    except _Beyond:
        return _repetitions(tree), None
    program.append(("end", None))
    return _repetitions(tree), program


def _repetitions(tree: Iterable[tuple[Any, Any]]) -> int:
    """How many parts may be repeated as often as the text likes, or chosen in more ways."""
    count = 0
    for op, argument in tree:
        name = str(op)
        if name.endswith("_REPEAT"):
            low, high, inner = argument
            inside = _repetitions(inner)
            # Repeated choices and repeated repetitions multiply.
            count += (low != high) + inside * (2 if high > 1 else 1)
        elif name == "BRANCH":
            count += len(argument[1]) + sum(map(_repetitions, argument[1]))
        elif name == "SUBPATTERN":
            count += _repetitions(argument[-1])
        elif name == "ATOMIC_GROUP":
            count += _repetitions(argument)
        elif name in ("ASSERT", "ASSERT_NOT"):
            count += _repetitions(argument[1])
        elif name in ("GROUPREF", "GROUPREF_EXISTS"):
            count += 2
    return count


def _write(tree: Iterable[tuple[Any, Any]], program: list[Instruction]) -> None:
    """Append the instructions of a parsed pattern."""
    for op, argument in tree:
        name = str(op)
        if len(program) > _LARGEST:
            raise TooMuch
        if name in _REPEATS:
            low, high, inner = argument
            _write_repeat(low, high, inner, program)
        elif name == "SUBPATTERN":
            _, on, off, inner = argument
            if on or off:
                raise _Beyond
            _write(inner, program)
        elif name == "BRANCH":
            _write_choice(argument[1], program)
        elif name == "AT":
            program.append(("at", str(argument)))
        else:
            program.append(("take", _test(name, argument)))


def _write_repeat(low: int, high: Any, inner: Any, program: list[Instruction]) -> None:
    for _ in range(low):
        _write(inner, program)
        if len(program) > _LARGEST:
            raise TooMuch
    if high == PARSER.MAXREPEAT:
        start = len(program)
        program.append(("fork", ()))
        _write(inner, program)
        program.append(("fork", (start,)))
        program[start] = ("fork", (start + 1, len(program)))
        return
    forks = []
    for _ in range(int(high) - low):
        forks.append(len(program))
        program.append(("fork", ()))
        _write(inner, program)
        if len(program) > _LARGEST:
            raise TooMuch
    for fork in forks:
        program[fork] = ("fork", (fork + 1, len(program)))


def _write_choice(choices: Iterable[Any], program: list[Instruction]) -> None:
    start = len(program)
    program.append(("fork", ()))
    begins, ends = [], []
    for choice in choices:
        begins.append(len(program))
        _write(choice, program)
        ends.append(len(program))
        program.append(("fork", ()))
    program[start] = ("fork", tuple(begins))
    for end in ends:
        program[end] = ("fork", (len(program),))


def _test(name: str, argument: Any) -> Callable[[str], bool]:
    """Whether a letter is the one that is asked for."""
    if name == "LITERAL":
        return lambda c: ord(c) == argument
    if name == "NOT_LITERAL":
        return lambda c: ord(c) != argument
    if name == "ANY":
        return lambda c: c != "\n"
    if name == "RANGE":
        return lambda c: argument[0] <= ord(c) <= argument[1]
    if name == "CATEGORY" and str(argument) in _CATEGORIES:
        of = _CATEGORIES[str(argument)]
        return lambda c: of(c) is not None
    if name == "IN":
        negated = str(argument[0][0]) == "NEGATE"
        tests = [_test(str(op), value) for op, value in argument[negated:]]
        return lambda c: any(test(c) for test in tests) != negated
    raise _Beyond


def _run(program: list[Instruction], text: str) -> bool:
    """Read the text once; a match may begin before each letter."""
    states: set[int] = set()
    for place in range(len(text) + 1):
        states = _spread(program, {*states, 0}, text, place)
        if len(program) - 1 in states:
            return True
        if place < len(text):
            states = {
                state + 1
                for state in states
                if program[state][0] == "take" and program[state][1](text[place])
            }
    return False


def _spread(program: list[Instruction], states: set[int], text: str, place: int) -> set[int]:
    """The states, and all that are reached from them without a letter."""
    waiting = list(states)
    while waiting:
        spend()
        state = waiting.pop()
        name, argument = program[state]
        reached: tuple[int, ...] = ()
        if name == "fork":
            reached = argument
        elif name == "at" and _is_at(argument, text, place):
            reached = (state + 1,)
        for target in reached:
            if target not in states:
                states.add(target)
                waiting.append(target)
    return states


def _is_at(name: str, text: str, place: int) -> bool:
    if name in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
        return place == 0
    if name in ("AT_END", "AT_END_STRING"):
        return place == len(text) or (name == "AT_END" and text[place:] == "\n")
    word = _CATEGORIES["CATEGORY_WORD"]
    sides = [bool(word(c)) for c in (text[max(0, place - 1) : place], text[place : place + 1])]
    return (sides[0] != sides[1]) == (name == "AT_BOUNDARY")
