"""Sound between a page and the kernel, in a real JupyterLab and Chromium, with a full console.

* mic → kernel: from the moment when a frame leaves the audio thread until the session has it.
* kernel → first sound: from the first message with sound until it leaves the worklet; the
  100 ms that must be there before a reply starts are part of it.
* stop → silence: from ``speech_started`` (or an interrupt) in the kernel until the worklet is
  silent, with its fade.
* CPU of the renderer and of the kernel while the microphone is open and a reply is played.

* Ten minutes of recording and playback: what was lost, and how often the sound ran dry.

    python -m benchmarks.page_audio [--only delays stops load talk] [--minutes 10]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from rtwidgets.audio import Pcm, read_sound
from tests.e2e.lab import Lab, Notebook, launch_chromium, microphone_wav
from tests.speech import recordings

from .machine import Machine
from .page_probe import CELL, KERNEL, PAGE

#: The limits of the project, on a machine that does nothing else: p50 and p95 of the microphone's
#: way, p95 of the way to silence, the renderer's share of a core.
MIC_MS, SILENCE_MS, RENDERER = (10, 40), 30, 0.25
SPOKEN = "check-number-dial-again"
#: Ten seconds of tones.
LONG = "hello"
#: Somebody who listens: frames flow, and no turn of theirs cuts the reply.
QUIET = Pcm(np.zeros(24_000, np.int16), 24_000)


class Stage:
    """One JupyterLab and one Chromium, for as many notebooks as are wanted."""

    def __init__(self, lab: Lab, browser: Browser, microphone: Path) -> None:
        self.lab = lab
        self.browser = browser
        self.microphone = microphone

    @contextmanager
    def notebook(self, frame_ms: int = 40, *, hears: Pcm | None = None) -> Iterator[Notebook]:
        """A console in a page; its microphone is open where it ``hears`` something."""
        cells = [KERNEL, CELL.replace("FRAME_MS", str(frame_ms))]
        name = f"bench_{frame_ms}_{time.monotonic_ns()}.ipynb"
        notebook = Notebook(self.lab, self.browser, name, cells)
        try:
            notebook.page.evaluate(PAGE)
            notebook.run_all()
            if hears is not None:
                microphone_wav(self.microphone, hears)
                notebook.page.get_by_role("button", name="Record").first.click()
                notebook.wait_for("mic.frames_received > 10", 30)
            yield notebook
        finally:
            notebook.close()


def renderer_s(browser: Browser) -> float:
    """CPU seconds of all renderers so far."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return float(sum(p["cpuTime"] for p in processes if p["type"] == "renderer"))


def cpu_s(notebook: Notebook) -> float:
    """CPU seconds of the kernel so far."""
    return float(notebook.ask("time.process_time()"))


@contextmanager
def stage() -> Iterator[Stage]:
    """JupyterLab and Chromium as the browser tests have them."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        microphone = Path(folder) / "microphone.wav"
        microphone_wav(microphone, QUIET)
        lab = Lab(Path(folder), {"OPENAI_API_KEY": ""})
        browser = launch_chromium(playwright, microphone)
        try:
            yield Stage(lab, browser, microphone)
        finally:
            browser.close()
            lab.stop()


def row(name: str, values: Sequence[float]) -> str:
    """p50, p95, p99 of some milliseconds, and the longest."""
    if len(values) < 2:
        return f"| {name} | – | – | – | – | {len(values)} |"
    cuts = quantiles(values, n=100, method="inclusive")
    figures = (cuts[49], cuts[94], cuts[98], max(values))
    return f"| {name} | {' | '.join(f'{value:.1f}' for value in figures)} | {len(values)} |"


def mic_to_kernel(stage: Stage, frame_ms: int, seconds: float) -> tuple[list[float], str]:
    """The delay of each frame in ms, and what was lost."""
    speech = read_sound(recordings()[SPOKEN][0])
    with stage.notebook(frame_ms, hears=speech) as notebook:
        notebook.page.wait_for_timeout(seconds * 1000)
        notebook.page.get_by_role("button", name="Stop").first.click()
        notebook.page.wait_for_timeout(1000)
        left = dict(notebook.page.evaluate("() => rtwProbe.frames"))
        came = dict(notebook.ask("frames"))
        received, lost, misplaced = notebook.ask(
            "(mic.frames_received, mic.frames_lost, mic.out_of_order)"
        )
    delays = [came[sample] * 1000 - at for sample, at in left.items() if sample in came]
    return delays, f"{frame_ms} ms: {received} frames, {lost} lost, {misplaced} out of order"


def playback(stage: Stage, stops: int) -> tuple[list[float], list[float], str]:
    """kernel → first sound and stop → silence in ms, and what became of the samples."""
    first, silence = [], []
    with stage.notebook() as notebook:
        for number in range(stops):
            notebook.ask("[posts.clear(), cuts.clear()] and None")
            notebook.page.evaluate("() => { rtwProbe.first = []; rtwProbe.silent = []; }")
            notebook.ask(f"session.say({LONG!r}) and None")
            notebook.wait_for("speaker.playing", 30)
            notebook.page.wait_for_function("() => rtwProbe.first.length > 0", timeout=20_000)
            notebook.page.wait_for_timeout(300 + 37 * number % 500)
            # A little later, so that no cell runs and tells the page so at the same moment.
            notebook.ask("threading.Timer(0.3, session.interrupt).start()")
            notebook.page.wait_for_function("() => rtwProbe.silent.length > 0", timeout=20_000)
            probe = notebook.page.evaluate("() => rtwProbe")
            first.append(probe["first"][0] - 1000 * notebook.ask("posts[0][1]"))
            silence.append(probe["silent"][0] - 1000 * notebook.ask("cuts[0]"))
            notebook.wait_for("not speaker.playing and session.state == 'idle'", 30)
        counts = notebook.ask(
            "(speaker.received_samples, speaker.played_samples, speaker.dropped_samples,"
            " speaker.underruns, speaker.lost_ms)"
        )
    received, played, dropped, underruns, lost = counts
    balance = "adds up" if received == played + dropped else "DOES NOT ADD UP"
    return first, silence, f"{underruns} underruns, {lost:.0f} ms lost, the account {balance}"


def load(stage: Stage, seconds: float) -> tuple[float, str]:
    """Who works how much while the microphone is open and replies are played."""
    with stage.notebook(hears=QUIET) as notebook:
        notebook.page.wait_for_timeout(3000)
        machine = Machine(None)
        renderer, kernel, begun = renderer_s(stage.browser), cpu_s(notebook), time.monotonic()
        while time.monotonic() - begun < seconds:
            keep_talking(notebook)
            notebook.page.wait_for_timeout(500)
        past = time.monotonic() - begun
        page = (renderer_s(stage.browser) - renderer) / past
        python = (cpu_s(notebook) - kernel) / past
        machine.others()
    return page, f"Talking for {past:.0f} s: renderer {page:.0%} of a core, kernel {python:.0%}"


def keep_talking(notebook: Notebook) -> None:
    notebook.ask(f"speaker.playing or session.state != 'idle' or bool(session.say({LONG!r}))")


def long_talk(stage: Stage, minutes: float) -> tuple[str, bool]:
    """Recording and playback all the time; what was lost, and whether nothing was."""
    with stage.notebook(hears=QUIET) as notebook:
        begun = time.monotonic()
        while time.monotonic() - begun < 60 * minutes:
            keep_talking(notebook)
            notebook.page.wait_for_timeout(1000)
        facts: dict[str, Any] = notebook.ask(
            "{'frames': mic.frames_received, 'frames lost': mic.frames_lost,"
            " 'out of order': mic.out_of_order, 'played s': speaker.played_samples / 24000,"
            " 'underruns': speaker.underruns, 'sound lost ms': speaker.lost_ms,"
            " 'messages lost': speaker.messages_lost, 'dropped': speaker.dropped_samples}"
        )
        problems = notebook.errors
    bad = ("frames lost", "out of order", "underruns", "messages lost", "dropped")
    text = ", ".join(f"{name} {value:.0f}" for name, value in facts.items())
    lines = [f"{minutes:g} minutes: {text}."]
    lines += [f"The page said: {problem}" for problem in problems[:5]]
    return "\n".join(lines), not any(facts[name] for name in bad)


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[94] if len(values) > 1 else float("inf")


def main(argv: list[str] | None = None) -> int:
    """Measure and print Markdown tables; 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--frames", type=int, nargs="+", default=[20, 40, 100], metavar="MS")
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement")
    parser.add_argument("--stops", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=10, help="of the long talk")
    parser.add_argument("--only", choices=["delays", "stops", "load", "talk"], nargs="+")
    args = parser.parse_args(argv)
    only = args.only or ["delays", "stops", "load", "talk"]
    before, bad = os.getloadavg()[0], []
    with stage() as on:
        told = []
        print("| ms | p50 | p95 | p99 | max | n |\n|---|---|---|---|---|---|")
        for frame_ms in args.frames if "delays" in only else ():
            delays, counts = mic_to_kernel(on, frame_ms, args.seconds)
            told.append(counts)
            print(row(f"mic → kernel, frames of {frame_ms} ms", delays), flush=True)
            if frame_ms == 40 and (median(delays) > MIC_MS[0] or p95(delays) > MIC_MS[1]):
                bad.append("mic → kernel")
        if "stops" in only:
            first, silence, account = playback(on, args.stops)
            told.append(f"{args.stops} stops: {account}")
            print(row("kernel → first sound", first))
            print(row("stop → silence", silence), flush=True)
            bad += ["stop → silence"] if p95(silence) > SILENCE_MS else []
        if "load" in only:
            page, text = load(on, args.seconds)
            told.append(text)
            bad += ["renderer"] if page > RENDERER else []
        print("\n" + "\n".join(f"{line}." for line in told), flush=True)
        if "talk" in only:
            text, clean = long_talk(on, args.minutes)
            print(text)
            bad += [] if clean else ["a whole talk"]
    print(
        f"\nlimits: mic → kernel p50 {MIC_MS[0]}, p95 {MIC_MS[1]} ms at 40 ms; silence p95 "
        f"{SILENCE_MS} ms; renderer {RENDERER:.0%} of a core; nothing lost and no gap"
    )
    print(f"missed: {', '.join(bad) or 'none'}")
    print(f"{os.cpu_count()} cores, load {before:.1f} before, {os.getloadavg()[0]:.1f} after.")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
