"""From a function's signature to a JSON schema, and from a model's JSON to arguments.

Theory of operation. The parameters become the fields of a ``msgspec.Struct`` that is made for
the function: msgspec writes its schema and converts what arrives, nested types and all. A
parameter with a default may be left out, and then Python's own default holds; so the field's
default is ``UNSET`` and no value is copied. A conversion is tried strictly first, so that
``"5"`` stays text where text is wanted, and then leniently, because models write numbers as
text.

A hint that no JSON can stand for is refused when the function is decorated, not when a model
calls it in the middle of a talk.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Optional, get_args, get_origin

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ...errors import ToolError
from .complaint import complaint, quoted

__all__ = ["Parameters", "read_parameters"]

_POSSIBLE = (
    "str, int, float, bool, None, Literal, Enum, list, dict, tuple, a dataclass, a TypedDict, "
    "date and datetime, and Optional or Union of them"
)


class Parameters:
    """What a function takes: ``schema`` for the model, ``read`` for what it sends."""

    def __init__(
        self, kind: type[Struct], schema: dict[str, Any], positional: tuple[str, ...]
    ) -> None:
        self.schema = schema
        self._kind = kind
        self._positional = positional

    def read(self, text: str) -> dict[str, Any]:
        """Arguments by name; ``ToolError`` names the wrong one and its value."""
        try:
            given = msgspec.json.decode(text) if text.strip() else {}
        except (msgspec.DecodeError, UnicodeError) as error:
            raise ToolError(f"the arguments are no JSON: {error}") from None
        if not isinstance(given, dict):
            raise ToolError(f"the arguments must be one JSON object, not {quoted(given)}")
        try:
            made = msgspec.convert(given, self._kind, str_keys=True)
        except msgspec.ValidationError:
            try:
                made = msgspec.convert(given, self._kind, strict=False, str_keys=True)
            except msgspec.ValidationError as error:
                raise ToolError(complaint(str(error), given, self.schema)) from None
        values = {name: getattr(made, name) for name in self._kind.__struct_fields__}
        return {name: value for name, value in values.items() if value is not UNSET}

    def bind(self, values: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """``read``'s arguments as a call takes them."""
        rest = dict(values)
        first = [rest.pop(name) for name in self._positional if name in rest]
        return first, rest


def read_parameters(
    fn: Callable[..., Any], tool: str, about: Mapping[str, str], names: Mapping[str, Any]
) -> Parameters:
    """The parameters of ``fn``.

    Args:
        fn: any callable with a signature.
        tool: the tool's name, for error messages.
        about: what the docstring says of each parameter.
        names: local names that hints may use.

    Raises ``ToolError`` for what no model can fill in.
    """
    signature, hints = _signature(fn, tool), _hints(fn, tool, names)
    fields: list[Any] = []
    for name, parameter in signature.parameters.items():
        hint = _hint(tool, parameter, hints)
        if parameter.default is inspect.Parameter.empty:
            fields.append((name, hint))
        else:
            fields.append((name, hint | UnsetType if _is_class(hint) else _or_unset(hint), UNSET))
    try:
        kind = msgspec.defstruct(f"{tool}_arguments", fields, kw_only=True,
                                 forbid_unknown_fields=True)  # fmt: skip
        schema = _object(msgspec.json.schema(kind))
        msgspec.json.Decoder(kind)
    except (TypeError, NameError, ValueError) as error:
        raise ToolError(f"tool {tool!r}: {_first_line(error)}") from None
    for name, parameter in signature.parameters.items():
        _describe(schema["properties"][name], parameter, hints[name], about.get(name))
    positional = tuple(
        name
        for name, parameter in signature.parameters.items()
        if parameter.kind is inspect.Parameter.POSITIONAL_ONLY
    )
    return Parameters(kind, schema, positional)


# Reading a signature.


def _signature(fn: Callable[..., Any], tool: str) -> inspect.Signature:
    try:
        return inspect.signature(fn)
    except (TypeError, ValueError) as error:
        raise ToolError(f"tool {tool!r} has no signature that can be read: {error}") from None


