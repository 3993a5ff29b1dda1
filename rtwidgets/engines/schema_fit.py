"""``fit``: a value that fits a JSON schema, made of what a sentence offers.

Theory of operation. For each part of the schema there are *candidates*, the likeliest
first: what a model proposed for this place, what the text says, then ``default`` and
``examples``, then something made to measure. The first candidate that ``matches`` is taken,
so a proposal keeps all of its parts that fit.
"""

from __future__ import annotations

import math
import random
import uuid
from collections.abc import Iterator
from typing import Any

from .schema_check import Schema, matches, of_type, resolve
from .schema_effort import spend
from .schema_hints import Hints
from .schema_pattern import from_pattern

__all__ = ["NOTHING", "fit"]

#: No proposal; ``None`` would be JSON's null.
NOTHING: Any = object()

#: Deeper than this, only what is required is written: a schema may contain itself.
DEPTH = 4
#: References and combinations inside one another are written out this deep, not further.
NESTING = 6
#: A required part that contains itself has no finite value; here it is given up.
DEEPEST = 30

FORMATS = {
    "date": "2025-01-31",
    "date-time": "2025-01-31T09:00:00Z",
    "time": "09:00:00Z",
    "duration": "P1D",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uri-reference": "/",
    "url": "https://example.com/",
    "json-pointer": "/a",
    "regex": ".*",
}


def fit(
    schema: Schema,
    text: str,
    rng: random.Random,
    *,
    proposal: Any = NOTHING,
    filler: str = "simulated",
) -> Any:
    """A value for ``schema``; numbers, names and quotations in ``text`` are used where they fit.

    Args:
        proposal: a value whose parts are preferred where they fit.
        filler: the word before a property's name where a string must be invented.

    A schema that nothing fits gets the nearest try.
    """
    return _Fitter(schema, Hints(text), rng, filler).value(schema, "", 0, proposal)


