from __future__ import annotations

import pytest

from rtwidgets.engines.schema_hints import Hints


@pytest.mark.parametrize(
    ("text", "strings"),
    [
        ("call it \"blue sky\" or 'red'", ["blue sky", "red"]),
        ("I fly from Paris to New York. Then home", ["Paris", "New York"]),
        ("it's Bob's turn", ["Bob"]),
        ("weather in the old town", ["old town"]),
        ("hello", []),
    ],
)
def test_strings(text: str, strings: list[str]) -> None:
    assert Hints(text).strings() == strings


def test_each_value_is_used_once() -> None:
    hints = Hints("Send Ada and Bob 3 and 4.5")
    hints.use("Ada")
    hints.use(3)
    hints.use("nobody")
    hints.use(True)
    assert (hints.strings(), hints.numbers()) == (["Bob"], [4.5])


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("city=Paris", "city", "Paris"),
        ("the city is Rome.", "city", "Rome"),
        ("city: “New York”, please", "city", "New York"),
        ("zip code 12345", "zip_code", "12345"),
        ("the city of light", "city", None),
        ("velocity 3", "city", None),
        ("city", "city", None),
    ],
)
def test_named_values(text: str, name: str, value: str | None) -> None:
    assert Hints(text).named(name) == value


def test_mentions_are_whole_words() -> None:
    hints = Hints("Use get weather, not C++ or f(x)")
    assert hints.mentions("get_weather") and hints.mentions("C++") and hints.mentions("f(x)")
    assert not hints.mentions("weath") and not hints.mentions("") and not hints.mentions("_")
