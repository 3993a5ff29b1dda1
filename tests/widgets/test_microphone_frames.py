"""What became of frames: counted by their numbers and by two clocks without a common zero."""

from __future__ import annotations

from rtwidgets.widgets.microphone_frames import Frames


def counts(frames: Frames) -> tuple[int, int, int, int]:
    return frames.received, frames.lost, frames.out_of_order, frames.late


def test_frames_in_order_and_in_time_are_only_received() -> None:
    frames = Frames()
    assert [frames.take(seq, 0.04 * seq, 7.0 + 0.04 * seq) for seq in range(100)] == [0] * 100
    assert counts(frames) == (100, 0, 0, 0)
    assert frames.last_seq == 99
    assert frames.most_delay_s < 1e-6


def test_a_gap_is_told_with_the_frame_after_it() -> None:
    frames = Frames()
    assert frames.take(0, 0.0, 0.0) == 0
    assert frames.take(4, 0.16, 0.16) == 3
    assert frames.take(2, 0.08, 0.17) is None
    assert frames.take(4, 0.16, 0.18) is None
    assert counts(frames) == (2, 3, 2, 0)


def test_a_delay_is_measured_against_the_fastest_frame() -> None:
    frames = Frames()
    # The first is slow itself: the second shows by how much.
    for seq, way in enumerate([0.3, 0.05, 0.05, 1.05, 0.4, 0.6]):
        frames.take(seq, 50 + 0.04 * seq, 900 + 0.04 * seq + way)
    assert abs(frames.most_delay_s - 1.0) < 0.001
    assert counts(frames) == (6, 0, 0, 2)


def test_clocks_that_drift_apart_are_no_delay() -> None:
    for drift in (0.9998, 1.0002):
        frames = Frames()
        for seq in range(3 * 3600 * 25):
            frames.take(seq, 0.04 * seq, 0.04 * seq * drift)
        assert frames.late == 0
        assert frames.most_delay_s < 0.01


def test_another_device_has_another_zero() -> None:
    frames = Frames()
    frames.take(0, 500.0, 10.0)
    frames.switched()
    frames.take(1, 0.0, 10.04)
    frames.take(2, 0.04, 10.08)
    assert counts(frames) == (3, 0, 0, 0)
