"""Which items can be created again, and what is said of the rest."""

from __future__ import annotations

from typing import Any

from rtwidgets.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputImage,
    InputText,
    Message,
    OutputAudio,
    OutputText,
)
from rtwidgets.protocol.mcp_items import McpListTools
from rtwidgets.session.connecting.carry import Loss, Resumed, carry


def message(id: str, role: Any, *parts: Any, status: Any = "completed") -> Message:
    return Message(id=id, role=role, content=parts, status=status, object="realtime.item")


def test_text_pictures_and_answered_calls_are_whole() -> None:
    picture = InputImage(image_url="data:image/png;base64,AA==")
    items = (
        message("a", "system", InputText(text="Be brief")),
        message("b", "user", InputText(text="What is it?"), picture),
        FunctionCall(id="c", name="look", call_id="call_1", arguments="{}", status="completed"),
        FunctionCallOutput(id="d", call_id="call_1", output="a cat"),
        message("e", "assistant", OutputText(text="A cat")),
    )
    made, losses = carry(items)
    assert losses == [] and [item.id for item in made] == ["a", "b", "c", "d", "e"]
    sent = made[1]
    assert isinstance(sent, Message) and sent.content[1] == picture
    assert not sent.status and not sent.object, "those are the server's to say"


def test_speech_becomes_its_transcript() -> None:
    made, losses = carry(
        (
            message("a", "user", InputAudio(transcript="Hello")),
            message("b", "assistant", OutputAudio(transcript="Hi the"), status="incomplete"),
            message("c", "user", InputAudio(transcript=None)),
        )
    )
    assert [item.content for item in made if isinstance(item, Message)] == [
        (InputText(text="Hello"),),
        (OutputText(text="Hi the"),),
    ]
    sound = "its sound; the transcript stands for it"
    assert losses == [
        Loss("a", sound, kept=True),
        Loss("b", f"{sound} and its end: it was cut off", kept=True),
        Loss("c", "its sound, which nobody wrote down", kept=False),
    ]


def test_what_only_a_server_may_say_and_halves_of_calls_are_left_out() -> None:
    made, losses = carry(
        (
            McpListTools(id="a", server_label="docs", tools=()),
            FunctionCall(id="b", name="look", call_id="call_1", arguments="{}"),
            FunctionCallOutput(id="c", call_id="call_9", output="a cat"),
            message("d", "user"),
        )
    )
    assert made == [] and [loss.item_id for loss in losses] == ["a", "b", "c", "d"]
    assert not any(loss.kept for loss in losses)
    assert "MCP server" in losses[0].what and "call of look" in losses[1].what


def test_an_id_that_is_too_long_for_a_client_is_replaced() -> None:
    made, _ = carry((message("x" * 33, "user", InputText(text="Hi")),))
    assert 0 < len(str(made[0].id)) <= 32


def test_what_it_says_of_itself() -> None:
    whole = Resumed(3)
    assert whole and str(whole) == "3 items carried over"
    part = Resumed(2, (Loss("a", "its sound", kept=True), Loss("b", "gone", kept=False)), "no")
    assert not part and repr(part) == (
        "<Resumed: 2 items carried over, 1 of them not whole, 1 left out\n"
        "the settings were refused: no\na: its sound\nb: gone>"
    )
