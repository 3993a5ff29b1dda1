"""``rtwidgets talk FILE``: a recording spoken to a model, its answer printed and kept."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from ..audio import read_sound, write_wav
from ..errors import AudioError, RealtimeError, WaitTimeout
from ..session import Turn, connect
from . import Subparsers, add_command, positive, say

__all__ = ["add_parser", "run"]


def add_parser(commands: Subparsers) -> None:
    """Describe the command."""
    parser = add_command(
        commands,
        "talk",
        summary="speak a sound file and print the answer",
        example="rtwidgets talk question.wav --out reply.wav\n"
        "rtwidgets talk question.wav --url ws://127.0.0.1:8765/v1/realtime",
    )
    parser.add_argument("file", metavar="FILE.wav", help="what is said")
    parser.add_argument("--url", help="the server (default: OpenAI with a key, else this machine)")
    parser.add_argument(
        "--engine", choices=("auto", "offline", "simulated"), help="on this machine"
    )
    parser.add_argument("--model", metavar="NAME", help="the server's model")
    parser.add_argument("--dialect", choices=("ga", "beta"), default="ga", help="(%(default)s)")
    parser.add_argument("--instructions", metavar="TEXT", help="what the model shall be")
    parser.add_argument("--voice", metavar="NAME", help="the voice of the answer")
    parser.add_argument("--out", metavar="REPLY.wav", type=Path, help="keep the answer's sound")
    parser.add_argument("--realtime", action="store_true", help="speak at the pace of a person")
    parser.add_argument(
        "--timeout", type=positive, default=120, metavar="S", help="longest wait (%(default)g s)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Say the file, print what came of it; status 1 where the model did not answer."""
    # What goes wrong is told once, by the exception that ends the command.
    logging.getLogger("rtwidgets").addHandler(logging.NullHandler())
    sound = read_sound(args.file)
    if args.out is not None:
        _refuse_unwritable(args.out)
    settings = {"instructions": args.instructions, "voice": args.voice}
    with connect(
        args.url,
        engine=args.engine,
        model=args.model,
        dialect=args.dialect,
        timeout=args.timeout,
        **{name: value for name, value in settings.items() if value is not None},
    ) as session:
        turn = session.say(sound, realtime=args.realtime)
        try:
            turn.wait(args.timeout)
        except WaitTimeout:
            raise WaitTimeout(
                f"the turn was still {turn.status} after {args.timeout:g} s: "
                "wait longer with --timeout"
            ) from None
        _report(turn, args.out)
        say()
        say(str(session.usage))
    if turn.status != "completed":
        sys.stderr.write(f"rtwidgets: the response is {turn.status}{_reason(turn)}\n")
        return 1
    return 0


def _refuse_unwritable(out: Path) -> None:
    """Before the turn, which may cost money. A WAV file under another name plays nowhere."""
    if out.is_dir():
        raise AudioError(f"{out} cannot be written: it is a folder")
    if not out.resolve().parent.is_dir():
        raise AudioError(f"{out} cannot be written: there is no folder {out.parent}")
    if out.suffix.lower() not in ("", ".wav", ".wave"):
        raise AudioError(f"{out} cannot be written: only WAV files can; call it {out.stem}.wav")


def _report(turn: Turn, out: Path | None) -> None:
    say(f"you:      {turn.transcript}")
    say(f"answer:   {turn.text}")
    say(f"latency:  {turn.latency}")
    where = ""
    if out is not None:
        try:
            write_wav(out, turn.audio)
        except OSError as error:
            raise RealtimeError(f"{out} cannot be written: {error.strerror or error}") from error
        where = f", written to {out}"
    say(f"sound:    {turn.audio.duration_s:.1f} s{where}")


def _reason(turn: Turn) -> str:
    return f": {turn.error}" if turn.error else ""
