"""The command line: ``rtwidgets serve | talk FILE | replay FILE | lab | doctor``.

What cannot work ends with one line on stderr and status 2; a traceback is a bug of ours.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from .commands import doctor, lab, replay, serve, talk
from .errors import RealtimeError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args))
    except RealtimeError as error:
        print(f"rtwidgets: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Who read our output has left, as ``head`` does. Python would complain again when it
        # flushes stdout at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rtwidgets",
        description="Talk to a realtime model in a notebook, with or without a network.",
        epilog="example:\n  rtwidgets lab\n  rtwidgets COMMAND --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"rtwidgets {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (lab, talk, replay, serve, doctor):
        command.add_parser(commands)
    return parser


def _version() -> str:
    try:
        return version("rtwidgets")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "(not installed)"
