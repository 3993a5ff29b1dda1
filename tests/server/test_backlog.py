"""Judged sound that waits for words: what is held back, and what may pass."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from rtwidgets.server.backlog import HELD_MS, Backlog


class Core:
    """Wants the words after every window of at most 0.1."""

    def __init__(self) -> None:
        self.awaits_words: str | None = None
        self.windows: list[float] = []

    def heard(self, probability: float, window_ms: float) -> None:
        assert window_ms == 32
        self.windows.append(probability)
        if probability <= 0.1:
            self.awaits_words = "item_1"


def frame(kind: str, **fields: Any) -> str:
    return json.dumps({**fields, "type": kind})


def backlog() -> tuple[Core, Backlog]:
    core: Any = Core()
    return core, Backlog(core)


def test_sound_passes_while_nobody_awaits_words() -> None:
    core, held = backlog()
    held.push([0.9, 0.8], 32)
    held.push([0.7], 32)
    assert core.windows == [0.9, 0.8, 0.7] and not held


def test_sound_after_a_pause_waits_for_its_words() -> None:
    core, held = backlog()
    held.push([0.9, 0.1, 0.8, 0.0, 0.7], 32)
    held.push([0.6], 32)
    assert core.windows == [0.9, 0.1]
    core.awaits_words = None
    held.feed()
    assert core.windows == [0.9, 0.1, 0.8, 0.0]
    core.awaits_words = None
    held.feed()
    assert core.windows == [0.9, 0.1, 0.8, 0.0, 0.7, 0.6] and not held


@pytest.mark.parametrize(
    ("kind", "waits"),
    [
        ("input_audio_buffer.commit", True),
        ("input_audio_buffer.clear", True),
        ("session.update", True),
        ("transcription_session.update", True),
        ("input_audio_buffer.append", False),
        ("response.cancel", False),
        ("response.create", False),
        ("conversation.item.retrieve", False),
        ("no.such.event", False),
    ],
)
def test_only_what_speaks_of_the_place_of_sound_waits(kind: str, waits: bool) -> None:
    _, held = backlog()
    assert not held.precedes(frame(kind))
    held.push([0.1, 0.9], 32)
    assert held.precedes(frame(kind, audio="AAAA" * 1000)) is waits


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type": 1}', '{"type": null}', b"\xff", "\x00"])
def test_what_cannot_be_read_does_not_wait(text: str | bytes) -> None:
    _, held = backlog()
    held.push([0.1, 0.9], 32)
    assert not held.precedes(text)


def test_sound_waits_as_well_once_much_of_it_does() -> None:
    _, held = backlog()
    held.push([0.1] + [0.9] * (HELD_MS // 32), 32)
    assert not held.precedes(frame("input_audio_buffer.append"))
    held.push([0.9], 32)
    assert held.precedes(frame("input_audio_buffer.append"))
    assert not held.precedes(frame("response.cancel"))


def test_who_waits_is_told() -> None:
    async def main() -> None:
        core, held = backlog()
        await held.heard()
        held.push([0.1, 0.9], 32)
        waiting = asyncio.create_task(held.heard())
        await asyncio.sleep(0)
        assert not waiting.done()
        core.awaits_words = None
        held.feed()
        await waiting

    asyncio.run(asyncio.wait_for(main(), 5))
