"""What a function says to a model, and what becomes of the arguments that come back."""

from __future__ import annotations

import datetime as dt
import enum
import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, Optional, TypedDict, Union

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtwidgets.errors import ToolError
from rtwidgets.session.tools.docstring import read
from rtwidgets.session.tools.function import FunctionTool, make


class Unit(enum.Enum):
    CELSIUS = "C"
    FAHRENHEIT = "F"


@dataclass
class Place:
    """Somewhere."""

    city: str
    country: str = "CH"


class Range(TypedDict):
    low: int
    high: int


class Point(NamedTuple):
    x: float
    y: float


@dataclass
class Tree:
    name: str
    branches: list[Tree]


def everything(
    city: str,
    days: int,
    exact: float,
    now: bool,
    unit: Unit,
    kind: Literal["rain", "sun"],
    place: Place,
    span: Range,
    tags: list[str],
    pair: tuple[int, str],
    prices: dict[str, float],
    day: dt.date,
    anything: Any,
    either: Union[int, str],  # noqa: UP007
    note: Optional[str] = None,  # noqa: UP045
    size: int = 3,
    where: Place = Place("Bern"),  # noqa: B008
    point: Point = Point(1, 2),  # noqa: B008
) -> None: ...


FULL: dict[str, Any] = {
    "city": "Bern", "days": 3, "exact": 1.5, "now": True, "unit": "F", "kind": "sun",
    "place": {"city": "Basel"}, "span": {"low": 1, "high": 2}, "tags": ["a"], "pair": [1, "x"],
    "prices": {"tea": 2.5}, "day": "2026-02-03", "anything": [None], "either": "x",
}  # fmt: skip


def arguments(fn: Callable[..., Any], text: str) -> Any:
    tool = make(fn)
    args, kwargs = tool.parameters.bind(tool.parameters.read(text))
    return args, kwargs


