"""The panels in a real JupyterLab and Chromium, all of them open: how soon, how whole, how light.

* event → pixels: from the moment when an event is in the kernel until the frame is painted that
  shows it, in the event log and in the transcript, while answers are made and played.
* 200 events a second for a minute: whether the log in the page has every one of them.
* a session of an hour beside one that has just begun: CPU and memory of the page and of the
  kernel in one more minute of talk, and the size of the record in the notebook.

    python -m benchmarks.page_panels [--marks 150] [--seconds 60] [--minutes 60]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from tests.e2e.lab import Notebook
from tests.e2e.scripted_talk import PANELS

from .machine import memory_bytes
from .page_audio import Stage, cpu_s, p95, renderer_s, row, stage
from .panels_probe import CONNECT, HURRY, MARKS, PAGE, TAKE_UP, write_talk

#: The limits of the project: ms until 95 of 100 events are seen, bytes of a minute's record.
SOON_MS, RECORD_BYTES = 150, 60_000
#: All rows of the log: where each stands, which way it went and its type.
ROWS = """grid => [...grid.querySelectorAll('[data-index]')]
  .filter(row => row.children[4]?.textContent)
  .map(row => [Number(row.dataset.index), row.children[0].textContent,
    row.children[4].textContent])"""
#: How many rows in sight are not filled.
BLANK = """grid => [...grid.querySelectorAll('[data-index]')]
  .filter(row => !row.children[4]?.textContent).length"""
KEPT = "__import__('rtwidgets.widgets.static_html', fromlist=['_keepers'])._keepers[session]"


@contextmanager
def everything(on: Stage, name: str, first: str) -> Iterator[Notebook]:
    """A page that shows a session in every panel; ``first`` makes the session."""
    notebook = Notebook(on.lab, on.browser, f"{name}_{time.monotonic_ns()}.ipynb", [first, PANELS])
    try:
        notebook.page.set_viewport_size({"width": 1100, "height": 3000})
        notebook.run_all(300)
        notebook.page.evaluate(PAGE)
        yield notebook
    finally:
        notebook.close()


def seen_after(notebook: Notebook) -> dict[str, list[float]]:
    """The ms from kernel to pixels of each mark, by panel."""
    notebook.page.wait_for_timeout(2000)
    came = dict(notebook.ask("came"))
    seen: dict[str, dict[str, float]] = notebook.page.evaluate("() => window.rtwSeen")
    return {
        panel: [at - came[int(n)] * 1000 for n, at in times.items() if at and int(n) in came]
        for panel, times in seen.items()
    }


def pixels(on: Stage, marks: int) -> dict[str, list[float]]:
    """Event → pixels while answers are made and played."""
    with everything(on, "marks", CONNECT) as notebook:
        notebook.wait_for("bool(speaker.owner)", 30)
        notebook.run(MARKS.replace("COUNT", str(marks)))
        notebook.wait_for("over", marks + 60)
        return seen_after(notebook)


def hurry(on: Stage, seconds: float) -> tuple[dict[str, list[float]], str, int]:
    """Event → pixels at 200 events a second; what the log has; how many it lacks."""
    with everything(on, "hurry", CONNECT) as notebook:
        notebook.wait_for("bool(speaker.owner)", 30)
        before, begun = notebook.ask("len(session.events_log)"), time.monotonic()
        page, python = renderer_s(on.browser), cpu_s(notebook)
        notebook.run(HURRY.replace("SECONDS", str(seconds)))
        notebook.wait_for("over", seconds + 60)
        past = time.monotonic() - begun
        page = (renderer_s(on.browser) - page) / past
        python = (cpu_s(notebook) - python) / past
        delays = seen_after(notebook)
        kept: list[tuple[bool, str]] = notebook.ask(
            "[(e.sent, e.type) for e in session.events_log]", 60
        )
        lost = notebook.ask("session.events_log.lost")
        # Not as a cell: its end would be told behind all that nobody has read here.
        notebook.ask("setattr(log, 'height', '2000px')")
        shown = read_all(notebook.page, len(kept))
        missing = lost + sum(
            shown.get(place) != ("↑" if sent else "↓", kind)
            for place, (sent, kind) in enumerate(kept)
        )
    text = (
        f"{(len(kept) - before) / past:.0f} events a second for {past:.0f} s: of {len(kept):,} the "
        f"page has all but {missing}; renderer {page:.0%} of a core, kernel {python:.0%}"
    )
    return delays, text, missing


def read_all(page: Page, count: int) -> dict[int, tuple[str, str]]:
    """Every row of the log in the page, read from its beginning to its end."""
    panel = page.locator(".rtw-event_log").last
    grid = panel.get_by_role("grid")
    panel.get_by_text("Fold deltas").click()
    words = f"{count:,} events"
    status = panel.locator(".rtw-event_log-status").element_handle()
    page.wait_for_function("([e, words]) => e.textContent === words", arg=[status, words])
    found: dict[int, tuple[str, str]] = {}
    grid.focus()
    page.keyboard.press("Home")
    still = 0
    while len(found) < count and still < 100:
        page.wait_for_timeout(100)
        rows = {place: (way, kind) for place, way, kind in grid.evaluate(ROWS)}
        still = 0 if rows.keys() - found.keys() else still + 1
        found.update(rows)
        # Not on before all rows in sight are here: the kernel may take its time, not leave one out.
        if rows and grid.evaluate(BLANK) == 0:
            page.keyboard.press("PageDown")
    return found


def one_more_minute(on: Stage, minutes: int, seconds: float) -> dict[str, float]:
    """What so much talk costs when there were ``minutes`` before it."""
    path = on.lab.root / f"talk_{minutes}.jsonl"
    write_talk(path, minutes + 1 + round(seconds / 60))
    first = TAKE_UP.replace("PATH", repr(str(path))).replace("AT_ONCE_MS", str(minutes * 60_000))
    with everything(on, "talk", first) as notebook:
        notebook.page.wait_for_timeout(3000)
        devtools = notebook.page.context.new_cdp_session(notebook.page)
        devtools.send("Performance.enable")
        notebook.run("go_on()")
        notebook.wait_for("len(session.events_log) + session.events_log.lost > first", 60)
        page, python, begun = renderer_s(on.browser), cpu_s(notebook), time.monotonic()
        notebook.page.wait_for_timeout(1000 * seconds)
        past = time.monotonic() - begun
        facts = {
            "page CPU, % of a core": 100 * (renderer_s(on.browser) - page) / past,
            "kernel CPU, % of a core": 100 * (cpu_s(notebook) - python) / past,
        }
        devtools.send("HeapProfiler.collectGarbage")
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        values = {one["name"]: one["value"] for one in metrics}
        facts["page heap, MB"] = values["JSHeapUsedSize"] / 1e6
        facts["page nodes"] = values["Nodes"]
        facts["kernel memory, MB"] = memory_bytes(notebook.ask("__import__('os').getpid()")) / 1e6
        size = notebook.ask(f"len({KEPT}._bundle()['text/html'].encode())", 60)
        facts["record, kB"] = size / 1000
        facts["record, kB a minute"] = size / 1000 / (minutes + past / 60)
        facts["events"] = notebook.ask("len(session.events_log) + session.events_log.lost")
    path.unlink()
    return facts


def main(argv: list[str] | None = None) -> int:
    """Measure and print Markdown tables; 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--marks", type=int, default=150)
    parser.add_argument("--seconds", type=float, default=60, help="of each other measurement")
    parser.add_argument("--minutes", type=int, default=60, help="of the long session")
    parser.add_argument("--only", choices=["marks", "hurry", "length"], nargs="+")
    args = parser.parse_args(argv)
    only = args.only or ["marks", "hurry", "length"]
    before, bad = os.getloadavg()[0], []
    with stage() as on:
        print("| event → pixels, ms | p50 | p95 | p99 | max | n |\n|---|---|---|---|---|---|")
        if "marks" in only:
            for panel, values in pixels(on, args.marks).items():
                print(row(f"{panel}, answers being played", values), flush=True)
                bad += [panel] if p95(values) > SOON_MS else []
        text = ""
        if "hurry" in only:
            delays, text, missing = hurry(on, args.seconds)
            for panel, values in delays.items():
                print(row(f"{panel}, 200 events a second", values))
            bad += ["events lack"] if missing else []
        print(f"\n{text}\n", flush=True)
        if "length" in only:
            short = one_more_minute(on, 0, args.seconds)
            long = one_more_minute(on, args.minutes, args.seconds)
            print(f"| one minute of talk | the first | after {args.minutes} |\n|---|--:|--:|")
            for name, value in short.items():
                print(f"| {name} | {value:,.1f} | {long[name]:,.1f} |")
            bad += ["record"] if long["record, kB a minute"] * 1000 > RECORD_BYTES else []
    print(f"\nlimits: {SOON_MS} ms p95, no event lacks, {RECORD_BYTES / 1000:.0f} kB a minute")
    print(f"missed: {', '.join(bad) or 'none'}")
    print(f"{os.cpu_count()} cores, load {before:.1f} before, {os.getloadavg()[0]:.1f} after.")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
