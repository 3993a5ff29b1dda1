"""A lean client that gives a Realtime server work: text turns, sound, idle sessions.

It reads frames as text and parses none, so that its own processor time stays out of the way.
It speaks GA, which every server of the comparison knows.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

__all__ = ["ANSWER", "QUESTION", "Talk", "open_sessions", "send_sound", "talk", "user_sound"]

#: 40 words, as long as a spoken answer usually is.
ANSWER = (
    "A transformer reads all words of a text at once and asks of each word which others matter "
    "to it. It learns these weights from many texts. That is why it can write an answer one "
    "piece after the other."
)
QUESTION = f"say {ANSWER}"
RATE = 24000

_ITEM = json.dumps(
    {
        "type": "conversation.item.create",
        "item": {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": QUESTION}],
        },
    }
)
_RESPOND = json.dumps({"type": "response.create", "response": {"output_modalities": ["text"]}})
_LISTEN = json.dumps(
    {
        "type": "session.update",
        "session": {
            "type": "realtime",
            "audio": {
                "input": {"turn_detection": {"type": "server_vad", "create_response": False}}
            },
        },
    }
)


@dataclass
class Talk:
    """What some sessions did: events both ways, and the waits for the first words (s)."""

    events: int = 0
    waits: list[float] = field(default_factory=list)


async def talk(url: str, *, sessions: int, turns: int) -> Talk:
    """Ask ``turns`` times in each of ``sessions`` at once, each as soon as it was answered."""
    done = Talk()
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(_session(url)) for _ in range(sessions)]
        await asyncio.gather(*(_ask(socket, turns, done) for socket in sockets))
    return done


async def _ask(socket: ClientConnection, turns: int, done: Talk) -> None:
    await socket.recv()  # session.created
    done.events += 1
    for _ in range(turns):
        begun = time.perf_counter()
        await socket.send(_ITEM)
        await socket.send(_RESPOND)
        done.events += 2
        waiting = True
        while True:
            text = await socket.recv(decode=False)
            done.events += 1
            kind = text[:60]
            if waiting and b'"response.output_text.delta"' in kind:
                done.waits.append(time.perf_counter() - begun)
                waiting = False
            elif b'"response.done"' in kind:
                break
            elif b'"error"' in kind:
                raise SystemExit(f"the server refused something: {text.decode()}")


async def send_sound(url: str, frames: list[str], *, rounds: int) -> int:
    """Append ``frames`` over and over; the bytes that came back say that all were heard.

    The sound ends in silence, so the last turn's ``speech_stopped`` is the last thing to wait
    for: one comes for each round.
    """
    turns = 0
    async with _session(url) as socket:
        await socket.send(_LISTEN)

        async def hear() -> None:
            nonlocal turns
            async for text in socket:
                kind = text[:60]
                if '"error"' in kind:
                    raise SystemExit(f"the server refused something: {text!r}")
                turns += '"input_audio_buffer.speech_stopped"' in kind
                if turns == rounds:
                    return

        hearing = asyncio.create_task(hear())
        for _ in range(rounds):
            for frame in frames:
                await socket.send(frame)
        await asyncio.wait_for(hearing, 120)
    return turns


def user_sound(*, seconds: float, chunk_ms: int) -> list[str]:
    """Frames with someone talking for half of ``seconds`` in a quiet room, then waiting."""
    rng = np.random.default_rng(1)
    count = int(seconds * RATE)
    clock = np.arange(count) / RATE
    room = rng.normal(0, 20, count)
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * clock)
    # One breath in the middle: long enough to be a pause, too short to be the end.
    talking = (clock < seconds / 2) & (np.abs(clock - seconds / 4) > 0.1)
    voice = 6000 * talking * syllables * np.sign(np.sin(2 * np.pi * 140 * clock))
    samples = (room + voice).astype("<i2").tobytes()
    size = RATE * chunk_ms // 1000 * 2
    return [
        json.dumps(
            {
                "type": "input_audio_buffer.append",
                "audio": base64.b64encode(samples[start : start + size]).decode(),
            }
        )
        for start in range(0, len(samples), size)
    ]


async def open_sessions(stack: AsyncExitStack, url: str, count: int) -> None:
    """Open ``count`` sessions that stay as they are until ``stack`` is closed."""
    for _ in range(count):
        socket = await stack.enter_async_context(_session(url))
        await socket.recv()


def _session(url: str) -> connect:
    return connect(
        f"{url}?model=gpt-realtime", compression=None, max_size=None, proxy=None, ping_interval=None
    )
