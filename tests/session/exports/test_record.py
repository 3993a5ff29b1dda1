"""A record of a session: everything at its place on one clock, and what of it was heard."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from rtwidgets.session.events.connection_ends import ConnectionEnd
from rtwidgets.session.exports.srt import cues
from rtwidgets.session.records.record import Record
from rtwidgets.session.records.talk_clock import TalkClock
from rtwidgets.session.shown.talk import talk_html
from tests.session.exports.talks import Log, barge_in, silence, tone


def test_a_talk_in_real_time() -> None:
    record = barge_in().record(heard_ms=lambda item_id: pytest.fail("the events say it"))
    user, answer, typed, last = record.lines
    assert (user.role, user.text, user.at_ms) == ("user", "tell me a story", 0.0)
    assert user.clip is not None and user.clip.duration_ms == 1_400
    assert np.abs(user.clip.pairs.astype(int)).max(axis=1).tolist()[:50] == [31] * 50
    assert (answer.text, answer.unheard) == ("once upon", "a time there was a king")
    assert answer.note == "interrupted after 1.2 s of 4.0 s" and answer.at_ms == 1_600
    assert answer.clip is not None and not answer.clip.whole and answer.clip.share == 0.3
    assert (typed.text, typed.at_ms, typed.clip) == ("and then?", 3_000, None)
    assert (last.text, last.unheard, last.at_ms) == ("he slept", "", 3_200)
    assert record.duration_ms == 4_200 and record.events == len(barge_in())


def test_latency_counts_from_the_last_loud_sample() -> None:
    first, second = barge_in().record(played_ms={"a1": 1_680.0}.get).exchanges
    assert first.at_ms == 1_000, "not when the server noticed, 0.4 s later"
    assert (first.end_of_speech, first.committed, first.first_event) == (0.41, 0.41, 0.5)
    assert (first.first_text, first.first_audio, first.first_played) == (0.6, 0.6, 0.68)
    assert (first.said, first.heard, first.sound_s, first.heard_s) == (
        *("tell me a story", "once upon", 4.0, 1.2),
    )
    assert second.at_ms == 3_000, "typed: when the answer was asked for"
    assert second.end_of_speech is None and second.first_event == 0.1
    assert second.usage.total_tokens == 30 and second.money == "free (offline)"


def test_sound_that_is_sent_at_once_lasts_as_long_as_it_sounds() -> None:
    log = Log()
    log.mic(100, tone(2.0), at_once=True)
    log.mic(101, silence(0.4), at_once=True)
    log.spoken(110, "u1", 0, 2_000, "words")
    log.begin(120, "r1")
    log.says(130, "r1", "a1", "an answer", tone(3.0))
    log.end(140, "r1")
    # The next question was sent when the answer was not over on the clock.
    log.mic(200, tone(1.0), at_once=True)
    log.spoken(210, "u2", 2_400, 3_400, "more")
    log.begin(220, "r2")
    log.says(230, "r2", "a2", "again", tone(1.0))
    log.end(240, "r2")
    record = log.record()
    spans = [(line.at_ms, line.at_ms + line.clip.duration_ms) for line in record.lines if line.clip]
    assert spans[0] == (60.0, 2_060.0), "the first piece was there 40 ms before it was sent"
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans)), spans
    # What one waited for is told as it was.
    assert [e.first_audio for e in record.exchanges] == [0.03, 0.03]


def test_a_microphone_stretches_nothing() -> None:
    clock = TalkClock()
    for n in range(1, 200):
        late = 200.0 * (n in range(50, 55))  # a page that was busy
        clock.append(n * 40.0 + late, 40.0)
        assert clock.now(n * 40.0 + late) == n * 40.0 + late
    assert clock.runs.at(0) == 0.0 and clock.runs.at(4_000) == 4_000.0


def test_a_cancelled_answer_that_nobody_truncated() -> None:
    log = Log()
    log.user(0, "u1", "hello")
    log.begin(100, "r1")
    log.says(200, "r1", "a1", "one two three four", tone(4.0))
    details = {"type": "cancelled", "reason": "client_cancelled"}
    log.end(1_200, "r1", "cancelled", status_details=details)
    asked = log.record(heard_ms={"a1": 2_000.0}.get).lines[1]
    assert (asked.text, asked.unheard) == ("one two", "three four")
    assert asked.note == "stopped after 2.0 s of 4.0 s"
    # Nobody knows: what fitted in between.
    guessed = log.record().lines[1]
    assert guessed.clip is not None and guessed.clip.heard_ms == 1_000
    nothing = log.record(heard_ms={"a1": 0.0}.get).lines[1]
    assert (nothing.text, nothing.unheard) == ("", "one two three four")


def test_a_script_that_does_not_wait_for_what_is_played() -> None:
    log = Log()
    for n, at in enumerate((0, 100, 200), 1):
        log.user(at, f"u{n}", f"question {n}")
        log.begin(at + 1, f"r{n}")
        log.says(at + 2, f"r{n}", f"a{n}", f"answer number {n}", tone(2.0))
        log.end(at + 3, f"r{n}")
        if n == 2:
            cut = {"item_id": "a2", "content_index": 0, "audio_end_ms": 1_000}
            log.got(at + 50, "conversation.item.truncated", **cut)
    lines = log.record().lines
    assert [(line.at_ms, line.text) for line in lines] == [
        *((0, "question 1"), (2, "answer number 1")),
        *((2_002, "question 2"), (2_002, "answer")),
        *((3_052, "question 3"), (3_054, "answer number 3")),
    ], "the second answer was heard for a second, so the first was over then"


def test_calls_errors_and_what_is_outside() -> None:
    log = Log()
    log.user(0, "u1", "the weather?")
    log.begin(10, "r1")
    call = {"id": "f1", "type": "function_call", "name": "weather", "call_id": "c1"}
    call |= {"arguments": '{"city":"Bern"}', "status": "completed"}
    log.got(20, "response.output_item.added", response_id="r1", output_index=0, item=call)
    log.got(20, "conversation.item.added", item=call)
    log.end(30, "r1", output=[call])
    result = {"id": "o1", "type": "function_call_output", "call_id": "c1", "output": "12"}
    log.got(40, "conversation.item.added", item=result)
    log.begin(50, "r2")
    log.says(60, "r2", "a1", "12 degrees")
    log.end(70, "r2")
    error = {"type": "invalid_request_error", "code": "c", "message": "no such <voice>"}
    log.got(80, "error", error=error)
    aside = {"id": "x1", "type": "message", "role": "assistant", "status": "completed"}
    aside["content"] = [{"type": "output_text", "text": "a title"}]
    response = {"id": "r3", "status": "completed", "output": [aside], "conversation_id": None}
    log.got(90, "response.created", response={**response, "status": "in_progress", "output": []})
    log.got(95, "response.output_item.added", response_id="r3", output_index=0, item=aside)
    log.got(99, "response.done", response=response)
    record = log.record()
    assert [(line.role, line.name, line.text) for line in record.lines] == [
        ("user", "", "the weather?"),
        ("call", "weather", '{"city":"Bern"}'),
        ("result", "weather", "12"),
        ("assistant", "", "12 degrees"),
        ("error", "", "no such <voice>"),
        ("assistant", "", "a title"),
    ]
    assert record.lines[-1].note == "outside the conversation"
    assert [e.response_ids for e in record.exchanges] == [("r1", "r2"), ("r3",)]
    assert record.exchanges[0].tools == ("weather",) and record.exchanges[0].done == 0.06
    assert record.exchanges[0].usage.total_tokens == 60


def test_another_connection_goes_on_with_it() -> None:
    log = barge_in()
    gone_on(log, 5_000)
    log.user(6_000, "u3", "are you there?")
    log.begin(6_100, "r3")
    log.says(6_200, "r3", "a3", "yes", tone(1.0))
    log.end(6_300, "r3")
    record = log.record()
    lines = [(line.text, line.at_ms) for line in record.lines]
    assert lines[:4] == [(line.text, line.at_ms) for line in barge_in().record().lines]
    assert lines[4:] == [("are you there?", 6_000), ("yes", 6_200)]
    asked = [(e.said, e.heard) for e in record.exchanges]
    assert asked[1:] == [("and then?", "he slept"), ("are you there?", "yes")]
    assert len(record.usage.rows) == 3


def test_what_was_deleted_was_said_all_the_same() -> None:
    log = barge_in()
    before = log.record()
    # From the middle, the beginning and the end; one of them after its neighbour went.
    for n, item_id in enumerate(("a1", "u2", "u1", "a2")):
        log.got(6_000 + n, "conversation.item.deleted", item_id=item_id)
    log.user(7_000, "u3", "go on")
    log.begin(7_100, "r3")
    record = log.record()
    assert [line.item_id for line in record.lines] == ["u1", "a1", "u2", "a2", "u3"]
    for was, line in zip(before.lines, record.lines, strict=False):
        assert (line.text, line.unheard, line.at_ms) == (was.text, was.unheard, was.at_ms)
        assert line.deleted and line.note.endswith("deleted from the conversation")
    assert record.lines[1].clip is not None and not record.lines[4].deleted
    assert [e.deleted for e in record.exchanges] == [True, True, False]
    assert [(e.said, e.answer) for e in record.exchanges[:2]] == [
        (e.said, e.answer) for e in before.exchanges
    ]
    assert [cue[2] for cue in cues(record)] == [
        *("You (deleted): tell me a story", "Model (deleted): once upon"),
        *("You (deleted): and then?", "Model (deleted): he slept", "You: go on"),
    ]
    html = talk_html(record)
    assert html.count("<s ") == before_struck(before) + 4 and "deleted from" in html


def before_struck(record: Record) -> int:
    return talk_html(record).count("<s ")


def test_words_that_come_after_their_item_was_deleted() -> None:
    log = Log()
    log.mic(1_000, tone(1.0))
    log.got(1_100, "input_audio_buffer.committed", item_id="u1")
    log.user(1_100, "u1")
    log.got(1_200, "conversation.item.deleted", item_id="u1")
    name = "conversation.item.input_audio_transcription.completed"
    log.got(1_300, name, item_id="u1", content_index=0, transcript="never mind")
    (line,) = log.record().lines
    assert (line.text, line.deleted) == ("never mind", True)
    # A proxy says it twice, and one that is made again is there.
    log.got(1_400, "conversation.item.deleted", item_id="u1")
    assert len(log.record().lines) == 1
    log.user(1_500, "u1", "never mind")
    (again,) = log.record().lines
    assert not again.deleted


def test_what_was_deleted_stays_when_another_connection_goes_on() -> None:
    log = barge_in()
    log.got(4_000, "conversation.item.deleted", item_id="a1")
    gone_on(log, 5_000)
    log.got(6_000, "conversation.item.deleted", item_id="u2")
    lines = log.record().lines
    assert [(line.item_id, line.deleted) for line in lines] == [
        *(("u1", False), ("a1", True), ("u2", True), ("a2", False)),
    ]


def test_frames_that_are_no_events_are_counted_and_left() -> None:
    log = barge_in()
    before = log.record()
    for raw in (b"", b"nonsense", b'{"type":5}', b'{"type":"no.such.event"}', b"\xff" * 10):
        for sent in (True, False):
            log.append(type(log[0])(sent, 3_400, len(raw), raw))
    log.append(log[5])  # and one that came twice
    after = log.record()
    assert after.lines[0].text == before.lines[0].text and after.events == before.events + 11


def gone_on(log: Log, at_ms: float) -> None:
    """Another connection goes on with ``barge_in``: what was said is told to it once more."""
    log.got(at_ms, "session.created", session={"type": "realtime", "model": "gpt-realtime"})
    for item_id, words in (("u1", "tell me a story"), ("u2", "and then?")):
        log.user(at_ms + 10, item_id, words)


def test_another_connection_counts_from_nothing_and_the_record_goes_on() -> None:
    log = barge_in()
    gone_on(log, 60_000)
    log.mic(62_000, tone(1.0))
    log.mic(62_400, silence(0.4))
    # Its server counts its own sound: 1.4 s were sent to the one before.
    log.spoken(62_410, "u3", 0, 1_400, "go on")
    log.begin(62_500, "r3")
    log.says(62_600, "r3", "a3", "he woke up", tone(1.0))
    log.end(62_700, "r3")
    ends = [ConnectionEnd(begun_ms=0, at_ms=20_000, reason="the network failed")]
    record = log.record(ends=ends)
    (line,) = [line for line in record.lines if line.item_id == "u3"]
    assert line.clip is not None and line.clip.place == (1_400, 2_800)
    assert line.at_ms == 61_000
    third = record.exchanges[2]
    assert third.said == "go on", "what was carried over is no question"
    assert (third.at_ms, third.end_of_speech, third.first_event) == (62_000, 0.41, 0.5)
    assert [e.status for e in record.exchanges] == ["completed"] * 3
    words = "Connection lost, resumed after 40.0 s: the network failed"
    assert record.breaks == (("a2", 60_000, words),)


def test_a_turn_that_the_connection_took_along_is_lost() -> None:
    log = Log()
    log.user(0, "u1", "hello")
    log.begin(100, "r1")
    gone_on(log, 5_000)
    (exchange,) = log.record().exchanges
    assert exchange.status == "lost"


def test_sound_for_the_old_connection_is_not_counted_by_the_new_one() -> None:
    log = Log()
    gone_on(log, 100)
    log.mic(1_100, tone(1.0))  # it was still sent to the old one
    ends = [ConnectionEnd(begun_ms=0, at_ms=1_110, reason="it goes on", expected=True)]
    log.mic(2_200, tone(1.0))
    log.mic(2_600, silence(0.4))
    log.spoken(2_610, "u3", 0, 1_400, "words")
    log.begin(2_700, "r1")
    (exchange,) = log.record(ends=ends).exchanges
    assert exchange.end_of_speech == 0.41
