"""A limit in dollars: one warning, then the end with the figures; and never a silent guess."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets.session.events.notices import BudgetWarning, SessionEnded
from rtwidgets.session.money.budget import amount
from tests.session.scripted import Peer, Script

pytestmark = pytest.mark.server

#: What the scripted server reports for each response: example (a) of the reference.
ANSWER = Decimal("0.0042616")


def connect(script: Script, budget: float, **settings: Any) -> rt.Session:
    return rt.connect(script.url, quiet=True, budget=budget, **settings)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert true()


def ended(session: rt.Session) -> str:
    """Why, once it is over."""
    until(lambda: session.closed)
    return session.why_closed or ""


@pytest.mark.parametrize("budget", [0, -1, True, "0.50", float("nan"), float("inf")])
def test_what_is_no_amount_is_refused(budget: Any) -> None:
    with pytest.raises(rt.LocalProtocolError, match="is no amount"):
        rt.connect("ws://127.0.0.1:1", budget=budget)


def test_an_amount_is_taken_as_it_is_written() -> None:
    assert amount(0.1) == Decimal("0.1") and amount(None) is None
    assert amount(Decimal("2.50")) == Decimal("2.50")


def test_a_session_with_money_left_goes_on(script: Script) -> None:
    with connect(script, 1) as session:
        for _ in range(3):
            session.say("x").wait(5)
        budget = session.budget
        assert budget is not None and budget.spent == 3 * ANSWER and not budget.warned
        assert budget.left == 1 - 3 * ANSWER
        assert repr(budget) == "<Budget: $0.0128 of $1.00 spent>"


def test_without_a_budget_there_is_none(session: rt.Session) -> None:
    assert session.budget is None


def test_one_warning_at_80_percent(script: Script, caplog: pytest.LogCaptureFixture) -> None:
    # Three answers are 64 % of it, four are 85 %.
    with connect(script, 0.02) as session:
        heard: list[BudgetWarning] = []
        session.on("session.budget_warning", heard.append)
        for _ in range(4):
            session.say("x").wait(5)
        assert [(w.spent_usd, w.budget_usd) for w in heard] == [(4 * ANSWER, Decimal("0.02"))]
        assert "85% of the budget is used up: $0.0170 of $0.02, 4 responses" in heard[0].reason
    assert caplog.text.count("of the budget is used up") == 1


def test_at_100_percent_the_session_ends_and_says_the_figures(
    script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    session = connect(script, 0.01)
    seen: list[Any] = []
    session.subscribe(lambda event, _: seen.append(event))
    turns = [session.say("x") for _ in range(5)]
    for turn in turns[:3]:
        assert turn.wait(5).text == "Hello there"
    figures = r"the budget of \$0\.01 is used up: \$0\.0128, 3 responses"
    for turn in turns[3:]:
        with pytest.raises(rt.SessionClosed, match=figures):
            turn.wait(5)
    assert ended(session).startswith("the budget of $0.01 is used up")
    with pytest.raises(rt.SessionClosed, match=figures):
        session.say("more")
    assert script.types().count("response.create") == 3
    assert isinstance(seen[-1], SessionEnded) and seen[-1].expected
    assert sum(isinstance(event, BudgetWarning) for event in seen) == 1
    assert caplog.text.count("the session ends: the budget") == 1
    assert session.usage.money == "$0.0128"


def test_sound_in_progress_counts_and_the_response_is_cancelled(script: Script) -> None:
    async def talk_for_ever(peer: Peer, event: dict[str, Any]) -> None:
        response_id = await peer.begin(event)
        minute = base64.b64encode(bytes(2400 * 20)).decode()  # 1 s: 20 tokens
        place = {"response_id": response_id, "item_id": "item_x", "output_index": 0}
        for _ in range(30):
            await peer.send("response.output_audio.delta", **place, content_index=0, delta=minute)

    script.on["response.create"] = talk_for_ever
    # 10 s of speech: 200 tokens at $64 a million.
    session = connect(script, 0.0128)
    seconds: list[int] = []
    session.on("response.output_audio.delta", lambda event: seconds.append(len(event.delta)))
    turn = session.say("x")
    with pytest.raises(rt.SessionClosed, match=r"\$0\.0128 is used up: \$0\.00, 0 responses, and"):
        turn.wait(5)
    assert "the answer in progress would have gone beyond it" in ended(session)
    assert 10 <= len(seconds) < 20  # what had arrived already is still heard
    until(lambda: "response.cancel" in script.types())
    assert script.types()[-1] == "response.cancel"
    assert script.events[-1]["response_id"] == turn.response.id  # type: ignore[union-attr]


def test_transcription_counts(script: Script) -> None:
    async def commit(peer: Peer, event: dict[str, Any]) -> None:
        await peer.commit("item_1")
        for _ in range(2):  # a second report of an item replaces the first
            await peer.words("item_1", "hello")

    script.on["input_audio_buffer.commit"] = commit
    with connect(script, 1, transcription="whisper-1", turn_detection=None) as session:
        session.commit_audio()
        session.say("x").wait(5)
        assert session.budget is not None
        assert session.budget.spent == ANSWER + Decimal("0.0003")


def test_a_transcription_without_a_price_is_warned_about_once(
    script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    with connect(script, 1, transcription="my-own", turn_detection=None) as session:
        for _ in range(2):
            session.commit_audio()
        session.say("x").wait(5)
        assert session.budget is not None and session.budget.spent == ANSWER
    assert caplog.text.count("does not count my-own: no price is known") == 1


def test_a_model_without_a_price_is_refused(script: Script) -> None:
    async def greet(peer: Peer, event: dict[str, Any]) -> None:
        peer.session["model"] = "my-own"
        await peer.send("session.created", session=peer.session)

    script._greet = greet
    with pytest.raises(rt.LocalProtocolError, match="no price is known for the model 'my-own'"):
        connect(script, 0.5)
    assert script.types() == []


def test_where_nothing_costs_the_limit_is_never_reached() -> None:
    with (
        rt.serve("simulated", seed=1) as server,
        rt.connect(server.url, budget=0.000001, quiet=True) as session,
    ):
        session.say("hello").wait(10)
        session.say("hello again").wait(10)
        assert repr(session.budget) == "<Budget: $0.00 of $0.000001 spent>"
