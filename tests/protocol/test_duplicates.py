"""An event that comes twice is taken once, where the server numbers its events."""

from __future__ import annotations

from rtwidgets.protocol import events as on
from rtwidgets.protocol.config import SessionConfig
from rtwidgets.protocol.duplicates import WINDOW, Duplicates


def test_a_repetition_is_found_in_its_window_and_memory_is_bounded() -> None:
    seen = Duplicates()
    for n in range(10 * WINDOW):
        event = on.UnknownEvent(type="x", event_id=f"event_{n}", raw={})
        assert not seen.has(event, 10) and seen.has(event, 10)
    first = on.UnknownEvent(type="x", event_id="event_0", raw={})
    assert seen.count == 10 * WINDOW and not seen.has(first, 10)
    assert len(seen._recent) + len(seen._older) <= 2 * WINDOW


def test_events_without_numbers_are_never_repetitions() -> None:
    seen = Duplicates()
    assert not any(seen.has(on.UnknownEvent(type="x", raw={}), 10) for _ in range(3))
    assert not any(seen.has(on.UnknownEvent(type="x", event_id="", raw={}), 10) for _ in range(3))


def test_a_server_that_numbers_all_alike_is_not_believed() -> None:
    seen = Duplicates()
    created = on.SessionCreated(event_id="event_1", session=SessionConfig())
    updated = on.SessionUpdated(event_id="event_1", session=SessionConfig())
    # Of the same size, too: the types differ.
    assert [seen.has(event, 900) for event in (created, updated, updated)] == [False] * 3
