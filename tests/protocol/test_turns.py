"""Turns out of lists of probabilities."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rtwidgets.protocol.turns import MOVES, TurnDetector

WINDOW = 32.0


def moves(detector: TurnDetector, *spans: tuple[float, int]) -> list[tuple[str, int]]:
    """Feed ``(probability, windows)`` spans and return ``(kind, at_ms)`` of each move."""
    found = []
    for probability, windows in spans:
        for _ in range(windows):
            found += [(m.kind, m.at_ms) for m in detector.push(probability, WINDOW)]
    return found


def test_a_turn_starts_before_its_padding_and_stops_after_its_silence() -> None:
    detector = TurnDetector(prefix_padding_ms=300, silence_duration_ms=480)
    assert moves(detector, (0.0, 20), (0.9, 30), (0.0, 20)) == [
        ("started", 640 - 300),
        ("paused", 1600 + 128),
        ("stopped", 1600 + 480),
    ]


def test_a_turn_at_the_very_beginning_starts_at_zero() -> None:
    assert moves(TurnDetector(), (0.9, 4))[0] == ("started", 0)


def test_a_click_is_no_turn() -> None:
    assert moves(TurnDetector(), (0.0, 5), (0.99, 1), (0.0, 50)) == []


def test_a_pause_that_is_too_short_resumes() -> None:
    detector = TurnDetector(silence_duration_ms=480)
    kinds = [kind for kind, _ in moves(detector, (0.9, 10), (0.0, 8), (0.9, 5))]
    assert kinds == ["started", "paused", "resumed"]


def test_a_voice_that_wavers_under_the_threshold_stays_in_its_turn() -> None:
    detector = TurnDetector(threshold=0.5, silence_duration_ms=200)
    kinds = [kind for kind, _ in moves(detector, (0.9, 5), (0.4, 100))]
    assert kinds == ["started"]


def test_silence_shorter_than_the_pause_pauses_and_stops_at_once() -> None:
    detector = TurnDetector(silence_duration_ms=64)
    assert [kind for kind, _ in moves(detector, (0.9, 5), (0.0, 2))] == [
        "started",
        "paused",
        "stopped",
    ]


def test_reset_forgets_the_turn_but_not_the_time() -> None:
    detector = TurnDetector(prefix_padding_ms=0)
    moves(detector, (0.9, 10))
    detector.reset()
    assert detector.state == "quiet"
    assert moves(detector, (0.9, 2)) == [("started", 320)]


@given(st.lists(st.floats(0, 1), max_size=300), st.integers(0, 1000), st.floats(0.1, 0.9))
def test_any_sound_makes_legal_moves_in_order(
    probabilities: list[float], silence_ms: int, threshold: float
) -> None:
    detector = TurnDetector(threshold=threshold, silence_duration_ms=silence_ms)
    state, last_stop = "quiet", 0
    for probability in probabilities:
        for move in detector.push(probability, WINDOW):
            state = MOVES[state][move.kind]  # type: ignore[index]  # a KeyError is the failure
            assert 0 <= move.at_ms <= round(detector.elapsed_ms)
            if move.kind == "stopped":
                assert move.at_ms > last_stop
                last_stop = move.at_ms
    assert state == detector.state
