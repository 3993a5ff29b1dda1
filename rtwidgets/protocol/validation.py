"""A bad client event → the protocol's error code, param and message (reference, section 5).

``parse`` makes a JSON object of a frame, ``check`` walks it against the event's struct and
raises ``RemoteProtocolError`` for the first thing that is wrong: unknown keys, then missing
ones, then types, values and limits. What needs the session's state is checked by the server.
An explicit null for a field that knows no null counts as absent, because some SDKs write
every field of a request (section 1.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, inspect

from ..errors import RemoteProtocolError
from .refusals import (
    invalid,
    json_kind,
    missing,
    out_of_range,
    too_deep,
    too_long,
    unknown,
    wrong_type,
)

__all__ = [
    "MAX_APPEND_BYTES",
    "Parts",
    "check",
    "check_choice",
    "check_known",
    "check_mcp_free",
    "check_modalities",
    "check_parts",
    "parse",
]

#: Sound in one ``input_audio_buffer.append``: 15 MiB after base64 decoding.
MAX_APPEND_BYTES = 15 * 1024 * 1024

#: Levels of an event: JSON schemas of tools are what nests deepest.
MAX_DEPTH = 128

#: The largest integer that is taken anywhere: JSON sets no limit, a client's parser does.
MAX_INTEGER = 2**63 - 1

#: The kinds of content part that each role may send: wire name → GA name.
Parts = Mapping[str, Mapping[str, str]]

_T = TypeVar("_T", bound=Struct)

_PARSE = msgspec.json.Decoder().decode


def parse(text: str | bytes) -> dict[str, Any]:
    """One frame as an object with a string ``type``."""
    try:
        raw = _PARSE(text)
    except RecursionError:
        raise too_deep() from None
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise RemoteProtocolError(f"Invalid JSON: {error}.", code="invalid_json") from None
    if _deep(text, raw):
        raise too_deep()
    if not isinstance(raw, dict):
        raise RemoteProtocolError(
            f"Invalid event: expected an object, but got {json_kind(raw)} instead.",
            code="invalid_type",
        )
    if "type" not in raw:
        raise missing("type", event_id=_event_id(raw))
    if not isinstance(raw["type"], str):
        raise wrong_type("type", "a string", raw["type"], event_id=_event_id(raw))
    return raw


def _deep(text: str | bytes, raw: object) -> bool:
    """Whether ``raw`` nests deeper than anything here needs; most texts tell at a glance."""
    if isinstance(text, str):
        opened = text.count("{") + text.count("[")
    else:
        opened = text.count(b"{") + text.count(b"[")
    if opened <= MAX_DEPTH:
        return False
    level: list[Any] = [raw]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _event_id(raw: dict[str, Any]) -> str | None:
    event_id = raw.get("event_id")
    return event_id if isinstance(event_id, str) else None


def check(raw: dict[str, Any], kind: type[_T]) -> _T:
    """``raw``, an event in the GA spelling, as ``kind``.

    Raises:
        RemoteProtocolError: with code, param and message.
    """
    _walk(_info(kind), raw, "")
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise _refused(str(error)) from None


def _refused(message: str) -> RemoteProtocolError:
    """The error for what only the conversion can tell, such as bad base64."""
    found = re.search(r"^(.*) - at `\$\.(.*)`$", message)
    what, param = found.groups() if found else (message, None)
    if "base64" in what:
        what = f"Invalid '{param}'. Expected base64-encoded audio bytes, but got invalid bytes"
    return RemoteProtocolError(f"{what}.", code="invalid_value", param=param)


# Checks that a dialect makes in its own spelling


def check_known(value: object, known: Iterable[str], path: str) -> None:
    """Refuse the first key of ``value`` that is not among ``known``."""
    if isinstance(value, dict):
        allowed = set(known)
        for key in value:
            if key not in allowed:
                raise unknown(f"{path}.{key}" if path else key)


def check_choice(value: object, choices: Iterable[str], path: str) -> None:
    """Refuse a value that is none of ``choices``."""
    choices = tuple(choices)
    if value not in choices:
        if not isinstance(value, str):
            raise wrong_type(path, "a string", value)
        raise invalid(value, choices, path)


def check_mcp_free(value: object, path: str) -> None:
    """Refuse what speaks of MCP servers, in a dialect that has no events for them."""
    kind = value.get("type") if isinstance(value, dict) else None
    if isinstance(kind, str) and kind.startswith("mcp"):
        raise RemoteProtocolError(
            f"Invalid value: '{kind:.64}'. MCP tools belong to the GA interface: connect without "
            "the header 'OpenAI-Beta'.",
            code="invalid_value",
            param=path,
        )


def check_modalities(value: object, combinations: tuple[tuple[str, ...], ...], path: str) -> None:
    """Refuse a set of modalities that is no supported combination, in any order."""
    if not isinstance(value, list):
        raise wrong_type(path, "an array of strings", value)
    if any(sorted(map(str, value)) == sorted(known) for known in combinations):
        return
    supported = " and ".join(str(list(known)) for known in combinations)
    raise RemoteProtocolError(
        f"Invalid modalities: {value}. Supported combinations are: {supported}.",
        code="invalid_value",
        param=path,
    )


def check_parts(item: Any, parts: Parts, path: str) -> None:
    """Refuse content parts that the item's role cannot have, and give the others GA names."""
    if not isinstance(item, dict) or item.get("type") != "message":
        return
    names, content = parts.get(str(item.get("role"))), item.get("content")
    if names is None or not isinstance(content, list):
        return  # the walk says what is wrong with these
    for place, part in enumerate(content):
        here = f"{path}.content[{place}]"
        if not isinstance(part, dict):
            raise wrong_type(here, "an object", part)
        kind = part.get("type")
        if kind is None:
            raise missing(f"{here}.type")
        check_choice(kind, names, f"{here}.type")
        if kind == "input_audio" and part.get("audio") is None:
            raise missing(f"{here}.audio")
        if kind == "input_image":
            _check_picture(part.get("image_url"), f"{here}.image_url")
        part["type"] = names[kind]


