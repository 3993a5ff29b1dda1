"""The offline engine behind the server: a person's voice in, an answer in a voice out."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rtwidgets.audio import Pcm, encode, read_sound
from rtwidgets.server import Server, serve
from tests.server.wire import Wire, dial

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

VAD = {
    "input": {
        "turn_detection": {"type": "server_vad", "silence_duration_ms": 300},
        "transcription": {"model": "local"},
    }
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("offline", seed=1) as running:
        yield running


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, 200))


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


async def ask(wire: Wire, sound: Pcm) -> dict[str, Any]:
    """Say ``sound`` and silence after it, all at once; the response."""
    await wire.append(bytes(24000) + sound.resampled(24000).to_bytes() + bytes(48000))
    done = await wire.until("response.done")
    response: dict[str, Any] = done["response"]
    return response


def test_a_person_is_understood_and_answered(
    server: Server, speech: dict[str, tuple[Path, str]]
) -> None:
    path, said = speech["agent-pass"]

    async def main() -> None:
        async with dial(server.url) as wire:
            await wire.configure(audio=VAD, instructions="Answer in one short sentence.")
            response = await ask(wire, read_sound(path))
            (heard,) = wire.of("conversation.item.input_audio_transcription.completed")
            assert words(heard["transcript"]) == words(said)
            assert response["status"] == "completed"
            answer = response["output"][0]["content"][0]["transcript"]
            sound = np.frombuffer(wire.sound(), "<i2")
            # People and machines say one to five words a second.
            assert len(words(answer)) / 6 < len(sound) / 24000 < 2 + len(words(answer)) * 1.2
            assert np.abs(sound).max() > 2000
            assert response["usage"]["output_tokens"] > 0

    run(main())


def test_an_answer_is_interrupted_by_a_person(
    server: Server, speech: dict[str, tuple[Path, str]]
) -> None:
    async def main() -> None:
        async with dial(server.url) as wire:
            await wire.configure(audio=VAD)
            await wire.say("Tell me a long story about a lighthouse.")
            await wire.until("response.output_audio.delta")
            second = asyncio.create_task(ask(wire, read_sound(speech["vm-savefolder"][0])))
            response = await second
            assert response["status"] == "cancelled"
            assert response["status_details"]["reason"] == "turn_detected"
            done = await wire.until("response.done")
            assert done["response"]["status"] == "completed"
            (heard,) = wire.of("conversation.item.input_audio_transcription.completed")
            assert "folder" in heard["transcript"].lower()

    run(main())


def test_a_token_limit_cuts_the_answer(server: Server) -> None:
    async def main() -> None:
        async with dial(server.url) as wire:
            await wire.configure(output_modalities=["text"], max_output_tokens=8)
            await wire.say("Tell me everything about the sea.")
            response = (await wire.until("response.done"))["response"]
            assert response["status"] == "incomplete"
            assert response["status_details"]["reason"] == "max_output_tokens"

    run(main())


def test_two_talk_at_once_and_both_are_answered(
    server: Server, speech: dict[str, tuple[Path, str]]
) -> None:
    async def one(name: str) -> str:
        async with dial(server.url) as wire:
            await wire.configure(audio=VAD, instructions="Answer in one short sentence.")
            response = await ask(wire, read_sound(speech[name][0]))
            assert response["status"] == "completed"
            (heard,) = wire.of("conversation.item.input_audio_transcription.completed")
            return str(heard["transcript"])

    async def main() -> list[str]:
        return await asyncio.gather(one("agent-pass"), one("please-try-call-later"))

    first, second = run(main())
    assert "password" in first.lower()
    assert "later" in second.lower()


def test_a_telephone_is_understood_and_answered(
    server: Server, speech: dict[str, tuple[Path, str]]
) -> None:

    telephone = {"type": "audio/pcmu"}

    async def main() -> None:
        async with dial(server.url) as wire:
            audio = {
                "input": {**VAD["input"], "format": telephone},
                "output": {"format": telephone},
            }
            await wire.configure(audio=audio, instructions="Answer in one short sentence.")
            sound = encode(read_sound(speech["agent-pass"][0]).samples, "audio/pcmu")
            await wire.append(sound + b"\xff" * 8000, 800)
            response = (await wire.until("response.done"))["response"]
            assert response["status"] == "completed"
            (heard,) = wire.of("conversation.item.input_audio_transcription.completed")
            assert "password" in heard["transcript"].lower()
            sent = [base64.b64decode(e["delta"]) for e in wire.of("response.output_audio.delta")]
            assert sum(map(len, sent)) > 4000

    run(main())
