"""Prices, against the worked examples of the protocol reference, section 6.7."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec import structs

from rtwidgets.protocol.items import CachedTokens, InputTokenDetails, OutputTokenDetails, Usage
from rtwidgets.protocol.server_events import TranscriptionUsage
from rtwidgets.protocol.usage import Ledger, TranscriptionRow, UsageRow, add
from rtwidgets.session.money.prices import price, transcription_price
from rtwidgets.session.money.usage import SessionUsage, row_cells

#: Example (a): a recorded turn of gpt-realtime.
TURN = Usage(
    total_tokens=200,
    input_tokens=139,
    output_tokens=61,
    input_token_details=InputTokenDetails(
        text_tokens=43,
        audio_tokens=96,
        cached_tokens=64,
        cached_tokens_details=CachedTokens(audio_tokens=64),
    ),
    output_token_details=OutputTokenDetails(text_tokens=18, audio_tokens=43),
)
SECONDS = TranscriptionUsage(type="duration", seconds=3)


def test_the_worked_example() -> None:
    found = price(TURN, "gpt-realtime")
    assert found is not None and found.usd == Decimal("0.0042616")
    assert str(found) == "$0.0043" and found.model == "gpt-realtime"


def test_a_cache_that_holds_text_alone_has_a_price() -> None:
    """Zeros have to be said: the list took what was left out for not known."""
    usage = Usage(
        total_tokens=1056,
        input_tokens=1056,
        input_token_details=InputTokenDetails(
            text_tokens=904,
            audio_tokens=152,
            cached_tokens=832,
            cached_tokens_details=CachedTokens(text_tokens=832),
        ),
    )
    found = price(usage, "gpt-4o-realtime-preview-2024-12-17")
    assert found is not None and found.usd == Decimal("0.00852")


def test_one_minute_each_way() -> None:
    heard = Usage(
        total_tokens=600, input_tokens=600, input_token_details=InputTokenDetails(audio_tokens=600)
    )
    said = Usage(
        total_tokens=1200,
        output_tokens=1200,
        output_token_details=OutputTokenDetails(audio_tokens=1200),
    )
    assert price(heard, "gpt-realtime").usd == Decimal("0.0192")  # type: ignore[union-attr]
    assert price(said, "gpt-realtime").usd == Decimal("0.0768")  # type: ignore[union-attr]


@pytest.mark.parametrize("model", [None, "", "my-own-model", "simulated"])
def test_no_price_is_none_and_never_zero(model: str | None) -> None:
    assert price(TURN, model) is None


def test_transcription_by_the_second_and_by_the_token() -> None:
    tokens = TranscriptionUsage(
        type="tokens",
        input_tokens=26,
        output_tokens=9,
        total_tokens=35,
        input_token_details={"audio_tokens": 26, "text_tokens": 0},
    )
    assert transcription_price(SECONDS, "whisper-1").usd == Decimal("0.0003")  # type: ignore[union-attr]
    assert transcription_price(tokens, "gpt-4o-mini-transcribe") is not None
    # A model that is priced in the other unit has no price for this, rather than none at all.
    assert transcription_price(SECONDS, "gpt-4o-mini-transcribe") is None
    assert transcription_price(tokens, "whisper-1") is None


class TestTable:
    def ledger(self, model: str | None = "gpt-realtime") -> Ledger:
        row = UsageRow(response_id="resp_1", status="completed", usage=TURN, model=model)
        return Ledger(rows=(row, row), total=add(TURN, TURN))

    def test_money_of_rows_and_of_all(self) -> None:
        usage = SessionUsage(self.ledger(), model=None, free=False)
        assert usage.money == "$0.0085" and usage.row_money(usage.rows[0]) == "$0.0043"
        assert usage.total.total_tokens == 400

    def test_one_unknown_price_makes_the_sum_a_lower_limit(self) -> None:
        row = TranscriptionRow(item_id="item_1", usage=SECONDS, model="somebody-elses")
        ledger = structs.replace(self.ledger(), transcriptions=(row,))
        usage = SessionUsage(ledger, model=None, free=False)
        assert usage.money == "$0.0085 + no price known"
        assert "3.0 s" in repr(usage)

    def test_free_offline(self) -> None:
        usage = SessionUsage(self.ledger(None), model="simulated", free=True)
        assert usage.money == "free (offline)" and usage.row_money(usage.rows[0]) == usage.money

    def test_tokens_that_no_detail_names_are_text(self) -> None:
        bare = Usage(total_tokens=12, input_tokens=7, output_tokens=5)
        assert row_cells(bare) == ["7", "0", "0", "5", "0", "12"]

    def test_pictures_have_a_column_where_there_are_any(self) -> None:
        seen = Usage(
            total_tokens=300, input_tokens=290, output_tokens=10,
            input_token_details=InputTokenDetails(text_tokens=20, image_tokens=270),
            output_token_details=OutputTokenDetails(text_tokens=10),
        )  # fmt: skip
        row = UsageRow(response_id="r", status="completed", usage=seen, model="gpt-realtime")
        without = repr(SessionUsage(self.ledger(), model=None, free=False))
        ledger = Ledger(rows=(row,), transcriptions=self.ledger().transcriptions, total=seen)
        usage = SessionUsage(ledger, model=None, free=False)
        assert "image in" in repr(usage) and "image in" not in without
        assert repr(usage).splitlines()[1].split()[:9] == [
            *("1", "completed", "20", "0", "270", "0", "10", "0", "300")
        ]
        assert usage._repr_html_().count(">270<") == 2, "and in the total"

    def test_text_and_page(self) -> None:
        usage = SessionUsage(self.ledger("<gpt>"), model=None, free=False)
        lines = repr(usage).splitlines()
        assert lines[0].split("  ")[0] == "response" and lines[-1].startswith("total")
        assert len(lines) == 4
        page = usage._repr_html_()
        assert page.count("<tr>") == 4 and "no price known" in page

    def test_nothing_yet(self) -> None:
        usage = SessionUsage(Ledger(), model="gpt-realtime", free=False)
        assert usage.money == "$0.0000" and len(repr(usage).splitlines()) == 2
