"""Where a talk was without a connection: worked out from beginnings and ends, on one clock."""

from __future__ import annotations

from rtwidgets.session.events.connection_ends import ConnectionEnd, breaks, end_of


def end(begun: float, at: float, reason: str = "gone", *, expected: bool = False) -> ConnectionEnd:
    return ConnectionEnd(begun_ms=begun, at_ms=at, reason=reason, expected=expected)


def told(begun: list[float], ends: list[ConnectionEnd], now: float = 9_000) -> list[object]:
    return [(one.start, one.end, one.words, one.lost) for one in breaks(begun, ends, now)]


def test_one_connection_is_no_break() -> None:
    assert told([1], []) == [] == told([], [])
    assert told([1], [end(0, 500, "it was closed here", expected=True)]) == []


def test_a_loss_lasts_until_now_and_then_until_the_next_connection() -> None:
    lost = end(0, 500)
    assert told([1], [lost]) == [(500, 9_000, "Connection lost: gone", True)]
    assert told([1], [lost], now=400) == [(500, 500, "Connection lost: gone", True)]
    words = "Connection lost, resumed after 2.0 s: gone"
    assert told([1, 2_500], [lost]) == [(500, 2_500, words, True)]


def test_who_closes_and_goes_on_has_lost_nothing() -> None:
    closed = end(0, 500, "it was closed here", expected=True)
    words = "Closed, resumed after 0.5 s: it was closed here"
    assert told([1, 1_000], [closed]) == [(500, 1_000, words, False)]


def test_a_connection_that_is_left_for_another_ends_after_that_has_begun() -> None:
    left = end(0, 1_200, "it goes on in another session", expected=True)
    words = "Resumed in another session of the server"
    assert told([1, 1_000], [left]) == [(1_000, 1_000, words, False)]
    assert told([1, 1_000], []) == [(1_000, 1_000, words, False)], "an old file does not say"


def test_an_attempt_that_never_became_the_talks_is_none_of_its_connections() -> None:
    ends = [end(0, 500, "first"), end(700, 800, "refused"), end(2_000, 3_000, "second")]
    assert [one.words for one in breaks([1, 2_001], ends, 9_000)] == [
        "Connection lost, resumed after 1.5 s: first",
        "Connection lost: second",
    ]
    assert end_of(1, [1, 2_001], ends) is ends[2]
    assert end_of(1, [1, 2_001], ends[:2]) is None, "the second one goes on"


def test_times_of_a_file_are_rounded() -> None:
    assert end_of(0, [0.8], [end(0.8004, 500)]) is not None
