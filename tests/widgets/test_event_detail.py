"""An event that is opened, and one that is copied."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from rtwidgets.widgets import event_log, event_reader
from tests.widgets.wire_talk import WireTalk, ask, copied, rows, shown


@pytest.fixture
def talk() -> WireTalk:
    return WireTalk()


def test_an_opened_row_is_explained_and_its_sound_is_a_waveform(talk: WireTalk) -> None:
    _, page = shown(talk)
    sound = base64.b64encode(bytes(4800)).decode()
    talk.got("response.output_audio.delta", item_id="item_1", delta=sound)
    detail = ask(page, talk, "detail", number=0)
    assert detail["type"] == "response.output_audio.delta"
    assert "sound" in detail["explanation"]
    assert json.loads(detail["json"]) == {"type": detail["type"], "item_id": "item_1", "delta": ""}
    (cut,) = detail["cuts"]
    assert (cut["path"], cut["what"], cut["ms"]) == (["delta"], "sound", 100)
    assert sound[:60] not in json.dumps(detail)


def test_an_opened_run_is_joined(talk: WireTalk) -> None:
    _, page = shown(talk)
    for word in ("one ", "two ", "three"):
        talk.got("response.output_text.delta", delta=word)
        talk.got("response.output_audio.delta", delta=base64.b64encode(bytes(480)).decode())
    words = ask(page, talk, "detail", number=0, until=4)
    assert (words["joined"], words["count"]) == ("one two three", 3)
    sound = ask(page, talk, "detail", number=1, until=5)
    assert (sound["joined"], sound["joined_ms"], sound["count"]) == ("", 30, 3)


def test_a_row_of_sound_says_how_long_it_is(talk: WireTalk) -> None:
    _, page = shown(talk)
    for _ in range(10):
        talk.got("response.output_audio.delta", delta=base64.b64encode(bytes(4800)).decode())
    assert [row["text"] for row in rows(page, talk)] == ["about 1.0 s of sound"]
    one = rows(page, talk, filter={"fold": False})[0]
    assert one["text"] == "100 ms of sound"


def test_a_frame_that_is_no_json_opens_as_its_text(talk: WireTalk) -> None:
    _, page = shown(talk)
    talk.events_log.received(b"<html>")
    detail = ask(page, talk, "detail", number=0)
    assert json.loads(detail["json"]) == "<html>"
    assert "no event" in detail["explanation"]


def test_what_is_not_there_is_said(talk: WireTalk) -> None:
    _, page = shown(talk)
    assert ask(page, talk, "detail", number=77)["gone"]
    raw = ask(page, talk, "copy", number=77)
    assert not raw["complete"]


def test_a_copy_is_the_frame_itself_in_pieces(talk: WireTalk, monkeypatch: Any) -> None:
    monkeypatch.setattr(event_log, "PIECE", 100)
    _, page = shown(talk)
    sound = base64.b64encode(bytes(480)).decode()
    talk.got("response.output_audio.delta", delta=sound)
    data, last = copied(page, talk, number=0)
    assert data == talk.events_log[0].raw
    assert (last["part"], last["parts"]) == (len(data) // 100, len(data) // 100 + 1)
    assert last["complete"]


def test_a_copy_of_a_run_is_a_line_for_each_and_says_where_it_ends(
    talk: WireTalk, monkeypatch: Any
) -> None:
    _, page = shown(talk)
    for word in ("one", "two", "three"):
        talk.got("response.output_text.delta", delta=word)
    data, last = copied(page, talk, number=0, until=2)
    assert [json.loads(line)["delta"] for line in data.splitlines()] == ["one", "two", "three"]
    assert last["complete"]
    monkeypatch.setattr(event_reader, "MOST_COPIED", 120)
    data, last = copied(page, talk, number=0, until=2)
    assert len(data.splitlines()) == 2
    assert not last["complete"]