class _Fitter:
    def __init__(self, root: Schema, hints: Hints, rng: random.Random, filler: str) -> None:
        self._root = root
        self._hints = hints
        self._rng = rng
        self._filler = filler

    def value(
        self,
        schema: Schema,
        name: str,
        depth: int,
        proposal: Any = NOTHING,
        taken: list[Any] | None = None,
    ) -> Any:
        """The first candidate that fits, if possible none that is ``taken``; else the last one."""
        spend()
        if not isinstance(schema, dict) or depth > DEEPEST:
            return None if depth > DEEPEST else f"{self._filler} {name}".strip()
        last: Any = None
        fitting: list[Any] = []
        for last in self._candidates(schema, name, depth, proposal):
            if self._fits(last, schema):
                fitting.append(last)
                if last not in (taken or []):
                    break
        else:
            last = fitting[0] if fitting else last
        self._hints.use(last)
        return last

    def _fits(self, value: Any, schema: Schema) -> bool:
        try:
            return matches(value, schema, self._root)
        except RecursionError:  # a schema that is itself and nothing else forbids nothing
            return True

    def _candidates(
        self, schema: dict[str, Any], name: str, depth: int, proposal: Any
    ) -> Iterator[Any]:
        if proposal is not NOTHING:
            yield proposal
        for flat in self._flat(schema):
            if "const" in flat:
                yield flat["const"]
            if "enum" in flat:
                mentioned = [v for v in flat["enum"] if self._hints.mentions(str(v))]
                usual = [flat["default"]] if "default" in flat else []
                yield from (*mentioned, *usual, *flat["enum"])
            kinds = flat.get("type", _kind(flat))
            kinds = [kinds] if isinstance(kinds, str) else list(kinds)
            for kind in sorted(kinds, key=lambda kind: kind == "null"):
                yield from self._of_kind(kind, flat, name, depth, proposal)

    def _flat(self, schema: dict[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
        """The schema with references and combinations written out, one for each choice."""
        spend()
        base = {k: v for k, v in schema.items() if k not in ("$ref", "allOf", "anyOf", "oneOf")}
        parts = list(schema.get("allOf", []))
        if "$ref" in schema:
            parts.append(resolve(schema, self._root))
        choices = [[part] for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ()))] or [[]]
        if "if" in schema:
            choices = [
                [*choice, *branch]
                for choice in choices
                for branch in ([schema["if"], schema.get("then", {})], [schema.get("else", {})])
            ]
        for choice in choices:
            flats = [base]
            for part in (*parts, *choice):
                if isinstance(part, dict) and depth < NESTING:
                    flats = [_merged(a, b) for a in flats for b in self._flat(part, depth + 1)]
            yield from flats

    def _of_kind(
        self, kind: str, schema: dict[str, Any], name: str, depth: int, proposal: Any
    ) -> Iterator[Any]:
        if "default" in schema:
            asked = kind in ("string", "number", "integer") and self._hints.mentions(name)
            if not asked:
                yield schema["default"]
        if kind == "string":
            yield from self._strings(schema, name)
        elif kind in ("integer", "number"):
            yield from self._numbers(schema, name, whole=kind == "integer")
        elif kind == "boolean":
            no = any(map(self._hints.mentions, (f"no {name}", f"without {name}", "false", "off")))
            yield from (False, True) if no else (True, False)
        elif kind == "array":
            yield from self._arrays(
                schema, name, depth, proposal if isinstance(proposal, list) else []
            )
        elif kind == "object":
            yield from self._objects(schema, depth, proposal if isinstance(proposal, dict) else {})
        else:
            yield None
        yield from schema.get("examples", ())

    def _strings(self, schema: dict[str, Any], name: str) -> Iterator[str]:
        shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
        spend(max(0, shortest))
        named = self._hints.named(name) if name else None
        if named:
            yield named
        form = schema.get("format")
        if form == "uuid":
            yield str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        elif form in FORMATS:
            yield FORMATS[form]
        else:
            yield from self._hints.strings()
        yield from schema.get("examples", ())
        if "pattern" in schema:
            for _ in range(8):
                made = from_pattern(
                    schema["pattern"], self._rng, shortest=shortest, longest=longest
                )
                if made is not None:
                    yield made
        filler = f"{self._filler} {name}".strip()
        filler += " value" * max(0, math.ceil((shortest - len(filler)) / 6))
        yield filler[: longest if longest is not None else max(shortest, len(filler))]
        # Others, for lists whose items must differ.
        for n in range(2, 100):
            yield f"{n} {filler}"[:longest]

    def _numbers(self, schema: dict[str, Any], name: str, *, whole: bool) -> Iterator[int | float]:
        named = self._hints.named(name) if name else None
        numbers = Hints(named).numbers() if named else []
        yield from (*numbers, *self._hints.numbers())
        yield from (v for v in schema.get("examples", ()) if of_type(v, "number"))
        low = max(schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf))
        high = min(schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf))
        step = schema.get("multipleOf") or 1
        if whole and step != int(step):
            step = 1
        start = min(max(1, low), high)
        first = math.ceil(start / step) if low <= 1 else math.ceil(low / step)
        for n in range(101):
            for k in (first + n, first - n):
                yield int(k * step) if whole or step == int(step) else k * step
        if not whole and math.isfinite(low + high):
            yield (low + high) / 2
        elif not whole:
            yield from (low + 0.5, high - 0.5)

    def _arrays(
        self, schema: dict[str, Any], name: str, depth: int, proposed: list[Any]
    ) -> Iterator[list[Any]]:
        first = schema.get("prefixItems", [])
        rest = schema.get("items", schema.get("contains", {"type": "string"}))
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", 100), len(first) if rest is False else 100)
        offered = len(proposed) or 1
        if isinstance(rest, dict) and not first and not proposed:
            kind = rest.get("type", _kind(rest))
            if kind in ("integer", "number"):
                offered = len(self._hints.numbers())
            elif kind == "string" and "enum" in rest:
                offered = sum(self._hints.mentions(str(v)) for v in rest["enum"])
            elif kind == "string":
                offered = len(self._hints.strings())
        size = max(least, min(max(offered, len(first), 1), most))
        if depth > DEPTH:
            size = least
        spend(size)
        made: list[Any] = []
        for at in range(size):
            part = first[at] if at < len(first) else rest
            if at == 0 and "contains" in schema and not first:
                part = _merged(part, schema["contains"]) if isinstance(part, dict) else part
            mine = proposed[at] if at < len(proposed) else NOTHING
            taken = made if self._distinct(schema) else None
            made.append(self.value(part, name, depth + 1, mine, taken))
        yield made
        yield made[:least]

    @staticmethod
    def _distinct(schema: dict[str, Any]) -> bool:
        # Also where it is not demanded: two different names say more than one name twice.
        return bool(schema.get("uniqueItems")) or isinstance(schema.get("items"), dict)

    def _objects(
        self, schema: dict[str, Any], depth: int, proposed: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        known: dict[str, Any] = schema.get("properties", {})
        needed = list(schema.get("required", []))
        wanted = set(needed) | (known.keys() & proposed.keys())
        if depth <= DEPTH and not proposed:
            # A schema that requires nothing would get an empty answer, which teaches nobody.
            wanted |= {k for k, s in known.items() if not needed or self._asked_for(k, s)}
        for name, others in schema.get("dependentRequired", {}).items():
            wanted |= set(others) if name in wanted else set()
        order = [*(k for k in known if k in wanted), *(k for k in needed if k not in known)]
        spare = [k for k in known if k not in wanted]
        while len(order) < schema.get("minProperties", 0):
            spend()
            order.append(spare.pop(0) if spare else f"key{len(order)}")
        patterns = schema.get("patternProperties", {})
        extra = schema.get("additionalProperties", next(iter(patterns.values()), {}))
        made = {
            name: self.value(known.get(name, extra), name, depth + 1, proposed.get(name, NOTHING))
            for name in order[: schema.get("maxProperties")]
        }
        yield made
        yield {name: value for name, value in made.items() if name in needed}

    def _asked_for(self, name: str, schema: Schema) -> bool:
        offers = schema.get("enum", ()) if isinstance(schema, dict) else ()
        return self._hints.mentions(name) or any(self._hints.mentions(str(v)) for v in offers)


def _kind(schema: dict[str, Any]) -> str:
    """The type that a schema without ``type`` is about."""
    for kind, keywords in {
        "object": ("properties", "required", "additionalProperties", "minProperties"),
        "array": ("items", "prefixItems", "minItems", "contains"),
        "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    }.items():
        if any(keyword in schema for keyword in keywords):
            return kind
    return "string"


def _merged(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    """Both schemas in one: the narrower of each limit, the union of what is required."""
    both = {**a, **b}
    for key in a.keys() & b.keys():
        x, y = a[key], b[key]
        if key == "required":
            both[key] = [*x, *(name for name in y if name not in x)]
        elif key == "properties":
            both[key] = {
                name: {"allOf": [x[name], y[name]]} if name in x and name in y else {**x, **y}[name]
                for name in (*x, *y)
            }
        elif key.startswith(("min", "exclusiveMin")):
            both[key] = max(x, y)
        elif key.startswith(("max", "exclusiveMax")):
            both[key] = min(x, y)
        elif key == "enum":
            both[key] = [v for v in x if v in y]
        elif key == "type" and x != y:
            one, other = ([t] if isinstance(t, str) else t for t in (x, y))
            both[key] = [t for t in one if t in other] or [
                "integer" for t in one if {t, *other} >= {"integer", "number"}
            ]
    return both
