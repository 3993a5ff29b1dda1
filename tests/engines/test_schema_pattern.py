from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.engines.schema_pattern import from_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\+?[1-9]\d{1,14}$",
        r"^[A-Z][a-z]+(?: [A-Z][a-z]+)*$",
        r"^(\d{3})-\1$",
        r"^(?=.*\d)\w{4,}$",
        r"^#(?:[0-9a-fA-F]{3}){1,2}$",
        r"(cat|dog)s?",
        r"^[^\s@]+@[^\s@]+\.[^\s@]+$",
        r"^\W$",
        r"^[^x]$",
        r"^P(?:\d+D)?(?:T\d+H)?$",
        "",
        r"^\D\S\s$",
        r"^a{2,}?$",
    ],
)
def test_patterns_that_tools_use(pattern: str) -> None:
    for seed in range(5):
        text = from_pattern(pattern, random.Random(seed))
        assert text is not None and re.search(pattern, text)


@given(st.integers(0, 40), st.integers(0, 10))
def test_the_length_is_kept(shortest: int, more: int) -> None:
    for pattern in (r"^[a-z]+$", r"^(?:ab?)*$", "x"):
        rng = random.Random(1)
        text = from_pattern(pattern, rng, shortest=shortest, longest=shortest + 10 + more)
        assert text is None or shortest <= len(text) <= shortest + 10 + more
        assert text is not None or shortest > 20


def test_what_is_not_pythons_or_impossible_is_none() -> None:
    assert from_pattern(r"\p{L}", random.Random(1)) is None
    assert from_pattern(r"(", random.Random(1)) is None
    assert from_pattern(r"^a$", random.Random(1), shortest=5) is None
    assert from_pattern(r"^a\bb$", random.Random(1)) is None
