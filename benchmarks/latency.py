"""End of speech → first sound of the answer, through the embedded server as its users meet it.

A process of its own serves; a plain websocket client plays recordings of a person in real time,
40 ms a frame, and listens to each answer to its end, as one would. The zero is the last sample
above 0.02 of full scale: the moment the person stopped, the wait for silence included.

    python -m benchmarks.latency --turns 12 --asr moonshine
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from rtwidgets.audio import read_sound
from tests.speech import recordings

from .machine import Machine, memory_bytes, server

PROMPTS = (
    "vm-savefolder",
    "agent-pass",
    "please-try-call-later",
    "sorry-youre-having-problems",
    "tt-weasels",
    "pls-hold-while-try",
    "something-terribly-wrong",
    "queue-thankyou",
    "check-number-dial-again",
    "tt-monkeysintro",
    "vm-sorry",
    "number-not-answering",
)
INSTRUCTIONS = "You are a friendly voice assistant. Answer in two or three short sentences."
RATE = 24000
FRAME = RATE * 40 // 1000
LOUD = 0.02
PARTS = {
    "endpoint": "input_audio_buffer.speech_stopped",
    "recognition": "conversation.item.input_audio_transcription.completed",
    "first words": "response.output_audio_transcript.delta",
    "first audio": "response.output_audio.delta",
}


@dataclass
class Turn:
    """One question and its answer; times in s after the end of speech."""

    name: str
    times: dict[str, float] = field(default_factory=dict)
    transcript: str = ""
    answer: str = ""
    sound_s: float = 0.0
    gap_s: float = 0.0
    gaps: int = 0
    """How often and how long playback would have waited for sound after it began."""
    others: float = 0.0
    """Share of the machine (0 to 1) that other programs took from the question to the answer."""


class Speaker:
    """A person at a microphone: silence all the time, and speech when asked."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._sound = np.zeros(0, np.int16)
        self._ended: asyncio.Future[float] | None = None
        self._last_loud = 0

    async def run(self) -> None:
        """Send a frame every 40 ms for ever, each when its last sample is over."""
        start, frames = time.perf_counter(), 0
        while True:
            frame, self._sound = self._sound[:FRAME], self._sound[FRAME:]
            frames += 1
            due = start + frames * FRAME / RATE
            await asyncio.sleep(due - time.perf_counter())
            if self._ended is not None and not self._ended.done():
                if self._last_loud < FRAME:
                    self._ended.set_result(due - (FRAME - self._last_loud) / RATE)
                self._last_loud -= FRAME
            data = np.zeros(FRAME, "<i2")
            data[: len(frame)] = frame
            audio = base64.b64encode(data.tobytes()).decode()
            await self._socket.send(
                json.dumps({"type": "input_audio_buffer.append", "audio": audio})
            )

    def say(self, path: Path) -> asyncio.Future[float]:
        """Speak a file; the future is the moment (s) at which the last loud sample sounded."""
        self._sound = read_sound(path).resampled(RATE).samples
        loud = np.flatnonzero(np.abs(self._sound.astype(np.int32)) > LOUD * 32768)
        self._last_loud = int(loud[-1])
        self._ended = asyncio.get_running_loop().create_future()
        return self._ended


async def listen(socket: ClientConnection, turn: Turn, ended: asyncio.Future[float]) -> None:
    """Follow the events of one turn; fills in ``turn``."""
    arrived: dict[str, float] = {}
    played_until = 0.0
    async for text in socket:
        now = time.perf_counter()
        event = json.loads(text)
        kind = event["type"]
        if kind == "error":
            raise SystemExit(f"the server refused something: {event['error']}")
        # A turn that was cut in a pause begins again: the last endpoint counts.
        if kind == "input_audio_buffer.speech_stopped" or kind not in arrived:
            arrived[kind] = now
        if kind.endswith("transcription.completed"):
            turn.transcript = f"{turn.transcript} {event['transcript']}".strip()
        elif kind == "response.output_audio.delta":
            seconds = len(base64.b64decode(event["delta"])) / 2 / RATE
            if played_until and now > played_until:
                turn.gaps += 1
                turn.gap_s += now - played_until
            played_until = max(played_until, now) + seconds
            turn.sound_s += seconds
        elif kind == "response.done":
            response = event["response"]
            if response["status"] != "completed":
                turn.answer = f"({response['status']})"
                if response["status"] == "cancelled":
                    arrived.pop("response.output_audio.delta", None)
                    arrived.pop("response.output_audio_transcript.delta", None)
                    continue
                break
            turn.answer = response["output"][0]["content"][0]["transcript"]
            break
    zero = await ended
    turn.times = {part: arrived[kind] - zero for part, kind in PARTS.items() if kind in arrived}
    await asyncio.sleep(max(0.0, played_until - time.perf_counter()) + 0.5)


