"""The story of a session from its log: waves on one clock, spans, waits, ticks, all bounded."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rtwidgets.protocol.dialects import BETA
from rtwidgets.session.events.connection_ends import ConnectionEnd
from rtwidgets.session.events.events_log import EventsLog
from rtwidgets.session.history.heard import first_played, last_moment, sound
from rtwidgets.session.history.history import History
from rtwidgets.session.history.look import look
from rtwidgets.session.history.moments import PlayLog
from rtwidgets.session.tools.rounds import _told

RATE = 24_000


def tone(ms: int, level: int = 16_000) -> bytes:
    t = np.arange(RATE * ms // 1000) / RATE
    return np.rint(level * np.sin(2 * np.pi * 440 * t)).astype("<i2").tobytes()


class Story:
    """A log written by hand, on a clock moved by hand."""

    def __init__(self, **options: Any) -> None:
        self.s = 100.0
        self.log = EventsLog(clock=lambda: self.s, **options)
        self.played = PlayLog()
        self.history = History(self.log, played=self.played)
        self.count = 0

    def sent(self, type: str, **fields: Any) -> None:
        self.log.sent(json.dumps({"type": type, **fields}))

    def received(self, type: str, **fields: Any) -> None:
        self.count += 1
        event = {"type": type, "event_id": f"e{self.count}", **fields}
        self.log.received(json.dumps(event).encode())

    def speak(self, ms: int, level: int = 16_000) -> None:
        """Frames of 40 ms, each when it was recorded."""
        for _ in range(ms // 40):
            self.s += 0.04
            self.sent("input_audio_buffer.append", audio=_text(tone(40, level)))

    def response(self, number: int, status: str = "in_progress") -> dict[str, Any]:
        return {"id": f"r{number}", "object": "realtime.response", "status": status, "output": []}

    def sound(self, number: int, ms: int) -> None:
        place = {"response_id": f"r{number}", "output_index": 0, "content_index": 0}
        self.received(
            "response.output_audio.delta", item_id=f"i{number}", delta=_text(tone(ms)), **place
        )

    def turn(self, number: int, start_ms: int, reply_ms: int = 1000) -> None:
        """A speech of 800 ms, 200 ms of silence, and the answer to it."""
        self.speak(200, 0)
        self.received(
            "input_audio_buffer.speech_started", audio_start_ms=start_ms + 200, item_id="u"
        )
        self.speak(800)
        self.speak(200, 0)
        self.received(
            "input_audio_buffer.speech_stopped", audio_end_ms=start_ms + 1200, item_id="u"
        )
        self.received("input_audio_buffer.committed", item_id="u", previous_item_id=None)
        self.s += 0.01
        self.received("response.created", response=self.response(number))
        self.s += 0.1
        place = {"response_id": f"r{number}", "output_index": 0, "content_index": 0}
        self.received(
            "response.output_audio_transcript.delta", item_id=f"i{number}", delta="Hi", **place
        )
        self.s += 0.1
        self.sound(number, reply_ms)
        self.s += 0.05
        self.played.add(f"i{number}", self.s, 0, reply_ms / 2, 4.0)
        self.s += reply_ms / 2000
        self.received("response.done", response=self.response(number, "completed"))

    def read(self) -> History:
        while self.history.catch_up():
            pass
        return self.history


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def loud(pairs: np.ndarray) -> list[int]:
    return np.flatnonzero(pairs.any(axis=1)).tolist()


@pytest.fixture
def story() -> Story:
    return Story()


def test_one_turn_on_the_clock(story: Story) -> None:
    story.turn(1, 0)
    history = story.read()
    (speech,), (answer,) = history.speeches, history.answers.values()
    assert (speech.begun, speech.over) == pytest.approx((200, 1200))
    assert answer.speech_end == pytest.approx(1000)  # the last loud sample, not the last one
    played = first_played(history, answer)
    assert answer.moments(played) == pytest.approx([1200, 1200, 1210, 1310, 1410, 1460])

    window = look(history, 0, 3000, 300)  # 10 ms a column
    assert loud(window.user) == list(range(20, 100))
    assert loud(window.heard) == list(range(146, 196))
    assert loud(window.rest) == list(range(196, 246))
    assert [span.text for span in window.waits][:2] == [
        "Response 1: noticing the end of speech 0.20 s (+0.20 s)",
        "Response 1: response created 0.21 s (+0.01 s)",
    ]
    assert window.waits[0].start == pytest.approx(1000)
    assert window.waits[-1].text == "Response 1: first sound played 0.46 s (+0.05 s)"


def test_a_cut_reply_is_heard_to_the_cut(story: Story) -> None:
    story.turn(1, 0)
    story.received("conversation.item.truncated", item_id="i1", content_index=0, audio_end_ms=400)
    window = look(story.read(), 0, 3000, 300)
    assert loud(window.heard) == list(range(146, 186))
    assert loud(window.rest) == list(range(186, 246))
    assert window.cuts == pytest.approx([1860])


def test_a_script_that_does_not_wait_hears_each_reply_until_the_next(story: Story) -> None:
    for number in (1, 2):
        story.received("response.created", response=story.response(number))
        story.sound(number, 1000)
        story.played.add(f"i{number}", story.s, 0, 1000)  # taken as heard, at once
        story.s += 0.4
    window = look(story.read(), 0, 2000, 200)
    assert loud(window.heard) == list(range(140)) and not loud(window.rest)


def test_speech_after_a_pause_of_the_sender_begins_after_the_pause(story: Story) -> None:
    story.speak(400, 0)
    story.s += 5
    story.speak(200)
    # With 300 ms of what was sent before.
    story.received("input_audio_buffer.speech_started", audio_start_ms=100, item_id="u")
    (speech,) = story.read().speeches
    assert speech.begun == pytest.approx(5100)


def test_a_talk_that_is_over_is_heard_as_it_is_told(story: Story) -> None:
    story.turn(1, 0)
    history = story.read()
    history.tell({"i1": 1500.0}, {"i1": 300.0})
    window = look(history, 0, 3000, 300)
    assert loud(window.heard) == list(range(150, 180)) and loud(window.rest)[-1] == 249
    assert window.waits[-1].end == 1500


def test_another_connection_counts_the_users_sound_from_its_own_beginning(story: Story) -> None:
    session = {"type": "realtime", "object": "realtime.session", "id": "s", "model": "m"}
    story.received("session.created", session=session)
    story.turn(1, 0)
    story.s += 2
    story.received("session.created", session=session)
    begun = story.s
    story.turn(2, 0)
    history = story.read()
    assert [speech.number for speech in history.speeches] == [1, 2]
    assert history.speeches[1].begun == pytest.approx(story.log.at_ms(begun) + 200)
    assert history.answers["r2"].speech_end == pytest.approx(story.log.at_ms(begun) + 1000)


def test_without_a_count_all_is_taken_as_heard_when_it_arrived(story: Story) -> None:
    story.turn(1, 0)
    history = History(story.log)
    while history.catch_up():
        pass
    window = look(history, 0, 3000, 300)
    assert loud(window.heard) == list(range(141, 241)) and loud(window.rest) == []


def test_without_turn_detection_a_commit_marks_the_speech(story: Story) -> None:
    story.speak(400)
    story.sent("input_audio_buffer.commit")
    story.received("input_audio_buffer.committed", item_id="u", previous_item_id=None)
    (speech,) = story.read().speeches
    assert not speech.detected and (speech.start_ms, speech.end_ms) == (0, 400)
    assert speech.begun == pytest.approx(0, abs=2) and speech.over == pytest.approx(400)


def test_a_call_lasts_until_its_output_is_sent(story: Story) -> None:
    story.received("response.created", response=story.response(1))
    story.received(
        "response.function_call_arguments.done",
        response_id="r1", item_id="f", output_index=0, call_id="c", name="weather", arguments="{}",
    )  # fmt: skip
    story.s += 0.5
    output = {"type": "function_call_output", "call_id": "c", "output": "12"}
    story.sent("conversation.item.create", item=output)
    story.sent("response.create")
    story.s += 0.2
    story.received("response.created", response=story.response(2))
    history = story.read()
    (call,) = history.calls.values()
    assert (call.name, call.begun, call.over) == ("weather", 0, pytest.approx(500))
    assert history.answers["r2"].zero == pytest.approx(500)
    (span,) = look(history, 0, 1000, 100).tools
    assert (span.text, span.end) == ("Tool weather: done", pytest.approx(500))


def test_events_that_share_a_column_are_one_tick_that_names_the_telling_one(story: Story) -> None:
    story.received("response.created", response=story.response(1))
    story.sound(1, 100)
    story.sound(1, 100)
    story.sent("response.cancel")
    story.s += 1
    story.sound(1, 100)
    ticks = look(story.read(), 0, 2000, 20).ticks
    assert [(tick.text, tick.count, tick.sent, tick.sound) for tick in ticks] == [
        ("response.created, response.output_audio.delta × 2", 3, False, False),
        ("response.cancel", 1, True, False),
        ("response.output_audio.delta", 1, False, True),
    ]


def test_sound_is_read_from_the_log_once_more(story: Story) -> None:
    story.turn(1, 0)
    history = story.read()
    assert sound(history, "i1", 250, 750).samples.tobytes() == tone(1000)[12_000:36_000]
    said = sound(history, None, 200, 1000)
    assert said.duration_s == pytest.approx(0.8) and abs(said.samples).max() > 15_000


def test_it_is_read_in_batches_and_goes_on(story: Story) -> None:
    story.turn(1, 0)
    assert story.history.catch_up(5) and story.history.behind == len(story.log) - 5
    story.read()
    story.turn(2, 1200)
    history = story.read()
    assert len(history.speeches) == len(history.answers) == 2 and history.behind == 0


def test_an_old_protocol_tells_the_same_story(story: Story) -> None:
    story.history = History(story.log, BETA, story.played)
    story.sent("response.create")
    story.received("response.created", response=story.response(1))
    story.received(
        "response.audio.delta",
        response_id="r1", item_id="i1", output_index=0, content_index=0, delta=_text(tone(500)),
    )  # fmt: skip
    history = story.read()
    assert history.replies["i1"].peaks.duration_ms == 500
    assert history.names == ["response.create", "response.created", "response.output_audio.delta"]


def test_what_is_no_event_is_a_tick_and_nothing_else(story: Story) -> None:
    story.log.received(b"{nonsense")
    story.log.sent("{nonsense")
    assert story.read().names == ["no event"]


def test_an_hour_is_no_larger_than_a_minute_and_looked_at_as_a_whole(story: Story) -> None:
    history = story.history
    for minute in range(60):
        for _ in range(10):
            story.turn(len(history.answers) + 1, 0, 400)
            story.s += 4.4
            story.read()
        assert minute < 60
    window = look(history, 0, history.now, 400)
    assert len(history.answers) == 600 and history.now > 3_500_000
    for spans in (window.speeches, window.responses, window.waits, window.cuts):
        assert len(spans) <= 400 * 6
    assert len(window.ticks) <= 800 and len(window.user) == 400
    minute_window = look(history, history.now - 6000, history.now, 400)
    assert len(minute_window.responses) == 1 and loud(minute_window.heard)


SESSION = {"type": "realtime", "object": "realtime.session", "id": "s", "model": "m"}


def test_a_lost_connection_is_a_gap_and_what_was_in_progress_ended_there(story: Story) -> None:
    story.received("session.created", session=SESSION)
    story.turn(1, 0)
    story.received("response.created", response=story.response(2))
    story.received(
        "response.function_call_arguments.done",
        response_id="r2", item_id="f", output_index=0, call_id="c", name="weather", arguments="{}",
    )  # fmt: skip
    story.s += 0.5
    lost = story.log.now_ms
    story.log.ends.append(ConnectionEnd(begun_ms=0, at_ms=lost, reason="it went away"))
    history = story.read()
    (one,) = history.breaks()
    assert (one.words, one.lost, one.start, one.end) == (
        "Connection lost: it went away", True, *[pytest.approx(lost)] * 2,
    )  # fmt: skip
    assert last_moment(history) == pytest.approx(lost), "that it was lost is in the picture"

    story.s += 2
    begun = story.log.now_ms
    story.received("session.created", session=SESSION)
    # What is carried over is told once more, and is no news.
    story.sent("conversation.item.create", item={"type": "function_call_output", "call_id": "c"})
    story.turn(3, 0)
    window = look(story.read(), 0, history.now, 1000)
    (span,) = window.breaks
    assert (span.start, span.end, span.kind) == (pytest.approx(lost), pytest.approx(begun), 1)
    assert span.text == "Connection lost, resumed after 2.0 s: it went away"
    assert [s.text for s in window.responses] == [
        "Response 1: completed",
        "Response 2: lost with the connection",
        "Response 3: completed",
    ]
    assert window.responses[1].end == pytest.approx(lost)
    (tool,) = window.tools
    assert (tool.text, tool.end, tool.kind) == ("Tool weather: lost", pytest.approx(lost), 1)


def test_sound_that_the_old_connection_still_got_is_not_counted_by_the_new_one(
    story: Story,
) -> None:
    story.received("session.created", session=SESSION)
    story.speak(400, 0)
    story.s += 0.01
    story.received("session.created", session=SESSION)
    created = story.log.now_ms
    story.speak(800, 0)  # to the old one: the talk is being carried over
    handed_over = story.log.now_ms
    story.log.ends.append(
        ConnectionEnd(begun_ms=0, at_ms=handed_over, reason="it goes on", expected=True)
    )
    story.turn(1, 0)
    history = story.read()
    assert history.speeches[0].begun == pytest.approx(handed_over + 200, abs=25)
    assert history.answers["r1"].speech_end == pytest.approx(handed_over + 1000, abs=25)
    (one,) = history.breaks()
    assert (one.start, one.end, one.lost) == (created, created, False)


def test_calls_of_mcp_tools_are_spans_with_a_name_and_a_state(story: Story) -> None:
    path = Path(__file__).parents[2] / "transcripts" / "mcp.ga.jsonl"
    for line in path.read_text("utf-8").splitlines()[1:]:
        record = json.loads(line)
        if "event" not in record:
            continue
        text = json.dumps(record["event"])
        story.s += 0.1
        if record["from"] == "client":
            story.log.sent(text)
        else:
            story.log.received(text.encode())
    window = look(story.read(), 0, story.history.now, 1000)
    assert [(span.text, span.kind) for span in window.tools] == [
        ("Tool files.read_file: failed", 1),
        ("Tool files.delete_file: done", 0),
    ]
    assert all(span.end - span.start > 99 for span in window.tools)


def test_an_mcp_call_that_is_not_over_lasts_until_now(story: Story) -> None:
    story.received("response.created", response=story.response(1))
    item = {"id": "m", "type": "mcp_call", "server_label": "docs", "name": "search"}
    story.received(
        "response.output_item.added",
        response_id="r1", output_index=0, item={**item, "arguments": ""},
    )  # fmt: skip
    story.s += 0.5
    story.received("response.mcp_call.in_progress", item_id="m", output_index=0)
    story.s += 1
    story.received("rate_limits.updated", rate_limits=[])
    (span,) = look(story.read(), 0, 2000, 100).tools
    assert (span.text, span.kind) == ("Tool docs.search: running", 0)
    assert (span.start, span.end) == pytest.approx((500, 1500))


def test_a_function_that_raised_is_a_call_that_failed(story: Story) -> None:
    story.received("response.created", response=story.response(1))
    for name, output in (("good", '"12"'), ("bad", _told("ValueError", "no such city"))):
        story.received(
            "response.function_call_arguments.done",
            response_id="r1", item_id=name, output_index=0, call_id=name, name=name, arguments="{}",
        )  # fmt: skip
        story.s += 0.5
        item = {"type": "function_call_output", "call_id": name, "output": output}
        story.sent("conversation.item.create", item=item)
    tools = look(story.read(), 0, 1000, 100).tools
    assert [(t.text, t.kind) for t in tools] == [("Tool good: done", 0), ("Tool bad: failed", 1)]
