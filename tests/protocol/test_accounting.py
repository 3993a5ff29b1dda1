"""Tokens by the documented rates (reference, sections 6.1 and 6.2)."""

from __future__ import annotations

import pytest

from rtwidgets.protocol.accounting import Accountant, assistant_audio_tokens, user_audio_tokens
from rtwidgets.protocol.config import Tool
from rtwidgets.protocol.items import (
    FunctionCall,
    InputAudio,
    InputText,
    InputTokenDetails,
    Item,
    Message,
    OutputAudio,
)


def words(text: str) -> int:
    return len(text.split())


def read(accountant: Accountant, *items: Item, instructions: str = "") -> InputTokenDetails:
    return accountant.read(instructions=instructions, tools=(), items=items)


def counting(sound_ms: float = 0.0) -> Accountant:
    return Accountant(words, lambda item_id: sound_ms)


def message(item_id: str, text: str) -> Message:
    return Message(id=item_id, role="user", content=(InputText(text=text),))


@pytest.mark.parametrize(("ms", "tokens"), [(2796, 27), (2668, 26), (588, 5), (5120, 51)])
def test_user_sound_as_recorded_on_the_real_wire(ms: float, tokens: int) -> None:
    assert user_audio_tokens(ms) == tokens


@pytest.mark.parametrize(("ms", "tokens"), [(4000, 80), (1680, 33)])
def test_assistant_sound_as_recorded_on_the_real_wire(ms: float, tokens: int) -> None:
    assert assistant_audio_tokens(ms) == tokens


def test_each_modality_is_counted_by_its_own_rate() -> None:
    details = read(
        counting(1000),
        message("a", "one two"),
        Message(id="b", role="user", content=(InputAudio(),)),
        Message(id="c", role="assistant", content=(OutputAudio(transcript="not counted"),)),
        FunctionCall(id="d", name="f", arguments="{} {}"),
        instructions="be kind",
    )
    assert details.text_tokens == 2 + 2 + 2
    assert details.audio_tokens == 10 + 20


def test_tools_are_part_of_what_is_read() -> None:
    accountant = Accountant(len, lambda item_id: 0.0)
    tools = (Tool(name="weather", description="of a city"),)
    details = accountant.read(instructions="", tools=tools, items=())
    assert details.text_tokens > len("weather")


def test_the_unchanged_beginning_is_cached_in_steps_of_64() -> None:
    accountant = counting()
    first, second = message("a", "x " * 100), message("b", "y " * 100)
    assert read(accountant, first).cached_tokens == 0
    assert read(accountant, first, second).cached_tokens == 64
    assert read(accountant, first, second).cached_tokens_details.text_tokens == 192
    assert read(accountant, second).cached_tokens == 0, "a dropped item empties the cache"


def test_usage_sums_its_details() -> None:
    accountant = counting()
    details = read(accountant, message("a", "one two three"))
    usage = accountant.usage(details, text="four five", sound_ms=1000)
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (3, 22, 25)
    assert usage.output_token_details.text_tokens == 2
