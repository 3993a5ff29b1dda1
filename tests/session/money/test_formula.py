"""How money is worked out, against the worked examples of the reference, section 6.7."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rtwidgets as rt
from rtwidgets.protocol.items import CachedTokens, InputTokenDetails, OutputTokenDetails, Usage
from rtwidgets.protocol.server_events import TranscriptionUsage
from rtwidgets.protocol.usage import Ledger, TranscriptionRow, UsageRow, add
from rtwidgets.session.money.breakdown import Breakdown
from rtwidgets.session.money.formula import counts, dollars, formula, parts, transcription_formula
from rtwidgets.session.money.prices import price
from rtwidgets.session.money.usage import SessionUsage
from tests.session.money.test_prices import TURN

#: Example (b): a recorded turn of the beta.
BETA = Usage(
    total_tokens=1216,
    input_tokens=1056,
    output_tokens=160,
    input_token_details=InputTokenDetails(
        text_tokens=904,
        audio_tokens=152,
        cached_tokens=832,
        cached_tokens_details=CachedTokens(text_tokens=832),
    ),
    output_token_details=OutputTokenDetails(text_tokens=37, audio_tokens=123),
)
BETA_MODEL = "gpt-4o-realtime-preview-2024-12-17"
MODELS = (
    "gpt-realtime",
    "gpt-realtime-2.1",
    "gpt-realtime-mini",
    BETA_MODEL,
    "gpt-4o-mini-transcribe",
)


def row(usage: Usage, model: str | None = "gpt-realtime") -> UsageRow:
    return UsageRow(response_id="resp_1", status="completed", usage=usage, model=model)


def test_the_ga_example_shows_its_terms() -> None:
    assert formula(TURN, "gpt-realtime") == (
        "(43 × $4.00 + 32 × $32.00 + 64 × $0.40 + 18 × $16.00 + 43 × $64.00) / 1e6 = $0.0042616"
    )


def test_the_beta_example_shows_its_terms() -> None:
    assert formula(BETA, BETA_MODEL) == (
        "(72 × $5.00 + 832 × $2.50 + 152 × $40.00 + 37 × $20.00 + 123 × $80.00) / 1e6 = $0.0191"
    )


def test_transcription_by_the_second_and_by_the_token() -> None:
    seconds = TranscriptionUsage(type="duration", seconds=3)
    assert transcription_formula(seconds, "whisper-1") == "3 s × $0.36 / 3600 = $0.0003"
    assert transcription_formula(seconds, "my-own") == "no price known"
    nothing = TranscriptionUsage(type="duration", seconds=0)
    assert transcription_formula(nothing, "whisper-1").startswith("0 s")
    tokens = TranscriptionUsage(
        type="tokens", input_tokens=26, output_tokens=9, input_token_details={"audio_tokens": 26}
    )
    said = transcription_formula(tokens, "gpt-4o-mini-transcribe")
    assert said.startswith("(26 × $") and " + 9 × $5.00) / 1e6 = $" in said


def test_a_model_without_a_price() -> None:
    assert formula(TURN, "my-own") == "no price known"
    assert parts(TURN, "my-own") is None
    assert formula(Usage(), "gpt-realtime") == "(0) / 1e6 = $0.00"


@pytest.mark.parametrize(
    ("usd", "text"), [("4", "$4.00"), ("0.4", "$0.40"), ("0.0042616", "$0.0042616"), ("0", "$0.00")]
)
def test_dollars_are_exact(usd: str, text: str) -> None:
    assert dollars(Decimal(usd)) == text


n = st.integers(0, 10**6)


@given(st.sampled_from(MODELS), st.lists(n, min_size=8, max_size=8))
def test_the_terms_always_make_up_the_price_of_the_list(model: str, tokens: list[int]) -> None:
    text, text_c, audio, audio_c, image, image_c, text_out, audio_out = tokens
    usage = Usage(
        total_tokens=sum(tokens),
        input_tokens=sum(tokens[:6]),
        output_tokens=text_out + audio_out,
        input_token_details=InputTokenDetails(
            text_tokens=text + text_c,
            audio_tokens=audio + audio_c,
            image_tokens=image + image_c,
            cached_tokens=text_c + audio_c + image_c,
            cached_tokens_details=CachedTokens(
                text_tokens=text_c, audio_tokens=audio_c, image_tokens=image_c
            ),
        ),
        output_token_details=OutputTokenDetails(text_tokens=text_out, audio_tokens=audio_out),
    )
    assert list(counts(usage).values()) == tokens
    whole, found = price(usage, model), parts(usage, model)
    assert whole is not None and found is not None
    assert sum((part.usd for part in found), Decimal(0)) == whole.usd


class TestOfASession:
    def usage(self, *, free: bool = False) -> SessionUsage:
        written = TranscriptionRow(
            item_id="item_1",
            usage=TranscriptionUsage(type="duration", seconds=3),
            model="whisper-1",
        )
        ledger = Ledger(
            rows=(row(TURN), row(BETA, BETA_MODEL)),
            transcriptions=(written,),
            total=add(TURN, BETA),
        )
        return SessionUsage(ledger, model="gpt-realtime", free=free)

    def test_a_line_for_each_response_and_transcription(self) -> None:
        lines = self.usage().formula().splitlines()
        assert lines[0].startswith("1: (43 × $4.00") and lines[1].startswith("2: (72 × $5.00")
        assert lines[2] == "transcription: 3 s × $0.36 / 3600 = $0.0003"
        assert lines[3] == "total: $0.0237"

    def test_one_row_or_its_number(self) -> None:
        usage = self.usage()
        assert usage.formula(2) == usage.formula(usage.rows[1]) == formula(BETA, BETA_MODEL)
        assert usage.formula(usage.transcriptions[0]).startswith("3 s")
        with pytest.raises(rt.LocalProtocolError, match=r"number 3: there are 2, from 1"):
            usage.formula(3)

    def test_free(self) -> None:
        usage = self.usage(free=True)
        assert usage.formula(1) == "free (offline)"
        assert repr(usage.breakdown()).endswith("free (offline)")

    def test_the_breakdown_has_every_kind_and_its_price(self) -> None:
        breakdown = self.usage().breakdown()
        lines = {line.kind: line for line in breakdown.lines}
        assert list(lines) == [
            "text in",
            "text in, cached",
            "audio in",
            "audio in, cached",
            "text out",
            "audio out",
        ]
        assert lines["text in"].tokens == 43 + 72
        assert lines["text in"].rates == (Decimal(4), Decimal(5))
        assert lines["text in"].usd == Decimal("0.000532")
        assert lines["audio in, cached"].rates == (Decimal("0.4"),)
        assert breakdown.tokens == 1416 and breakdown.usd == Decimal("0.0233616")
        text = repr(breakdown).splitlines()
        assert text[0].split() == ["kind", "tokens", "per", "million", "money"]
        assert "$4.00 / $5.00" in text[1] and text[-1].split()[-1] == "$0.0233616"
        assert breakdown._repr_html_().count("<tr>") == 8

    def test_of_one_response(self) -> None:
        assert self.usage().breakdown(1).usd == Decimal("0.0042616")

    def test_a_model_without_a_price_beside_one_with(self) -> None:
        breakdown = Breakdown([(TURN, "gpt-realtime"), (TURN, "my-own")], free=False)
        assert breakdown.usd is None and "no price known" in repr(breakdown)
        assert breakdown.tokens == 400
