"""The protocol's own words for what is wrong with a client's event (reference, section 5.3).

Each function makes the error for one kind of mistake, with its code, parameter and message.
"""

from __future__ import annotations

from typing import NoReturn

from ..errors import RemoteProtocolError

__all__ = [
    "invalid",
    "json_kind",
    "missing",
    "out_of_range",
    "too_deep",
    "too_long",
    "unknown",
    "wrong_type",
]


def missing(path: str, *, event_id: str | None = None) -> RemoteProtocolError:
    """The error for a parameter that is not there."""
    return RemoteProtocolError(
        f"Missing required parameter: '{path}'.",
        code="missing_required_parameter",
        param=path,
        event_id=event_id,
    )


def unknown(path: str) -> RemoteProtocolError:
    """The error for a parameter that nobody knows."""
    return RemoteProtocolError(
        f"Unknown parameter: '{path}'.", code="unknown_parameter", param=path
    )


def too_deep() -> RemoteProtocolError:
    """The error for a text that nests without end."""
    return RemoteProtocolError("Invalid JSON: nested too deeply.", code="invalid_json")


def json_kind(value: object) -> str:
    """What a JSON value is, in a message."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "an integer", float: "a decimal", str: "a string"}
    return names.get(type(value), "an array" if isinstance(value, list) else "an object")


def wrong_type(
    path: str, expected: str, value: object, *, event_id: str | None = None
) -> RemoteProtocolError:
    """The error for a value of another JSON type."""
    return RemoteProtocolError(
        f"Invalid type for '{path}': expected {expected}, but got {json_kind(value)} instead.",
        code="invalid_type",
        param=path,
        event_id=event_id,
    )


def invalid(value: str, choices: tuple[str, ...], path: str) -> RemoteProtocolError:
    """The error for a value that is none of ``choices``."""
    quoted = [f"'{choice}'" for choice in choices]
    if len(quoted) == 1:
        hint = f"Value must be {quoted[0]}."
    else:
        comma = "," if len(quoted) > 2 else ""
        hint = f"Supported values are: {', '.join(quoted[:-1])}{comma} and {quoted[-1]}."
    return RemoteProtocolError(
        f"Invalid value: '{value:.100}'. {hint}", code="invalid_value", param=path
    )


def too_long(path: str, limit: int, length: int) -> RemoteProtocolError:
    """The error for a string over its limit."""
    return RemoteProtocolError(
        f"Invalid '{path}': string too long. Expected a string with maximum length {limit}, "
        f"but got a string with length {length} instead.",
        code="string_above_max_length",
        param=path,
    )


def out_of_range(path: str, name: str, side: str, expected: str, value: float) -> NoReturn:
    """Raise the error for a number out of its range."""
    raise RemoteProtocolError(
        f"Invalid '{path}': {name} {side}imum value. Expected a value {expected}, but got "
        f"{value} instead.",
        code=f"{name}_{side.replace(' ', '_')}_value",
        param=path,
    )
