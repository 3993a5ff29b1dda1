"""The usage table: the ledger's numbers, sums that add up, and honest money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rtwidgets.errors import LocalProtocolError
from rtwidgets.protocol.config import SessionConfig
from rtwidgets.protocol.events import (
    ConversationItemInputAudioTranscriptionCompleted,
    RateLimitsUpdated,
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
from rtwidgets.protocol.server_events import RateLimit
from rtwidgets.session.money import prices as money
from rtwidgets.widgets.usage_table import WINDOW, UsageTable
from rtwidgets.widgets.usage_table_counts import COUNTS
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


def shown(talk: Talk, **settings: Any) -> tuple[UsageTable, Page]:
    panel = UsageTable(talk, **settings)  # type: ignore[arg-type]
    page = Page(panel)
    talk.advance(1)
    return panel, page


def used(talk: Talk, usage: Usage = USED, model: str | None = None, name: str = "r") -> None:
    if model is not None:
        talk.events(SessionUpdated(session=SessionConfig(model=model)))
    talk.events(ResponseDone(response=Response(id=name, status="completed", usage=usage)))
    talk.advance(1)


def spoken() -> ConversationItemInputAudioTranscriptionCompleted:
    usage = TranscriptionUsage(type="duration", seconds=2.5)
    return ConversationItemInputAudioTranscriptionCompleted(
        item_id="u", transcript="hello", usage=usage
    )


def lines(tsv: str) -> list[dict[str, str]]:
    head, *rows = (line.split("\t") for line in tsv.splitlines())
    return [dict(zip(head, row, strict=True)) for row in rows]


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
    keys = ("text_in", "text_cached", "audio_in", "audio_cached", "text_out", "audio_out", "total")
    for key in keys:
        assert sum(row[key] for row in panel.rows) == panel.total[key]  # type: ignore[literal-required]
    assert (panel.total["total"], panel.total["audio_cached"]) == (3_900, 900)


def test_cached_tokens_of_no_kind_are_a_column_of_their_own(talk: Talk) -> None:
    panel, _ = shown(talk)
    taken = InputTokenDetails(text_tokens=400, audio_tokens=600, cached_tokens=300)
    used(talk, Usage(total_tokens=1_000, input_tokens=1_000, input_token_details=taken))
    row = panel.rows[0]
    assert (row["text_cached"], row["audio_cached"], row["untold_cached"]) == (0, 0, 300)
    assert "untold_cached" in panel.to_tsv()
    # With nothing but text there is no doubt.
    taken = InputTokenDetails(text_tokens=400, cached_tokens=300)
    used(talk, Usage(total_tokens=400, input_tokens=400, input_token_details=taken), name="text")
    assert (panel.rows[1]["text_cached"], panel.rows[1]["untold_cached"]) == (300, 0)


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
    row = panel.rows[0]
    assert row["money"] == panel.total["money"] == row["formula"] == "no price known"
    assert (row["usd"], row["prices"], panel.total["usd"]) == ("", "", "")
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
    assert sorted(panel.rates) == ["gpt-4o-mini-realtime-preview", "gpt-realtime"]
    assert panel.total["formula"] == "the sum of the rows"


def test_formulas_come_with_the_rows(talk: Talk) -> None:
    talk.free = False
    panel, _ = shown(talk)
    used(talk, model="gpt-realtime")
    assert panel.rows[0]["formula"] == (
        "(200 × $4.00 + 200 × $0.40 + 300 × $32.00 + 300 × $0.40 + 60 × $16.00 + 240 × $64.00)"
        " / 1e6 = $0.02692"
    )
    assert panel.total["formula"] == panel.rows[0]["formula"]
    assert panel.rates["gpt-realtime"]["audio in, cached"] == "$0.40"


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        (TranscriptionUsage(type="duration", seconds=2.5), "2.5 s"),
        (TranscriptionUsage(type="tokens", total_tokens=1234), "1,234 tokens"),
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
    assert panel.transcription["used"] == words
    assert panel.transcription["money"] == "free (offline)"
    assert panel.total["total"] == 0


def test_a_response_that_never_ran_is_a_row_of_nothing(talk: Talk) -> None:
    panel, _ = shown(talk)
    done = Response(id="r", status="cancelled", usage=None)
    talk.events(ResponseDone(response=done))
    talk.advance(1)
    assert (panel.rows[0]["status"], panel.rows[0]["total"]) == ("cancelled", 0)
    assert panel.facts == ""


def test_the_window_is_bounded_and_the_total_is_not(talk: Talk) -> None:
    panel, _ = shown(talk)
    for index in range(WINDOW + 20):
        talk.events(ResponseDone(response=Response(id=f"r{index}", status="completed", usage=USED)))
    talk.advance(1)
    assert len(panel.rows) == WINDOW
    assert (panel.older, panel.rows[0]["number"]) == (20, 21)
    assert panel.total["total"] == 1_300 * (WINDOW + 20)
    assert (panel.older_total["total"], panel.older_total["audio_cached"]) == (26_000, 6_000)
    assert panel.summary() == "120 responses, 156,000 tokens, free (offline)"
    assert len(lines(panel.to_tsv())) == 121, "all of them, and the total"
    # A page copies the same from what it has.
    head, *older = panel.older_lines.split("\n")
    assert head.split("\t") == ["status", *COUNTS, "usd"] and len(older) == 20
    for row, line in zip(lines(panel.to_tsv()), older, strict=False):
        told = dict(zip(head.split("\t"), line.split("\t"), strict=True))
        assert all(told[key] == value for key, value in row.items() if key != "response")
    assert "1–20" in panel.static_html()


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


def limits(name: str = "tokens") -> RateLimitsUpdated:
    one = RateLimit(name=name, limit=40_000, remaining=39_000, reset_seconds=1.5)
    return RateLimitsUpdated(rate_limits=(one,))


def test_limits_are_the_last_that_the_server_told(talk: Talk) -> None:
    panel, _ = shown(talk)
    assert panel.limits == {}
    talk.advance(41)
    talk.events(limits("requests"), limits())
    talk.advance(1)
    row = {"name": "tokens", "limit": 40_000, "remaining": 39_000, "reset_seconds": 1.5}
    assert panel.limits == {"at": "0:42", "rows": [row]}


def test_a_panel_that_is_made_late_finds_the_limits_in_the_log(talk: Talk) -> None:
    talk.events(limits())
    for _ in range(1_000):
        talk.events(spoken())
    panel, _ = shown(talk)
    talk.advance(1)
    assert panel.limits["rows"][0]["name"] == "tokens"


class Spent:
    usd = Decimal("0.50")
    spent = Decimal("0.41")


def test_the_budget_is_shown_where_there_is_one(talk: Talk) -> None:
    talk.free = False
    panel, _ = shown(talk)
    assert panel.budget == {}
    talk.budget = Spent()
    used(talk, model="gpt-realtime")
    assert panel.budget == {"spent": "$0.4100", "limit": "$0.50", "share": 0.82, "warn_at": 0.8}
    assert "$0.4100 of $0.50, 82%" in panel.static_html()


def test_the_next_turn_is_estimated_with_its_reason(talk: Talk) -> None:
    talk.free = False
    panel, _ = shown(talk)
    used(talk, model="gpt-realtime")
    used(talk, name="b")
    assert panel.facts.startswith("The last response read 1,000 tokens, 50% of them cached. Next")
    assert panel.forecast["text"].startswith("the next turn, as an estimate: ")
    assert "read (1,000 tokens) and wrote (300)" in panel.forecast["reason"]


def test_what_a_talk_offline_would_have_cost(talk: Talk) -> None:
    panel, _ = shown(talk, prices_of="gpt-realtime")
    used(talk)
    assert panel.rows[0]["money"] == str(money.price(USED, "gpt-realtime"))
    assert panel.facts.endswith(", at the prices of gpt-realtime.")
    panel.prices_of = "gpt-realtime-mini"
    talk.advance(1)
    assert panel.total["money"] == str(money.price(USED, "gpt-realtime-mini"))
    with pytest.raises(LocalProtocolError, match="no price is known for the model 'mine'"):
        UsageTable(talk, prices_of="mine")  # type: ignore[arg-type]


def test_what_is_copied_adds_up(talk: Talk) -> None:
    talk.free = False
    panel, _ = shown(talk)
    used(talk, model="gpt-realtime")
    talk.events(spoken())
    used(talk, name="b")
    first, second, written, total = lines(panel.to_tsv())
    assert (first["response"], first["status"], first["text_in"]) == ("1", "completed", "400")
    assert Decimal(first["usd"]) == Decimal(second["usd"]) == Decimal("0.02692")
    assert (written["response"], written["text_in"], written["usd"]) == ("transcription", "", "")
    assert (total["total"], total["usd"]) == ("2600", ""), "one price is not known"
    assert "image_in" not in first


def test_pictures_have_columns_where_there_are_some(talk: Talk) -> None:
    panel, _ = shown(talk)
    taken = InputTokenDetails(text_tokens=4, image_tokens=256)
    used(talk, Usage(total_tokens=260, input_tokens=260, input_token_details=taken))
    assert lines(panel.to_tsv())[0]["image_in"] == "256"
    assert ">Image</th>" in panel.static_html()


def test_the_saved_table_escapes_what_a_server_says(talk: Talk) -> None:
    talk.name = "<script>evil</script>"
    panel, _ = shown(talk)
    used(talk)
    talk.events(limits("<img src=x>"))
    talk.advance(1)
    html = panel.static_html()
    assert "<script" not in html
    assert "<img src=x" not in html
    assert "39,000 of 40,000 &lt;img src=x&gt; left" in html
    assert ">600</td>" in html and "free (offline)" in html


def test_a_panel_that_was_just_made_says_what_there_is(talk: Talk) -> None:
    used(talk)
    panel = UsageTable(talk)  # type: ignore[arg-type]
    assert panel.summary() == "1 response, 1,300 tokens, free (offline)"
    assert panel.summary() in panel.static_html()


def test_it_says_what_it_is(talk: Talk) -> None:
    panel, _ = shown(talk)
    assert repr(panel) == "Usage of test server: no response yet"
    assert "<table" not in panel.static_html()
    used(talk)
    assert repr(panel) == "Usage of test server: 1 response, 1,300 tokens, free (offline)"
