"""What a model reads of what a function returned."""

from __future__ import annotations

import datetime as dt
import enum
import json
import math
import uuid
from collections import namedtuple
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from rtwidgets.session.tools.result import MOST_CHARS, as_text


def told(value: Any) -> Any:
    text = as_text(value)
    assert len(text) <= MOST_CHARS + 100
    return json.loads(text)


class Colour(enum.Enum):
    RED = "red"


@dataclass
class Place:
    city: str
    colour: Colour


class Frozen(msgspec.Struct):
    a: int


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class Model:
    def model_dump(self) -> dict[str, Any]:
        return {"a": 1}


class Evil:
    columns = dtypes = shape = ()

    def head(self, _: int) -> Any: ...


class TestPlain:
    @pytest.mark.parametrize(
        ("value", "said"),
        [
            (None, None), (True, True), (3, 3), (2**80, 2**80), (1.5, 1.5), (math.inf, "inf"),
            ([1, (2, {"a": None})], [1, [2, {"a": None}]]),
            ({1: "a", (1, 2): "b"}, {"1": "a", "(1, 2)": "b"}),
            ({3}, [3]), (range(3), [0, 1, 2]),
            (Colour.RED, "red"), (Place("Bern", Colour.RED), {"city": "Bern", "colour": "red"}),
            (namedtuple("P", "x y")(1, 2), {"x": 1, "y": 2}), (Frozen(a=1), {"a": 1}),
            (Model(), {"a": 1}),
            (dt.date(2026, 1, 2), "2026-01-02"), (dt.timedelta(hours=1), "1:00:00"),
            (Decimal("1.10"), "1.10"), (Fraction(1, 3), "1/3"), (1 + 2j, "(1+2j)"),
            (uuid.UUID(int=0), str(uuid.UUID(int=0))), (PurePosixPath("a/b"), "a/b"),
            (b"123", {"type": "bytes", "bytes": 3}),
            (ValueError("no"), {"type": "ValueError", "message": "no"}),
            (np.float64(1.5), 1.5), (np.int8(3), 3), (np.bool_(1), True),
            (np.arange(4).reshape(2, 2), [[0, 1], [2, 3]]),
        ],
    )  # fmt: skip
    def test_as_json_holds_it(self, value: Any, said: Any) -> None:
        assert told(value) == said

    def test_text_goes_as_it_is(self) -> None:
        assert as_text('say "hi" ü') == 'say "hi" ü'

    def test_objects_are_named_without_keys(self) -> None:
        class Thing:
            def __repr__(self) -> str:
                return "Thing(key='sk-abcdef0123456')"

        assert told(Thing())["text"] == "Thing(key='[key]')"
        assert told(Broken())["text"] == "[no repr: RuntimeError]"
        assert told(object)["type"] == "type"
        assert told(Evil())["type"] == "Evil" and "unreadable" in told(Evil())

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
        )
    )
    @settings(max_examples=80, deadline=None)
    def test_anything_becomes_text(self, value: Any) -> None:
        as_text(value).encode("utf-8", "surrogatepass")


class TestCuts:
    def test_long_text_says_what_was_cut(self) -> None:
        text = as_text("x" * 20_000)
        assert text.endswith("… [cut: 12,000 of 20,000 characters left out]")

    def test_long_lists_say_what_was_cut(self) -> None:
        assert told(list(range(10**6)))[-1] == "… 999,000 of 1,000,000 left out"
        assert told(["y" * 100] * 500)[-1] == "… 480 of 500 left out"
        assert told({str(n): n for n in range(10_000)})["…"].startswith("9,900 of 10,000 entries")

    def test_deep_and_circular_things_end(self) -> None:
        circle: list[Any] = []
        circle.append(circle)
        assert "[list, left out]" in as_text(circle)
        wide: Any = 1
        for _ in range(8):
            wide = [wide] * 100
        assert len(as_text(wide)) <= MOST_CHARS + 100


@pytest.mark.parametrize("library", [pd, pl])
class TestTables:
    def test_columns_rows_and_what_is_left_out(self, library: Any) -> None:
        frame = library.DataFrame({"n": range(1000), "x": [float("nan")] + [0.5] * 999})
        said = told(frame)
        assert said["type"] == "DataFrame" and said["rows"] == 1000
        assert said["columns"]["n"].lower() == "int64"
        assert said["data"][1] == {"n": 1, "x": 0.5} and len(said["data"]) == 50
        assert said["left_out"] == "950 of 1,000 rows"

    def test_small_and_empty(self, library: Any) -> None:
        said = told(library.DataFrame({"day": [dt.datetime(2026, 1, 2)]}))  # noqa: DTZ001
        assert said["data"] == [{"day": "2026-01-02T00:00:00"}] and "left_out" not in said
        assert told(library.DataFrame())["rows"] == 0

    def test_wide_ones_keep_to_the_limit(self, library: Any) -> None:
        frame = library.DataFrame({f"column {n}": ["some words"] * 60 for n in range(300)})
        assert told(frame)["columns"]["…"] == "280 of 300 entries left out"

    def test_series(self, library: Any) -> None:
        series = library.Series("n", [1, 2]) if library is pl else library.Series([1, 2], name="n")
        said = told(series)
        assert said["type"] == "Series" and said["data"] == [{"n": 1}, {"n": 2}]


def test_the_index_of_pandas_may_be_the_result() -> None:
    frame = pd.DataFrame({"town": ["Bern", "Bern", "Basel"], "n": [1, 2, 5]})
    assert told(frame.groupby("town").sum())["data"] == [
        {"town": "Basel", "n": 5}, {"town": "Bern", "n": 3}
    ]  # fmt: skip
    assert told(frame.groupby("town").n.mean())["data"][0] == {"town": "Basel", "n": 5.0}
    assert told(pd.Series([1, 2]))["data"] == [{"value": 1}, {"value": 2}]


def test_arrays() -> None:
    said = told(np.arange(1000.0).reshape(10, 100))
    assert said["shape"] == [10, 100] and said["dtype"] == "float64"
    assert (said["min"], said["max"], said["mean"]) == (0.0, 999.0, 499.5)
    assert said["first"][:2] == [0.0, 1.0] and said["left_out"] == "950 of 1,000 values"
    assert "min" not in told(np.array(["a"] * 100))
    assert told(np.array([], float)) == []


def test_figures() -> None:
    figure = Figure()
    figure.suptitle("Two")
    axes = figure.subplots(1, 2)
    axes[0].plot([1, 2])
    axes[0].set(title="left", xlabel="t", ylabel="v")
    said = told(figure)
    assert said["type"] == "figure" and said["title"] == "Two"
    assert said["axes"][0] == {"title": "left", "x": "t", "y": "v", "drawn": 1}
