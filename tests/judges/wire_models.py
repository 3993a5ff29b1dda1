"""Every frame held against OpenAI's own models of server events, strictly.

The SDKs build their objects without validating them; here the same pydantic models validate.
They keep the fields that they do not know, so what is unknown is found by walking the result.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

__all__ = ["Journal"]


class Journal:
    """What came on one connection, and what the models say about it."""

    def __init__(self, union: Any) -> None:
        self._models = dict(_by_type(union))
        self.types: list[str] = []
        self.invalid: list[str] = []
        self.unknown: set[str] = set()

    def enter(self, frame: str | bytes) -> None:
        """Validate a frame as it came from the server."""
        kind = json.loads(frame).get("type")
        self.types.append(kind)
        model = self._models.get(kind)
        if model is None:
            self.invalid.append(f"{kind}: no such event")
            return
        try:
            event = model.model_validate_json(frame, strict=True)
        except ValidationError as error:
            # One sentence for each complaint; the whole report repeats the frame.
            found = error.errors(include_url=False, include_input=False)
            self.invalid += [f"{kind}: {_dotted(e['loc'])}: {e['msg']}" for e in found]
            return
        self.unknown.update(f"{kind}: {path}" for path in _unknown(event))


def _by_type(union: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    """Event type → model, from ``Annotated[Union[...], ...]``."""
    for model in get_args(get_args(union)[0]):
        for name in get_args(model.model_fields["type"].annotation):
            yield name, model


def _unknown(value: Any, path: str = "") -> Iterator[str]:
    """Paths of fields that are in the event and not in its models."""
    if isinstance(value, BaseModel):
        extra = value.model_extra or {}
        yield from (f"{path}{name}" for name in extra)
        for name, field in type(value).model_fields.items():
            alias = field.alias or name
            yield from _unknown(getattr(value, name, None), f"{path}{alias}.")
    elif isinstance(value, list):
        for part in value:
            yield from _unknown(part, f"{path.removesuffix('.')}[].")


def _dotted(place: tuple[int | str, ...]) -> str:
    return ".".join(map(str, place))