async def measure(
    url: str, pid: int | None, turns: int, *, silence_ms: int, fresh: bool
) -> list[Turn]:
    """Speak ``turns`` prompts; ``fresh`` opens a session for each, else all share one."""
    sounds, done = recordings(), []
    names = [PROMPTS[n % len(PROMPTS)] for n in range(turns)]
    machine = Machine(pid)
    for group in [[name] for name in names] if fresh else [names]:
        async with connect(url, max_size=None, compression=None) as socket:
            await socket.send(json.dumps(_settings(silence_ms)))
            speaker = Speaker(socket)
            speaking = asyncio.create_task(speaker.run())
            for name in group:
                turn = Turn(name)
                machine.others()
                await asyncio.wait_for(listen(socket, turn, speaker.say(sounds[name][0])), 90)
                turn.others = machine.others()
                done.append(turn)
                print(f"{name:28} {_row(turn)}  {turn.transcript!r}", file=sys.stderr)
            speaking.cancel()
    return done


def _settings(silence_ms: int) -> dict[str, Any]:
    detection = {"type": "server_vad", "silence_duration_ms": silence_ms}
    audio = {"input": {"turn_detection": detection, "transcription": {"model": "local"}}}
    session = {"type": "realtime", "instructions": INSTRUCTIONS, "audio": audio}
    return {"type": "session.update", "session": session}


def _row(turn: Turn) -> str:
    times = " ".join(f"{turn.times.get(part, float('nan')) * 1000:6.0f}" for part in PARTS)
    return (
        f"{times}  {turn.sound_s:5.1f} s, {turn.gaps} gaps {turn.gap_s * 1000:4.0f} ms, "
        f"others {turn.others:.0%}"
    )


def table(turns: list[Turn]) -> str:
    """p50 and p90 of each part, ms after the end of speech, and the gaps of all answers."""
    lines = ["| ms after the end of speech | p50 | p90 |", "|---|---|---|"]
    for part in PARTS:
        values = [turn.times[part] * 1000 for turn in turns if part in turn.times]
        if len(values) > 1:
            cuts = quantiles(values, n=10, method="inclusive")
            lines.append(f"| {part} | {cuts[4]:.0f} | {cuts[8]:.0f} |")
    sound, gap = sum(turn.sound_s for turn in turns), sum(turn.gap_s for turn in turns)
    gaps = sum(turn.gaps for turn in turns)
    lines.append("")
    taken = sum(turn.others for turn in turns) / max(1, len(turns))
    lines.append(
        f"{len(turns)} turns, {taken:.0%} of the machine taken by other programs; "
        f"{gaps} gaps of {gap:.2f} s in all in {sound:.0f} s of answers."
    )
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--turns", type=int, default=12)
    parser.add_argument("--engine", default="offline")
    parser.add_argument("--asr", choices=("moonshine", "whisper"))
    parser.add_argument("--silence-ms", type=int, default=300)
    parser.add_argument("--fresh", action="store_true", help="a new session for each turn")
    parser.add_argument("--url", help="a server that runs already")
    parser.add_argument("--pid", type=int, help="its process")
    parser.add_argument(
        "--others",
        type=float,
        metavar="SHARE",
        help="count only turns in which other programs took less of the machine than this (0 to 1)",
    )
    args = parser.parse_args(argv)
    options = ["--engine", args.engine, *(["--asr", args.asr] if args.asr else [])]
    if args.url:
        turns = asyncio.run(
            measure(args.url, args.pid, args.turns, silence_ms=args.silence_ms, fresh=args.fresh)
        )
    else:
        begun = time.perf_counter()
        with server(*options) as (url, pid):
            ready, loaded = time.perf_counter() - begun, memory_bytes(pid) // 2**20
            before = os.getloadavg()[0]
            turns = asyncio.run(
                measure(url, pid, args.turns, silence_ms=args.silence_ms, fresh=args.fresh)
            )
            used = memory_bytes(pid) // 2**20
    if args.others is not None:
        turns = [turn for turn in turns if turn.others < args.others]
    print(table(turns))
    if not args.url:
        print(f"Ready after {ready:.1f} s; {loaded} MiB then, {used} MiB at the end.")
        print(f"Load of the machine before: {before:.1f}.")
    print(f"{os.cpu_count()} cores, load after: {os.getloadavg()[0]:.1f}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
