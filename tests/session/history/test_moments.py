"""Sound on a clock: stretches that join, gaps, hurry, and what was played when."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.protocol.config import PCM16_24K
from rtwidgets.session.history.moments import ClockMap, PlayLog
from rtwidgets.session.turns.virtual_speaker import VirtualSpeaker


def microphone(late: list[float]) -> ClockMap:
    """Frames of 40 ms, the n-th so many ms later than the clock says."""
    placed = ClockMap()
    for n, ms in enumerate(late):
        placed.add_sent(1000 + 40 * (n + 1) + ms, 40 * n, 40 * (n + 1))
    return placed


@given(st.lists(st.floats(-12, 12), min_size=1, max_size=200))
def test_frames_that_come_unevenly_are_one_stretch(late: list[float]) -> None:
    placed = microphone([late[0], *late[1:]])
    assert len(placed) == 1
    assert placed.clock(20) == pytest.approx(1000 + late[0] + 20)


def test_a_pause_is_a_gap_on_the_clock_and_none_in_the_sound() -> None:
    placed = microphone([0] * 10 + [500] * 10)
    assert len(placed) == 2
    assert placed.clock(390) == pytest.approx(1390)
    assert placed.clock(410) == pytest.approx(1910)
    sound = placed.sound(np.array([900.0, 1200.0, 1600.0, 1900.0, 2300.0, 9000.0]))
    assert sound == pytest.approx([0, 200, 400, 400, 800, 800])


def test_a_file_sent_at_once_is_where_it_was_sent() -> None:
    placed = ClockMap()
    for n in range(50):
        placed.add_sent(1000 + n, 40 * n, 40 * (n + 1))
    assert placed.end == pytest.approx(1049)
    assert placed.clock(2000) == pytest.approx(1049)
    assert placed.clock(1000) == pytest.approx(1024, abs=1)
    assert placed.clock(2010) == pytest.approx(1049)  # a server rounds
    assert placed.clock(3000) is None


@given(st.lists(st.tuples(st.floats(0, 200), st.floats(1, 100)), min_size=1, max_size=40))
def test_time_never_goes_back(pieces: list[tuple[float, float]]) -> None:
    placed, now, sound = ClockMap(), 0.0, 0.0
    for wait, length in pieces:
        now += wait
        placed.add_sent(now, sound, sound + length)
        sound += length
    clock = np.linspace(-200, now + 200, 300)
    assert (np.diff(placed.sound(clock)) >= -1e-6).all()
    assert placed.sound_end == pytest.approx(sound)


def test_a_played_item_has_its_first_sample_and_its_stretches() -> None:
    log = PlayLog()
    assert log.first_s("a") is None and log.stretches("a") == []
    log.add("a", 5.0, 0, 100, 2.5)
    log.add("a", 5.11, 100, 200, 9.0)  # 10 ms late: the same stretch
    log.add("a", 6.0, 200, 300, 1.0)  # it ran dry
    assert log.first_s("a") == 5.0 and log.hop_ms("a") == 2.5
    assert log.stretches("a") == [(5.0, 5.2, 0, 200), (6.0, 6.1, 200, 300)]


def test_the_virtual_speaker_says_to_the_ms_when_it_played() -> None:
    clock, log = [10.0], PlayLog()
    out = VirtualSpeaker(lambda: clock[0], log.add)
    out.receive("a", "r", PCM16_24K.byte_count(300), PCM16_24K)
    out.receive("b", "r", PCM16_24K.byte_count(300), PCM16_24K)
    out.end("a")
    clock[0] += 0.5
    assert out.played_ms("b") == pytest.approx(200)
    assert log.first_s("a") == pytest.approx(10.0) and log.first_s("b") == pytest.approx(10.3)
    clock[0] += 9
    assert out.played_ms("b") == 300
    (stretch,) = log.stretches("b")
    assert stretch == pytest.approx((10.3, 10.6, 0, 300))
