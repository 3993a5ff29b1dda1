"""Every amount of the usage table is what ``genai-prices`` itself says, for random usages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from genai_prices import Usage as Counts
from genai_prices import calc_price
from hypothesis import given, settings
from hypothesis import strategies as st

from rtwidgets.protocol.items import CachedTokens, InputTokenDetails, OutputTokenDetails, Usage
from tests.widgets.talk import Talk
from tests.widgets.test_usage_table import lines, shown, used

MODELS = ("gpt-realtime", "gpt-realtime-mini", "gpt-4o-realtime-preview")


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """What a server might report: of each kind some, and some of that from the cache."""
    tokens = st.integers(0, 200_000)
    text, audio, image = draw(tokens), draw(tokens), draw(st.just(0) | tokens)
    cached = [draw(st.integers(0, kind)) for kind in (text, audio, image)]
    out = [draw(tokens), draw(tokens)]
    return Usage(
        total_tokens=text + audio + image + sum(out),
        input_tokens=text + audio + image,
        output_tokens=sum(out),
        input_token_details=InputTokenDetails(
            text_tokens=text,
            audio_tokens=audio,
            image_tokens=image,
            cached_tokens=sum(cached),
            cached_tokens_details=CachedTokens(
                text_tokens=cached[0], audio_tokens=cached[1], image_tokens=cached[2]
            ),
        ),
        output_token_details=OutputTokenDetails(text_tokens=out[0], audio_tokens=out[1]),
    )


def asked_directly(usage: Usage, model: str) -> Decimal:
    """What ``genai-prices`` itself says."""
    taken, cached = usage.input_token_details, usage.input_token_details.cached_tokens_details
    found = calc_price(
        Counts(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cache_read_tokens=taken.cached_tokens,
            input_audio_tokens=taken.audio_tokens,
            input_image_tokens=taken.image_tokens,
            cache_audio_read_tokens=cached.audio_tokens,
            cache_image_read_tokens=cached.image_tokens,
            output_audio_tokens=usage.output_token_details.audio_tokens,
        ),
        model_ref=model,
        provider_id="openai",
    )
    return found.total_price


def by_cell(row: Any, rates: dict[str, str]) -> Decimal:
    """The sum of what a page says about the cells of a row."""
    read = row["text_cached"] + row["untold_cached"]
    parts = {
        "text in": row["text_in"] - read,
        "text in, cached": read,
        "audio in": row["audio_in"] - row["audio_cached"],
        "audio in, cached": row["audio_cached"],
        "image in": row["image_in"] - row["image_cached"],
        "image in, cached": row["image_cached"],
        "text out": row["text_out"],
        "audio out": row["audio_out"],
    }
    known = {kind: Decimal(price.lstrip("$")) for kind, price in rates.items()}
    return sum((n * known[kind] for kind, n in parts.items() if n), Decimal(0)) / 1_000_000


@settings(max_examples=60, deadline=None)
@given(st.lists(usages(), min_size=1, max_size=4), st.sampled_from(MODELS))
def test_every_amount_is_what_genai_prices_says(several: list[Usage], model: str) -> None:
    talk = Talk()
    talk.free = False
    panel, _ = shown(talk)
    for number, usage in enumerate(several):
        used(talk, usage, model, f"r{number}")
    *rows, total = lines(panel.to_tsv())
    for line, row, usage in zip(rows, panel.rows, several, strict=True):
        expected = asked_directly(usage, model) if usage.total_tokens else Decimal(0)
        assert Decimal(line["usd"] or 0) == expected
        if row["prices"]:
            assert by_cell(row, panel.rates[row["prices"]]) == expected
    if all(usage.total_tokens for usage in several):
        assert Decimal(total["usd"]) == sum(asked_directly(usage, model) for usage in several)
        assert all(row["prices"] == model for row in panel.rows)
