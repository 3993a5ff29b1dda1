"""Reading what servers really send: whatever of an event can be understood becomes a struct.

msgspec reads an event that keeps to the letter; only what it refuses comes here. Limits are
not checked (a server may call an item what it likes), a field that cannot be read takes its
default, and an element of a list that cannot be read is left out. Structs made here may hold
values that the types' ``Meta`` forbids. Which servers deviate and how: reference, section 7.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from msgspec import Struct, inspect

from .items import (
    FunctionCall,
    FunctionCallOutput,
    InputText,
    Message,
    OutputText,
    Response,
    TextPart,
)
from .mcp_items import McpApprovalRequest, McpCall, McpListTools
from .response_events import ResponseContentPartDone

__all__ = ["Unreadable", "read"]

#: What a required field is taken for where a server leaves it out. Words have no entry: an
#: empty final text would erase what the deltas said.
_MISSING: dict[str, Any] = {
    "response_id": "",
    "item_id": "",
    "call_id": "",
    "output_index": 0,
    "content_index": 0,
}
_MISSING_IN: dict[type, dict[str, Any]] = {
    InputText: {"text": ""},
    OutputText: {"text": ""},
    Message: {"content": (), "role": "assistant"},
    FunctionCall: {"name": "", "arguments": ""},
    FunctionCallOutput: {"output": ""},
    McpListTools: {"server_label": "", "tools": ()},
    McpCall: {"server_label": "", "name": "", "arguments": ""},
    McpApprovalRequest: {"server_label": "", "name": "", "arguments": ""},
    Response: {"status": "in_progress"},
    ResponseContentPartDone: {"part": TextPart()},
}
#: An unknown part keeps its place, because later deltas count places.
_PLACEHOLDERS: dict[str, Struct] = {"content": OutputText(text="")}
_SPELLINGS = {"canceled": "cancelled"}


class Unreadable(ValueError):
    """A value is not what it should be; ``unknown`` where it is of a kind unknown to us."""

    def __init__(self, message: str, *, unknown: bool = False) -> None:
        super().__init__(message)
        self.unknown = unknown


def read(kind: type[Struct], value: object) -> Any:
    """``value`` (parsed JSON) as ``kind``, as much of it as can be read.

    Raises:
        Unreadable: something that the struct cannot do without is missing or senseless.
    """
    return _read(_info(kind), value, "")


@cache
def _info(kind: type[Struct]) -> inspect.Type:
    return inspect.type_info(kind)


def _read(kind: inspect.Type, value: Any, name: str) -> Any:
    if isinstance(kind, inspect.AnyType):
        return value
    if isinstance(kind, inspect.UnionType):
        return _read_union(kind, value, name)
    if isinstance(kind, inspect.StructType):
        return _read_struct(kind, value, name)
    if isinstance(kind, inspect.LiteralType):
        value = _SPELLINGS.get(value, value) if isinstance(value, str) else value
        if value in kind.values:
            return value
    elif isinstance(kind, inspect.VarTupleType | inspect.ListType):
        return _read_list(kind, value, name)
    elif isinstance(kind, inspect.DictType):
        if isinstance(value, dict):
            return _read_dict(kind, value, name)
    elif isinstance(kind, inspect.BytesType):
        return _read_bytes(value, name)
    elif isinstance(kind, inspect.IntType):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return round(value)
    elif isinstance(kind, inspect.FloatType):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    elif isinstance(value, _PLAIN.get(type(kind), ())):
        return value
    raise Unreadable(f"'{name}' is {value!r:.80}")


_PLAIN: dict[type[inspect.Type], type | tuple[type, ...]] = {
    inspect.StrType: str,
    inspect.BoolType: bool,
    inspect.NoneType: type(None),
}


def _read_struct(kind: inspect.StructType, value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        raise Unreadable(f"'{name}' is no object")
    fields: dict[str, Any] = {}
    for field in kind.fields:
        key = field.encode_name
        if key in value:
            try:
                fields[field.name] = _read(field.type, value[key], key)
                continue
            except Unreadable:
                if field.required:
                    raise
        if field.required:
            missing = _MISSING_IN.get(kind.cls, _MISSING)
            if key not in missing and key not in _MISSING:
                raise Unreadable(f"{kind.cls.__name__} has no '{key}'")
            fields[field.name] = missing.get(key, _MISSING.get(key))
    return kind.cls(**fields)


def _read_union(kind: inspect.UnionType, value: Any, name: str) -> Any:
    for one in kind.types:
        if isinstance(one, inspect.StructType) and one.tag is not None:
            if isinstance(value, dict) and value.get(one.tag_field or "") == one.tag:
                return _read_struct(one, value, name)
            continue
        try:
            return _read(one, value, name)
        except Unreadable:
            continue
    raise Unreadable(f"'{name}' is of no known kind", unknown=isinstance(value, dict))


def _read_list(kind: inspect.VarTupleType | inspect.ListType, value: Any, name: str) -> Any:
    if not isinstance(value, list | tuple):
        raise Unreadable(f"'{name}' is no list")
    found = []
    for element in value:
        try:
            found.append(_read(kind.item_type, element, name))
        except Unreadable:  # noqa: PERF203  (only ever runs for what msgspec refused)
            if name in _PLACEHOLDERS:
                found.append(_PLACEHOLDERS[name])
    return tuple(found) if isinstance(kind, inspect.VarTupleType) else found


def _read_dict(kind: inspect.DictType, value: dict[Any, Any], name: str) -> dict[Any, Any]:
    found = {}
    for key, element in value.items():
        try:
            found[key] = _read(kind.value_type, element, name)
        except Unreadable:  # noqa: PERF203
            continue
    return found


def _read_bytes(value: Any, name: str) -> bytes:
    try:
        return msgspec.convert(value, bytes)
    except msgspec.ValidationError as error:
        raise Unreadable(f"'{name}' is no base64") from error
