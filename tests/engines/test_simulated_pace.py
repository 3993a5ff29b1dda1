from __future__ import annotations

import pytest

from rtwidgets.engines import simulated_pace
from rtwidgets.engines.simulated_pace import Pace


class Time:
    """A clock that a sleep moves and nothing else does."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(simulated_pace, "time", clock)
    return clock


def arrivals(pace: Pace, clock: Time, steps: int, *, latency_ms: float = 0.0) -> list[float]:
    """When each of ``steps`` steps of 0.1 s comes, in s after the start."""
    start = clock.now
    stream = pace.clock("engine", "text", latency_ms=latency_ms)
    times = []
    for _ in range(steps):
        stream.step(0.1)
        times.append(clock.now - start)
    return times


def test_as_fast_as_possible_never_sleeps(clock: Time) -> None:
    arrivals(Pace(seed=1), clock, 5)
    assert clock.slept == []


def test_latency_comes_before_the_first_step_only(clock: Time) -> None:
    assert arrivals(Pace(seed=1), clock, 3, latency_ms=250) == pytest.approx([0.25] * 3)


@pytest.mark.parametrize("speed", [1.0, 0.5])
def test_pace_spaces_the_steps(clock: Time, speed: float) -> None:
    times = arrivals(Pace(seed=1, pace=speed), clock, 4, latency_ms=100)
    assert times == pytest.approx([0.1 + n * 0.1 * speed for n in range(4)])


def test_jitter_is_bounded_repeatable_and_does_not_add_up(clock: Time) -> None:
    pace = Pace(seed=1, pace=1.0, jitter_ms=50)
    times = arrivals(pace, clock, 200)
    late = [time - n * 0.1 for n, time in enumerate(times)]
    assert all(0 <= one <= 0.0501 for one in late)
    assert max(late) - min(late) > 0.03
    assert arrivals(pace, clock, 200) == pytest.approx(times)
    assert arrivals(Pace(seed=2, pace=1.0, jitter_ms=50), clock, 200) != pytest.approx(times)


def test_a_slow_reader_is_not_made_to_wait_again(clock: Time) -> None:
    stream = Pace(seed=1, pace=1.0).clock("engine", "text")
    stream.step(0.1)
    clock.now += 5.0
    clock.slept.clear()
    stream.step(0.1)
    stream.step(0.1)
    assert clock.slept == []