class TestSchema:
    def test_every_kind_of_hint(self) -> None:
        schema = make(everything).schema
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["required"] == list(FULL)
        assert schema["additionalProperties"] is False and "$defs" not in schema
        of = schema["properties"]
        assert of["city"] == {"type": "string"} and of["days"] == {"type": "integer"}
        assert of["exact"] == {"type": "number"} and of["now"] == {"type": "boolean"}
        assert of["unit"]["enum"] == ["C", "F"] and of["unit"]["type"] == "string"
        assert of["kind"] == {"type": "string", "enum": ["rain", "sun"]}
        assert of["place"]["properties"]["country"] == {"type": "string", "default": "CH"}
        assert set(of["span"]["required"]) == {"low", "high"}
        assert of["tags"] == {"type": "array", "items": {"type": "string"}}
        assert of["prices"]["additionalProperties"] == {"type": "number"}
        assert of["day"] == {"type": "string", "format": "date"} and of["anything"] == {}
        assert of["note"]["anyOf"] == [{"type": "string"}, {"type": "null"}]
        assert of["note"]["default"] is None and of["size"]["default"] == 3
        assert of["where"]["default"] == {"city": "Bern", "country": "CH"}
        jsonschema.validate(FULL, schema)

    def test_values_are_converted_and_defaults_stay_pythons(self) -> None:
        _, values = arguments(everything, json.dumps(FULL))
        assert values["unit"] is Unit.FAHRENHEIT and values["place"] == Place("Basel")
        assert values["day"] == dt.date(2026, 2, 3) and values["pair"] == (1, "x")
        assert set(values) == set(FULL)
        _, values = arguments(everything, json.dumps({**FULL, "point": [3, 4], "note": None}))
        assert values["point"] == Point(3, 4) and values["note"] is None

    def test_numbers_written_as_text_pass_and_text_stays_text(self) -> None:
        _, values = arguments(
            everything, json.dumps({**FULL, "days": "3", "now": "true", "either": "7"})
        )
        assert values["days"] == 3 and values["now"] is True
        _, values = arguments(everything, json.dumps({**FULL, "either": "7", "days": 3.0}))
        assert values["days"] == 3

        def only(either: int | str) -> None: ...

        assert arguments(only, '{"either": "7"}')[1] == {"either": "7"}

    def test_a_type_that_holds_itself(self) -> None:
        def grow(tree: Tree) -> None: ...

        schema = make(grow, names={"Tree": Tree}).schema
        jsonschema.Draft202012Validator.check_schema(schema)
        value = {"tree": {"name": "a", "branches": [{"name": "b", "branches": []}]}}
        jsonschema.validate(value, schema)
        assert arguments(grow, json.dumps(value))[1]["tree"].branches == [Tree("b", [])]

    def test_words_and_limits_in_the_hint(self) -> None:
        def f(
            a: Annotated[int, "how many"],
            b: Annotated[int, msgspec.Meta(ge=1, le=9, description="a digit")],
        ) -> None:
            """Do it.

            Args:
                a: not this
                b: nor this
            """

        of = make(f).schema["properties"]
        assert of["a"] == {"type": "integer", "description": "how many"}
        assert of["b"] == {
            "type": "integer", "minimum": 1, "maximum": 9, "description": "a digit"
        }  # fmt: skip
        with pytest.raises(ToolError, match=r"argument 'b': expected int <= 9; it was 10"):
            arguments(f, '{"a": 1, "b": 10}')

    def test_none_as_default_makes_optional(self) -> None:
        def f(a: int = None) -> None: ...  # type: ignore[assignment]  # noqa: RUF013

        assert arguments(f, '{"a": null}')[1] == {"a": None}

    def test_no_parameters(self) -> None:
        def f() -> None: ...

        assert make(f).schema == {
            "type": "object", "properties": {}, "required": [], "additionalProperties": False
        }  # fmt: skip
        assert arguments(f, "") == ([], {}) and arguments(f, "{}") == ([], {})

    def test_positional_only_and_methods_and_partials(self) -> None:
        def f(a: int, /, b: int = 2, *, c: int = 3) -> None: ...

        assert arguments(f, '{"a": 1, "c": 5}') == ([1], {"c": 5})

        class Shop:
            def price(self, item: str) -> float:
                """What it costs."""
                return 1.0

        tool = make(Shop().price)
        assert tool.name == "price" and list(tool.schema["properties"]) == ["item"]

        def g(a: int, b: int) -> None: ...

        assert make(functools.partial(g, b=2), name="g").schema["required"] == ["a"]

    @given(
        st.fixed_dictionaries(
            {
                "city": st.text(),
                "days": st.integers(-(2**40), 2**40),
                "tags": st.lists(st.text(), max_size=4),
                "span": st.fixed_dictionaries({"low": st.integers(0, 9), "high": st.integers()}),
            },
            optional={"unit": st.sampled_from(["C", "F"]), "note": st.none() | st.text()},
        )
    )
    @settings(max_examples=60, deadline=None)
    def test_what_fits_the_schema_is_taken(self, value: dict[str, Any]) -> None:
        value["span"]["high"] %= 2**62
        jsonschema.validate(value, SOME.schema)
        read_ = SOME.parameters.read(json.dumps(value))
        assert read_["city"] == value["city"] and read_["days"] == value["days"]
        assert set(read_) == set(value)

    @given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
    @settings(max_examples=60, deadline=None)
    def test_whatever_comes_is_taken_or_refused_in_words(self, value: Any) -> None:
        text = json.dumps({"city": value, "days": value, "tags": value, "span": value})
        # No value is a str, an int, a list and an object.
        with pytest.raises(ToolError, match="argument"):
            SOME.parameters.read(text)


def some(
    city: str,
    days: int,
    tags: list[str],
    span: Range,
    unit: Unit = Unit.CELSIUS,
    note: str | None = None,
) -> None: ...


SOME: FunctionTool = make(some)


class TestWrongArguments:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('{"city": 1}', r"argument 'city': expected str, got int; it was 1"),
            ('{"city": "a", "days": "x"}', r"argument 'days': expected int, got str; it was \"x\""),
            ('{"city": "a", "days": 1, "tags": ["a", 2]}', r"argument 'tags\[1\]': .*it was 2"),
            ('{"city": "a", "days": 1, "tags": [], "span": {"low": 1}}',
             r"argument 'span': object missing required field high; it was {\"low\":1}"),
            ('{"days": 1}', r"arguments: object missing required field city; they were"),
            ('{"citty": "a"}', r"arguments: object contains unknown field citty; they were"),
            (
                '{"city": "a", "unit": "K"}',
                r"""argument 'unit': invalid enum value 'K'; it was "K"; allowed are "C", "F"$""",
            ),
            ('{"city": ', r"the arguments are no JSON: "),
            ("[1]", r"the arguments must be one JSON object, not \[1\]"),
            ('{"city": "a", "days": "' + "x" * 500 + '"}', r"it was \"x{98}…"),
        ],
    )  # fmt: skip
    def test_each_names_path_and_value(self, text: str, said: str) -> None:
        with pytest.raises(ToolError, match=said):
            SOME.parameters.read(text)


