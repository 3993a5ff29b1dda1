"""Searching for a stranger's pattern: the answers of ``re``, and no pattern takes ages."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rtwidgets.engines.schema_effort import TooMuch, limited
from rtwidgets.engines.schema_search import _compiled, _run, found

atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\W", r"\s", r"[\w-]", "1", "\n"])
places = st.sampled_from(["^", "$", r"\b", r"\B", r"\A", r"\Z"])
patterns = st.recursive(
    atoms | places,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=4).map("".join)
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})")
        | st.tuples(inner, st.sampled_from(["*", "+?", "?", "{2}", "{1,3}", "{2,}"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        )
    ),
    max_leaves=8,
)


@given(pattern=patterns, text=st.text("ab1- \n", min_size=1, max_size=8))
@example(pattern="a$", text="a\n")
@example(pattern="(?:a*)*b", text="aab")
def test_the_automaton_answers_like_re(pattern: str, text: str) -> None:
    _, program = _compiled(pattern)
    assert program is not None
    assert _run(program, text) == (re.search(pattern, text) is not None)


@pytest.mark.parametrize(
    "pattern",
    ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^([a-z]+)*$", "^(a*)*b", "a*a*a*a*a*b", r"^(\w+\s?)*$"],
)
def test_no_pattern_takes_ages(pattern: str) -> None:
    with limited():
        assert not found(pattern, "a" * 500 + "!")


@pytest.mark.parametrize(
    "pattern", ["a*b", "(a+)+b", "^(?=(a+)+$)", r"(a+)\1+b", "(?=(a|a|a|a)*b)"]
)
def test_no_text_takes_ages(pattern: str) -> None:
    try:
        with limited():
            for length in (9, 15, 30, 1000, 1_000_000):
                found(pattern, "a" * length)
    except TooMuch:
        pass


def test_an_automaton_has_a_largest_size() -> None:
    with pytest.raises(TooMuch):
        found("((a{1,999}){1,999}){1,999}", "a")


def test_usual_patterns() -> None:
    mail = r"^[^@\s]+@[^@\s]+(\.[^@\s]+)+$"
    assert found(mail, "somebody.with.a.long.name@mail.example.com")
    assert not found(mail, "somebody.with.a.long.name.at.mail.example.com")
    assert found(r"^\w+(\.\w+)*$", "a.module.with.a.long.name")
    assert found(r"^(?=.*\d)(?=.*[a-z]).{8,}$", "secret123")
    with pytest.raises(re.error):
        found("(", "x")
