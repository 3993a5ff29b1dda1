"""The estimate of the next turn: what it is made from, and that it says what it is."""

from __future__ import annotations

from rtwidgets.protocol.items import CachedTokens, InputTokenDetails, OutputTokenDetails, Usage
from rtwidgets.protocol.usage import UsageRow
from rtwidgets.session.money.forecast import Forecast
from tests.session.money.test_formula import row
from tests.session.money.test_prices import TURN


def used(text: int, audio: int, cached: int, text_out: int, audio_out: int) -> UsageRow:
    """``cached`` of the sound."""
    usage = Usage(
        total_tokens=text + audio + text_out + audio_out,
        input_tokens=text + audio,
        output_tokens=text_out + audio_out,
        input_token_details=InputTokenDetails(
            text_tokens=text,
            audio_tokens=audio,
            cached_tokens=cached,
            cached_tokens_details=CachedTokens(audio_tokens=cached),
        ),
        output_token_details=OutputTokenDetails(text_tokens=text_out, audio_tokens=audio_out),
    )
    return row(usage)


def of(*rows: UsageRow, model: str | None = "gpt-realtime", free: bool = False) -> Forecast:
    return Forecast(rows, model, free)


def test_nothing_to_go_by() -> None:
    forecast = of(row(Usage()))
    assert forecast.usage == Usage()
    assert str(forecast).startswith("no estimate")


def test_after_one_response_its_sound_comes_once_more() -> None:
    usage = of(row(TURN)).usage
    # 43 text + 18 said; 96 sound + 43 said + 96 of the user's.
    assert usage.input_token_details.text_tokens == 61
    assert usage.input_token_details.audio_tokens == 235
    assert usage.input_tokens == 296
    # Two thirds of the sound were cached.
    assert usage.input_token_details.cached_tokens == 235 * 64 // 96 == 156
    assert usage.output_tokens == 61 and usage.total_tokens == 357


def test_growth_is_what_the_user_added() -> None:
    rows = (used(40, 20, 0, 10, 30), used(50, 80, 0, 20, 40), used(70, 150, 64, 30, 50))
    usage = of(*rows).usage
    # Sound that the user added: 80-20-30 = 30, 150-80-40 = 30. Text: nothing.
    assert usage.input_token_details.audio_tokens == 150 + 50 + 30
    assert usage.input_token_details.text_tokens == 70 + 30
    assert usage.output_token_details.text_tokens == 20
    assert usage.output_token_details.audio_tokens == 40
    assert usage.input_token_details.cached_tokens_details.audio_tokens == 230 * 64 // 150


def test_a_context_that_shrank_is_not_thought_to_shrink_again() -> None:
    usage = of(used(900, 0, 0, 10, 0), used(100, 0, 0, 10, 0)).usage
    assert usage.input_tokens == 110


def test_money_its_formula_and_what_it_says() -> None:
    forecast = of(row(TURN))
    assert forecast.price is not None and forecast.money == f"about {forecast.price}"
    # 61 × 4 + 79 × 32 + 156 × 0.40 + 18 × 16 + 43 × 64
    assert str(forecast.price.usd) == "0.0058744"
    assert forecast.formula.startswith("(61 × $4.00 + 79 × $32.00 + 156 × $0.40")
    text = repr(forecast)
    assert "estimate" in text and "296 tokens in (156 cached), 61 out, about $0.0059" in text


def test_free_and_unknown() -> None:
    assert of(row(TURN), free=True).money == "free (offline)"
    assert of(row(TURN), model="my-own").money == "no price known"
    assert of(row(TURN), model="my-own").formula == "no price known"
