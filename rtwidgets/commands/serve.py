"""``rtwidgets serve``: the embedded server in a process of its own.

Stdout gets exactly one line, once clients can connect; everything else goes to stderr. The
process ends with status 0 on SIGINT, on SIGTERM and, where asked, when stdin closes: that is
how a notebook's server dies with its kernel, even when the kernel is killed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
import threading
import time
from types import FrameType

from ..engines import load
from ..server.endpoint import Endpoint, reserve
from ..server.workers import live_threads
from . import Subparsers, add_command, positive, say

__all__ = ["add_parser", "engine_options", "run"]

log = logging.getLogger("rtwidgets")

#: How long (s) a process that ends waits for engines that still compute.
PATIENCE_S = 2.0


def add_parser(commands: Subparsers) -> None:
    """Describe the command."""
    parser = add_command(
        commands,
        "serve",
        summary="serve the Realtime protocol from this machine",
        example="rtwidgets serve --port 8765\n"
        "rtwidgets serve --engine simulated --seed 1\n"
        "rtwidgets serve --llm-url http://127.0.0.1:11434/v1 --llm-model llama3.2",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8765, help="0 takes a free one (%(default)s)")
    parser.add_argument(
        "--api-key", metavar="KEY", help="what clients must know; required off this machine"
    )
    engine_options(parser)
    parser.add_argument(
        "--session-minutes",
        type=positive,
        metavar="N",
        help="age limit of a session (60; beta 30)",
    )
    parser.add_argument("--verbose", action="store_true", help="log more to stderr")
    parser.add_argument("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


def engine_options(parser: argparse.ArgumentParser) -> None:
    """Which engines, and how they behave."""
    group = parser.add_argument_group("engine")
    group.add_argument(
        "--engine",
        choices=("auto", "offline", "simulated"),
        default="auto",
        help="auto is offline where it is installed, else simulated (%(default)s)",
    )
    group.add_argument("--seed", type=int, metavar="N", help="the same answers every time")
    group.add_argument("--asr", choices=("moonshine", "whisper"), help="offline: the recognizer")
    group.add_argument("--llm-url", metavar="URL", help="offline: an OpenAI-compatible endpoint")
    group.add_argument("--llm-model", metavar="NAME", help="the model at --llm-url")
    group.add_argument(
        "--llm-api-key",
        metavar="KEY",
        default=os.environ.get("RTWIDGETS_LLM_API_KEY"),
        help="the key of --llm-url (default: the variable RTWIDGETS_LLM_API_KEY)",
    )
    group.add_argument(
        "--latency-ms", type=float, default=0.0, metavar="N", help="simulated: delay of each step"
    )
    group.add_argument(
        "--jitter-ms", type=float, default=0.0, metavar="N", help="simulated: random part of it"
    )
    group.add_argument(
        "--pace", type=float, default=0.0, metavar="X", help="simulated: 1 speaks in real time"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until a signal or the end of stdin."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if args.verbose else logging.WARNING,
        format="rtwidgets: %(levelname)s: %(message)s",
    )
    signal.signal(signal.SIGTERM, _interrupt)
    if args.until_stdin_closes:
        threading.Thread(target=_follow_stdin, name="rtwidgets-stdin", daemon=True).start()
    try:
        listener = reserve(args.host, args.port, api_key=args.api_key)
        engines = load(
            args.engine,
            seed=args.seed,
            asr=args.asr,
            llm_url=args.llm_url,
            llm_model=args.llm_model,
            llm_api_key=args.llm_api_key,
            latency_ms=args.latency_ms,
            jitter_ms=args.jitter_ms,
            pace=args.pace,
            say=log.info,
        )
        engines.warm()
        _spare_collector()
        endpoint = Endpoint(
            engines,
            listener,
            host=args.host,
            api_key=args.api_key,
            session_s=args.session_minutes and args.session_minutes * 60,
        )
        asyncio.run(_serve(endpoint))
    except KeyboardInterrupt:
        pass
    _leave()
    return 0


def _spare_collector() -> None:
    """What was loaded stays: to look through it for garbage now and then takes 10 ms each."""
    gc.collect()
    gc.freeze()


async def _serve(endpoint: Endpoint) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has none of these: there a KeyboardInterrupt ends asyncio.run.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    await endpoint.open()
    say(f"rtwidgets: serving {endpoint.url} (engine: {endpoint.engines.name})")
    try:
        await stop.wait()
    finally:
        await endpoint.close()


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  (signal's signature)
    raise KeyboardInterrupt


def _follow_stdin() -> None:
    """End this process once stdin is at its end, gently first."""
    try:
        while os.read(sys.stdin.fileno(), 4096):
            pass
    except (OSError, ValueError):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    # Native code that loads a model may keep the signal waiting.
    time.sleep(10)
    os._exit(0)


def _leave() -> None:
    """Wait for engines that still compute; libraries may crash when they are torn down in use."""
    deadline = time.monotonic() + PATIENCE_S
    while live_threads() and time.monotonic() < deadline:
        time.sleep(0.02)
    if live_threads():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
