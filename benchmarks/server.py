"""What the embedded server costs: processor time and waits, beside a mock server from npm.

Both servers run in processes of their own, in turns, and get the same text turns from the
same lean client (``load.py``); processor time is what the system counts for the server's
process. ``rtwidgets serve --engine simulated`` does all of its work: every client event is
checked, every event is applied to the conversation, tokens are counted. The peer
(``peer.py``) replays a fixture and checks little; it hears no sound, so those rows are ours
alone, and it is a mock in JavaScript, whose collector makes its memory a rough figure.

Sessions ask again as soon as they were answered, so 16 of them keep a core busy: the waits
of that row are those of a server under full load.

    python -m benchmarks.server --rounds 5 --turns 40
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import NamedTuple

import psutil

from .load import Talk, open_sessions, send_sound, talk, user_sound
from .machine import Machine, memory_bytes, server
from .peer import NAME, peer

SESSIONS = 16
#: Length of the sound (s) that is played over and over, half of it speech.
SOUND_S = 10.0
#: Sessions that are opened and left alone; the first of them pay for what all share.
FIRST, IDLE = 50, 200
#: Rounds that are tried for each one that is wanted, where others keep the machine busy.
PATIENCE = 6


class Row(NamedTuple):
    """One line of the table."""

    title: str
    limit: float
    figures: str
    """The key of ``Figures.found``."""


ROWS = (
    Row("CPU per event, 16 sessions (µs)", 30, "cpu"),
    Row("first delta, 1 session, p50 (ms)", 6, "first50"),
    Row("first delta, 1 session, p99 (ms)", 20, "first99"),
    Row("first delta, 16 sessions, p50 (ms)", 6, "many50"),
    Row("first delta, 16 sessions, p99 (ms)", 20, "many99"),
    Row("CPU per second of sound, VAD on, 100 ms a chunk (ms)", 0.6, "sound100"),
    Row("CPU per second of sound, VAD on, 40 ms a chunk (ms)", 0.6, "sound40"),
    Row("memory per idle session (kB)", 40, "idle"),
)


@dataclass
class Figures:
    """What was measured of one server, one figure a round."""

    found: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.found.setdefault(name, []).append(value)

    def extend(self, other: Figures) -> None:
        for name, values in other.found.items():
            self.found.setdefault(name, []).extend(values)

    def typical(self, name: str) -> float | None:
        """The median of the rounds."""
        return median(self.found[name]) if name in self.found else None


def measure(
    start: Callable[[], AbstractContextManager[tuple[str, int]]],
    figures: Figures,
    *,
    turns: int,
    hears: bool,
) -> float:
    """One round with one server; the share of the machine that other programs took."""
    with start() as (url, pid):
        machine, process = Machine(pid), psutil.Process(pid)
        asyncio.run(talk(url, sessions=2, turns=10))  # what is compiled or cached at first use
        alone = asyncio.run(talk(url, sessions=1, turns=turns * 4))
        _add_waits(figures, "first", alone)
        begun = _cpu_s(process)
        many = asyncio.run(talk(url, sessions=SESSIONS, turns=turns))
        figures.add("cpu", (_cpu_s(process) - begun) / many.events * 1e6)
        _add_waits(figures, "many", many)
        for chunk_ms in (100, 40) if hears else ():
            frames = user_sound(seconds=SOUND_S, chunk_ms=chunk_ms)
            asyncio.run(send_sound(url, frames, rounds=2))
            begun = _cpu_s(process)
            # The system counts processor time in steps of 10 ms: this takes half a second of it.
            asyncio.run(send_sound(url, frames, rounds=turns * 3))
            spent = _cpu_s(process) - begun
            figures.add(f"sound{chunk_ms}", spent / (turns * 3 * SOUND_S) * 1e3)
        figures.add("idle", asyncio.run(_idle_bytes(url, pid)) / 1000)
        return machine.others()


def _add_waits(figures: Figures, name: str, done: Talk) -> None:
    cuts = quantiles(done.waits, n=100, method="inclusive")
    figures.add(f"{name}50", cuts[49] * 1e3)
    figures.add(f"{name}99", cuts[98] * 1e3)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def _idle_bytes(url: str, pid: int) -> float:
    """What one more open session adds to the server's resident memory."""
    first = await open_sessions(url, FIRST)
    before = memory_bytes(pid)
    idle = await open_sessions(url, IDLE)
    added = (memory_bytes(pid) - before) / IDLE
    for socket in first + idle:
        socket.transport.close()
    return added


def table(ours: Figures, theirs: Figures | None) -> str:
    """Markdown: one row a figure, the median of the rounds and their range."""
    lines = [
        f"| | rtwidgets | limit | {NAME if theirs else 'peer'} | rtwidgets : peer |",
        "|---|---|---|---|---|",
    ]
    for row in ROWS:
        here = ours.typical(row.figures)
        there = theirs.typical(row.figures) if theirs else None
        ratio = f"{here / there:.2f}" if here is not None and there else "–"
        mine, peers = _cell(ours, row.figures), _cell(theirs, row.figures)
        lines.append(f"| {row.title} | {mine} | {row.limit:g} | {peers} | {ratio} |")
    return "\n".join(lines)


def _cell(figures: Figures | None, name: str) -> str:
    values = figures.found.get(name) if figures else None
    if not values:
        return "–"
    return f"{median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def main(argv: list[str] | None = None) -> int:
    """Measure, print a Markdown table; status 1 above a limit of processor time or memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, default=30, help="of each session in a round")
    parser.add_argument("--no-peer", action="store_true", help="measure rtwidgets alone")
    parser.add_argument(
        "--others",
        type=float,
        default=1.0,
        metavar="SHARE",
        help="count only rounds in which other programs took less of the machine (0 to 1)",
    )
    args = parser.parse_args(argv)

    def own() -> AbstractContextManager[tuple[str, int]]:
        return server("--engine", "simulated", "--seed", "1")

    ours, theirs = Figures(), None if args.no_peer else Figures()
    begun, shares = time.perf_counter(), []
    for _ in range(args.rounds * PATIENCE):
        here, there = Figures(), Figures()
        share = measure(own, here, turns=args.turns, hears=True)
        if theirs is not None:
            try:
                share = max(share, measure(peer, there, turns=args.turns, hears=False))
            except (RuntimeError, OSError) as error:
                print(f"measured without the peer: {error}\n")
                theirs = None
        if share > args.others:
            continue
        shares.append(share)
        ours.extend(here)
        if theirs is not None:
            theirs.extend(there)
        if len(shares) == args.rounds:
            break
    if not shares:
        print(f"others took more than {args.others:.0%} of the machine in every round")
        return 2
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, others took ", end="")
    print(f"{min(shares):.0%} to {max(shares):.0%} of the machine; median of ", end="")
    print(f"{len(shares)} rounds (lowest to highest), {time.perf_counter() - begun:.0f} s:\n")
    print(table(ours, theirs))
    firm = [row for row in ROWS if row.figures in ("cpu", "sound100", "idle")]
    return int(any((ours.typical(row.figures) or 0) > row.limit for row in firm))


if __name__ == "__main__":
    raise SystemExit(main())
