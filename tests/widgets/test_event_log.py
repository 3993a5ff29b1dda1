"""The event log: what a page asks for and gets, however much there is, and what it sends."""

from __future__ import annotations

import heapq
import itertools
import json
from typing import Any

import pytest

from rtwidgets.protocol import BETA, GA, Dialect
from rtwidgets.protocol.events import ResponseDone
from rtwidgets.protocol.items import Response
from rtwidgets.session.events.notices import SessionEnded
from rtwidgets.widgets import event_log
from tests.widgets.wire_talk import WireTalk, ask, copied, rows, shown


@pytest.fixture
def talk() -> WireTalk:
    return WireTalk()


def test_a_page_gets_the_rows_that_it_asks_for(talk: WireTalk) -> None:
    _, page = shown(talk)
    talk.say("hello")
    talk.pair.answer("good", " day")
    talk.advance(1)
    answer = ask(page, talk, first=1, count=2)
    assert (answer["page"], answer["view"], answer["ask"]) == ("p1", "v1", 1)
    assert answer["first"] == 1
    assert len(answer["rows"]) == 2
    row = answer["rows"][0]
    assert (row["number"], row["sent"], row["type"]) == (1, True, "response.create")
    whole = rows(page, talk)
    assert answer["total"] == len(whole)
    assert sum(row["count"] for row in whole) == answer["seen"] == answer["events"]
    assert page.state["events"] == len(talk.events_log)
    said = [row["text"] for row in whole if row["type"].endswith("transcript.delta")]
    assert said == ["“good day”"]


def test_the_end_is_asked_for_without_knowing_where_it_is(talk: WireTalk) -> None:
    _, page = shown(talk)
    for number in range(500):
        talk.got("response.done", number=number)
    answer = ask(page, talk, follow=True, count=10)
    assert [row["number"] for row in answer["rows"]] == list(range(490, 500))
    past = ask(page, talk, first=9_999, count=10)
    assert past["first"] == 490


def test_a_page_that_follows_is_told_the_next_ends_and_then_has_to_ask(talk: WireTalk) -> None:
    panel, page = shown(talk)
    ask(page, talk, follow=True, count=5)
    page.messages.clear()
    for number in range(30):
        talk.got("response.done", number=number)
        panel.refresh()
        talk.advance(0.2)
    ends = [message["rows"][-1]["number"] for message in page.messages]
    assert ends == list(range(event_log.CREDIT))
    assert {message["ask"] for message in page.messages} == {1}
    assert ask(page, talk, first=0, count=5)["total"] == 30
    page.messages.clear()
    talk.got("response.done")
    talk.advance(1)
    assert page.messages == [], "a page that looks at the past is told nothing"


def test_in_a_pause_a_filter_applies_to_what_there_was_then(talk: WireTalk) -> None:
    panel, page = shown(talk)
    ask(page, talk, follow=True, count=5)
    for number in range(30):
        talk.got("response.done" if number % 3 else "error", number=number)
    for word in ("a", "b", "c", "d"):
        talk.got("response.output_text.delta", delta=word)
    talk.advance(1)

    def paused(**wanted: Any) -> dict[str, Any]:
        return ask(page, talk, follow=True, count=50, until=32, filter=wanted)

    answer = paused()
    assert (answer["total"], answer["seen"], answer["events"]) == (31, 32, 32)
    grown = answer["rows"][-1]
    assert (grown["until"], grown["count"], grown["text"]) == (31, 2, "“ab”")
    assert grown["size"] == sum(talk.events_log[n].size for n in (30, 31))
    answer = paused(hidden=["response.done", "response.output_text.delta"])
    assert [row["type"] for row in answer["rows"]] == ["error"] * 10
    answer = paused(text='"number": 7')
    assert [row["number"] for row in answer["rows"]] == [7]
    assert paused(direction="sent")["total"] == 0
    assert [row["number"] for row in paused(fold=False)["rows"]] == list(range(32))
    # There is nothing to follow.
    page.messages.clear()
    talk.got("error")
    panel.refresh()
    talk.advance(1)
    assert page.messages == []
    assert ask(page, talk, follow=True, count=5)["events"] == 35


def test_filters_search_and_folding_come_with_the_question(talk: WireTalk) -> None:
    _, page = shown(talk)
    talk.got("response.done", said="a needle")
    for _ in range(5):
        talk.got("response.output_audio.delta", delta="AAAA")
    talk.say("needle")

    def types(**wanted: Any) -> list[str]:
        return [row["type"] for row in rows(page, talk, filter=wanted)]

    assert types(text="needle", direction="received").count("response.done") == 1
    assert set(types(direction="sent")) == {"conversation.item.create", "response.create"}
    assert "response.done" not in types(hidden=["response.done"])
    assert types().count("response.output_audio.delta") == 1
    assert types(fold=False).count("response.output_audio.delta") == 5
    assert "response.output_audio.delta" in page.state["types"]


def test_events_that_are_sent_are_counted_although_nobody_tells(talk: WireTalk) -> None:
    _, page = shown(talk)
    talk.client.append_audio(bytes(960))
    talk.client.take_text()
    talk.advance(1)
    assert page.state["events"] == len(talk.events_log) == 1


def test_a_session_that_goes_on_is_looked_at_again(talk: WireTalk) -> None:
    _, page = shown(talk)
    talk.closed = True
    talk.events(SessionEnded(reason="over", expected=True))
    talk.advance(5)
    assert not talk._due, "nothing runs in a session that is over"
    talk.closed = False
    talk.say("again")
    talk.advance(1)
    talk.client.append_audio(bytes(960))
    talk.client.take_text()
    talk.advance(1)
    assert page.state["events"] == len(talk.events_log)
    assert not page.state["closed"]