def _check_picture(url: object, path: str) -> None:
    """Refuse an address: a picture comes with its item, and nobody fetches one."""
    if isinstance(url, str) and not url.startswith("data:image/"):
        raise RemoteProtocolError(
            f"Invalid '{path}'. Expected a data URI of a PNG or JPEG image, but got "
            f"'{url:.64}' instead.",
            code="invalid_value",
            param=path,
        )


# The walk


@cache
def _info(kind: type[Struct]) -> inspect.Type:
    return inspect.type_info(kind)


def _walk(kind: inspect.Type, value: Any, path: str) -> None:
    walker = _WALKERS.get(type(kind))
    if walker is not None:
        walker(kind, value, path)


def _walk_struct(kind: inspect.StructType, value: Any, path: str) -> None:
    if not isinstance(value, dict):
        raise wrong_type(path, "an object", value)
    dot = f"{path}." if path else ""
    if kind.tag_field is not None:
        if kind.tag_field not in value:
            raise missing(dot + kind.tag_field)
        check_choice(value[kind.tag_field], (str(kind.tag),), dot + kind.tag_field)
    known = {field.encode_name for field in kind.fields}
    for key in value:
        if key not in known and key != kind.tag_field:
            raise unknown(dot + key)
    for field in kind.fields:
        key = field.encode_name
        if value.get(key) is None and not (key in value and _nullable(field.type)):
            if field.required:
                raise missing(dot + key)
            value.pop(key, None)
        else:
            _walk(field.type, value[key], dot + key)


def _nullable(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.UnionType):
        return kind.includes_none
    return isinstance(kind, inspect.NoneType | inspect.AnyType)


def _walk_union(kind: inspect.UnionType, value: Any, path: str) -> None:
    if value is None and kind.includes_none:
        return
    options = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
    tagged = {
        str(one.tag): one
        for one in options
        if isinstance(one, inspect.StructType) and one.tag is not None
    }
    if isinstance(value, dict) and tagged:
        if "type" not in value:
            raise missing(f"{path}.type")
        check_choice(value["type"], tagged, f"{path}.type")
        _walk(tagged[value["type"]], value, path)
        return
    for one in options:
        if isinstance(value, _JSON_TYPES[type(one)][0]) and not isinstance(value, bool):
            _walk(one, value, path)
            return
    if len(options) == 1:
        _walk(options[0], value, path)
        return
    names = list(dict.fromkeys(_JSON_TYPES[type(one)][1] for one in options))
    expected = names[0] if len(names) == 1 else f"one of {' or '.join(names)}"
    raise wrong_type(path, expected, value)


def _walk_list(kind: inspect.VarTupleType | inspect.ListType, value: Any, path: str) -> None:
    if not isinstance(value, list):
        raise wrong_type(path, "an array", value)
    for place, element in enumerate(value):
        _walk(kind.item_type, element, f"{path}[{place}]")