def _hints(fn: Callable[..., Any], tool: str, names: Mapping[str, Any]) -> dict[str, Any]:
    inner = inspect.unwrap(fn)
    while hasattr(inner, "func"):  # functools.partial
        inner = inspect.unwrap(inner.func)
    if not inspect.isroutine(inner):
        inner = type(inner).__call__
    try:
        return typing.get_type_hints(inner, localns=dict(names), include_extras=True)
    except NameError as error:
        raise ToolError(f"tool {tool!r} has a type hint that means nothing here: {error}") from None


def _hint(tool: str, parameter: inspect.Parameter, hints: dict[str, Any]) -> Any:
    """The hint of a parameter, if a model can fill it in."""
    name = parameter.name
    if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
        raise ToolError(
            f"tool {tool!r} cannot take {str(parameter).partition(':')[0]}: a model needs the "
            "names of all parameters, so write them out (a list or a dict can be one of them)"
        )
    if name not in hints:
        raise ToolError(
            f"tool {tool!r} says no type for parameter {name!r}: write {name}: str, "
            "or whatever it is"
        )
    hint = hints[name]
    if parameter.default is None:
        hint = Optional[hint]  # noqa: UP045  (the operator cannot take every hint)
    try:
        msgspec.json.schema(hint)
        msgspec.json.Decoder(hint)
    except Exception as error:  # noqa: BLE001  (whatever a user's own type raises)
        raise ToolError(
            f"tool {tool!r} cannot take parameter {name!r} as {inspect.formatannotation(hint)}: "
            f"{_reason(error)}; possible are {_POSSIBLE}"
        ) from None
    return hint


def _reason(error: Exception) -> str:
    """msgspec's own reason, or ours where it speaks of msgspec's hooks."""
    text = str(error)
    custom = re.search(r"type (.+) is not supported", text)
    if custom and "custom types" in text:
        return f"no JSON can stand for {_class_name(custom[1])}"
    return _first_line(error)


def _class_name(text: str) -> str:
    match = re.search(r"<class '(.+)'>", text)
    return match[1] if match else text


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0].strip() if lines else type(error).__name__


def _is_class(hint: Any) -> bool:
    return isinstance(hint, type) and not isinstance(hint, types.GenericAlias)


def _or_unset(hint: Any) -> Any:
    return typing.Union[hint, UnsetType]  # noqa: UP007  (the operator cannot take every hint)


# Making the schema.


def _object(schema: dict[str, Any]) -> dict[str, Any]:
    """msgspec's schema with its references written out, where none refers to itself."""
    definitions = schema.get("$defs", {})
    name = schema["$ref"].rpartition("/")[2]
    whole = definitions.pop(name)
    try:
        whole = _inlined(whole, definitions, ())
    except RecursionError:
        whole = {**_inlined(whole, {}, ()), "$defs": _inlined(definitions, {}, ())}
    whole.pop("title", None)
    whole.setdefault("properties", {})
    whole.setdefault("required", [])
    return dict(whole)


def _inlined(node: Any, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_inlined(one, definitions, inside) for one in node]
    if not isinstance(node, dict):
        return node
    name = str(node.get("$ref", "")).rpartition("/")[2]
    if name in definitions:
        if name in inside:
            raise RecursionError(name)
        rest = {k: v for k, v in node.items() if k != "$ref"}
        return {**_inlined(definitions[name], definitions, (*inside, name)), **rest}
    made = {key: _inlined(value, definitions, inside) for key, value in node.items()}
    values = made.get("enum")
    if isinstance(values, list) and "type" not in made:
        # Some servers want a type beside the values.
        if all(isinstance(value, str) for value in values):
            made["type"] = "string"
        elif all(type(value) is int for value in values):
            made["type"] = "integer"
    return made


def _describe(
    schema: dict[str, Any], parameter: inspect.Parameter, hint: Any, doc: str | None
) -> None:
    """The parameter's words and its default, beside its type."""
    extras = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    words = next((extra for extra in extras if isinstance(extra, str)), None)
    said = any(isinstance(x, msgspec.Meta) and x.description is not None for x in extras)
    if (words or doc) and not said:
        schema["description"] = words or doc
    if parameter.default is not inspect.Parameter.empty:
        try:
            schema["default"] = msgspec.to_builtins(parameter.default, str_keys=True)
        except (TypeError, ValueError):  # a default that only Python can make
            schema.pop("default", None)
