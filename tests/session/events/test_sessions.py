"""A log in which one session follows another: each has a state and ids of its own."""

from __future__ import annotations

import json
from typing import Any

from rtwidgets.protocol.dialects import GA
from rtwidgets.session.events.sessions import Sessions


def frame(type: str, number: int, **fields: Any) -> bytes:
    return json.dumps({"type": type, "event_id": f"event_{number}", **fields}).encode()


def item(item_id: str, number: int, words: str) -> bytes:
    part = {"type": "input_text", "text": words}
    message = {"id": item_id, "type": "message", "role": "user", "content": [part]}
    return frame("conversation.item.added", number, item=message)


CREATED = frame("session.created", 1, session={"type": "realtime", "model": "m"})


def test_ids_that_begin_again_are_no_repetition() -> None:
    sessions = Sessions(GA, str)
    for raw in (CREATED, item("a", 2, "before")):
        assert sessions.receive(raw) is not None
    first = sessions.core.conversation
    assert sessions.left is None
    for raw in (CREATED, item("b", 2, "before")):
        assert sessions.receive(raw) is not None, "the same ids, on another connection"
    assert sessions.left is first and [i.id for i in first.items] == ["a"]
    assert [i.id for i in sessions.core.conversation.items] == ["b"]


def test_what_a_proxy_repeats_is_taken_once() -> None:
    sessions = Sessions(GA, str)
    assert sessions.receive(CREATED) is not None and sessions.receive(CREATED) is None
    assert sessions.receive(item("a", 2, "x")) is not None
    assert sessions.receive(item("a", 2, "x")) is None
    assert sessions.left is None


def test_words_about_a_session_begin_none() -> None:
    sessions = Sessions(GA, str)
    sessions.receive(CREATED)
    error = {"type": "invalid_request_error", "message": "no", "param": "session.created"}
    assert sessions.receive(frame("error", 2, error=error)) is not None
    assert sessions.receive(item("a", 3, 'a "session.created" event')) is not None
    assert sessions.left is None and len(sessions.core.conversation.items) == 1
