"""One turn has one latency: the turn, the timeline and the record count from the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import rtwidgets as rt
from rtwidgets.session.events.events_log import EventsLog
from rtwidgets.session.history.history import History
from rtwidgets.session.history.sent_sound import SentSound, sample_at
from rtwidgets.session.turns.said_sound import SaidSound, sent_ms
from tests.session.exports.talks import silence, tone, voice

pytestmark = pytest.mark.server

NAMES = ("end_of_speech", "committed", "first_event", "first_text", "first_audio")


def frames(
    ends_and_times: list[tuple[float, float]], samples: Any, rate: int = 24_000
) -> SentSound:
    sound, begin = SentSound(), 0.0
    for end, at in ends_and_times:
        part = samples[int(begin * rate / 1000) : int(end * rate / 1000)]
        sound.add(part, rate, end - begin, at)
        begin = end
    return sound


def test_a_sample_was_there_before_its_piece_was_sent() -> None:
    ends, times = [40.0, 80.0, 120.0], [1_040.0, 1_080.0, 1_125.0]
    at = [sample_at(ms, ends, times.__getitem__) for ms in (0, 10, 40, 50, 80, 81, 120)]
    assert at == [1_000, 1_010, 1_040, 1_050, 1_080, 1_086, 1_125]
    assert sample_at(121, ends, times.__getitem__) == 1_125, "a server rounds"
    assert sample_at(200, ends, times.__getitem__) is None
    assert sample_at(0, [], times.__getitem__) is None


def test_of_a_file_that_goes_out_at_once_no_sample_was_there_before_the_last_piece_went() -> None:
    ends, times = [40.0, 80.0, 120.0], [1_000.0, 1_001.0, 1_002.0]
    assert sample_at(90, ends, times.__getitem__) == 1_001
    assert sample_at(119.5, ends, times.__getitem__) == 1_001.5


def test_speech_ends_with_its_last_loud_sample() -> None:
    samples = np.concatenate([tone(0.105), silence(0.2)])
    sound = frames([(40.0 * n, 2_000 + 40.0 * n) for n in range(1, 8)], samples)
    assert sound.end_of_speech(0, 280) == 2_105, "not when its frame was sent, 15 ms later"
    assert sound.position_at(2_100) == 80 and sound.position_at(0) == 0


def test_a_piece_was_sent_when_the_log_says_so() -> None:
    now = [5.0]
    log = EventsLog(clock=lambda: now[0])
    said = SaidSound(1_003.0, 24_000)
    samples = np.concatenate([tone(0.1), silence(0.1)])
    for n in range(5):
        part = samples[n * 960 : (n + 1) * 960]
        said.add(part, 1_003.0 + 40 * (n + 1), f"e{n}", log.now_ms)
    for n in range(5):  # the connection was busy
        now[0] = 6.0 + n / 25
        log.sent(f'{{"event_id":"e{n}"}}')
        log.received(b'{"event_id":"e"}')
    assert sent_ms(log, "e2") == pytest.approx(1_080) and sent_ms(log, "e") is None
    assert said.at(log, 1_083.0) == pytest.approx(1_040)
    assert said.at(log, 1_003.0) is None and said.at(log, 1_300.0) is None, "not of ours"
    # Of 100 ms, in buckets of 5 ms of all sound: 1103 is in the one that ends at 1105.
    assert said.end_of_speech(log, 0, 1_203.0) == pytest.approx(1_062)
    assert said.end_of_speech(log, 0, 1_000.0) is None
    assert log.clock_s(1_080) == pytest.approx(6.08)
    # Where the log has lost it, when it was given away.
    assert SaidSound(0, 8_000).at(log, 10) is None
    said.add(samples[:960], 1_243.0, "lost", 7_777.0)
    assert said.at(log, 1_243.0) == 7_777


@pytest.fixture(scope="module")
def server() -> Iterator[rt.Server]:
    with rt.serve("simulated", seed=1) as running:
        yield running


def agree(session: rt.Session, turn: rt.Turn) -> None:
    history = History(session.events_log, session._link.client.dialect)
    while history.catch_up():
        pass
    assert turn.response is not None
    answer = history.answers[turn.response.id]
    zero = answer.zero
    assert zero is not None
    moments = dict(zip(NAMES, answer.moments(None), strict=False))
    (exchange,) = (e for e in session.record().exchanges if turn.response.id in e.response_ids)
    for name in NAMES:
        at = moments[name]
        of_timeline = None if at is None else pytest.approx((at - zero) / 1000, abs=1e-4)
        of_record = getattr(exchange, name)
        assert getattr(turn.latency, name) == of_timeline, (name, "timeline")
        assert of_record == of_timeline, (name, "record")
        row = session.to_rows("turns")[exchange.number - 1]
        assert row[name] == of_record


@pytest.mark.parametrize("realtime", [True, False])
@pytest.mark.parametrize("settings", [{}, {"turn_detection": None}, {"input_format": "audio/pcmu"}])
def test_all_three_agree(server: rt.Server, realtime: bool, settings: dict[str, Any]) -> None:
    with rt.connect(server.url, quiet=True, **settings) as session:
        for seconds in (0.8, 0.733):
            agree(session, session.say(voice(seconds), realtime=realtime).wait(20))
        agree(session, session.say("count from 1 to 3").wait(20))


def test_they_agree_when_the_talk_went_on_over_another_connection(server: rt.Server) -> None:
    with rt.connect(server.url, quiet=True) as session:
        agree(session, session.say(voice(0.7337)).wait(20))
        session.resume()
        for seconds in (0.81, 0.6):
            agree(session, session.say(voice(seconds)).wait(20))
        agree(session, session.say("count from 1 to 3").wait(20))
        record = session.record()
        places = [line.clip.place for line in record.lines if line.clip and line.role == "user"]
        said = [exchange.said for exchange in record.exchanges]
    ends = [edge for place in places if place is not None for edge in place]
    assert len(ends) == 6 and ends == sorted(ends), "none is the sound of another"
    assert said[-1] == "count from 1 to 3", "what was carried over is no question"
