"""What the judges in Python share: the command line, the clock, and the verdicts on stdout.

A judge is called with the server's URL and a recording, runs its scenarios at the same time,
each on a connection of its own, and prints a line of JSON for each::

    {"name", "ok", "detail", "events", "invalid", "unknown_fields", "seconds"}

``ok`` is what the scenario says. ``invalid`` is what the models of the SDK refuse, and
``unknown_fields`` what they do not know: whoever called the judge decides what that means.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
import traceback
import wave
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from wire_models import Journal

__all__ = ["CITY_TOOL", "HEARD_MS", "LONG", "SAY", "Case", "options", "run"]

#: What makes any engine talk for long enough to be interrupted.
LONG = "Count slowly from one to forty in words."
#: What an engine may be trusted to repeat, with whatever signs it puts around it.
SAY = "say: one two three"
#: Sound that is taken as heard when a reply is cut.
HEARD_MS = 200
CITY_TOOL = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather of a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
PIECE = 4800


@dataclass
class Case:
    """What a scenario is given."""

    url: str
    """``ws://host:port/v1``."""
    speech: bytes
    """PCM16 at 24 kHz: one spoken turn, and the silence behind it."""
    journal: Journal
    exact: bool
    """Whether the engine says exactly what it is told to say."""

    @property
    def http(self) -> str:
        return "http" + self.url.removeprefix("ws")

    def pieces(self) -> list[bytes]:
        """The recording in chunks of 100 ms."""
        return [self.speech[at : at + PIECE] for at in range(0, len(self.speech), PIECE)]

    def repeats(self, said: str) -> None:
        """Hold an answer to ``SAY`` against it, as far as the engine can be held to it."""
        assert said.strip(" .") == "one two three" if self.exact else said, said


Scenario = Callable[[Case], Awaitable[str]]


def options() -> argparse.ArgumentParser:
    """What every judge understands."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True, help="ws://host:port/v1")
    parser.add_argument("--speech", required=True, help="a WAV file: 24 kHz, mono, 16 bit")
    parser.add_argument("--exact", action="store_true", help="the engine says what it is told")
    parser.add_argument("--at-once", type=int, default=16, help="scenarios at the same time")
    parser.add_argument("--patience", type=float, default=30.0, help="seconds for a scenario")
    parser.add_argument("names", nargs="*", help="scenarios; all if there is none")
    return parser


def run(args: argparse.Namespace, union: object, scenarios: dict[str, Scenario]) -> None:
    """Run what was asked for and print the verdicts; ``union`` is the SDK's server events."""
    with wave.open(args.speech) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (24000, 1, 2)
        speech = sound.readframes(sound.getnframes())

    async def everything() -> None:
        gate = asyncio.Semaphore(args.at_once)

        async def one(name: str) -> None:
            case = Case(args.url, speech, Journal(union), args.exact)
            async with gate:
                await _verdict(name, scenarios[name], case, args.patience)

        await asyncio.gather(*map(one, args.names or scenarios))

    asyncio.run(everything())


async def _verdict(name: str, scenario: Scenario, case: Case, patience_s: float) -> None:
    begun = time.monotonic()
    try:
        ok, detail = True, await asyncio.wait_for(scenario(case), patience_s)
    except Exception:  # noqa: BLE001 - a verdict on whatever went wrong
        ok, detail = False, f"{traceback.format_exc()}\ncame: {case.journal.types[-20:]}"
    verdict = {
        "name": name,
        "ok": ok,
        "detail": detail,
        "events": len(case.journal.types),
        "invalid": sorted(set(case.journal.invalid)),
        "unknown_fields": sorted(case.journal.unknown),
        "seconds": round(time.monotonic() - begun, 2),
    }
    print(json.dumps(verdict), flush=True)
