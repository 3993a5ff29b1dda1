"""Other people's clients hold whole conversations with ``rtwidgets serve``, and judge it.

Each judge is a program in an environment of its own (``environments.py``). It runs once, all
its scenarios on one server, and prints a verdict for each; a test reads one verdict.
"""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rtwidgets.audio import read_sound
from tests.conformance.wire import speech as synthesized
from tests.conftest import lacking
from tests.judges.departures import INVALID, UNKNOWN
from tests.judges.environments import JUDGES, ROOT, Judge
from tests.speech import recordings, word_error_rate

pytestmark = [pytest.mark.judge, pytest.mark.timeout(300)]

SCENARIOS = (
    "text",
    "push_to_talk",
    "server_vad",
    "barge_in",
    "function_call",
    "out_of_band",
    "cancel",
    "error",
)
#: What only the ``openai`` package has an interface for.
OF_OPENAI = ("secret", "transcription")
#: What a judge needs for all its scenarios, offline on a slow machine.
PATIENCE_S = 240
PAUSE = bytes(24_000)
RECORDING = "agent-pass"

Verdict = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """One judge before one engine."""

    judge: Judge
    engine: str

    def __str__(self) -> str:
        return f"{self.judge.name}-{self.engine}"

    @property
    def scenarios(self) -> tuple[str, ...]:
        own = OF_OPENAI if self.judge.program == "judge_openai.py" else ()
        return SCENARIOS + own

    def run(self, folder: Path) -> dict[str, Verdict]:
        """The verdicts of the judge: scenario → verdict."""
        sound = folder / f"{self}.wav"
        _write(sound, _spoken(self.engine))
        # A real engine computes on all cores for one conversation already.
        how = ["--exact"] if self.engine == "simulated" else ["--at-once", "1"]
        with _serving(self.engine) as url:
            done = subprocess.run(
                [*self.judge.command(), "--url", url, "--speech", str(sound), *how],
                capture_output=True,
                text=True,
                timeout=PATIENCE_S,
                check=False,
            )
        assert done.returncode == 0, done.stdout + done.stderr
        verdicts = map(json.loads, done.stdout.splitlines())
        return {verdict["name"]: verdict for verdict in verdicts}


#: The first one also before the engine that hears and speaks.
BENCHES = (*(Bench(judge, "simulated") for judge in JUDGES), Bench(JUDGES[0], "offline"))


def _parameter(bench: Bench, *values: Any) -> Any:
    marks = [pytest.mark.engine] if bench.engine == "offline" else []
    return pytest.param(bench, *values, marks=marks, id="-".join(map(str, (bench, *values))))


@contextmanager
def _serving(engine: str) -> Iterator[str]:
    """``rtwidgets serve`` in a process of its own; where a client's base URL points."""
    options = ["--engine", engine, "--seed", "1", "--port", "0"]
    if engine == "simulated":
        # Five times as fast as speech: time enough to interrupt, none to wait for.
        options += ["--pace", "0.2"]
    with subprocess.Popen(
        [sys.executable, "-m", "rtwidgets", "serve", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            line = next((line for line in server.stdout if "serving" in line), "")
            assert line, f"rtwidgets serve --engine {engine} did not come up"
            yield line.split()[2].removesuffix("/realtime")
        finally:
            server.terminate()


def _spoken(engine: str) -> bytes:
    """One turn that the engine's detector hears: a voice where it listens to words."""
    if engine == "simulated":
        return synthesized()
    path, _ = _recording()
    return PAUSE + read_sound(path).resampled(24_000).to_bytes() + 3 * PAUSE


def _recording() -> tuple[Path, str]:
    found = recordings()
    if RECORDING not in found:
        lacking("no recorded speech: .ci/speech gets it")
    return found[RECORDING]


def _write(path: Path, pcm: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 24_000, 0, "NONE", ""))
        file.writeframes(pcm)


@pytest.fixture(scope="session")
def verdicts_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Bench], dict[str, Verdict]]:
    """The verdicts of a bench, from its only run."""
    known: dict[Bench, dict[str, Verdict]] = {}

    def verdicts(bench: Bench) -> dict[str, Verdict]:
        if not bench.judge.ready():
            lacking(f"the judge {bench.judge.name} is not installed: make judges")
        if bench not in known:
            # A run that fails is not tried again for each of its tests.
            known[bench] = {}
            known[bench] = bench.run(tmp_path_factory.mktemp("judges"))
        return known[bench]

    return verdicts


@pytest.mark.parametrize(
    ("bench", "name"), [_parameter(bench, name) for bench in BENCHES for name in bench.scenarios]
)
def test_a_scenario(
    verdicts_of: Callable[[Bench], dict[str, Verdict]], bench: Bench, name: str
) -> None:
    verdict = verdicts_of(bench).get(name)
    assert verdict is not None, f"{bench} gave no verdict"
    assert verdict["ok"], verdict["detail"]
    if name != "secret":
        assert verdict["events"] > 5
    if bench.engine == "offline" and name in ("push_to_talk", "server_vad", "transcription"):
        assert word_error_rate(_recording()[1], verdict["detail"]) < 0.2


@pytest.mark.parametrize("bench", [_parameter(bench) for bench in BENCHES])
def test_every_event_is_one_of_the_models_of_the_client(
    verdicts_of: Callable[[Bench], dict[str, Verdict]], bench: Bench
) -> None:
    verdicts = verdicts_of(bench).values()
    assert {verdict["name"] for verdict in verdicts} == set(bench.scenarios)
    assert sum(verdict["events"] for verdict in verdicts) > 300
    invalid = {complaint for verdict in verdicts for complaint in verdict["invalid"]}
    unknown = {field for verdict in verdicts for field in verdict["unknown_fields"]}
    assert invalid == INVALID.get(bench.judge.name, set())
    assert unknown == UNKNOWN[bench.judge.name]
