"""Every event class, in both dialects: its name, its round trip, and what it becomes."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Struct, structs

from rtwidgets.errors import RemoteProtocolError
from rtwidgets.protocol import events, mcp_events
from rtwidgets.protocol.config import (
    AudioConfig,
    AudioOutput,
    SessionConfig,
    Tool,
    ToolChoiceFunction,
)
from rtwidgets.protocol.dialects import BETA, GA
from rtwidgets.protocol.items import FunctionCall, FunctionCallOutput, ItemReference
from rtwidgets.protocol.response_config import ResponseConfig
from tests.protocol.strategies import any_of, messages

CLIENT = get_args(events.ClientEvent)
SERVER = get_args(events.ServerEvent)
BETA_HAS_NOT = {
    events.ConversationItemDone,
    events.ConversationItemInputAudioTranscriptionSegment,
    events.InputAudioBufferDtmfEventReceived,
    events.InputAudioBufferTimeoutTriggered,
    *(getattr(events, name) for name in mcp_events.__all__),
}


#: Many classes share these tests, so a few draws of each find what there is to find.
few = settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])


def wire_name(kind: type[Struct]) -> str:
    return str(kind.__struct_config__.tag)


@pytest.mark.parametrize("kind", CLIENT + SERVER, ids=lambda kind: kind.__name__)
def test_the_class_is_the_wire_name_in_camel_case(kind: type[Struct]) -> None:
    words = wire_name(kind).replace(".", "_").split("_")
    assert kind.__name__ == "".join(word.capitalize() for word in words)


def test_one_module_has_all_events() -> None:
    named = {name for name in events.__all__ if isinstance(getattr(events, name), type)}
    assert {kind.__name__ for kind in CLIENT + SERVER} <= named


@pytest.mark.parametrize("kind", SERVER, ids=lambda kind: kind.__name__)
@few
@given(data=st.data())
def test_ga_server_events_come_back_as_they_were(kind: type[Struct], data: st.DataObject) -> None:
    event = data.draw(any_of(kind))
    assert GA.decode_server(GA.encode(event) or "") == event


@pytest.mark.parametrize("kind", SERVER, ids=lambda kind: kind.__name__)
@few
@given(data=st.data())
def test_beta_server_events_come_back_as_far_as_beta_can_say(
    kind: type[Struct], data: st.DataObject
) -> None:
    event = data.draw(any_of(kind))
    text = BETA.encode(event)
    if kind in BETA_HAS_NOT:
        assert text is None
        return
    told = BETA.decode_server(text or "")
    assert type(told) is kind
    assert BETA.decode_server(BETA.encode(told) or "") == told
    if not {"session", "response"} & set(kind.__struct_fields__):
        assert told == event


@pytest.mark.parametrize("kind", CLIENT, ids=lambda kind: kind.__name__)
@few
@given(data=st.data())
def test_ga_client_events_come_back_as_they_were(kind: type[Struct], data: st.DataObject) -> None:
    event = data.draw(client_event(kind))
    text = GA.encode(event) or ""
    if kind is events.OutputAudioBufferClear:
        with pytest.raises(RemoteProtocolError, match="Supported values"):
            GA.decode_client(text)
    else:
        assert GA.decode_client(text) == event


@pytest.mark.parametrize("kind", CLIENT, ids=lambda kind: kind.__name__)
@few
@given(data=st.data())
def test_beta_client_events_come_back_as_far_as_beta_can_say(
    kind: type[Struct], data: st.DataObject
) -> None:
    event = data.draw(client_event(kind, **BETA_TOOLS))
    text = BETA.encode(event) or ""
    if kind is events.OutputAudioBufferClear:
        with pytest.raises(RemoteProtocolError, match="Supported values"):
            BETA.decode_client(text)
        return
    told: Any = BETA.decode_client(text)
    assert type(told) is kind
    assert BETA.decode_client(BETA.encode(told) or "") == told
    if not {"session", "response"} & set(kind.__struct_fields__):
        assert told == event


#: Beta has no word for MCP servers, and its server says so (``test_dialects.py``).
BETA_TOOLS: dict[str, st.SearchStrategy[Any]] = {
    "tools": st.just(UNSET) | st.lists(any_of(Tool), max_size=2).map(tuple),
    "tool_choice": st.sampled_from(["auto", "none"]) | any_of(ToolChoiceFunction),
}


def client_event(kind: type[Struct], **tools: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    if kind is events.ConversationItemCreate and tools:
        functions = any_of(FunctionCall) | any_of(FunctionCallOutput)
        return any_of(kind, item=messages() | functions)
    if kind is events.SessionUpdate:
        realtime = any_of(SessionConfig, type=st.just("realtime"), **tools)
        return any_of(kind, session=realtime)
    if kind is events.ResponseCreate:
        items = messages() | any_of(ItemReference)
        config = any_of(
            ResponseConfig,
            input=st.lists(items, max_size=2).map(tuple),
            audio=any_of(
                AudioConfig,
                input=st.just(UNSET),
                output=any_of(AudioOutput, speed=st.just(UNSET)),
            ),
            **tools,
        )
        return any_of(kind, response=config)
    return any_of(kind)


@given(any_of(events.ResponseDone), st.floats(0.6, 1.2))
def test_temperature_is_a_word_of_beta_alone(event: events.ResponseDone, warmth: float) -> None:
    warm = structs.replace(event, response=structs.replace(event.response, temperature=warmth))
    assert "temperature" not in json.loads(GA.encode(warm) or "")["response"]
    told = BETA.decode_server(BETA.encode(warm) or "")
    assert isinstance(told, events.ResponseDone)
    assert told.response.temperature == warmth


@pytest.mark.parametrize("dialect", [GA, BETA], ids=lambda dialect: dialect.name)
def test_an_unknown_event_is_a_value_and_is_repeated_as_it_came(dialect: Any) -> None:
    text = '{"type":"response.hologram.delta","event_id":"e1","delta":[1]}'
    event = dialect.decode_server(text)
    assert event == events.UnknownEvent(
        type="response.hologram.delta", event_id="e1", raw=json.loads(text)
    )
    assert json.loads(dialect.encode(event)) == json.loads(text)
