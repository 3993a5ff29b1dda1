"""Clauses: short first, cut at breaths, never inside a number or a title."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.server.clauses import LONGEST, ClauseSplitter, speakable


def split(text: str, size: int | None = None) -> list[str]:
    """All clauses of ``text``, given in pieces of ``size`` characters (None: by word)."""
    splitter = ClauseSplitter()
    pieces = (
        [text[i : i + size] for i in range(0, len(text), size)]
        if size
        else [(" " if n else "") + word for n, word in enumerate(text.split(" "))]
    )
    clauses = [clause for piece in pieces for clause in splitter.push(piece)]
    return clauses + splitter.finish()


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("Hello! How can I help you today?", ["Hello!", " How can I help you today?"]),
        ("Yes.", ["Yes."]),
        # A forced cut comes before a word that leans on the next one.
        ("The capital of France is Paris.", ["The capital", " of France is Paris."]),
        # Where every word leans, the wait is what counts.
        ("Well, this is the answer.", ["Well, this is", " the answer."]),
        ("There are about 25 km to go still.", ["There are", " about 25 km to go still."]),
        # A comma cuts, but not after a single word.
        ("Well, I think so, yes.", ["Well, I think", " so, yes."]),
        ("Of course, here it is.", ["Of course,", " here it is."]),
        # Numbers, titles and abbreviations stay whole.
        ("It costs 3.50 euros now.", ["It costs 3.50 euros", " now."]),
        ("Ask Dr. Smith about it today.", ["Ask Dr. Smith", " about it today."]),
        ("About 300 million people live there.", ["About 300 million", " people live there."]),
        ("See e.g. Kant or Hume for more.", ["See e.g. Kant", " or Hume for more."]),
        ("1. Wash the apples well.", ["1. Wash", " the apples well."]),
        ("No. I do not think so.", ["No.", " I do not think so."]),
        # A new line always cuts, scripts without spaces cut at their own marks.
        ("Sure\nFirst, boil water.", ["Sure", "\nFirst, boil water."]),
        ("你好。我是助手，很高兴。", ["你好。", "我是助手，", "很高兴。"]),
    ],
)
def test_clauses_of(text: str, clauses: list[str]) -> None:
    assert split(text) == clauses


def test_later_clauses_are_longer() -> None:
    text = " ".join(f"word{chr(97 + n % 26)}x" for n in range(60))
    assert [len(clause.split()) for clause in split(text)] == [3, 6, 10, 14, 14, 13]


def test_a_clause_is_handed_out_before_the_text_ends() -> None:
    splitter = ClauseSplitter()
    assert splitter.push("Light is fast") == []  # "fast" may become "faster"
    assert splitter.push(" and") == ["Light is fast"]


def test_a_number_that_is_still_coming_is_not_cut() -> None:
    splitter = ClauseSplitter()
    assert splitter.push("Pi is 3.") == []
    assert splitter.push("14") == []
    assert splitter.push(" exactly.") == []
    assert splitter.finish() == ["Pi is 3.14 exactly."]


def test_text_without_a_place_to_cut_is_cut_anyway() -> None:
    assert len(split("x" * (LONGEST + 10), 7)[0]) == LONGEST


@given(st.text(alphabet="ab1 .,!?\nDr你。-", max_size=400), st.integers(1, 9))
def test_clauses_joined_are_the_text(text: str, size: int) -> None:
    clauses = split(text, size)
    assert "".join(clauses) == text
    assert all(clauses)


@given(st.text(alphabet="abc1 .,!?\n$5", max_size=200))
def test_the_size_of_the_pieces_changes_no_cut(text: str) -> None:
    assert split(text, 1) == split(text, 5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" **Sure**, I can!", "Sure, I can!"),
        ("# Heading\n- one\n- two", "Heading one two"),
        ("[the docs](https://example.org)", "the docs"),
        (" ... ", ""),
        ("2*3 is six", "2 times 3 is six"),
        ("```", ""),
    ],
)
def test_speakable(text: str, said: str) -> None:
    assert speakable(text) == said
