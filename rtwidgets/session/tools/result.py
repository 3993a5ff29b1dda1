"""What a tool returned, as the text that the model gets.

Text and whatever JSON can hold goes as it is. Tables, arrays, figures and objects of other
libraries are summed up, recognised by what they can do and not by their class, so none of
those libraries is imported here. The text has a limit, because a model reads and pays for
all of it; whatever is left out is counted where it is left out.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import enum
import json
import math
import numbers
import os
import uuid
from collections.abc import Callable, Mapping, Sequence, Set
from decimal import Decimal
from itertools import islice
from typing import Any

from msgspec import Struct, structs

from ..connecting.secrets import scrub

__all__ = ["MOST_CHARS", "as_text"]

#: About 2,000 tokens.
MOST_CHARS = 8_000
#: Tried one after the other until the text is short enough: most members of a list, rows.
_LIMITS = ((1000, 50), (100, 20), (20, 10), (5, 3))
#: Deeper than this, an object is only named.
DEEPEST = 12
#: An array is written out up to this size.
SMALL_ARRAY = 64
LONGEST_REPR = 500


def as_text(value: Any, limit: int = MOST_CHARS) -> str:
    """``value`` for a model, in at most about ``limit`` characters."""
    if isinstance(value, str):
        return _cut(value, limit)
    text = ""
    for members, rows in _LIMITS:
        plain = _Summary(members, rows, limit).of(value)
        text = json.dumps(plain, ensure_ascii=False, allow_nan=False)
        if len(text) <= limit:
            return text
    return _cut(text, limit)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… [cut: {len(text) - limit:,} of {len(text):,} characters left out]"


class _Summary:
    """One way to sum up: so many members of a list, so many rows of a table."""

    def __init__(self, members: int, rows: int, limit: int) -> None:
        self.members = members
        self.rows = rows
        self.limit = limit
        # Lists in lists multiply; this bounds the work, whatever the limits above let through.
        self.left = 20_000

    def of(self, value: Any, depth: int = 0) -> Any:
        """``value`` as JSON can hold it."""
        self.left -= 1
        if value is None or isinstance(value, (bool, str, enum.Enum)):
            return self._scalar(value, depth)
        if isinstance(value, (numbers.Number, Decimal)):
            return _number(value)
        if depth >= DEEPEST or self.left <= 0:
            return f"[{type(value).__name__}, left out]"
        try:
            for fits, describe in _KINDS:
                if fits(value):
                    return describe(self, value, depth + 1)
        except Exception as error:  # noqa: BLE001  (an object may do anything when it is read)
            return {**_named(value), "unreadable": scrub(f"{type(error).__name__}: {error}")}
        return {**_named(value), "text": _repr(value)}

    def _scalar(self, value: Any, depth: int) -> Any:
        if isinstance(value, enum.Enum):
            return self.of(value.value, depth + 1)
        return _cut(str(value), self.limit) if isinstance(value, str) else value

    def mapping(self, value: Mapping[Any, Any], depth: int) -> Any:
        """A dict; keys become text."""
        made = {
            key if isinstance(key, str) else _key(key): self.of(member, depth)
            for key, member in islice(value.items(), self.members)
        }
        if len(value) > self.members:
            made["…"] = f"{len(value) - self.members:,} of {len(value):,} entries left out"
        return made

    def sequence(self, value: Sequence[Any] | Set[Any], depth: int) -> Any:
        """A list, a tuple, a set."""
        made = [self.of(member, depth) for member in islice(value, self.members)]
        if len(value) > self.members:
            made.append(f"… {len(value) - self.members:,} of {len(value):,} left out")
        return made

    def table(self, value: Any, depth: int) -> Any:
        """A DataFrame of pandas, polars and their relatives: columns and first rows."""
        count = value.shape[0]
        index = type(getattr(value, "index", None)).__name__
        if index not in ("NoneType", "RangeIndex", "method"):  # in pandas it may be the result
            value = value.reset_index()
        dtypes = value.dtypes
        kinds = dtypes.items() if hasattr(dtypes, "items") else zip(value.columns, dtypes)  # noqa: B905
        head = value.head(self.rows)
        rows = head.to_dicts() if hasattr(head, "to_dicts") else head.to_dict("records")
        made = {
            **_named(value),
            "rows": count,
            "columns": self.mapping({_key(name): str(kind) for name, kind in kinds}, depth),
            "data": [self.mapping(row, depth) for row in rows],
        }
        if count > len(rows):
            made["left_out"] = f"{count - len(rows):,} of {count:,} rows"
        return made

    def column(self, value: Any, depth: int) -> Any:
        """A Series, as a table of one column."""
        if getattr(value, "name", None) is None and hasattr(value, "rename"):
            value = value.rename("value")
        return {**self.table(value.to_frame(), depth), **_named(value)}

    def array(self, value: Any, depth: int) -> Any:
        """A numpy array or a tensor: itself where it is small, else its range and beginning."""
        size = math.prod(value.shape)
        if size <= SMALL_ARRAY:
            return self.of(value.tolist(), depth)
        made = {**_named(value), "shape": list(value.shape), "dtype": str(value.dtype)}
        # An array of text has none of these.
        with contextlib.suppress(TypeError, ValueError, AttributeError):
            for name in ("min", "max", "mean"):
                made[name] = self.of(getattr(value, name)().item(), depth)
        made["first"] = self.of(value.reshape(-1)[: self.rows].tolist(), depth)
        made["left_out"] = f"{size - self.rows:,} of {size:,} values"
        return made

    def figure(self, value: Any, depth: int) -> Any:
        """A figure of matplotlib: what is written on it, and how much is drawn."""
        title = value.get_suptitle() if hasattr(value, "get_suptitle") else ""
        axes = [
            {
                "title": one.get_title(),
                "x": one.get_xlabel(),
                "y": one.get_ylabel(),
                "drawn": len(one.lines) + len(one.patches) + len(one.collections)
                + len(one.images),
            }
            for one in value.axes
        ]  # fmt: skip
        return {"type": "figure", "title": title, "axes": self.sequence(axes, depth)}

    def drawing(self, value: Any, depth: int) -> Any:
        """A figure of plotly."""
        title = getattr(getattr(value.layout, "title", None), "text", None)
        traces = [{"type": one.type, "name": one.name} for one in value.data]
        return {"type": "figure", "title": title, "traces": self.sequence(traces, depth)}


def _number(value: Any) -> Any:
    """A number as JSON has it; what is infinite or complex becomes text."""
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational):
        value = float(value)
        return value if math.isfinite(value) else str(value)
    return str(value)


def _named(value: Any) -> dict[str, Any]:
    return {"type": type(value).__qualname__}


def _key(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _repr(value: Any) -> str:
    try:
        return _cut(scrub(repr(value)), LONGEST_REPR)
    except Exception as error:  # noqa: BLE001  (a repr may fail like anything)
        return f"[no repr: {type(error).__name__}]"


def _has(*names: str) -> Callable[[Any], bool]:
    return lambda value: not isinstance(value, type) and all(hasattr(value, n) for n in names)


def _is(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kinds)


def _instance_of_dataclass(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _fields(summary: _Summary, value: Any, depth: int) -> Any:
    names = [field.name for field in dataclasses.fields(value)]
    return summary.mapping({name: getattr(value, name) for name in names}, depth)


#: What a value can do -> how it is summed up; the first that fits.
_KINDS: tuple[tuple[Callable[[Any], bool], Callable[[_Summary, Any, int], Any]], ...] = (
    (_is(Mapping), lambda s, v, d: s.mapping(v, d)),
    (_has("_asdict", "_fields"), lambda s, v, d: s.mapping(v._asdict(), d)),
    (_is(list, tuple, set, frozenset, range), lambda s, v, d: s.sequence(v, d)),
    (
        _is(bytes, bytearray, memoryview),
        lambda s, v, d: {**_named(v), "bytes": memoryview(v).nbytes},
    ),
    (_is(dt.date, dt.time), lambda s, v, d: v.isoformat()),
    (_is(dt.timedelta, uuid.UUID), lambda s, v, d: str(v)),
    (_is(os.PathLike), lambda s, v, d: os.fspath(v)),
    (_is(BaseException), lambda s, v, d: {**_named(v), "message": scrub(str(v))}),
    (_is(Struct), lambda s, v, d: s.mapping(structs.asdict(v), d)),
    (_instance_of_dataclass, _fields),
    (_has("columns", "dtypes", "head", "shape"), lambda s, v, d: s.table(v, d)),
    (_has("to_frame", "head", "shape"), lambda s, v, d: s.column(v, d)),
    (_has("shape", "dtype", "tolist", "reshape"), lambda s, v, d: s.array(v, d)),
    (_has("savefig", "axes"), lambda s, v, d: s.figure(v, d)),
    (_has("layout", "data", "to_plotly_json"), lambda s, v, d: s.drawing(v, d)),
    (_has("model_dump"), lambda s, v, d: s.of(v.model_dump(), d)),
)
