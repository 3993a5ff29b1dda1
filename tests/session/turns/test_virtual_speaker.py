"""A loudspeaker that is a clock: moved by hand, so that every ms is known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.protocol.config import PCM16_24K, AudioFormat
from rtwidgets.session.turns.virtual_speaker import VirtualSpeaker


class Clock:
    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


def speaker() -> tuple[VirtualSpeaker, Clock]:
    clock = Clock()
    return VirtualSpeaker(clock, lambda *_: None), clock


def ms(count: float) -> int:
    return PCM16_24K.byte_count(count)


def test_it_plays_at_the_speed_of_the_clock_and_no_further_than_the_sound() -> None:
    out, clock = speaker()
    clock.s += 5  # before the first piece nothing is played
    out.receive("a", "r", ms(1000), PCM16_24K)
    clock.s += 0.25
    assert out.played_ms("a") == 250
    clock.s += 9
    assert out.played_ms("a") == 1000 and out.played_ms("unknown") == 0


def test_where_it_runs_dry_the_next_piece_sounds_when_it_is_there() -> None:
    out, clock = speaker()
    out.receive("a", "r", ms(200), PCM16_24K)
    clock.s += 1
    out.receive("a", "r", ms(200), PCM16_24K)
    clock.s += 0.1
    assert out.played_ms("a") == 300


def test_items_follow_one_another() -> None:
    out, clock = speaker()
    out.receive("a", "r1", ms(300), PCM16_24K)
    out.receive("b", "r2", ms(300), PCM16_24K)
    clock.s += 0.4
    assert (out.played_ms("a"), out.played_ms("b")) == (300, 0)  # more of "a" may come
    out.end("a")
    clock.s += 0.1
    assert out.played_ms("b") == 100


def test_a_telephone_plays_at_its_own_rate() -> None:
    out, clock = speaker()
    out.receive("a", "r", 8000, AudioFormat(type="audio/pcmu"))
    clock.s += 0.5
    assert out.played_ms("a") == 500


def test_stop_says_what_was_heard_and_keeps_silent_until_the_response_ends() -> None:
    out, clock = speaker()
    out.receive("a", "r", ms(1000), PCM16_24K)
    out.receive("b", "r", ms(1000), PCM16_24K)
    clock.s += 0.4
    assert out.stop() == [("a", 400)]  # of "b" nobody heard anything
    out.receive("a", "r", ms(1000), PCM16_24K)
    out.receive("c", "r", ms(1000), PCM16_24K)
    clock.s += 3
    assert (out.played_ms("a"), out.played_ms("b"), out.played_ms("c")) == (400, 0, 0)
    assert not out.live() and out.stop() == []
    out.end_response("r")
    out.receive("d", "r2", ms(100), PCM16_24K)
    assert out.live("r2") and not out.live("r")


def test_what_was_played_to_its_end_is_not_cut() -> None:
    out, clock = speaker()
    out.receive("a", "r", ms(500), PCM16_24K)
    out.end("a")
    clock.s += 0.5
    assert out.stop() == []


def test_a_response_without_a_sound_can_be_cut() -> None:
    out, clock = speaker()
    assert out.stop("r") == []
    out.receive("a", "r", ms(500), PCM16_24K)
    clock.s += 1
    assert out.played_ms("a") == 0


def test_finish_plays_what_waits_at_once() -> None:
    out, clock = speaker()
    out.receive("a", "r1", ms(500), PCM16_24K)
    out.end_response("r1")
    out.finish()
    assert out.played_ms("a") == 500
    out.receive("b", "r2", ms(500), PCM16_24K)
    clock.s += 0.1
    assert out.played_ms("b") == 100


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000)), max_size=20))
def test_it_never_plays_more_than_came_or_than_time_passed(steps: list[tuple[int, int]]) -> None:
    out, clock = speaker()
    begun, received = clock.s, 0
    for size_ms, wait_ms in steps:
        out.receive("a", "r", ms(size_ms), PCM16_24K)
        received += size_ms
        before = out.played_ms("a")
        clock.s += wait_ms / 1000
        assert before <= out.played_ms("a") <= min(received, (clock.s - begun) * 1000 + 1e-6)


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 400), st.integers(0, 500)), max_size=30
    ),
    st.integers(0, 31),
)
def test_pieces_that_come_in_time_need_no_account_of_their_own(
    pieces: list[tuple[str, int, int]], end_a_after: int
) -> None:
    plain, clock = speaker()
    quick = VirtualSpeaker(clock, lambda *_: None)
    for i, (item_id, size_ms, wait_ms) in enumerate(pieces):
        clock.s += wait_ms / 1000
        plain.receive(item_id, item_id, ms(size_ms), PCM16_24K)
        if not quick.receive_more(item_id, ms(size_ms)):
            quick.receive(item_id, item_id, ms(size_ms), PCM16_24K)
        if i == end_a_after:
            plain.end("a")
            quick.end("a")
    for name in "ab":
        assert abs(plain.played_ms(name) - quick.played_ms(name)) < 0.1
