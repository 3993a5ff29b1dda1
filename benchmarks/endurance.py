"""An hour of talk in one session, at ten times the speed: nothing lost, memory flat.

A user talks, listens, interrupts and types; the simulated engine answers in tones and calls a
function; both ways' sound is on the wire without a pause, as from an open microphone. The server
counts at its end, in a process of its own, and both counts have to be the same. What one piece
of the microphone costs is measured after a minute and at the end, there also beside a session
that has just begun.

    python -m benchmarks.endurance --minutes 10
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import numpy as np

import rtwidgets as rt
from rtwidgets import _loop
from rtwidgets.session.events.notices import event_type

from .counted_server import Counts, digest
from .machine import memory_bytes

RATE = 24000
PIECE_S = 0.04
#: Of each minute: when the user speaks, from and to, in s. The second and the fifth interrupt.
SPEECHES = ((0.0, 2.5), (6.0, 7.5), (20.0, 22.5), (34.0, 36.5), (38.0, 39.5), (50.0, 52.5))
#: When the user types, so that a function is called, in s of the minute.
TYPES_AT_S = 46.0
#: Memory that the session may keep of events and of sound, in MB each: so little that the log
#: writes its file within the first minute, as it does for the rest of the hour.
KEEP_MB = 4
GROWTH_LIMIT = 1.10
COST_LIMIT = 1.10


def minute_of_sound() -> list[bytes]:
    """What the microphone hears in one minute, in pieces."""
    rng = np.random.default_rng(1)
    clock = np.arange(60 * RATE) / RATE
    talking = np.zeros(clock.size)
    for begin, end in SPEECHES:
        talking[(clock >= begin) & (clock < end)] = 1
    voice = np.sin(2 * np.pi * 220 * clock) * 8000 * np.sin(2 * np.pi * 2.5 * clock) ** 2
    samples = (rng.normal(0, 20, clock.size) + voice * talking).astype("<i2").tobytes()
    size = round(RATE * PIECE_S) * 2
    return [samples[at : at + size] for at in range(0, len(samples), size)]


@contextmanager
def counted_server(speed: float) -> Iterator[tuple[str, int, list[Any]]]:
    """Its address, its process id, and a list that holds its counts in the end."""
    command = [sys.executable, "-m", "benchmarks.counted_server", str(speed)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        told: list[Any] = []
        yield process.stdout.readline().strip(), process.pid, told
        process.stdin.close()
        told.extend(json.loads(process.stdout.read()))
        process.wait(15)


class Reader:
    """Counts what ``session.events()`` gives, in a thread of its own."""

    def __init__(self, session: rt.Session) -> None:
        self.counts = Counts()
        self.ended = ""
        self._events = session.events()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        for event in self._events:
            kind = event_type(event)
            if kind.startswith("session.") and kind not in ("session.created", "session.updated"):
                self.ended = kind
                continue
            self.counts.types[kind] += 1
            if kind == "response.output_audio.delta":
                self.counts.sound += len(event.delta)

    def finish(self) -> Counts:
        self._thread.join(60)
        return self.counts


def append_us(session: rt.Session, pieces: int = 100) -> float:
    """Processor time of one piece of the microphone, until the system has it, in µs."""
    silence = bytes(round(RATE * PIECE_S) * 2)
    link = session._link

    async def batch() -> float:
        begun = time.process_time()
        for _ in range(pieces):
            session.append_audio(silence)
        await link.drained()
        return (time.process_time() - begun) / pieces * 1e6

    return float(_loop.run(batch(), 30))


def talk(session: rt.Session, turns: list[rt.Turn], speed: float, begun: float, at_s: int) -> None:
    """One minute, from ``at_s`` on, by the clock that began at ``begun``."""
    typed = False
    for n, piece in enumerate(minute_of_sound()):
        second = n * PIECE_S
        ahead = begun + (at_s + second) / speed - time.monotonic()
        if ahead > 0.005:
            time.sleep(ahead)
        session.append_audio(piece)
        if second >= TYPES_AT_S and not typed:
            typed = True
            turns.append(session.say("use weather for Bern"))


def quiet(session: rt.Session, limit_s: float = 30) -> None:
    """Until nothing is in progress any more and has not been for a moment."""
    end, still = time.monotonic() + limit_s, 0
    while still < 10:
        if time.monotonic() > end:
            raise SystemExit(f"the session did not come to rest: {session!r}")
        time.sleep(0.05)
        still = still + 1 if session.state == "idle" else 0


def run(minutes: int, speed: float) -> int:
    """Talk, print the tables; status 1 where a limit is broken."""
    calls: list[str] = []

    def weather(city: str) -> str:
        """The weather in a city."""
        calls.append(city)
        return f"it rains in {city}"

    with counted_server(speed) as (url, server_pid, told):
        session = rt.connect(
            url, quiet=True, tools=[weather], keep_events_mb=KEEP_MB, keep_audio_mb=KEEP_MB
        )
        # Whoever listens does so at the speed of the talk.
        started = time.monotonic()
        session.virtual_speaker.now = lambda: started + (time.monotonic() - started) * speed
        reader = Reader(session)
        turns: list[rt.Turn] = []
        rows: list[tuple[int, int, int]] = []
        held: list[tuple[int, int]] = []
        first_us = float("nan")
        begun = time.monotonic()
        for minute in range(minutes):
            talk(session, turns, speed, begun, minute * 60)
            if minute == 0:
                quiet(session)
                first_us = median(append_us(session) for _ in range(15))
                begun = time.monotonic() - 60 / speed
            gc.collect()
            held.append((memory_bytes(os.getpid()), memory_bytes(server_pid)))
            if (minute + 1) % 5 == 0:
                # The most of five: a system that lacks memory takes some away for a moment.
                mine, its = (max(column) for column in zip(*held, strict=True))
                rows.append((minute + 1, mine, its))
                held.clear()
        quiet(session)
        took = time.monotonic() - begun
        with rt.connect(url, quiet=True, keep_events_mb=KEEP_MB) as fresh:
            for _ in range(25):  # its log writes its file, too
                append_us(fresh)
            pairs = [(append_us(session), append_us(fresh)) for _ in range(15)]
        quiet(session)
        session.close()
        heard = reader.finish()
        here = digest(session.conversation)
        logged = {"sent": Counts(), "received": Counts()}
        for event in session.events_log:
            logged[event.direction].take(event.json())
    there = told[0]
    last_us, fresh_us = (median(column) for column in zip(*pairs, strict=True))
    ends = {
        "client events": (logged["sent"].told(), there["sent"]),
        "server events": (logged["received"].told(), there["received"]),
        "session.events()": (heard.told(), _after_the_greeting(there["received"])),
        "conversation": (here, there["digest"]),
    }
    lost = [name for name, (one, other) in ends.items() if one != other]
    _print(session, turns, calls, logged, rows, took=took, minutes=minutes)
    growth = rows[-1][1] / rows[0][1] if rows else 1.0
    print(f"\nA piece of the microphone costs {first_us:.0f} µs of processor time after a minute,")
    print(f"{last_us:.0f} µs at the end (× {last_us / first_us:.2f}); at the end, by turns with a")
    print(f"new session in the same process: × {last_us / fresh_us:.2f} (limit {COST_LIMIT:g}).")
    print(f"Memory at the end : memory after 5 minutes = {growth:.3f} (limit {GROWTH_LIMIT:g}).")
    print(f"Both ends agree on {', '.join(name for name in ends if name not in lost) or 'nothing'}")
    for name in lost:
        print(f"LOST: {name}: here {ends[name][0]}, there {ends[name][1]}")
    failed = [turn for turn in turns if turn.status != "completed"]
    return int(bool(lost or failed) or growth > GROWTH_LIMIT or last_us / fresh_us > COST_LIMIT)


def _after_the_greeting(told: dict[str, Any]) -> dict[str, Any]:
    """What came once there was a session to ask for its events."""
    early = ("session.created", "session.updated")
    types = {name: count for name, count in told["types"].items() if name not in early}
    return {**told, "types": types}


def _print(
    session: rt.Session,
    turns: list[rt.Turn],
    calls: list[str],
    logged: dict[str, Counts],
    rows: list[tuple[int, int, int]],
    *,
    took: float,
    minutes: int,
) -> None:
    sent, got = logged["sent"], logged["received"]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {minutes} minutes of talk in")
    print(f"{took:.0f} s (× {minutes * 60 / took:.1f}); {KEEP_MB} MB each for events and sound.\n")
    responses = session.conversation.responses.values()
    cut = sum(one.status == "cancelled" for one in responses)
    print("| | from here | to here |")
    print("|---|---|---|")
    print(f"| events | {sent.types.total():,} | {got.types.total():,} |")
    print(f"| sound | {sent.sound / 48000:,.0f} s | {got.sound / 48000:,.0f} s |")
    print(f"\n{len(responses)} responses, {cut} of them interrupted, ", end="")
    print(
        f"{sent.types['conversation.item.truncate']} truncated; {len(turns)} typed turns, ", end=""
    )
    print(f"{len(calls)} calls of a function; {len(session.errors)} refusals.")
    for error in session.errors:
        print(f"* {type(error).__name__}: {error}")
    print()
    print("| up to minute | most memory of the session's process | of the server's |")
    print("|---|---|---|")
    for minute, mine, its in rows:
        print(f"| {minute} | {mine / 1e6:.1f} MB | {its / 1e6:.1f} MB |")


def main(argv: list[str] | None = None) -> int:
    """Talk for an hour, or for ``--minutes``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endurance")
    parser.add_argument("--minutes", type=int, default=60, help="of talk (%(default)s)")
    parser.add_argument("--speed", type=float, default=10.0, help="how fast (%(default)g)")
    args = parser.parse_args(argv)
    return run(args.minutes, args.speed)


if __name__ == "__main__":
    raise SystemExit(main())
