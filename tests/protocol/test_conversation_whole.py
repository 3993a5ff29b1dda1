"""A conversation as a value: whatever comes it stays whole, also for a reader elsewhere."""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from rtwidgets.protocol import events as on
from rtwidgets.protocol.config import SessionConfig
from rtwidgets.protocol.conversation import Conversation
from rtwidgets.protocol.items import Message, OutputText, Usage
from tests.protocol.steps import (
    added,
    created,
    ended,
    hears,
    put_out,
    reply,
    sound,
    text,
    told,
    user,
)
from tests.protocol.strategies import any_of, replies

FEW = st.sampled_from(["a", "b", "c"])
MODEST = {"item_id": FEW, "response_id": FEW, "item": replies(), "output_index": st.integers(0, 3)}
MODEST |= {"content_index": st.integers(-2, 3), "audio_end_ms": st.integers(-5, 500)}


def any_event() -> st.SearchStrategy[Any]:
    """Events that speak of the same few items, so that they meet."""
    kinds = []
    for kind in get_args(on.ServerEvent):
        fields = {name: MODEST[name] for name in kind.__struct_fields__ if name in MODEST}
        kinds.append(any_of(kind, **fields))
    return st.one_of(kinds)


@settings(max_examples=25)
@given(st.lists(any_event(), max_size=15))
def test_any_events_leave_a_conversation_whole(events: list[Any]) -> None:
    state, twin = Conversation(), Conversation()
    for event in events:
        state.apply(event)
        twin.apply(event)
    assert state == twin
    ids = [item.id for item in state.items]
    assert len(ids) == len(set(ids))
    for before, item_id in pairwise([None, *ids]):
        assert state.item(str(item_id)) is not None
        assert state.previous_item_id(str(item_id)) == before
    active = state.active_response
    assert active is None or active.status == "in_progress"
    assert all(size >= 0 for size in state.audio_bytes.values())
    assert len(state.usage.rows) == sum(r.status != "in_progress" for r in state.responses.values())


def test_what_differs_in_one_thing_is_not_equal() -> None:
    events = [
        on.SessionCreated(session=SessionConfig(model="m")),
        on.InputAudioBufferSpeechStarted(audio_start_ms=0, item_id="u"),
        added(user("u"), None),
        created(),
        put_out(reply("m")),
        text("m", "Hi"),
        sound("m", 2),
        ended("r", usage=Usage(total_tokens=1)),
    ]
    for n in range(len(events)):
        assert told(*events[: n + 1]) != told(*events[:n])
        assert told(*events[:n]) == told(*events[:n])
    assert told() != "a conversation"


def test_what_a_reader_holds_does_not_change_under_it() -> None:
    state = told(added(user("u"), None), created(), put_out(reply("m")), text("m", "a"))
    items, responses, sound = state.items, state.responses, state.audio_bytes
    for event in (text("m", "b"), hears("u", "x"), ended("r"), added(user("v"), "u")):
        state.apply(event)
    assert [item.id for item in items] == ["u", "m"]
    assert isinstance(items[1], Message)
    assert items[1].content == (OutputText(text="a"),)
    assert responses["r"].status == "in_progress"
    assert sound == {}


def test_another_thread_may_read_at_any_time() -> None:
    state = Conversation()
    failures: list[BaseException] = []
    reads = 0
    over = threading.Event()

    def read() -> None:
        nonlocal reads
        try:
            while not over.is_set():
                for item in state.items:
                    assert state.text(str(item.id)) in {"", "hello", "a", "ab", "abc"}
                for response in state.responses.values():
                    assert all(item is not None for item in response.output)
                assert state.active_response is None or state.audio_bytes is not None
                assert state.usage.total.total_tokens == len(state.usage.rows)
                reads += 1
        except BaseException as error:  # noqa: BLE001  (whatever it is, the test reports it)
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    turn = 0
    while turn < 200 or (reads < 5 and reader.is_alive()):
        turn += 1
        u, m, r = f"u{turn}", f"m{turn}", f"r{turn}"
        previous = f"m{turn - 1}" if turn > 1 and turn % 7 else None
        state.apply(added(user(u), previous))
        state.apply(created(r))
        state.apply(put_out(reply(m), r))
        for delta in "abc":
            state.apply(text(m, delta, response_id=r))
        state.apply(ended(r, usage=Usage(total_tokens=1)))
        if turn % 5 == 0:
            state.apply(on.ConversationItemDeleted(item_id=u))
    over.set()
    reader.join()
    assert failures == []
    assert reads >= 5
