"""The ledger: rows and their sum, in the figures of the server."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from rtwidgets.protocol.config import AudioConfig, AudioInput, SessionConfig, Transcription
from rtwidgets.protocol.items import (
    CachedTokens,
    InputTokenDetails,
    OutputTokenDetails,
    Response,
    ResponseAudio,
    ResponseAudioOutput,
    Usage,
)
from rtwidgets.protocol.server_events import TranscriptionUsage
from rtwidgets.protocol.usage import Ledger, add
from tests.protocol.strategies import any_of

#: The recorded turn of the reference, section 3.9.
RECORDED = Usage(
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
SESSION = SessionConfig(
    model="gpt-realtime",
    audio=AudioConfig(input=AudioInput(transcription=Transcription(model="whisper-1"))),
)


def response(response_id: str, usage: Usage | None, **fields: Any) -> Response:
    return Response(id=response_id, status="completed", usage=usage, **fields)


def test_a_row_names_what_its_cost_depends_on() -> None:
    voice = ResponseAudio(output=ResponseAudioOutput(voice="marin"))
    ledger = Ledger().with_response(response("r", RECORDED, audio=voice), SESSION)
    (row,) = ledger.rows
    assert (row.response_id, row.status, row.usage) == ("r", "completed", RECORDED)
    assert (row.model, row.voice) == ("gpt-realtime", "marin")
    assert ledger.total == RECORDED


def test_a_response_that_never_ran_counts_nothing() -> None:
    ledger = Ledger().with_response(response("r", None), SessionConfig())
    assert (ledger.rows[0].usage, ledger.rows[0].model, ledger.total) == (Usage(), None, Usage())


def test_a_ledger_is_replaced_and_never_changed() -> None:
    empty = Ledger()
    empty.with_response(response("r", RECORDED), SESSION)
    assert empty == Ledger()


def test_transcriptions_are_seconds_or_tokens_and_apart_from_the_total() -> None:
    ledger = (
        Ledger()
        .with_transcription("a", TranscriptionUsage(type="duration", seconds=3.0), SESSION)
        .with_transcription(
            "b", TranscriptionUsage(type="tokens", total_tokens=35), SessionConfig()
        )
        .with_transcription("a", TranscriptionUsage(type="duration", seconds=4.0), SESSION)
    )
    assert ledger.transcription_seconds == 4.0
    assert ledger.transcription_tokens == 35
    assert [(row.item_id, row.model) for row in ledger.transcriptions] == [
        ("b", None),
        ("a", "whisper-1"),
    ]
    assert ledger.total == Usage()


def test_reasoning_tokens_stay_absent_where_nobody_reasons() -> None:
    thought = Usage(output_token_details=OutputTokenDetails(reasoning_tokens=31))
    assert add(RECORDED, RECORDED).output_token_details.reasoning_tokens is UNSET
    assert add(RECORDED, thought).output_token_details.reasoning_tokens == 31
    assert add(thought, thought).output_token_details.reasoning_tokens == 62


def flat(usage: Usage) -> list[int]:
    details, said = usage.input_token_details, usage.output_token_details
    cached = details.cached_tokens_details
    return [
        usage.total_tokens,
        usage.input_tokens,
        usage.output_tokens,
        details.text_tokens,
        details.audio_tokens,
        details.image_tokens,
        details.cached_tokens,
        cached.text_tokens,
        cached.audio_tokens,
        cached.image_tokens,
        said.text_tokens,
        said.audio_tokens,
        said.reasoning_tokens or 0,
    ]


@given(st.lists(any_of(Usage), max_size=4))
def test_the_total_is_the_sum_of_its_rows(usages: list[Usage]) -> None:
    ledger = Ledger()
    for number, usage in enumerate(usages):
        ledger = ledger.with_response(response(str(number), usage), SESSION)
    columns = zip(*(flat(usage) for usage in usages), strict=True)
    assert flat(ledger.total) == ([sum(column) for column in columns] or flat(Usage()))
    assert [row.response_id for row in ledger.rows] == [str(n) for n in range(len(usages))]
