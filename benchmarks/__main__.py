"""``python -m benchmarks [NAME ...]``: all measurements, or the named ones."""

from __future__ import annotations

import argparse
import importlib
import sys

NAMES = (
    "latency",
    "recognizers",
    "server",
    "client_core",
    "client_events",
    "interruption",
    "import_time",
    "page_audio",
    "page_panels",
    "page_peer",
    "record",
    "endurance",
)


def main(argv: list[str] | None = None) -> int:
    """Run them one after the other; the worst status is ours."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    names = parser.parse_args(argv).names or NAMES
    if unknown := set(names) - set(NAMES):
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    status = 0
    for name in names:
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"\n## {name}\n\n{(module.__doc__ or '').splitlines()[0]}\n", flush=True)
        status = max(status, module.main([]))
    return status


if __name__ == "__main__":
    sys.exit(main())
