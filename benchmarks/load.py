"""A lean client that gives a Realtime server work: text turns, sound, idle sessions.

It parses no event (``raw_socket.py``), so that its own work is not taken for the server's.
It speaks GA, which every server of the comparison knows.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .raw_socket import RawSocket, masked, open_socket

__all__ = ["ANSWER", "QUESTION", "Talk", "open_sessions", "send_sound", "talk", "user_sound"]

#: 40 words, as long as a spoken answer usually is.
ANSWER = (
    "A transformer reads all words of a text at once and asks of each word which others matter "
    "to it. It learns these weights from many texts. That is why it can write an answer one "
    "piece after the other."
)
QUESTION = f"say {ANSWER}"
RATE = 24000


def _frame(event: dict[str, Any]) -> bytes:
    return masked(json.dumps(event))


_ITEM = _frame(
    {
        "type": "conversation.item.create",
        "item": {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": QUESTION}],
        },
    }
)
_RESPOND = _frame({"type": "response.create", "response": {"output_modalities": ["text"]}})
_ASK = _ITEM + _RESPOND
_LISTEN = _frame(
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
    sockets = [await _session(url) for _ in range(sessions)]
    askers = [Asker(socket, turns, done) for socket in sockets]
    for asker in askers:
        asker.ask()
    try:
        await asyncio.gather(*(asker.over for asker in askers))
    finally:
        for socket in sockets:
            socket.transport.close()
    return done


class Asker:
    """One session that asks, reads the whole answer, and asks again."""

    def __init__(self, socket: RawSocket, turns: int, done: Talk) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._socket = socket
        self._left = turns
        self._done = done
        self._begun = 0.0
        self._waiting = False
        socket.on_text = self._read

    def ask(self) -> None:
        self._done.events += 2
        self._waiting = True
        self._begun = time.perf_counter()
        self._socket.transport.write(_ASK)

    def _read(self, text: bytes) -> None:
        self._done.events += 1
        kind = text[:60]
        if self._waiting and b'"response.output_text.delta"' in kind:
            self._done.waits.append(time.perf_counter() - self._begun)
            self._waiting = False
        elif b'"response.done"' in kind:
            self._left -= 1
            if self._left:
                self.ask()
            else:
                self.over.set_result(None)
        elif b'"error"' in kind:
            self.over.set_exception(SystemExit(f"the server refused something: {text!r}"))


async def send_sound(url: str, frames: list[bytes], *, rounds: int) -> None:
    """Append ``frames`` over and over, as fast as they are taken, and wait for the last.

    Each round is one turn that ends in silence, so its ``speech_stopped`` says that all of it
    was heard.
    """
    socket = await _session(url)
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    turns = 0

    def read(text: bytes) -> None:
        nonlocal turns
        kind = text[:60]
        if b'"error"' in kind:
            over.set_exception(SystemExit(f"the server refused something: {text!r}"))
        turns += b'"input_audio_buffer.speech_stopped"' in kind
        if turns == rounds and not over.done():
            over.set_result(None)

    socket.on_text = read
    socket.transport.write(_LISTEN)
    for _ in range(rounds):
        for frame in frames:
            socket.transport.write(frame)
            await socket.drain()
    await asyncio.wait_for(over, 120)
    socket.transport.close()


def user_sound(*, seconds: float, chunk_ms: int) -> list[bytes]:
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
        _frame(
            {
                "type": "input_audio_buffer.append",
                "audio": base64.b64encode(samples[start : start + size]).decode(),
            }
        )
        for start in range(0, len(samples), size)
    ]


async def open_sessions(url: str, count: int) -> list[RawSocket]:
    """``count`` sessions that stay as they are until their transports are closed."""
    return [await _session(url) for _ in range(count)]


async def _session(url: str) -> RawSocket:
    """A session that was announced."""
    created = asyncio.Event()
    socket = await open_socket(f"{url}?model=gpt-realtime", lambda text: created.set())
    await asyncio.wait_for(created.wait(), 20)
    return socket
