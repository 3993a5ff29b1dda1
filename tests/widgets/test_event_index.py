"""The index of events and the rows that filters leave: nothing lost, nothing looked at twice."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest

from rtwidgets.session.events.events_log import EventsLog
from rtwidgets.widgets.event_index import LOST, NO_EVENT, OTHER, EventIndex, Filter, View


class Clock:
    """Time that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Wire:
    """A log and its index; ``got`` and ``sent`` put events into it, 5 ms apart."""

    def __init__(self, keep_mb: float = 64) -> None:
        self.clock = Clock()
        self.log = EventsLog(keep_mb, self.clock)
        self.log.begin()
        self.index = EventIndex(self.log)

    def got(self, type: str, **fields: Any) -> None:
        self.clock.now += 0.005
        self.log.received(json.dumps({"type": type, **fields}).encode())

    def sent(self, type: str, **fields: Any) -> None:
        self.clock.now += 0.005
        self.log.sent(json.dumps({"type": type, **fields}))

    def view(self, **wanted: Any) -> View:
        view = View(self.index, Filter(**wanted))
        drain(view)
        return view


def drain(view: View) -> None:
    while not view.step():
        pass


def rows(view: View) -> list[tuple[str, int]]:
    return [(view.index.name(view.first[i]), view.count[i]) for i in range(len(view))]


def test_every_event_has_its_time_size_direction_and_type() -> None:
    wire = Wire()
    wire.sent("response.create")
    wire.got("response.created")
    view = wire.view()
    index = wire.index
    assert rows(view) == [("response.create", 1), ("response.created", 1)]
    assert list(index.at_ms) == pytest.approx([5, 10])
    assert list(index.sent) == [1, 0]
    assert list(index.size) == [
        len('{"type": "response.create"}'),
        len('{"type": "response.created"}'),
    ]
    assert list(view.gap_ms) == pytest.approx([-1, 5])


def test_deltas_that_follow_one_another_are_one_row() -> None:
    wire = Wire()
    wire.got("response.created")
    for _ in range(37):
        wire.got("response.output_audio.delta", delta="AAAA")
        wire.got("response.output_audio_transcript.delta", delta="a")
    wire.got("response.output_audio.done")
    wire.got("response.output_audio.delta", delta="AAAA")
    view = wire.view()
    assert rows(view) == [
        ("response.created", 1),
        ("response.output_audio.delta", 37),
        ("response.output_audio_transcript.delta", 37),
        ("response.output_audio.done", 1),
        ("response.output_audio.delta", 1),
    ]
    assert sum(view.size) == sum(wire.index.size)
    assert list(wire.index.members(view.first[1], view.last[1])) == list(range(1, 74, 2))
    assert len(wire.view(fold=False)) == 77


def test_a_row_goes_on_growing_while_deltas_come() -> None:
    wire = Wire()
    wire.got("response.output_text.delta", delta="a")
    view = wire.view()
    wire.got("response.output_text.delta", delta="b")
    drain(view)
    assert rows(view) == [("response.output_text.delta", 2)]
    assert (view.first[0], view.last[0], view.seen) == (0, 1, 2)


def test_a_run_ends_with_an_event_that_is_not_shown() -> None:
    wire = Wire()
    wire.got("response.output_text.delta", delta="a")
    wire.got("response.done")
    wire.got("response.output_text.delta", delta="b")
    assert len(wire.view(hidden=frozenset({"response.done"}))) == 2


def test_microphone_and_answer_at_the_same_time_are_two_rows() -> None:
    wire = Wire()
    for _ in range(10):
        wire.sent("input_audio_buffer.append", audio="AAAA")
        wire.got("response.output_audio.delta", delta="AAAA")
    assert [count for _, count in rows(wire.view())] == [10, 10]


def test_types_and_directions_are_filtered() -> None:
    wire = Wire()
    wire.sent("response.create")
    wire.got("response.created")
    wire.got("response.done")
    assert rows(wire.view(direction="sent")) == [("response.create", 1)]
    hidden = frozenset({"response.created", "response.create"})
    assert rows(wire.view(hidden=hidden)) == [("response.done", 1)]
    assert rows(wire.view(hidden=hidden, direction="sent")) == []


@pytest.mark.parametrize(
    "text",
    ["Straße", "STRASSE", 'say "yes"', "two\nlines", "response.done", "日本"],
)
def test_words_are_found_in_any_case_and_however_json_writes_them(text: str) -> None:
    said = 'Die Straße, say "yes", two\nlines, 日本'
    wire = Wire()
    wire.got("response.done", said=said)
    wire.got("other")
    assert rows(wire.view(text=text)) == [("response.done", 1)]
    wire.log.received(json.dumps({"type": "raw", "said": said}, ensure_ascii=False).encode())
    assert ("raw", 1) in rows(wire.view(text=text)) or text == "response.done"


