"""Rows and their patches, without a widget."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rtwidgets.protocol.conversation import Conversation
from rtwidgets.protocol.dialects import GA
from rtwidgets.protocol.events import (
    ConversationItemAdded,
    ConversationItemTruncated,
    Error,
    ErrorDetails,
    ResponseCreated,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputItemAdded,
)
from rtwidgets.protocol.items import InputImage, InputText, Message, Response
from rtwidgets.widgets.approval_questions import Questions
from rtwidgets.widgets.transcript_pictures import MOST_EACH
from rtwidgets.widgets.transcript_row import failure_of, make_row, split
from rtwidgets.widgets.transcript_rows import MAX_ERRORS, Row, TranscriptRows, patch
from tests.widgets.talk import Talk


def row(key: str, text: str = "") -> Row:
    return make_row(key, "user", text=text)


def followed(*events: Any, limit: int = 200) -> list[Row]:
    conversation = Conversation()
    rows = TranscriptRows(conversation, limit, questions=Questions(Talk(), lambda: None))
    for event in events:
        conversation.apply(event)
        rows.observe(event, conversation)
    return rows.rows(conversation)


def test_equal_windows_need_no_patch() -> None:
    assert patch([row("a")], [row("a")]) is None


def test_a_changed_row_travels_alone() -> None:
    rows = [row("b", "new")]
    assert patch([row("a"), row("b")], [row("a"), *rows]) == {"rows": rows}


def test_a_new_order_travels_with_the_new_rows_only() -> None:
    change = patch([row("a"), row("b")], [row("c"), row("b")])
    assert change == {"rows": [row("c")], "order": ["c", "b"]}


def test_an_error_before_the_first_item_stays_first() -> None:
    item = Message(id="a", role="user", content=(InputText(text="hi"),))
    rows = followed(
        Error(error=ErrorDetails(message="early")),
        ConversationItemAdded(previous_item_id=None, item=item),
    )
    assert [r["text"] for r in rows] == ["early", "hi"]


def test_errors_do_not_pile_up() -> None:
    errors = [Error(error=ErrorDetails(message=str(n))) for n in range(MAX_ERRORS + 30)]
    rows = followed(*errors)
    assert len(rows) == MAX_ERRORS
    assert rows[-1]["text"] == str(MAX_ERRORS + 29)


PICTURE = "data:image/png;base64,AA=="


def pictured(key: str, *uris: str) -> ConversationItemAdded:
    images = [InputImage(image_url=uri) for uri in uris]
    item = Message(id=key, role="user", content=(InputText(text="look"), *images))
    return ConversationItemAdded(previous_item_id=None, item=item)


def test_a_picture_is_shown_by_its_own_bytes() -> None:
    (only,) = followed(pictured("a", PICTURE))
    assert (only["text"], only["pictures"], only["note"]) == ("look", [PICTURE], "")


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.org/a.png",
        "data:image/svg+xml;base64,AA==",
        "data:text/html;base64,AA==",
        'data:image/png;base64,AA==" onerror="x',
        "javascript:alert(1)",
    ],
)
def test_what_is_no_plain_picture_never_reaches_a_page(uri: str) -> None:
    (only,) = followed(pictured("a", uri))
    assert (only["pictures"], only["note"]) == ([], "1 picture not shown")


def test_pictures_are_bounded_the_newest_are_shown() -> None:
    large = "data:image/png;base64," + "A" * (MOST_EACH - 30)
    (only,) = followed(pictured("a", large + "A" * 100))
    assert only["pictures"] == [], "too large alone"
    rows = followed(*(pictured(f"i{n}", large) for n in range(5)))
    shown = [bool(row["pictures"]) for row in rows]  # each was added before the others
    assert shown == [False, False, True, True, True]


def test_a_cut_reply_keeps_what_was_said_until_then() -> None:
    item = Message(id="a", role="assistant", status="in_progress", content=())
    place = {"response_id": "r", "item_id": "a", "output_index": 0, "content_index": 0}
    response = Response(id="r", status="in_progress", conversation_id="c")
    (only,) = followed(
        ResponseCreated(response=response),
        ResponseOutputItemAdded(response_id="r", output_index=0, item=item),
        ResponseOutputAudioTranscriptDelta(**place, delta="one "),
        ResponseOutputAudioTranscriptDelta(**place, delta="two"),
        ConversationItemTruncated(item_id="a", content_index=0, audio_end_ms=500),
    )
    assert (only["text"], only["state"]) == ("one two", "interrupted")
    assert only["note"] == "interrupted after 0.5 s"


def test_what_concerns_an_mcp_server_is_a_line_each() -> None:
    path = Path(__file__).parents[1] / "transcripts" / "mcp.ga.jsonl"
    records = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    events = [record["event"] for record in records if record.get("from") == "server"]
    rows = followed(*(GA.decode_server(json.dumps(event)) for event in events))
    assert [(row["role"], row["name"], row["text"]) for row in rows] == [
        ("result", "files", "read_file, delete_file"),
        ("result", "lost", ""),
        ("user", "", "Read a.txt and delete it."),
        ("call", "files: read_file", '{"path":"a.txt"}'),
        ("call", "files: delete_file", '{"path":"a.txt"}'),
        ("call", "files: delete_file", '{"path":"a.txt"}'),
    ]
    failed, asked, done = rows[-3:]
    assert (failed["state"], failed["failure"]) == ("failed", "a.txt is locked")
    assert asked["ask"] is not None and asked["ask"]["state"] == "approved"
    assert asked["note"] == "it is mine"
    assert (done["state"], done["result"]) == ("final", "deleted")


def test_the_words_are_split_where_the_sound_was_cut() -> None:
    assert split("one  two three four", 0.5) == ("one  two", "three four")
    assert split("one two", 0.0) == ("", "one two")
    assert split("one two", 1.0) == ("one two", "")
    assert split("", 0.3) == ("", "")


@pytest.mark.parametrize(
    ("output", "failure"),
    [
        ('{"error": {"type": "ValueError", "message": "no town"}}', "ValueError: no town"),
        ('{"error": "a field of the result"}', ""),
        ('{"error"', ""),
        ("12 degrees", ""),
    ],
)
def test_an_error_is_read_from_a_call_s_output(output: str, failure: str) -> None:
    assert failure_of(output) == failure
