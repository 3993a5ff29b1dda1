"""Which speech belongs to a sound, and whether there is more of it to come."""

from __future__ import annotations

from rtwidgets.session.turns.hearing import Hearing


def hearing() -> Hearing:
    return Hearing(start_ms=10_000, end_ms=14_000, loud_ms=13_500)


def test_one_speech() -> None:
    h = hearing()
    assert not h.heard and not h.complete
    assert h.started(9_800)  # the padding in front
    assert h.heard and h.speaking and not h.complete
    assert h.stopped(14_000)
    assert h.complete
    assert h.committed("item_1") and h.items == ["item_1"]


def test_a_pause_is_not_the_end() -> None:
    h = hearing()
    h.started(10_100)
    h.stopped(11_500)
    assert h.heard and not h.complete
    h.committed("item_1")
    h.started(12_500)
    assert not h.complete
    h.stopped(13_200)  # a server that leaves out the silence it waited for
    assert h.complete and h.stops == 2


def test_what_is_not_ours() -> None:
    h = hearing()
    assert not h.stopped(9_000)
    assert not h.committed("item_0")
    assert not h.started(20_000)
    assert not h.heard and h.items == []


def test_a_server_that_does_not_count() -> None:
    h = hearing()
    assert h.started(0) and h.stopped(0)
    assert h.complete