def test_sound_and_pictures_are_not_searched() -> None:
    sound = base64.b64encode(bytes(random.Random(1).randbytes(4000))).decode()
    wire = Wire()
    wire.got("response.output_audio.delta", item_id="item_7", delta=sound)
    assert sound[100:103] in sound
    assert rows(wire.view(text=sound[100:103])) == []
    assert len(wire.view(text="item_7")) == 1
    wire.got("long", text="many words " * 100 + "needle")
    assert rows(wire.view(text="needle")) == [("long", 1)]


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize(
    ("words", "needle"),
    [
        ("今天天气很好我们一起去公园散步吧" * 40, "公园"),
        ("今日はいい天気ですね、散歩に行きましょう。" * 30, "散歩"),
        ("วันนี้อากาศดีมากเราไปเดินเล่นกันเถอะ" * 20, "เดินเล่น"),
        ("Donaudampfschiff" * 40, "dampf"),
    ],
)
def test_long_words_without_spaces_are_searched(words: str, needle: str, escaped: bool) -> None:
    wire = Wire()
    frame = json.dumps({"type": "said", "text": words}, ensure_ascii=escaped)
    wire.log.received(frame.encode())
    assert rows(wire.view(text=needle)) == [("said", 1)]


@pytest.mark.parametrize("name", ["audio", "delta", "image_url", "blob"])
@pytest.mark.parametrize("slash", ["/", "\\/"])
def test_base64_is_not_searched_wherever_it_stands(name: str, slash: str) -> None:
    data = base64.b64encode(bytes(random.Random(1).randbytes(900))).decode()
    value = ("data:image/png;base64," + data) if name == "image_url" else data
    frame = json.dumps({"type": "response.output_audio.delta", name: value, "item_id": "item_7"})
    wire = Wire()
    wire.log.received(frame.replace("/", slash).encode())
    word = next(data[i : i + 4] for i in range(100, 900) if data[i : i + 4].isalnum())
    assert rows(wire.view(text=word)) == []
    assert len(wire.view(text="item_7")) == 1


def test_silence_is_not_searched() -> None:
    wire = Wire()
    wire.sent("input_audio_buffer.append", audio="A" * 640)
    wire.got("response.output_audio.delta", delta="A" * 640)
    assert rows(wire.view(text="AAAA")) == []


def test_base64_in_the_json_of_arguments_is_not_searched() -> None:
    data = base64.b64encode(bytes(random.Random(1).randbytes(900))).decode()
    wire = Wire()
    wire.got("x", arguments=json.dumps({"image": data, "words": "needle"}))
    word = next(data[i : i + 4] for i in range(100, 900) if data[i : i + 4].isalnum())
    assert rows(wire.view(text=word)) == []
    assert len(wire.view(text="needle")) == 1


def test_frames_that_are_no_events_are_rows_too() -> None:
    wire = Wire()
    wire.log.received(b"\xff not json")
    wire.log.received(b"[]")
    assert rows(wire.view()) == [(NO_EVENT, 1), (NO_EVENT, 1)]


def test_a_server_that_makes_up_types_fills_no_table() -> None:
    wire = Wire()
    for number in range(1500):
        wire.got(f"made.up.{number}" + "x" * 300)
    view = wire.view()
    assert len(view) == 1500
    assert len(wire.index.types) == 1001
    assert wire.index.name(1400) == OTHER
    assert max(map(len, wire.index.types)) == 100


def test_a_step_is_bounded_and_no_event_is_looked_at_twice(monkeypatch: Any) -> None:
    wire = Wire()
    for number in range(1000):
        wire.got("response.done", number=number)
    view = View(wire.index, Filter(text="number"))
    assert not view.step()
    assert view.seen <= 256
    looked: list[int] = []
    event = wire.index.event
    monkeypatch.setattr(wire.index, "event", lambda n: looked.append(n) or event(n))
    seen = view.seen
    drain(view)
    assert looked == list(range(seen, 1000))


def test_a_minute_of_200_events_a_second_keeps_every_one_in_order() -> None:
    """In memory and in the file: the log may hold 0.2 MB of it."""
    wire = Wire(keep_mb=0.2)
    view = View(wire.index, Filter(fold=False))
    dice = random.Random(6)
    for number in range(12_000):
        if dice.random() < 0.3:
            wire.sent("input_audio_buffer.append", number=number)
        else:
            wire.got("response.output_audio.delta", number=number)
        if number % 50 == 0:  # a page looks four times a second
            view.step()
    drain(view)
    assert list(view.first) == list(range(12_000))
    assert [wire.index.event(n).json()["number"] for n in range(0, 12_000, 7)] == list(  # type: ignore[union-attr]
        range(0, 12_000, 7)
    )


def test_events_that_the_log_lost_keep_their_numbers(monkeypatch: Any) -> None:
    wire = Wire(keep_mb=0.01)

    def full(_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(wire.log, "_write", full)
    for number in range(200):
        wire.got("response.done", number=number)
    assert wire.log.lost > 0
    view = wire.view()
    lost = wire.log.lost
    assert wire.index.events == len(wire.index) == 200
    assert wire.index.name(0) == LOST
    assert list(view.first) == list(range(lost, 200))
    assert wire.index.event(0) is None
    event = wire.index.event(199)
    assert event is not None
    assert event.json()["number"] == 199
