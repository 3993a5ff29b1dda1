"""What a record of a talk costs: bytes in the notebook by minutes of talk, and the time to make it.

A lively talk is written down as a log of events (in each minute six questions of 3 s and six
answers of 6 s, one of them cut, loud noise as sound, so that waves are as uneven as they get).
Then the log is read as the record in a notebook reads it, and the files are written.

    python -m benchmarks.record --minutes 1 10 60
"""

from __future__ import annotations

import argparse
import base64
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rtwidgets.protocol.dialects import GA
from rtwidgets.session.events.events_log import EventsLog
from rtwidgets.session.exports.sound import line_sounds, write_talk
from rtwidgets.session.records.account import account
from rtwidgets.session.records.recorder import Recorder
from rtwidgets.session.shown.talk import talk_html

#: The limit of the project, in bytes a minute without sound.
LIMIT = 60_000
WORDS = "a conversation about the weather in the mountains and what one should take along "
RATE = 24_000


def main(argv: list[str] | None = None) -> int:
    """Print the table; status 1 where a minute takes more than the limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.record")
    parser.add_argument("--minutes", type=int, nargs="+", default=[1, 10, 60])
    args = parser.parse_args(argv)
    print("| minutes | events | in the notebook | a minute | with sound | read | page | WAV |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    worst = 0.0
    for minutes in args.minutes:
        log = talk(minutes)
        recorder = Recorder(GA)
        read_s = timed(lambda: [recorder.take(event) for event in log])  # noqa: B023
        record = account(recorder, name="a talk", model="m", free=True)
        html = talk_html(record)
        html_s = timed(lambda: talk_html(record))  # noqa: B023
        sounds = line_sounds(log, recorder, record, 2_000_000, rate=8_000)
        with_sound = len(talk_html(record, sounds=sounds))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "talk.wav"
            wav_s = timed(lambda: write_talk(path, log, recorder, record, heard=True))  # noqa: B023
        worst = max(worst, len(html) / minutes)
        print(
            f"| {minutes} | {len(log):,} | {len(html) / 1000:,.0f} kB |"
            f" {len(html) / minutes / 1000:.1f} kB | {with_sound / 1000:,.0f} kB |"
            f" {read_s:.2f} s | {html_s:.2f} s | {wav_s:.2f} s |",
            flush=True,
        )
    print(f"\nlimit: {LIMIT / 1000:.0f} kB a minute; the worst has {worst / 1000:.1f} kB")
    return int(worst > LIMIT)


def timed(work: Callable[[], Any]) -> float:
    """How long it takes, in s."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def talk(minutes: int) -> EventsLog:
    """The log of so long a talk."""
    now = [0.0]
    log = EventsLog(64, lambda: now[0])
    session = {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad"}}}}
    log.received(json.dumps({"type": "session.created", "session": session}).encode())
    noise = np.random.default_rng(5)
    for n in range(6 * minutes):
        for at_s, sent, event in turn(n, noise):
            now[0] = n * 10 + at_s
            text = json.dumps(event)
            if sent:
                log.sent(text)
            else:
                log.received(text.encode())
    return log


def turn(n: int, noise: np.random.Generator) -> Iterator[tuple[float, bool, dict[str, Any]]]:
    """One question and its answer: when (s), whether it is sent, and the event."""
    user, reply, response = f"u{n}", f"a{n}", f"r{n}"
    for i, piece in enumerate(pieces(speech(3.5, noise), 0.04)):
        yield (i + 1) * 0.04, True, {"type": "input_audio_buffer.append", "audio": piece}
    heard = {"item_id": user, "audio_start_ms": n * 3_500, "audio_end_ms": n * 3_500 + 3_000}
    for kind in ("speech_started", "speech_stopped"):
        yield 3.51, False, {"type": f"input_audio_buffer.{kind}", **heard}
    yield 3.51, False, {"type": "input_audio_buffer.committed", "item_id": user}
    part = [{"type": "input_audio", "transcript": WORDS[:40]}]
    item = {"id": user, "type": "message", "role": "user", "content": part}
    yield 3.52, False, {"type": "conversation.item.added", "item": item}
    body = {"id": response, "conversation_id": "c", "output": []}
    begun = {**body, "status": "in_progress"}
    yield 3.6, False, {"type": "response.created", "response": begun}
    item = {"id": reply, "type": "message", "role": "assistant", "content": []}
    yield 3.7, False, {"type": "conversation.item.added", "item": item}
    place = {"response_id": response, "item_id": reply, "output_index": 0, "content_index": 0}
    said = {"type": "response.output_audio_transcript.delta", **place, "delta": WORDS * 2}
    yield 3.7, False, said
    for piece in pieces(speech(6.0, noise), 0.2):
        yield 3.7, False, {"type": "response.output_audio.delta", **place, "delta": piece}
    usage = {"total_tokens": 300, "input_tokens": 200, "output_tokens": 100}
    done = {**body, "status": "completed", "usage": usage}
    yield 4.0, False, {"type": "response.done", "response": done}
    if n % 6 == 3:
        cut = {"item_id": reply, "content_index": 0, "audio_end_ms": 2_000}
        yield 5.7, False, {"type": "conversation.item.truncated", **cut}


def speech(seconds: float, noise: np.random.Generator) -> bytes:
    """Noise whose level changes 20 times a second."""
    count = int(seconds * RATE)
    loud = np.repeat(noise.uniform(500, 30_000, count // 1_200 + 1), 1_200)[:count]
    return (loud * noise.uniform(-1, 1, count)).astype("<i2").tobytes()


def pieces(sound: bytes, seconds: float) -> Iterator[str]:
    """Base64 of pieces of so many seconds."""
    size = int(seconds * RATE) * 2
    for at in range(0, len(sound), size):
        yield base64.b64encode(sound[at : at + size]).decode()


if __name__ == "__main__":
    raise SystemExit(main())
