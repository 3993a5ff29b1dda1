"""``rtwidgets doctor``: what stands between this machine and a conversation, as text."""

from __future__ import annotations

import argparse

from ..checkup import doctor
from . import Subparsers, add_command, say

__all__ = ["add_parser", "run"]


def add_parser(commands: Subparsers) -> None:
    """Describe the command."""
    parser = add_command(
        commands,
        "doctor",
        summary="look whether all that a conversation needs is here",
        example="rtwidgets doctor\nrtwidgets doctor --url wss://example.org/v1/realtime",
    )
    parser.add_argument("--url", help="the server to be reached (default: OpenAI with a key)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print one line for each check; status 1 where something stands in the way."""
    found = doctor(url=args.url)
    say(str(found))
    say()
    say("The page's half (microphone, speaker, echo): rt.doctor() in a notebook.")
    return 0 if found.ok else 1
