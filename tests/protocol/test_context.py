"""What of a long conversation a response reads (reference, section 6.4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rtwidgets.protocol.config import RetentionRatio, SessionConfig, TokenLimits
from rtwidgets.protocol.context import ContextTooLong, Window
from rtwidgets.protocol.dialects import BETA, GA
from rtwidgets.protocol.items import FunctionCall, FunctionCallOutput, InputText, Item, Message
from rtwidgets.protocol.work import Respond
from tests.pair import Pair, asked


def messages(count: int, tokens: int = 100) -> list[Item]:
    text = " ".join(["word"] * tokens)
    return [Message(id=f"i{n}", role="user", content=(InputText(text=text),)) for n in range(count)]


def size(item: Item) -> int:
    if isinstance(item, Message):
        return len(item.content[0].text.split())  # type: ignore[union-attr]
    return 10


def fit(window: Window, items: list[Item], truncation: Any, **options: Any) -> list[str]:
    options = {"max_output_tokens": 200, "fixed": 0, "remember": True, **options}
    config = SessionConfig(truncation=truncation)
    return [str(item.id) for item in window.fit(items, config, tokens=size, **options)]


def test_what_fits_is_read_whole() -> None:
    assert fit(Window(1200), messages(10), "auto") == [f"i{n}" for n in range(10)]


def test_auto_leaves_out_the_oldest_that_must_go() -> None:
    assert fit(Window(1200), messages(12), "auto") == [f"i{n}" for n in range(2, 12)]
    assert fit(Window(1200), messages(12), "auto", fixed=150)[0] == "i4"


def test_a_ratio_leaves_out_more_so_that_it_happens_rarely() -> None:
    window, half = Window(1200), RetentionRatio(retention_ratio=0.5)
    assert fit(window, messages(10), half)[0] == "i0", "nothing is cut before it must be"
    assert fit(window, messages(11), half) == [f"i{n}" for n in range(6, 11)]
    # What was left out stays out, so the beginning is the same and can be cached.
    assert [fit(window, messages(n), half)[0] for n in (12, 13, 14, 15, 16)] == ["i6"] * 5
    assert fit(window, messages(17), half)[0] == "i12"


def test_a_limit_after_the_instructions() -> None:
    setting = RetentionRatio(retention_ratio=1.0, token_limits=TokenLimits(post_instructions=300))
    assert fit(Window(10_000), messages(10), setting, fixed=500) == ["i7", "i8", "i9"]


def test_disabled_refuses() -> None:
    assert len(fit(Window(1200), messages(10), "disabled")) == 10
    with pytest.raises(ContextTooLong, match="1100 tokens is longer than the 1000"):
        fit(Window(1200), messages(11), "disabled")


def test_the_newest_item_always_stays_and_may_be_too_long_alone() -> None:
    with pytest.raises(ContextTooLong):
        fit(Window(250), messages(3), "auto")
    assert fit(Window(320), messages(3), "auto") == ["i2"]


def test_an_output_goes_with_its_call() -> None:
    call = FunctionCall(id="c", name="f", call_id="call_1", arguments="{}")
    output = FunctionCallOutput(id="o", call_id="call_1", output="x")
    items = [call, *messages(1, 600), output, *messages(1, 395)]
    assert fit(Window(1205), items, "auto") == ["i0", "i0"]
    assert fit(Window(1215), items, "auto") == ["c", "i0", "o", "i0"]


def test_other_contexts_are_not_remembered() -> None:
    window = Window(1200)
    assert fit(window, messages(12), "auto", remember=False)[0] == "i2"
    assert fit(window, messages(10), "auto")[0] == "i0"


def talk(pair: Pair, turns: int) -> Respond:
    """Typed turns until the last one, whose work is returned."""
    for turn in range(turns):
        pair.client.create_item(asked("word " * 100))
        pair.client.create_response()
        pair.settle()
        if turn < turns - 1:
            pair.answer("fine")
    return pair.take(Respond)


@pytest.mark.parametrize("dialect", [GA, BETA], ids=lambda dialect: dialect.name)
def test_a_session_forgets_its_beginning_and_says_nothing(dialect: Any) -> None:
    pair = Pair(dialect, context_tokens=4096 + 350)
    work = talk(pair, 5)
    assert len(work.items) < 9
    assert work.items[-1].id == pair.client.conversation.items[-1].id
    assert len(pair.client.conversation.items) == 9, "the conversation itself is whole"


def test_with_truncation_disabled_the_response_fails() -> None:
    pair = Pair(GA, context_tokens=4096 + 250)
    session = {"type": "realtime", "truncation": "disabled"}
    pair.send(json.dumps({"type": "session.update", "session": session}))
    for _ in range(3):
        pair.client.create_item(asked("word " * 100))
    pair.client.create_response()
    done = pair.settle()[-1].response
    assert (done.status, done.status_details.error.code) == ("failed", "context_length_exceeded")
    assert (done.output, done.usage.total_tokens) == ((), 0)
    assert not [event for event in pair.events if type(event).__name__ == "Error"]
    # The way out that the message names.
    pair.client.delete_item(str(pair.client.conversation.items[0].id))
    pair.client.create_response()
    pair.settle()
    assert pair.answer("fine")[-1].response.status == "completed"
