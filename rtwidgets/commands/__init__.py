"""The verbs of the command line, one file each: ``add_parser`` describes it, ``run`` does it."""

from __future__ import annotations

import argparse
import math
import sys
from typing import Any

__all__ = ["Subparsers", "add_command", "positive", "say"]

Subparsers = Any  # argparse gives this class no public name


def say(line: str = "") -> None:
    """Print a line on stdout, at once, also into a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def positive(text: str) -> float:
    """The type of an option that is a number above 0."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value


def add_command(
    commands: Subparsers, name: str, *, summary: str, example: str
) -> argparse.ArgumentParser:
    """A parser for ``rtwidgets NAME`` whose help ends with an example."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog="example:\n" + "\n".join(f"  {line}" for line in example.splitlines()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser
