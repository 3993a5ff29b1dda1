"""The microphone beside ``ipyaudio``: the same WAV, the same JupyterLab, the same Chromium.

Both record for some seconds and stop. ``ipyaudio`` records with the browser's ``MediaRecorder``
(Opus, lossy) and with the browser's own processing, which it does not switch off; it is asked
for its live mode, in which the kernel decodes each chunk as it comes. Ours has the processing
off. The delay is that of a piece of sound from the moment the browser hands it to the page's
code until Python has its samples; what ``MediaRecorder`` holds back before is not in it.
"""

from __future__ import annotations

import argparse
import base64
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from rtwidgets.audio import Pcm, read_sound
from tests.e2e.lab import Lab, Notebook, launch_chromium, microphone_wav
from tests.e2e.sound import segments
from tests.speech import recordings

from .page_audio import cpu_s, renderer_s
from .page_probe import PAGE

HERE = Path(__file__).parent
PINS = HERE / "ipyaudio.txt"
FOLDER = HERE.parent / ".run" / "ipyaudio"
SPOKEN = "check-number-dial-again"

_OURS = """
import base64, time
import rtwidgets as rt
session = rt.connect(engine="simulated")
mic = rt.Microphone(
    session, echo_cancellation=False, noise_suppression=False, auto_gain_control=False
)
came, sound, take = [], bytearray(), mic.on_message
def note(message, buffers):
    take(message, buffers)
    if message["kind"] == "audio":
        came.append((message["sample"], time.time()))
        sound.extend(buffers[0])
mic.on_message = note
def result():
    return came, base64.b64encode(sound).decode(), mic.rate
mic
"""

_THEIRS = """
import base64, time
import numpy as np
from ipyaudio import Recorder
recorder = Recorder(sync=True, auto_display=False)
came, take = [], recorder._process_chunk
def note(chunk):
    take(chunk)
    came.append((len(came), time.time()))
recorder._process_chunk = note
def result():
    samples = (recorder.audio[0] * 32767).astype("<i2").tobytes()
    return came, base64.b64encode(samples).decode(), recorder.rate
recorder
"""

#: When the browser hands a piece of a recording over.
_PIECES = """(() => {
  globalThis.rtwPieces = [];
  const Recorder = globalThis.MediaRecorder;
  globalThis.MediaRecorder = class extends Recorder {
    constructor(...options) {
      super(...options);
      this.addEventListener("dataavailable", ({ data }) => {
        if (data.size > 0) rtwPieces.push([rtwPieces.length, Date.now()]);
      });
    }
  };
})()"""


@dataclass
class Way:
    """How one of the two is shown, started and stopped."""

    name: str
    cell: str
    start: str
    stop: str
    left: str


OURS = Way("rtwidgets.Microphone", _OURS, "Record", "Stop", "() => rtwProbe.frames")
THEIRS = Way("ipyaudio.Recorder", _THEIRS, "", "", "() => rtwPieces")


def peer_folder() -> Path:
    """Where ``ipyaudio`` is installed, without touching what JupyterLab itself uses."""
    if not (FOLDER / "ipyaudio").is_dir():
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps"]
        subprocess.run([*pip, "--target", str(FOLDER), "-r", str(PINS)], check=True)
    return FOLDER


@contextmanager
def stage(microphone: Path) -> Iterator[tuple[Lab, Browser]]:
    """A JupyterLab that has both, and a Chromium."""
    peer = str(peer_folder())
    environment = {
        "OPENAI_API_KEY": "",
        "PYTHONPATH": peer,
        "JUPYTER_PATH": f"{peer}/share/jupyter",
    }
    with sync_playwright() as playwright:
        lab = Lab(microphone.parent, environment)
        browser = launch_chromium(playwright, microphone)
        try:
            yield lab, browser
        finally:
            browser.close()
            lab.stop()


def record(lab: Lab, browser: Browser, way: Way, spoken: Pcm, seconds: float) -> str:
    """One row of the table."""
    notebook = Notebook(lab, browser, f"{way.name}.ipynb", [way.cell])
    try:
        notebook.page.evaluate(PAGE)
        notebook.page.evaluate(_PIECES)
        notebook.run_all()
        button = (
            notebook.page.get_by_role("button", name=way.start).first
            if way.start
            else notebook.page.locator("button.btn-danger").first
        )
        notebook.page.wait_for_timeout(3000)
        page, kernel = renderer_s(browser), cpu_s(notebook)
        button.click()
        notebook.page.wait_for_timeout(seconds * 1000)
        page, kernel = renderer_s(browser) - page, cpu_s(notebook) - kernel
        (notebook.page.get_by_role("button", name=way.stop).first if way.stop else button).click()
        notebook.page.wait_for_timeout(2000)
        came, text, rate = notebook.ask("result()")
        left = dict(notebook.page.evaluate(way.left))
    finally:
        notebook.close()
    heard = Pcm(np.frombuffer(base64.b64decode(text), "<i2").copy(), rate)
    alike = segments(spoken, heard)
    delays = [at * 1000 - left[number] for number, at in came if number in left]
    cuts = quantiles(delays, n=100, method="inclusive")
    return (
        f"| {way.name} | {rate // 1000} kHz, {heard.duration_s:.1f} s | {median(alike):.2f} "
        f"| {min(alike):.2f} | {cuts[49]:.0f} | {cuts[94]:.0f} | {len(came) / seconds:.0f} "
        f"| {page / seconds:.0%} | {kernel / seconds:.0%} |"
    )


def main(argv: list[str] | None = None) -> int:
    """Record with both and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=12)
    args = parser.parse_args(argv)
    before = os.getloadavg()[0]
    spoken = read_sound(recordings()[SPOKEN][0])
    with tempfile.TemporaryDirectory() as folder:
        microphone = Path(folder) / "microphone.wav"
        microphone_wav(microphone, spoken)
        with stage(microphone) as (lab, browser):
            rows = [record(lab, browser, way, spoken, args.seconds) for way in (OURS, THEIRS)]
    print(
        "| | in the kernel | likeness, median | worst | delay p50 ms | p95 | messages/s |", end=""
    )
    print(" renderer | kernel |\n|---|---|---|---|---|---|---|---|---|")
    print("\n".join(rows))
    print(f"\n{os.cpu_count()} cores, load {before:.1f} before, {os.getloadavg()[0]:.1f} after.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
