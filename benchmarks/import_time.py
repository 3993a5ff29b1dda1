"""How long ``import rtwidgets`` takes above what every widget notebook imports anyway.

Each import runs in a fresh process, in turns, with compiled bytecode; the figure is the
median. The limit is 0.2 s above ``import ipywidgets, anywidget``.

    python -m benchmarks.import_time --rounds 15
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
LIMIT_S = 0.2
BASE = "import ipywidgets, anywidget"
STATEMENTS = {
    "ipywidgets, anywidget": BASE,
    "+ rtwidgets": f"{BASE}; import rtwidgets",
    "+ rtwidgets.connect": f"{BASE}; import rtwidgets; rtwidgets.connect",
    "+ rtwidgets.Console": f"{BASE}; import rtwidgets; rtwidgets.connect, rtwidgets.Console",
    "+ openai": f"{BASE}; import openai",
}


def seconds(statement: str) -> float:
    """One import in a new process, without the interpreter's own start."""
    code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def main(argv: list[str] | None = None) -> int:
    """Measure, print a Markdown table; status 1 above the limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.import_time")
    parser.add_argument("--rounds", type=int, default=11)
    args = parser.parse_args(argv)
    found: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for statement in STATEMENTS.values():
        seconds(statement)  # bytecode and the file cache
    for _ in range(args.rounds):
        for name, statement in STATEMENTS.items():
            found[name].append(seconds(statement))
    base = median(found["ipywidgets, anywidget"])
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, median of {args.rounds}:\n")
    print("| import | s | above the first |")
    print("|---|---|---|")
    for name, values in found.items():
        print(f"| {name} | {median(values):.3f} | {median(values) - base:.3f} |")
    return int(median(found["+ rtwidgets"]) - base > LIMIT_S)


if __name__ == "__main__":
    raise SystemExit(main())
