"""The turns of the other tests, once more with OpenAI itself: ``pytest -m live tests/live``.

Needs ``OPENAI_API_KEY``, costs cents, and never runs unless it is asked for. What is asserted
is what holds of any Realtime server; the words of a model are its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

import rtwidgets as rt
from rtwidgets.audio import read_sound
from tests.conftest import lacking

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

BUDGET = 1.00
QUESTION = "notebooks/sounds/question.wav"


@pytest.fixture
def session() -> Iterator[rt.Session]:
    if not os.environ.get("OPENAI_API_KEY"):
        lacking("OPENAI_API_KEY is not set")
    with rt.connect(quiet=True, budget=BUDGET, instructions="Answer in one sentence.") as opened:
        assert not opened.free
        yield opened
        assert not opened.callback_errors and not opened.errors


def test_typed(session: rt.Session) -> None:
    turn = session.say("What is 2 plus 3?").wait(60)
    assert turn.status == "completed" and turn.text
    assert turn.audio.duration_s > 0.3
    assert turn.usage.total_tokens > 0
    assert session.usage.rows and "no price" not in session.usage.money


def test_spoken(session: rt.Session) -> None:
    turn = session.say(read_sound(QUESTION)).wait(60)
    assert turn.status == "completed" and turn.text and turn.transcript
    assert turn.latency.first_audio is not None


def test_a_tool(session: rt.Session) -> None:
    @session.tool
    def degrees(city: str) -> int:
        """The temperature outside in a city, in degrees Celsius."""
        return 17

    turn = session.say("How warm is it in Bern? Use the tool.").wait(60)
    (call,) = turn.tool_calls
    assert call.result == 17 and call.error is None
    assert turn.status == "completed" and turn.text


def test_an_interruption(session: rt.Session) -> None:
    turn = session.say("Tell a story of 300 words about a lighthouse.")
    while turn.heard.audio.duration_s < 1:
        assert not turn.done or turn.audio.samples.size, turn.status
    session.interrupt()
    turn.wait(30)
    assert 1 <= turn.heard.audio.duration_s < turn.generated.audio.duration_s
    sent = [e for e in session.events_log if e.type == "conversation.item.truncate"]
    assert len(sent) == 1 and sent[0].sent
    assert session.say("Say yes.").wait(60).status == "completed"


def test_a_wrong_key() -> None:
    with pytest.raises(rt.KeyRefused) as refused:
        rt.connect(api_key="sk-this-is-no-key-0123456789", quiet=True)
    assert "this-is-no-key" not in str(refused.value)
