"""Voila and marimo with one page of ours each: servers that run a program and show its widgets.

Their kernels cannot be asked as JupyterLab's can, so the program itself writes down how things
stand, in a file beside it, several times a second.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.e2e.lab import document

__all__ = ["FACTS", "TALK", "App", "marimo", "voila"]

START_S = 90

#: A session with the two panels of sound, in ``mic`` and ``speaker``. The simulated ear is loudness
#: alone: a quiet word of a recording is near to the pause of 0.3 s that ends a turn by default.
TALK = """
import rtwidgets as rt
session = rt.connect(engine="simulated", quiet=True, speed=1.5, silence_duration_ms=900)
raw = dict(echo_cancellation=False, noise_suppression=False, auto_gain_control=False)
mic, speaker = rt.Microphone(session, **raw), rt.Speaker(session)
"""

#: Writes down how they stand, and what the session was sent once an answer was played.
FACTS = """
import base64, json, os, threading, time
import numpy as np
from rtwidgets.audio import Pcm, write_wav
def write(path, text):
    with open(path + ".half", "w") as file: file.write(text)
    os.replace(path + ".half", path)
def heard():
    sent = (e.json() for e in session.events_log if e.sent and "append" in e.type)
    data = b"".join(base64.b64decode(event["audio"]) for event in sent)
    return Pcm(np.frombuffer(data, "<i2"), session.input_rate)
def watch():
    while True:
        talk = session.conversation
        statuses = [r.status for r in talk.responses.values()]
        line = next(iter(mic.transport.lines.values()), None)
        done = statuses == ["completed"] and not speaker.playing
        if done and speaker.received_samples and not os.path.exists("heard.wav"):
            write_wav("heard.partial.wav", heard())
            os.replace("heard.partial.wav", "heard.wav")
        write("facts.json", json.dumps(dict(
            frames=mic.frames_received, lost=mic.frames_lost, misplaced=mic.out_of_order,
            statuses=statuses, received=speaker.received_samples,
            played=speaker.played_samples, dropped=speaker.dropped_samples,
            playing=speaker.playing, problems=[mic.problem, speaker.problem],
            line=line and [line.up, line.down], live=session.live_while_busy,
            round_trip=mic.transport.round_trip.p50_ms if line else None)))
        time.sleep(0.1)
threading.Thread(target=watch, daemon=True).start()
"""


class App:
    """A server that runs one program for each page; the page is opened by the test."""

    def __init__(self, folder: Path, command: list[str], port: int, path: str = "/") -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}{path}"
        self.log = folder / "server.log"
        own = {
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "IPYTHONDIR": str(folder / "ipython"),
            "OPENAI_API_KEY": "",
        }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **own},
                start_new_session=True,
            )
        self._wait_until_up(port)

    def facts(self) -> dict[str, Any]:
        """How things stand in the program; nothing before it has begun."""
        path = self.folder / "facts.json"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return found

    def wait_for(self, what: str, timeout_s: float = 60) -> dict[str, Any]:
        """Wait until an expression over the facts is true."""
        deadline = time.monotonic() + timeout_s
        while True:
            facts = self.facts()
            if facts and eval(what, {}, facts):
                return facts
            if time.monotonic() > deadline:
                tail = self.log.read_text()[-1500:]
                raise AssertionError(f"after {timeout_s:.0f} s not {what}: {facts}\n{tail}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the server and the program."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(10)

    def _wait_until_up(self, port: int) -> None:
        # Not a page of ours: a look at it would start a program.
        deadline = time.monotonic() + START_S
        while self._process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"{self.url} did not start:\n{self.log.read_text()[-3000:]}")


def voila(folder: Path) -> App:
    """The two panels of sound in Voila."""
    folder.mkdir(parents=True, exist_ok=True)
    place = f"import os; os.chdir({str(folder)!r})"
    cells = [place, TALK, FACTS, "display(mic, speaker)"]
    (folder / "talk.ipynb").write_text(json.dumps(document(cells)))
    port = _free_port()
    command = [sys.executable, "-m", "voila", "talk.ipynb", f"--port={port}", "--no-browser"]
    return App(folder, command, port)


def marimo(folder: Path) -> App:
    """The two panels of sound in a marimo app."""
    folder.mkdir(parents=True, exist_ok=True)
    program = f"import marimo as mo\n{TALK}\n{FACTS}".replace("\n", "\n    ")
    (folder / "talk.py").write_text(
        "import marimo\n"
        "app = marimo.App()\n"
        "@app.cell\n"
        "def talk():\n"
        f"    {program}\n"
        "    return mic, mo, speaker\n"
        "@app.cell\n"
        "def show(mic, mo, speaker):\n"
        "    mo.vstack([mo.ui.anywidget(mic), mo.ui.anywidget(speaker)])\n"
        "    return\n"
        'if __name__ == "__main__":\n'
        "    app.run()\n"
    )
    port = _free_port()
    command = [sys.executable, "-m", "marimo", "-q", "run", "talk.py", "--headless", "--no-token"]
    return App(folder, [*command, "--host", "127.0.0.1", "--port", str(port)], port)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