def _walk_dict(kind: inspect.DictType, value: Any, path: str) -> None:
    if not isinstance(value, dict):
        raise wrong_type(path, "an object", value)
    if kind.max_length is not None and len(value) > kind.max_length:
        raise RemoteProtocolError(
            f"Invalid '{path}': too many properties. Expected an object with at most "
            f"{kind.max_length} properties, but got an object with {len(value)} properties "
            "instead.",
            code="object_above_max_properties",
            param=path,
        )
    for key, element in value.items():
        _walk(kind.key_type, key, path)
        _walk(kind.value_type, element, f"{path}.{key}")


def _walk_literal(kind: inspect.LiteralType, value: Any, path: str) -> None:
    check_choice(value, [str(choice) for choice in kind.values], path)


def _walk_string(kind: inspect.StrType, value: Any, path: str) -> None:
    if not isinstance(value, str):
        raise wrong_type(path, "a string", value)
    if kind.max_length is not None and len(value) > kind.max_length:
        raise too_long(path, kind.max_length, len(value))
    if kind.pattern is not None and not re.search(kind.pattern, value):
        raise RemoteProtocolError(
            f"Invalid '{path}': string does not match pattern. Expected a string that matches "
            f"the pattern '{kind.pattern}'.",
            code="invalid_value",
            param=path,
        )


def _walk_number(kind: inspect.IntType | inspect.FloatType, value: Any, path: str) -> None:
    whole = isinstance(kind, inspect.IntType)
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise wrong_type(path, "an integer" if whole else "a decimal", value)
    name = "integer" if whole else "decimal"
    if kind.ge is not None and value < kind.ge:
        out_of_range(path, name, "below min", f">= {kind.ge}", value)
    if kind.le is not None and value > kind.le:
        out_of_range(path, name, "above max", f"<= {kind.le}", value)
    if whole:
        _walk_any(None, value, path)


def _walk_any(kind: object, value: Any, path: str) -> None:
    """Any JSON that can be written again."""
    if type(value) is int and abs(value) > MAX_INTEGER:
        if value > 0:
            out_of_range(path, "integer", "above max", f"<= {MAX_INTEGER}", value)
        out_of_range(path, "integer", "below min", f">= {-MAX_INTEGER}", value)
    if isinstance(value, dict):
        for key, element in value.items():
            _walk_any(kind, element, f"{path}.{key}")
    elif isinstance(value, list):
        for place, element in enumerate(value):
            _walk_any(kind, element, f"{path}[{place}]")


def _walk_bool(kind: inspect.BoolType, value: Any, path: str) -> None:  # noqa: ARG001
    if not isinstance(value, bool):
        raise wrong_type(path, "a boolean", value)


def _walk_bytes(kind: inspect.BytesType, value: Any, path: str) -> None:  # noqa: ARG001
    if not isinstance(value, str):
        raise wrong_type(path, "a base64 string", value)
    # Judged before it is decoded; the conversion finds what is no base64.
    if len(value) // 4 * 3 - value[-2:].count("=") > MAX_APPEND_BYTES:
        raise too_long(path, -(-MAX_APPEND_BYTES // 3) * 4, len(value))


_WALKERS: dict[type[inspect.Type], Any] = {
    inspect.StructType: _walk_struct,
    inspect.UnionType: _walk_union,
    inspect.VarTupleType: _walk_list,
    inspect.ListType: _walk_list,
    inspect.DictType: _walk_dict,
    inspect.LiteralType: _walk_literal,
    inspect.StrType: _walk_string,
    inspect.IntType: _walk_number,
    inspect.FloatType: _walk_number,
    inspect.BoolType: _walk_bool,
    inspect.BytesType: _walk_bytes,
    inspect.AnyType: _walk_any,
}

_JSON_TYPES: dict[type[inspect.Type], tuple[type | tuple[type, ...], str]] = {
    inspect.StructType: (dict, "an object"),
    inspect.DictType: (dict, "an object"),
    inspect.VarTupleType: (list, "an array"),
    inspect.ListType: (list, "an array"),
    inspect.LiteralType: (str, "a string"),
    inspect.StrType: (str, "a string"),
    inspect.BytesType: (str, "a base64 string"),
    inspect.IntType: (int, "an integer"),
    inspect.FloatType: ((int, float), "a decimal"),
    inspect.BoolType: ((), "a boolean"),
    inspect.AnyType: (object, "anything"),
}
