"""Rows and their patches, without a widget."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
from rtwidgets.widgets.transcript_rows import MAX_ERRORS, Row, TranscriptRows, patch


def row(key: str, text: str = "") -> Row:
    return {"id": key, "role": "user", "name": "", "text": text, "state": "final", "note": ""}


def followed(*events: Any, limit: int = 200) -> list[Row]:
    conversation = Conversation()
    rows = TranscriptRows(conversation, limit)
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


def test_a_picture_is_said() -> None:
    content = (InputText(text="look"), InputImage(image_url="data:image/png;base64,AA=="))
    item = Message(id="a", role="user", content=content)
    (only,) = followed(ConversationItemAdded(previous_item_id=None, item=item))
    assert (only["text"], only["note"]) == ("look", "1 picture")


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
        ("result", "files: read_file", "a.txt is locked"),
        ("call", "files: delete_file", '{"path":"a.txt"}'),
        ("result", "", "approved: it is mine"),
        ("result", "files: delete_file", "deleted"),
    ]
