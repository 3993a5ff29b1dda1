"""The sound of the replies is read where the session has it, whole and by item."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rtwidgets.audio import decode_ulaw, encode_ulaw
from rtwidgets.protocol.events import ResponseOutputAudioDelta
from rtwidgets.session.events.events_log import EventsLog
from rtwidgets.session.history.history import History
from rtwidgets.widgets.replies import Replies
from tests.widgets.test_speaker import tone
from tests.widgets.voice import VoiceTalk


class Beside:
    """What ``Replies`` uses of its panel."""

    def __init__(self, talk: VoiceTalk) -> None:
        self.session = talk


def replies_of(talk: VoiceTalk) -> Replies:
    return Replies(Beside(talk))  # type: ignore[arg-type]


def delta(item_id: str, data: bytes) -> ResponseOutputAudioDelta:
    return ResponseOutputAudioDelta(
        event_id="", response_id="r", item_id=item_id, output_index=0, content_index=0, delta=data
    )


def test_items_are_read_as_they_came_though_their_pieces_come_mixed() -> None:
    talk = VoiceTalk()
    replies = replies_of(talk)
    assert replies.latest == "" and "a" not in replies and replies.read("a", 0, 9) == b""
    for n in range(10):
        talk.events(delta("a", bytes([n, 1]) * 5), delta("b", bytes([n, 2]) * 3))
    replies.catch_up()
    assert (replies.samples("a"), replies.samples("b"), replies.latest) == (50, 30, "b")
    assert replies.read("a", 0, 50) == b"".join(bytes([n, 1]) * 5 for n in range(10))
    assert replies.read("a", 12, 4) == bytes([2, 1]) * 3 + bytes([3, 1])
    assert replies.read("a", 15, 5) == bytes([3, 1]) * 5
    assert replies.read("b", 28, 100) == bytes([9, 2]) * 2
    assert replies.read("b", 30, 100) == b""


def test_a_piece_may_end_in_the_middle_of_a_sample_or_have_none() -> None:
    talk = VoiceTalk()
    replies = replies_of(talk)
    data = bytes(range(40))
    for piece in (data[:7], b"", data[7:8], data[8:21], data[21:]):
        talk.events(delta("a", piece))
    talk.events(delta("silent", b""))
    replies.catch_up()
    assert replies.latest == "a" and "silent" not in replies
    for start in range(20):
        for count in (1, 3, 20):
            assert replies.read("a", start, count) == data[2 * start : 2 * (start + count)]


def test_telephone_sound_is_read_as_samples() -> None:
    talk = VoiceTalk(output_format="g711_ulaw")
    replies = replies_of(talk)
    sent = encode_ulaw(np.frombuffer(tone(0.5, 8000), "<i2").astype(np.int16))
    talk.events(delta("a", sent[:1000]), delta("a", sent[1000:]))
    replies.catch_up()
    assert (replies.rate("a"), replies.samples("a")) == (8000, 4000)
    assert replies.read("a", 900, 200) == decode_ulaw(sent[900:1100]).astype("<i2").tobytes()


def test_only_the_events_are_read_that_hold_what_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = VoiceTalk()
    replies = replies_of(talk)
    for _ in range(100):
        talk.events(delta("a", tone(0.1)))
    replies.catch_up()
    read: list[int] = []
    get = EventsLog.__getitem__

    def counted(log: EventsLog, index: Any) -> Any:
        if isinstance(index, int):
            read.append(index)
        return get(log, index)

    monkeypatch.setattr(EventsLog, "__getitem__", counted)
    assert replies.read("a", 24_000, 4800) == tone(0.1) * 2
    assert len(read) == 2


def test_sound_that_went_to_the_file_is_read_from_there_and_lost_sound_is_missing() -> None:
    talk = VoiceTalk()
    talk.events_log = EventsLog(keep_mb=0, clock=lambda: talk.now)
    talk.history = History(talk.events_log)
    replies = replies_of(talk)
    for _ in range(10):
        talk.events(delta("a", tone(0.1)))
    replies.catch_up()
    assert replies.read("a", 2400, 2400) == tone(0.1)
    talk.events_log.lost += 5  # as a full disk does
    assert replies.read("a", 0, 2400) == b"" and "a" in replies
