"""``rtwidgets replay FILE``: what was said in a session that was saved."""

from __future__ import annotations

import argparse

from ..session.records.replay import replay
from ..session.shown.talk import facts, plain
from . import Subparsers, add_command, say

__all__ = ["add_parser", "run"]


def add_parser(commands: Subparsers) -> None:
    """Describe the command."""
    parser = add_command(
        commands,
        "replay",
        summary="print what was said in a saved session",
        example="rtwidgets replay talk.jsonl\n"
        "rtwidgets replay talk.jsonl --to talk.wav --to talk.html --to talk.srt",
    )
    parser.add_argument("file", metavar="FILE.jsonl", help="what session.save() wrote")
    parser.add_argument(
        "--to",
        metavar="FILE",
        action="append",
        default=[],
        help="also write a .wav, .html or .srt; may be given several times",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the lines, then what was used."""
    session = replay(args.file, quiet=True)
    record = session.record()
    say(f"{session.name}: {facts(record)}")
    plain(record, say)
    if record.usage.rows:
        say()
        say(str(record.usage))
    for path in args.to:
        session.save(path)
        say(f"written: {path}")
    return 0