class Strange:
    pass


class TestRefused:
    """What cannot be a tool is refused where it is decorated."""

    def refused(self, fn: Any, said: str, **options: Any) -> None:
        with pytest.raises(ToolError, match=said):
            make(fn, **options)

    def test_hints(self) -> None:
        def custom(data: Strange) -> None: ...
        def number(z: complex) -> None: ...
        def unclear(u: Place | Range) -> None: ...
        def missing(x) -> None: ...  # type: ignore[no-untyped-def]
        def starred(*rest: int) -> None: ...
        def keyed(**rest: int) -> None: ...
        def unknown(x: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821

        self.refused(
            custom,
            r"tool 'custom' cannot take parameter 'data' as .*Strange: no JSON can stand for "
            r".*Strange; possible are str, int, float",
        )
        self.refused(number, r"cannot take parameter 'z' as complex: no JSON can stand for complex")
        self.refused(unclear, r"cannot take parameter 'u' as .*: Type unions may not contain more")
        self.refused(missing, r"says no type for parameter 'x': write x: str")
        self.refused(starred, r"cannot take \*rest: a model needs the names")
        self.refused(keyed, r"cannot take \*\*rest: a model needs the names")
        self.refused(unknown, r"has a type hint that means nothing here: name 'Nowhere'")

    def test_functions(self) -> None:
        def fine() -> None: ...

        self.refused(3, r"a tool is a function, and 3 is none")
        self.refused(Strange, r"a tool is a function, and Strange is a class")
        self.refused(lambda: 1, r"has no name that a model could call: give name=")
        self.refused(functools.partial(fine), r"has no name that a model could call")
        self.refused(fine, r"a tool cannot be called 'a b': 1 to 64", name="a b")
        self.refused(fine, r"a tool cannot be called 'x{65}'", name="x" * 65)
        for wrong in (0, -1, float("inf"), float("nan"), None, "soon"):
            self.refused(fine, r"timeout=.* of tool 'fine' is no number of seconds", timeout=wrong)
        self.refused(max, r"tool 'max' (has no signature|says no type|cannot take)")


class TestDocstring:
    GOOGLE = """Tell the weather.

    For any town,
    in words.

    Args:
        city (str): A town
            with a station.
        days (dict[str, tuple(int)], optional): How many: at least one.
        *rest: More.

    Returns:
        Nothing: really.
    """
    NUMPY = """Tell the weather.

    For any town,
    in words.

    Parameters
    ----------
    city : str
        A town
        with a station.
    days, count : int, optional
        How many: at least one.

    Returns
    -------
    str
        Nothing: really.
    """
    SPHINX = """Tell the weather.

    For any town,
    in words.

    :param city: A town
        with a station.
    :param int days: How many: at least one.
    :type city: str
    :returns: Nothing: really.
    """

    @pytest.mark.parametrize("style", ["GOOGLE", "NUMPY", "SPHINX"])
    def test_the_three_styles(self, style: str) -> None:
        doc = read(getattr(self, style))
        assert doc.summary == "Tell the weather.\n\nFor any town,\nin words."
        assert doc.parameters["city"] == "A town with a station."
        assert doc.parameters["days"] == "How many: at least one."
        assert "str" not in doc.parameters and "Nothing" not in doc.parameters

    def test_numpy_names_together(self) -> None:
        assert read(self.NUMPY).parameters["count"] == "How many: at least one."

    @pytest.mark.parametrize(
        ("text", "summary"),
        [
            (None, ""),
            ("", ""),
            ("One line.", "One line."),
            ("Note: this is no section.", "Note: this is no section."),
            ("Use it.\n\nExample:\n    x: y\n", "Use it."),
            ("Args:\n    x: only this", ""),
        ],
    )
    def test_the_rest(self, text: str | None, summary: str) -> None:
        assert read(text).summary == summary

    @given(st.text(alphabet="Args: \n-abx()*,:param", max_size=200))
    @settings(max_examples=100, deadline=None)
    def test_nothing_stops_it(self, text: str) -> None:
        read(text)

    def test_it_reaches_the_schema(self) -> None:
        def weather(city: str, days: int = 1) -> None: ...

        weather.__doc__ = self.GOOGLE
        tool = make(weather).tool
        assert isinstance(tool.description, str) and tool.description.startswith("Tell the")
        assert isinstance(tool.parameters, dict)
        assert tool.parameters["properties"]["days"] == {
            "type": "integer", "description": "How many: at least one.", "default": 1
        }  # fmt: skip
