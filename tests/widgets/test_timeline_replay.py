"""A saved talk shows its timeline and its waves again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import rtwidgets as rt


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def voice(seconds: float) -> np.ndarray:
    t = np.arange(int(seconds * 24000)) / 24000
    swell = np.sin(2 * np.pi * 2.5 * t) ** 2
    return (np.sin(2 * np.pi * 220 * t) * 8000 * swell).astype(np.int16)


@pytest.mark.parametrize("dialect", ["ga", "beta"])
def test_a_recording_has_the_same_timeline(dialect: str, tmp_path: Path) -> None:
    with (
        rt.serve("simulated", seed=1) as server,
        rt.connect(server.url, dialect=dialect, quiet=True) as session,
    ):
        turn = session.say(voice(0.8), realtime=True).wait(20)
        until(lambda: turn.heard.audio.duration_s > 0.5)
        session.interrupt()
        latency = turn.latency
        assert latency.committed is not None and latency.first_played is not None
        assert latency.first_played >= (latency.first_audio or 0) and latency.hop_ms is None
        assert latency._repr_html_().startswith("<svg")
        live = rt.Timeline(session)
        until(lambda: bool(live.overview.get("cuts")))
        live.to_svg()
        session.save(tmp_path / "talk.jsonl")
        then = session.history
    replayed = rt.replay(tmp_path / "talk.jsonl", quiet=True)
    timeline, wave = rt.Timeline(replayed), rt.Waveform(replayed)
    user = rt.Waveform(replayed, side="user")
    until(lambda: bool(timeline.overview) and wave.item_id != "" and user.item_id != "")
    assert (timeline.live, timeline.problem, wave.problem) == (False, "", "")
    assert wave.cut_ms > 400 and wave.label == "Reply 1" and user.label == "You 1"
    now, before = replayed.history, then
    assert [s.begun for s in now.speeches] == pytest.approx(
        [s.begun for s in before.speeches], abs=1
    )
    texts = [span[2] for span in timeline.overview["waits"]]
    assert any("first sound played" in text for text in texts)
    svg = timeline.to_svg()
    assert "interrupted" in svg and svg.count("<path") > 4