def test_many_events_stall_nobody_and_a_search_says_how_far_it_is(talk: WireTalk) -> None:
    """Every step of the work is one turn of the loop: others come between."""
    _, page = shown(talk)
    for number in range(30_000):
        talk.got("response.done", number=number)
    turns: list[int] = []
    page.messages.clear()
    page.send("range", view="v1", ask=1, first=0, count=3, filter={"text": "number"})
    for _ in range(2_000):  # no time passes; whoever is due comes in order
        if not talk._due:
            break
        talk.now, _, fn = heapq.heappop(talk._due)
        fn()
        turns.append(max(view.seen for view in page.panel._views.values()))
        if page.messages and page.messages[-1]["seen"] == 30_000:
            break
    steps = [after - before for before, after in itertools.pairwise(turns)]
    assert max(steps) <= 256
    assert [m["seen"] for m in page.messages] == sorted({m["seen"] for m in page.messages})
    assert len(page.messages) > 2
    assert page.messages[0]["seen"] < page.messages[0]["events"]


def test_a_newer_question_takes_the_place_of_the_older_one(talk: WireTalk) -> None:
    _, page = shown(talk)
    for number in range(3000):
        talk.got("response.done", number=number)
    page.messages.clear()
    page.send("range", view="v1", ask=1, first=0, count=1, filter={"text": "1"})
    page.send("range", view="v1", ask=2, first=0, count=1, filter={"text": "2"})
    talk.advance(1)
    assert [m["ask"] for m in page.messages] == [2]
    page.send("range", view="v2", ask=3, first=0, count=1)
    page.send("range", view="v1", ask=4, first=0, count=1)
    talk.advance(1)
    assert {m["ask"] for m in page.messages} == {2, 3, 4}


def test_a_page_that_asks_for_nothing_is_sent_nothing_but_counts(talk: WireTalk) -> None:
    _, page = shown(talk)
    for _ in range(3):
        talk.say("more")
        talk.pair.answer("yes")
        talk.advance(1)
    assert page.messages == []
    assert {key for update in page.updates for key in update} <= {"events", "types", "tail"}


def test_a_key_in_an_event_reaches_no_page(talk: WireTalk) -> None:
    panel, page = shown(talk)
    key = "sk-" + "planted0123456789"
    talk.got("error", error={"message": f"wrong key {key}", "code": "invalid_api_key"})
    for number in range(3):
        talk.events(ResponseDone(response=Response(id=f"r{number}", status="completed")))
    ask(page, talk, "detail", number=0)
    data, _ = copied(page, talk, number=0)
    everything = json.dumps([page.messages, page.updates, page.state], default=str) + data.decode()
    everything += repr(panel)
    assert "wrong key" in everything
    assert key not in everything
    assert ask(page, talk, first=0, count=9, filter={"text": "planted0123"})["total"] == 0


@pytest.mark.parametrize("dialect", [GA, BETA], ids=lambda d: d.name)
def test_an_event_is_written_as_the_server_spells_it(dialect: Dialect) -> None:
    talk = WireTalk(dialect)
    _, page = shown(talk)
    assert page.state["dialect"] == dialect.name
    text = page.state["templates"]["session.update"]
    assert "instructions" in text
    answer = ask(page, talk, "send", text=text)
    assert (answer["problem"], answer["sent"]) == ("", True)
    assert talk.conversation.session.instructions == "Answer in one short sentence."
    types = [row["type"] for row in rows(page, talk)]
    assert types == ["session.update", "session.updated"]
    other = ask(page, talk, "send", text='{"type": "session.update", "session": {"temprature": 1}}')
    assert not other["sent"]
    assert "temprature" in other["problem"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "Invalid JSON"),
        ("[]", "expected an object"),
        ('{"type": "response.creat"}', "response.creat"),
        ('{"type": "conversation.item.delete"}', "item_id"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_sent(talk: WireTalk, text: str, words: str) -> None:
    _, page = shown(talk)
    answer = ask(page, talk, "send", text=text)
    assert words in answer["problem"]
    assert not answer["sent"]
    assert len(talk.events_log) == 0


def test_an_event_can_be_checked_without_being_sent(talk: WireTalk) -> None:
    _, page = shown(talk)
    answer = ask(page, talk, "send", text='{"type": "response.cancel"}', only_check=True)
    assert (answer["problem"], answer["sent"]) == ("", False)
    assert len(talk.events_log) == 0


def test_the_last_rows_stay_with_the_notebook(talk: WireTalk) -> None:
    panel, page = shown(talk)
    for number in range(100):
        talk.got("rate_limits.updated", number=number)
    assert page.state["tail"] == []
    talk.say("hello")
    talk.pair.answer("yes")
    talk.advance(1)
    assert len(page.state["tail"]) == event_log.TAIL
    assert "response.done" in [row["type"] for row in page.state["tail"][-2:]]
    updates = len(page.updates)
    talk.closed = True
    talk.events(SessionEnded(reason="over", expected=True))
    talk.advance(5)
    assert page.state["closed"]
    assert len(page.updates) == updates + 1
    panel.close()
    talk.advance(5)


def test_it_says_what_it_is(talk: WireTalk) -> None:
    panel, _ = shown(talk)
    talk.got("a")
    assert repr(panel) == "Events of test server: 1"
