from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.engines.base import Prompt, ToolCall
from rtwidgets.engines.simulated_pace import Pace
from rtwidgets.engines.simulated_rules import RuleModel
from rtwidgets.protocol.config import Tool, ToolChoice, ToolChoiceFunction
from rtwidgets.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputText,
    Item,
    Message,
)

model = RuleModel(Pace(seed=1))
HEARD = "[simulated: 2.3 s of speech, -21 dBFS]"


def tool(name: str, about: str = "", **properties: object) -> Tool:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return Tool(name=name, description=about, parameters=schema)


WEATHER = tool("get_weather", "Current weather in a city", city={"type": "string"})
CLOCK = tool("clock", "Tells what time it is somewhere", zone={"type": "string"})
TOOLS = (CLOCK, WEATHER)


def user(text: str) -> Message:
    return Message(role="user", content=(InputText(text=text),))


def speaker(transcript: str) -> Message:
    return Message(role="user", content=(InputAudio(transcript=transcript),))


def answer(
    *items: Item,
    tools: tuple[Tool, ...] = (),
    tool_choice: ToolChoice = "auto",
    instructions: str = "",
) -> str:
    """Text and calls, as ``name{"a": 1}``."""
    prompt = Prompt(items=items, tools=tools, tool_choice=tool_choice, instructions=instructions)
    pieces = model.generate(prompt)
    return "".join(f"{p.name}{p.arguments}" if isinstance(p, ToolCall) else p for p in pieces)


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("What's the weather in Paris?", 'get_weather{"city": "Paris"}'),
        ("Use get_weather for Rome", 'get_weather{"city": "Rome"}'),
        ("get weather with city=Berlin", 'get_weather{"city": "Berlin"}'),
        ("What time is it in Tokyo?", 'clock{"zone": "Tokyo"}'),
        (
            "clock for “Lima”, then get_weather",
            'clock{"zone": "Lima"}get_weather{"city": "Lima"}',
        ),
    ],
)
def test_a_tool_that_the_text_mentions_is_called(text: str, called: str) -> None:
    assert answer(user(text), tools=TOOLS) == called


@pytest.mark.parametrize(
    "text", ["Hello!", "count from 1 to 3", "say: the weather is nice", "thanks"]
)
def test_no_tool_is_called_for_other_words(text: str) -> None:
    assert "{" not in answer(user(text), tools=TOOLS)


def test_tool_choice_is_obeyed() -> None:
    asked = user("What's the weather in Paris?")
    assert "{" not in answer(asked, tools=TOOLS, tool_choice="none")
    assert answer(user("Hello"), tools=TOOLS, tool_choice="required").startswith("clock{")
    assert answer(asked, tools=TOOLS, tool_choice="required").startswith("get_weather{")
    named = ToolChoiceFunction(name="clock")
    assert answer(asked, tools=TOOLS, tool_choice=named) == 'clock{"zone": "Paris"}'


def test_a_demanded_tool_is_called_for_a_spoken_turn_too() -> None:
    called = answer(
        speaker(HEARD), tools=(tool("dice", sides={"type": "integer"}),), tool_choice="required"
    )
    assert called == 'dice{"sides": 1}'  # nothing of the measurement becomes an argument


def test_a_demand_that_no_tool_can_fulfil_is_answered_in_words() -> None:
    assert "rules" in answer(user("Hello"), tool_choice="required")


def test_results_are_told() -> None:
    call = FunctionCall(name="get_weather", call_id="c1", arguments="{}")
    output = json.dumps({"sky": "clear", "temp_c": 21, "wind": [1, 2], "rain": None})
    told = answer(
        user("weather"), call, FunctionCallOutput(call_id="c1", output=output), tools=TOOLS
    )
    assert told == "The get weather says: sky is clear, temp c is 21, wind is 1, 2, rain is null."
    other = FunctionCall(name="clock", call_id="c2", arguments="{}")
    both = answer(
        user("both"), call, other,
        FunctionCallOutput(call_id="c1", output="sunny"),
        FunctionCallOutput(call_id="c2", output="It is noon."),
    )  # fmt: skip
    assert both == "The get weather says: sunny. The clock says: It is noon."
    assert answer(FunctionCallOutput(call_id="x", output="")) == "The tool says: nothing."


def test_after_a_result_the_next_question_is_answered() -> None:
    call = FunctionCall(name="clock", call_id="c1", arguments="{}")
    result = FunctionCallOutput(call_id="c1", output="noon")
    assert answer(call, result, user("say yes")) == "yes"


def test_speech_is_not_understood_and_it_says_so() -> None:
    told = answer(speaker(HEARD), tools=TOOLS)
    assert "do not understand speech" in told
    assert "2.3 seconds of speech" in told and "21 decibels below" in told
    assert "silence" in answer(speaker("[simulated: 1.0 s of near silence, -96 dBFS]"))


def test_a_transcript_that_somebody_else_wrote_is_words() -> None:
    assert answer(speaker("Count from 1 to 3.")) == "1, 2, 3."


def test_the_last_user_message_counts() -> None:
    assert answer(user("say one"), user("say two")) == "two"


def test_without_a_user_the_instructions_are_read() -> None:
    assert answer(instructions="Say: welcome to the show") == "welcome to the show"
    assert "rules" in answer(instructions="You are helpful.")
    assert "no words" in answer(Message(role="user", content=(InputAudio(),)))


def test_the_limit_is_left_to_the_server() -> None:
    prompt = Prompt(items=(user("count from 1 to 50"),), max_output_tokens=3)
    assert "50." in "".join(map(str, model.generate(prompt)))


@given(st.lists(st.text(min_size=1)))
def test_tokens_of_pieces_add_up(pieces: list[str]) -> None:
    parts = [f" {piece.strip()}" for piece in pieces]
    assert sum(map(model.count_tokens, parts)) == model.count_tokens("".join(parts))


@given(st.text(), st.sampled_from(["auto", "none", "required"]))
def test_any_text_gets_an_answer(text: str, choice: ToolChoice) -> None:
    prompt = Prompt(items=(user(text),), tools=TOOLS, tool_choice=choice)
    pieces = model.generate(prompt)
    first = next(pieces, None)
    assert first is not None
    assert isinstance(first, ToolCall) or choice != "required"


@pytest.mark.parametrize("part", ["which ", "one hundred ", "count from 1 ", "1", "A b ", " ", '"'])
def test_a_long_text_is_answered_soon(part: str) -> None:
    """No rule's pattern takes time that grows with the square of the text."""
    start = time.thread_time()
    for choice in ("auto", "required"):
        prompt = Prompt(items=(user(part * (60000 // len(part))),), tools=TOOLS, tool_choice=choice)
        assert next(model.generate(prompt))
    assert time.thread_time() - start < 5.0


@pytest.mark.parametrize(
    ("pace", "text", "instant"),
    [
        (Pace(seed=1), "hello", True),
        (Pace(seed=1), "hello " * 1000, False),
        (Pace(seed=1, latency_ms=1), "hello", False),
        (Pace(seed=1, jitter_ms=1), "hello", False),
        (Pace(seed=1, pace=0.5), "hello", False),
    ],
)
def test_it_says_whether_it_needs_a_thread(pace: Pace, text: str, instant: bool) -> None:
    said = Message(role="user", content=(InputText(text=text),))
    assert RuleModel(pace).instant(Prompt(items=(said,))) is instant
    assert not RuleModel(pace).instant(Prompt(items=()))
