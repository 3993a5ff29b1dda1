"""Items as words, and two reports of one item."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from rtwidgets.protocol.content import merged, part_words, silent, with_arguments, with_words, words
from rtwidgets.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputImage,
    InputText,
    Item,
    Message,
    OutputAudio,
    OutputText,
)
from tests.protocol.steps import call, reply, user


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (user("u", "hello"), "hello"),
        (reply("m", OutputText(text="a"), OutputAudio(transcript="b")), "a b"),
        (reply("m", OutputText(text=""), OutputAudio(), OutputAudio(transcript=None)), ""),
        (Message(role="user", content=(InputImage(image_url="data:"), InputText(text="?"))), "?"),
        (call("f", '{"a":1}'), '{"a":1}'),
        (FunctionCallOutput(call_id="c", output="12 °C"), "12 °C"),
    ],
)
def test_every_item_has_words(item: Item, said: str) -> None:
    assert words(item) == said


def test_a_later_report_keeps_the_words_that_it_leaves_out() -> None:
    old = reply("m", OutputAudio(transcript="Hi"), OutputText(text="!"))
    assert merged(old, reply("m", status="completed")) == reply(
        "m", *old.content, status="completed"
    )
    assert merged(old, reply("m", OutputAudio(transcript=None))) == old
    assert merged(reply("m"), old) == old
    new = reply("m", OutputAudio(transcript="Hi."), OutputText(text="!"))
    assert merged(old, new) == new
    assert merged(call("f", "{}"), call("f", "")) == call("f", "{}")
    assert merged(old, call("m", "{}")) == call("m", "{}")


def test_a_call_keeps_the_name_that_it_had() -> None:
    nameless = FunctionCall(name="", arguments="")
    assert with_arguments(nameless, "{}", "late") == FunctionCall(name="late", arguments="{}")
    assert with_arguments(call("f"), "{}", "other").name == "weather"


def test_words_replace_one_part() -> None:
    item = with_words(reply("m", OutputText(text="a"), OutputText(text="b")), 1, "c", OutputAudio)
    assert item.content == (OutputText(text="a"), OutputAudio(transcript="c"))
    gap = with_words(user("u"), 2, "x", InputAudio)
    assert [part_words(part) for part in gap.content] == ["hello", "", "x"]
    assert with_words(item, -1, "x", OutputText) is item


def test_a_silent_item_has_its_words_and_no_sound() -> None:
    loud = reply("m", OutputAudio(transcript="Hi", audio=b"ab"), OutputText(text="x"))
    assert silent(loud) == reply("m", OutputAudio(transcript="Hi"), OutputText(text="x"))
    quiet = reply("m", OutputAudio(transcript="Hi", audio=UNSET))
    assert silent(quiet) is quiet
    assert silent(call("f")) == call("f")
