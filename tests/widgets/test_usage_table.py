"""The usage table: the ledger's numbers, sums that add up, and honest money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rtwidgets.protocol.config import SessionConfig
from rtwidgets.protocol.events import (
    ConversationItemInputAudioTranscriptionCompleted,
    ResponseDone,
    SessionUpdated,
    TranscriptionUsage,
)
from rtwidgets.protocol.items import (
    CachedTokens,
    InputTokenDetails,
    OutputTokenDetails,
    Response,
    Usage,
)
from rtwidgets.session import money
from rtwidgets.widgets.usage_table import WINDOW, UsageTable
from tests.widgets.talk import Page, Talk

USED = Usage(
    total_tokens=1_300,
    input_tokens=1_000,
    output_tokens=300,
    input_token_details=InputTokenDetails(
        text_tokens=400,
        audio_tokens=600,
        cached_tokens=500,
        cached_tokens_details=CachedTokens(text_tokens=200, audio_tokens=300),
    ),
    output_token_details=OutputTokenDetails(text_tokens=60, audio_tokens=240),
)


@pytest.fixture
def talk() -> Talk:
    return Talk()


def shown(talk: Talk) -> tuple[UsageTable, Page]:
    panel = UsageTable(talk)  # type: ignore[arg-type]
    page = Page(panel)
    talk.advance(1)
    return panel, page


def used(talk: Talk, usage: Usage = USED, model: str | None = None, name: str = "r") -> None:
    if model is not None:
        talk.events(SessionUpdated(session=SessionConfig(model=model)))
    talk.events(ResponseDone(response=Response(id=name, status="completed", usage=usage)))
    talk.advance(1)


def test_a_row_is_what_the_server_counted(talk: Talk) -> None:
    panel, page = shown(talk)
    talk.say("hello there friend")
    talk.pair.answer("good ", "day")
    talk.advance(1)
    (row,) = panel.rows
    told = talk.conversation.usage.rows[0].usage
    assert row["total"] == told.total_tokens > 0
    sums = ("text_in", "audio_in", "image_in", "text_out", "audio_out")
    assert sum(row[key] for key in sums) == told.total_tokens  # type: ignore[literal-required]
    assert (row["number"], row["status"], row["money"]) == (1, "completed", "free (offline)")
    assert page.state["rows"] == panel.rows


def test_rows_add_up_to_the_total(talk: Talk) -> None:
    panel, _ = shown(talk)
    for name in ("a", "b", "c"):
        used(talk, name=name)
    keys = ("text_in", "audio_in", "cached_in", "text_out", "audio_out", "total")
    for key in keys:
        assert sum(row[key] for row in panel.rows) == panel.total[key]  # type: ignore[literal-required]
    assert panel.total["total"] == 3_900


def test_money_comes_from_the_price_list(talk: Talk) -> None:
    talk.free = False
    panel, _ = shown(talk)
    used(talk, model="gpt-realtime")
    price = money.price(USED, "gpt-realtime")
    assert price is not None
    assert price.usd > 0
    assert panel.rows[0]["money"] == str(price)
    used(talk, name="again")
    assert panel.total["money"] == str(money.Price(price.usd * 2, ""))


def test_an_unknown_price_is_said_and_not_taken_for_nothing(talk: Talk) -> None:
    talk.free = False
    panel, _ = shown(talk)
    used(talk, model="my-own-model")
    assert panel.rows[0]["money"] == panel.total["money"] == "no price known"
    used(talk, model="gpt-realtime", name="known")
    known = str(money.price(USED, "gpt-realtime"))
    assert panel.total["money"] == f"{known} + no price known"


def test_a_response_keeps_the_price_of_its_model(talk: Talk) -> None:
    talk.free = False
    panel, _ = shown(talk)
    used(talk, model="gpt-realtime", name="a")
    before = panel.rows[0]["money"]
    used(talk, model="gpt-4o-mini-realtime-preview", name="b")
    assert panel.rows[0]["money"] == before
    assert Decimal(panel.rows[1]["money"].lstrip("$")) < Decimal(before.lstrip("$"))


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        (TranscriptionUsage(type="duration", seconds=2.5), "2.5 s, free (offline)"),
        (TranscriptionUsage(type="tokens", total_tokens=1234), "1,234 tokens, free (offline)"),
    ],
)
def test_transcription_stands_apart(talk: Talk, usage: Any, words: str) -> None:
    panel, _ = shown(talk)
    talk.events(
        ConversationItemInputAudioTranscriptionCompleted(
            item_id="u", transcript="hello", usage=usage
        )
    )
    talk.advance(1)
    assert panel.transcription == words
    assert panel.total["total"] == 0


def test_a_response_that_never_ran_is_a_row_of_nothing(talk: Talk) -> None:
    panel, _ = shown(talk)
    done = Response(id="r", status="cancelled", usage=None)
    talk.events(ResponseDone(response=done))
    talk.advance(1)
    assert (panel.rows[0]["status"], panel.rows[0]["total"]) == ("cancelled", 0)


def test_the_window_is_bounded_and_the_total_is_not(talk: Talk) -> None:
    panel, _ = shown(talk)
    for index in range(WINDOW + 20):
        talk.events(ResponseDone(response=Response(id=f"r{index}", status="completed", usage=USED)))
    talk.advance(1)
    assert len(panel.rows) == WINDOW
    assert (panel.older, panel.rows[0]["number"]) == (20, 21)
    assert panel.total["total"] == 1_300 * (WINDOW + 20)
    assert panel.summary() == "120 responses, 156,000 tokens, free (offline)"


def test_words_do_not_send_the_table_again(talk: Talk) -> None:
    _, page = shown(talk)
    page.updates.clear()
    talk.say("more")
    talk.advance(5)
    assert page.updates == []
    talk.pair.answer("and more")
    talk.advance(5)
    used(talk)
    assert len(page.updates) == 2


def test_it_says_what_it_is(talk: Talk) -> None:
    panel, _ = shown(talk)
    assert repr(panel) == "Usage of test server: no response yet"
    used(talk)
    assert repr(panel) == "Usage of test server: 1 response, 1,300 tokens, free (offline)"
