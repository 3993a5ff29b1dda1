"""Hypothesis strategies for every struct of the protocol, made from the structs' own types.

The limits that ``Meta`` states are kept. What only prose states (which part a role may say,
that PCM names its rate) is written down here, so that what is drawn is what a correct client
or server would send.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st
from msgspec import UNSET, Struct, inspect

from rtwidgets.protocol.config import PCM16_24K, AudioFormat, SessionConfig
from rtwidgets.protocol.items import (
    InputAudio,
    InputText,
    Message,
    OutputAudio,
    OutputText,
    Response,
)
from rtwidgets.protocol.response_config import ResponseConfig

IDS = st.text("abcdefgh_0123", min_size=1, max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
_SKIPPED = {(SessionConfig, "temperature"), (ResponseConfig, "temperature")}
_SKIPPED |= {(Response, "temperature"), (Message, "object")}


def any_of(kind: type[Struct], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Any value of a struct; ``fields`` narrows some of them down."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    required: dict[str, st.SearchStrategy[Any]] = dict(fields)
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for field in info.fields:
        if (kind, field.name) in _SKIPPED or field.name in {"object", *fields}:
            continue
        drawn = _SPECIAL.get(field.name)
        target = required if field.required else optional
        target[field.name] = _of(field.type) if drawn is None else drawn
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: kind(**given))


def _of(kind: inspect.Type) -> st.SearchStrategy[Any]:
    if isinstance(kind, inspect.StructType):
        return _KINDS[kind.cls]() if kind.cls in _KINDS else _struct(kind.cls)
    if isinstance(kind, inspect.UnionType):
        return st.one_of([_of(one) for one in kind.types])
    if isinstance(kind, inspect.LiteralType):
        return st.sampled_from(sorted(kind.values))
    if isinstance(kind, inspect.IntType):
        return st.integers(kind.ge or 0, kind.le or 2**40)
    if isinstance(kind, inspect.FloatType):
        return st.floats(kind.ge or 0.0, kind.le or 1e6)
    if isinstance(kind, inspect.StrType):
        return IDS if kind.pattern else st.text(max_size=min(kind.max_length or 12, 12))
    if isinstance(kind, inspect.VarTupleType):
        return st.lists(_of(kind.item_type), max_size=3).map(tuple)
    if isinstance(kind, inspect.ListType):
        return st.lists(_of(kind.item_type), max_size=2)
    if isinstance(kind, inspect.DictType):
        return st.dictionaries(_of(kind.key_type), _of(kind.value_type), max_size=3)
    simple: dict[type[inspect.Type], st.SearchStrategy[Any]] = {
        inspect.BoolType: st.booleans(),
        inspect.BytesType: st.binary(max_size=12),
        inspect.NoneType: st.none(),
        inspect.AnyType: JSON,
    }
    return simple[type(kind)]


@cache
def _struct(kind: type[Struct]) -> st.SearchStrategy[Any]:
    return any_of(kind)


def messages() -> st.SearchStrategy[Any]:
    """Messages whose parts fit their role, as a client may create them."""
    text = st.text(max_size=12)
    said = st.builds(InputText, text=text)
    heard = st.builds(InputAudio, audio=st.binary(max_size=12), transcript=st.just(UNSET) | text)
    by_role = {"system": said, "user": said | heard, "assistant": st.builds(OutputText, text=text)}
    return st.one_of(
        [
            any_of(Message, role=st.just(role), content=st.lists(part, max_size=3).map(tuple))
            for role, part in by_role.items()
        ]
    )


def replies() -> st.SearchStrategy[Any]:
    """Messages as a server reports them: the assistant speaks, and nothing carries sound."""
    spoken = st.builds(OutputAudio, transcript=st.text(max_size=12))
    written = st.builds(OutputText, text=st.text(max_size=12))
    content = st.lists(spoken | written, max_size=3).map(tuple)
    reply = any_of(Message, id=IDS, role=st.just("assistant"), content=content)
    heard = st.builds(InputAudio, transcript=st.none() | st.text(max_size=12))
    user = any_of(Message, id=IDS, role=st.just("user"), content=st.tuples(heard))
    return reply | user


_KINDS = {
    AudioFormat: lambda: st.sampled_from(
        [PCM16_24K, AudioFormat(type="audio/pcmu"), AudioFormat(type="audio/pcma")]
    ),
    Message: messages,
}
_SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "output_modalities": st.sampled_from([("text",), ("audio",)]),
    "event_id": IDS,
    "item_id": IDS,
}
