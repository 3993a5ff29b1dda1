"""The sound of old turns: bounded in memory, complete on demand."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import rtwidgets as rt
from rtwidgets import _loop
from rtwidgets.session.turns.generated import Generated
from rtwidgets.session.turns.kept_sound import SoundStore
from tests.session.faulty import BIG, Faulty

SOON_S = 10.0


def answer(second: int, seconds: int = 1) -> Generated:
    made = Generated()
    made.add_words("item", f"answer {second}", written=False)
    for n in range(seconds * 10):
        made.add_sound("item", np.full(2400, second * 100 + n, "<i2").tobytes())
    return made


def held(answers: list[Generated]) -> list[bool]:
    return [made.sound_bytes > 0 for made in answers]


def test_the_oldest_go_to_the_file_and_stay_whole() -> None:
    store = SoundStore(keep_mb=0.1)  # two seconds
    answers = [answer(n) for n in range(5)]
    for made in answers:
        store.keep(made)
    assert held(answers) == [False, False, False, True, True]
    for n, made in enumerate(answers):
        fresh = answer(n)
        assert np.array_equal(made.audio.samples, fresh.audio.samples)
        half = made.heard(lambda _: 500.0, {})
        assert half.audio.duration_s == 0.5 and not half.complete
        assert made.text == f"answer {n}" and made.sounding


def test_nothing_is_kept_of_turns_that_are_gone() -> None:
    store = SoundStore(keep_mb=0.1)
    first = answer(1)
    store.keep(first)
    for n in range(10):
        store.keep(answer(n))
    gc.collect()
    store.keep(last := answer(2))
    assert held([first, last]) == [True, True], "the others need no room"


def test_without_memory_every_turn_is_in_the_file() -> None:
    store = SoundStore(keep_mb=0)
    store.keep(made := answer(1))
    store.keep(Generated())  # nothing to keep
    assert made.sound_bytes == 0 and made.audio.duration_s == 1
    made.add_sound("item", bytes(4800))
    assert made.audio.duration_s == 1.1


def test_a_file_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(**_: Any) -> None:
        raise OSError("no room")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    store = SoundStore(keep_mb=0)
    answers = [answer(n) for n in range(3)]
    for made in answers:
        store.keep(made)
    assert held(answers) == [True] * 3 and caplog.text.count("no room") == 1


@pytest.mark.parametrize("size", [-1, float("nan"), "64", None])
def test_a_size_that_is_none(size: Any) -> None:
    with pytest.raises(rt.LocalProtocolError, match=r"keep_audio_mb=.* is no size"):
        rt.connect("ws://127.0.0.1:1", quiet=True, keep_audio_mb=size)


@pytest.fixture(scope="module")
def server() -> Iterator[rt.Server]:
    with rt.serve("simulated", seed=1) as running:
        yield running


@pytest.mark.server
def test_turns_of_a_session(server: rt.Server) -> None:
    with (
        rt.connect(server.url, quiet=True, keep_audio_mb=0, keep_events_mb=0) as bounded,
        rt.connect(server.url, quiet=True) as free,
    ):
        turns = [s.say("count from 1 to 9").wait(SOON_S) for s in (bounded, free)]
        assert [turn._made.sound_bytes > 0 for turn in turns] == [False, True]
        assert np.array_equal(*(turn.audio.samples for turn in turns))
        bounded.say("hello").wait(SOON_S)  # whoever asks has listened
        assert turns[0].heard.complete and turns[0].heard.audio.duration_s > 2
    assert turns[0].audio.duration_s > 2, "after the end of the session, too"


@pytest.mark.server
def test_the_memory_of_many_turns_is_bounded() -> None:
    # 8 MiB of sound in each turn.
    with (
        Faulty("big_delta_8_mib") as script,
        rt.connect(script.url, quiet=True, keep_audio_mb=1, keep_events_mb=1) as session,
    ):
        turns = [session.say("x").wait(30)]
        tracemalloc.start()
        try:
            turns += [session.say("x").wait(30) for _ in range(4)]
            _loop.run(asyncio.sleep(0), SOON_S)  # the last one is put away
            growth, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert growth < 4_000_000
        assert all(len(turn.audio.samples) * 2 > BIG for turn in turns)
