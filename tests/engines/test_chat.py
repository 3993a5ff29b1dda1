from __future__ import annotations

import json

import jsonschema  # type: ignore[import-untyped]  # its stubs are another package
import pytest

from rtwidgets.engines.base import Prompt
from rtwidgets.engines.chat import (
    bounded,
    chosen_tool,
    last_user_text,
    mentioned_tool,
    message_text,
    plain_messages,
    schema_of,
)
from rtwidgets.protocol.config import Tool, ToolChoiceFunction
from rtwidgets.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputText,
    Message,
    OutputAudio,
)

WEATHER = Tool(name="get_weather", description="Get the current weather of a city")
TIMER = Tool(name="setTimer", description="Ring after some minutes")
LIGHTS = Tool(name="switch", description="Turns the lights in a room on or off")
TOOLS = (WEATHER, TIMER, LIGHTS)


def user(text: str) -> Message:
    return Message(role="user", content=(InputText(text=text),))


def heard(transcript: str | None) -> Message:
    return Message(role="user", content=(InputAudio(transcript=transcript),))


ANSWER = Message(role="assistant", content=(OutputAudio(transcript="It is sunny."),))
CALL = FunctionCall(name="get_weather", call_id="c1", arguments='{"city": "Paris"}')
RESULT = FunctionCallOutput(call_id="c1", output='{"sky": "clear", "degrees": 21}')


def test_words_of_typed_and_spoken_parts() -> None:
    parts = (InputText(text="Look:"), InputAudio(transcript="a cat"), InputAudio(transcript=None))
    assert message_text(Message(role="user", content=parts)) == "Look: a cat"


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("What is the weather in Paris?", WEATHER),
        ("Will the weather be fine?", WEATHER),
        ("Set a timer for five minutes", TIMER),
        ("Stop all timers", TIMER),
        ("Please turn the lights off in this room", LIGHTS),
        ("What is the capital of France?", None),
        ("What is the time?", None),
        ("", None),
    ],
)
def test_tool_is_found_by_words(text: str, tool: Tool | None) -> None:
    assert mentioned_tool(text, TOOLS) is tool


def test_user_is_not_heard_twice() -> None:
    assert last_user_text((user("weather?"),)) == "weather?"
    assert last_user_text((user("weather?"), ANSWER)) == ""
    assert last_user_text((user("weather?"), CALL, RESULT)) == ""


@pytest.mark.parametrize(
    ("choice", "said", "tool"),
    [
        ("auto", "weather in Rome", WEATHER),
        ("auto", "good morning", None),
        ("none", "weather in Rome", None),
        ("required", "good morning", WEATHER),
        ("required", "start the timer", TIMER),
        (ToolChoiceFunction(name="switch"), "good morning", LIGHTS),
        (ToolChoiceFunction(name="nothing"), "good morning", None),
    ],
)
def test_choice_of_the_session(choice: object, said: str, tool: Tool | None) -> None:
    prompt = Prompt(items=(heard(said),), tools=TOOLS, tool_choice=choice)  # type: ignore[arg-type]
    assert chosen_tool(prompt) is tool


def test_result_is_told_and_not_asked_for_again() -> None:
    prompt = Prompt(items=(user("weather in Paris"), CALL, RESULT), tools=TOOLS)
    assert chosen_tool(prompt) is None
    last = plain_messages(prompt)[-1]
    assert last["role"] == "user"
    assert "get_weather is: sky: clear, degrees: 21" in last["content"]


def test_messages_of_a_conversation() -> None:
    items = (user("Hi"), ANSWER, heard("And tomorrow?"), heard(None))
    messages = plain_messages(Prompt(instructions="Be a pirate.", items=items, spoken=False))
    assert messages == [
        {"role": "system", "content": "Be a pirate."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "It is sunny."},
        {"role": "user", "content": "And tomorrow?"},
    ]


def test_spoken_answers_are_asked_to_be_short() -> None:
    (system, hello) = plain_messages(Prompt())
    assert "short sentences" in system["content"]
    assert hello["role"] == "user"


def test_tool_without_parameters_takes_none() -> None:
    assert schema_of(WEATHER) == {"type": "object", "properties": {}}


def test_bounds_are_added_where_there_are_none() -> None:
    schema = {
        "type": "object",
        "properties": {
            "free": {"type": "string"},
            "own": {"type": "string", "maxLength": 7},
            "one": {"type": "string", "enum": ["a"]},
            "list": {"type": "array", "items": {"anyOf": [{"type": "string"}]}},
        },
    }
    before = json.dumps(schema)
    limited = bounded(schema)["properties"]
    assert json.dumps(schema) == before
    assert limited["free"]["maxLength"] == 80
    assert limited["own"]["maxLength"] == 7
    assert "maxLength" not in limited["one"]
    assert limited["list"]["maxItems"] == 8
    assert limited["list"]["items"]["anyOf"][0]["maxLength"] == 80
    jsonschema.Draft202012Validator.check_schema(bounded(schema))


def test_property_called_type_is_no_keyword() -> None:
    schema = {"type": "object", "properties": {"type": {"type": "string"}}}
    assert bounded(schema)["properties"] == {"type": {"type": "string", "maxLength": 80}}
