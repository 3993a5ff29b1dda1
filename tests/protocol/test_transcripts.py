"""Wire sessions of both dialects replay to the conversation and the usage that they amount to.

The sessions and what is expected of them are in ``tests/transcripts``; its README says how
they are written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rtwidgets.protocol import events as on
from rtwidgets.protocol.client import ClientProtocol
from rtwidgets.protocol.dialects import BETA, GA, Dialect
from rtwidgets.protocol.items import Item, Message

FOLDER = Path(__file__).parent.parent / "transcripts"
DIALECTS = {"ga": GA, "beta": BETA}
#: Issue 3 names these; a dialect that has no such thing is left out.
SESSIONS = {
    "text_turn": ("beta", "ga"),
    "spoken_turn": ("beta", "ga"),
    "push_to_talk": ("beta", "ga"),
    "barge_in": ("beta", "ga"),
    "function_call": ("beta", "ga"),
    "interleaved_items": ("ga",),
    "out_of_band": ("beta", "ga"),
    "errors": ("beta", "ga"),
    "strangers": ("ga",),
    "transcription": ("beta", "ga"),
    "image": ("ga",),
    "idle_timeout": ("ga",),
    "mcp": ("ga",),
}
NAMES = [f"{name}.{dialect}" for name, dialects in SESSIONS.items() for dialect in dialects]


class Transcript:
    """One file: its dialect, its lines of either side, and what it must come to."""

    def __init__(self, name: str) -> None:
        records = [json.loads(line) for line in (FOLDER / f"{name}.jsonl").open(encoding="utf-8")]
        head, *lines, last = records
        self.dialect: Dialect = DIALECTS[head["dialect"]]
        self.client = [line["event"] for line in lines if line["from"] == "client"]
        self.server = [line["event"] for line in lines if line["from"] == "server"]
        self.expect: dict[str, Any] = last["expect"]

    def client_of(self, dialect: Dialect) -> ClientProtocol:
        """A client that heard nothing yet."""
        return ClientProtocol(dialect=dialect, new_id=lambda kind: kind)

    def replay(self) -> tuple[ClientProtocol, list[Any]]:
        """A client that heard all of it, and the events as it read them."""
        client = self.client_of(self.dialect)
        return client, [client.receive(json.dumps(event)) for event in self.server]


@pytest.fixture(params=NAMES)
def transcript(request: pytest.FixtureRequest) -> Transcript:
    return Transcript(request.param)


def test_every_session_is_here_and_replayed() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.jsonl")) == sorted(NAMES)


def test_the_items_are_those_that_were_said(transcript: Transcript) -> None:
    conversation = transcript.replay()[0].conversation
    found = [shown(item, conversation.text(str(item.id))) for item in conversation.items]
    assert found == transcript.expect["items"]
    assert conversation.active_response is None
    assert not conversation.speaking
    assert conversation.oddities == 0


def test_the_usage_is_what_the_server_reported(transcript: Transcript) -> None:
    ledger = transcript.replay()[0].conversation.usage
    rows = [
        {
            "response": row.response_id,
            "status": row.status,
            "total": row.usage.total_tokens,
            "input": row.usage.input_tokens,
            "output": row.usage.output_tokens,
            "cached": row.usage.input_token_details.cached_tokens,
        }
        for row in ledger.rows
    ]
    assert rows == transcript.expect["usage"]
    assert ledger.total.total_tokens == sum(row["total"] for row in transcript.expect["usage"])
    written = [
        {"item": row.item_id, "seconds": row.seconds, "tokens": row.tokens}
        for row in ledger.transcriptions
    ]
    assert written == transcript.expect["transcriptions"]


def test_each_response_holds_its_own_items(transcript: Transcript) -> None:
    client, _ = transcript.replay()
    expected = transcript.expect.get("responses", {})
    for response_id, words in expected.items():
        response = client.conversation.response(response_id)
        assert response is not None
        assert [client.conversation.text(str(item.id)) for item in response.output] == words
    sounds = transcript.expect.get("audio_bytes", {})
    assert client.conversation.audio_bytes == sounds


def test_what_is_odd_is_a_value_and_not_the_end(transcript: Transcript) -> None:
    _, told = transcript.replay()
    codes = [event.error.code for event in told if isinstance(event, on.Error)]
    assert codes == transcript.expect.get("errors", [])
    strangers = [event for event in told if isinstance(event, on.UnknownEvent)]
    assert [event.type for event in strangers] == transcript.expect.get("unknown", [])
    raw = [event for event in transcript.server if event["type"] in {s.type for s in strangers}]
    assert [event.raw for event in strangers] == raw


def test_the_limits_come_where_this_dialect_puts_them(transcript: Transcript) -> None:
    _, told = transcript.replay()
    places = {
        type(told[index - 1])
        for index, event in enumerate(told)
        if isinstance(event, on.RateLimitsUpdated) and event.rate_limits
    }
    assert places <= {transcript.dialect.limits_after}


def test_a_server_line_keeps_all_that_we_know_of_it(transcript: Transcript) -> None:
    lost: set[str] = set()
    for raw in transcript.server:
        event = transcript.dialect.decode_server(json.dumps(raw))
        back = json.loads(transcript.dialect.encode(event) or "")
        lost |= {f"{raw['type']}: {path}" for path in missing(raw, back)}
    assert sorted(lost) == transcript.expect["unread"]


def test_a_client_line_is_taken_and_keeps_all_of_it(transcript: Transcript) -> None:
    for raw in transcript.client:
        event = transcript.dialect.decode_client(json.dumps(raw))
        back = json.loads(transcript.dialect.encode(event) or "")
        assert list(missing(raw, back)) == []


def test_a_transcript_uses_each_event_id_once(transcript: Transcript) -> None:
    for side in (transcript.client, transcript.server):
        ids = [event["event_id"] for event in side if "event_id" in event]
        assert len(set(ids)) == len(ids)


def test_every_server_event_is_in_a_transcript() -> None:
    told = {type(event) for name in NAMES for event in Transcript(name).replay()[1]}
    # Only a WebRTC peer's buffer is cleared by the server.
    known = set(on.ServerEvent.__args__) - {on.OutputAudioBufferCleared}
    assert {kind.__name__ for kind in known - told} == set()


def shown(item: Item, words: str) -> dict[str, Any]:
    """An item in the words of an expectation."""
    return {
        "id": item.id,
        "type": str(item.__struct_config__.tag),
        "role": item.role if isinstance(item, Message) else None,
        "text": words,
        "status": None if item.status is msgspec.UNSET else item.status,
    }


def missing(told: Any, back: Any, path: str = "") -> Iterator[str]:
    """The paths of ``told`` that ``back`` has not, or has with another value."""
    if isinstance(told, dict) and isinstance(back, dict):
        for key, value in told.items():
            inner = f"{path}.{key}" if path else key
            if key in back:
                yield from missing(value, back[key], inner)
            else:
                yield inner
    elif isinstance(told, list) and isinstance(back, list) and len(told) == len(back):
        for one, other in zip(told, back, strict=True):
            yield from missing(one, other, f"{path}[]")
    elif told != back:
        yield path
