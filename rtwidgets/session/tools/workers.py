"""Where tools run: never on the loop of the sessions, which a tool could stop.

Theory of operation. A plain function gets a thread of its own, so that one that hangs takes
no place away from others; a thread cannot be stopped, so one that outlives its limit goes on
and what it returns is thrown away. Coroutines share one loop in one more thread: there a
client object that a tool keeps between calls stays usable. A coroutine that does not yield
would hold up the others; ``watch`` finds that out and leaves the stuck loop to itself.

Both run in an empty context, so that the output of the cell that defined a tool, or that
happened to run, does not follow it. Threads are daemons: they do not keep a program alive.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import inspect
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..events.subscribers import logger

__all__ = ["Outcome", "run", "watch"]

#: A loop that does not answer for so long is stuck, in s.
STUCK_S = 1.0


@dataclass(frozen=True)
class Outcome:
    """What a function did: a value, what was made of it, or an error."""

    value: Any = None
    text: str = ""
    error: BaseException | None = None


_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_thread: threading.Thread | None = None


def run(
    fn: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    describe: Callable[[Any], str] = str,
) -> concurrent.futures.Future[Outcome]:
    """Call ``fn`` and ``describe`` what it returned, both away from here; never raises there."""
    if _is_coroutine_function(fn):
        return _start(_await(lambda: fn(*args, **kwargs), describe))
    future: concurrent.futures.Future[Outcome] = concurrent.futures.Future()

    def work() -> None:
        outcome = _call(lambda: fn(*args, **kwargs), describe)
        # Cancelled meanwhile: nobody wants it any more.
        with contextlib.suppress(concurrent.futures.InvalidStateError):
            future.set_result(outcome)

    name = f"rtwidgets-tool-{getattr(fn, '__name__', 'function')}"
    thread = threading.Thread(
        target=lambda: contextvars.Context().run(work), name=name, daemon=True
    )
    thread.start()
    return future


def _is_coroutine_function(fn: Callable[..., Any]) -> bool:
    inner = inspect.unwrap(fn)
    while hasattr(inner, "func"):  # functools.partial
        inner = inner.func
    if not inspect.isroutine(inner):  # an object that can be called
        inner = type(inner).__call__
    return inspect.iscoroutinefunction(inner)


def _call(fn: Callable[[], Any], describe: Callable[[Any], str]) -> Outcome:
    try:
        value = fn()
        if inspect.isawaitable(value):  # a plain function that makes a coroutine
            return _start(_await(lambda: value, describe)).result()
        return Outcome(value, describe(value))
    except BaseException as error:  # noqa: BLE001  (a user's function; SystemExit as well)
        return Outcome(error=error)


async def _await(fn: Callable[[], Any], describe: Callable[[Any], str]) -> Outcome:
    try:
        value = await fn()
        return Outcome(value, describe(value))
    except BaseException as error:  # noqa: BLE001  (a user's function; SystemExit as well)
        return Outcome(error=error)


def _start(coroutine: Any) -> concurrent.futures.Future[Outcome]:
    return contextvars.Context().run(asyncio.run_coroutine_threadsafe, coroutine, _get_loop())


def _get_loop() -> asyncio.AbstractEventLoop:
    global _loop, _thread
    with _lock:
        if _loop is None or _thread is None or not _thread.is_alive():
            _loop = asyncio.new_event_loop()
            _thread = threading.Thread(
                target=_loop.run_forever, name="rtwidgets-tools", daemon=True
            )
            _thread.start()
        return _loop


async def watch() -> None:
    """After a tool took too long: give up the loop of the coroutines if it is stuck."""
    global _loop
    loop = _loop
    if loop is None:
        return
    ping = asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop)
    await asyncio.wait((asyncio.wrap_future(ping),), timeout=STUCK_S)
    if not ping.done():
        logger.warning(
            "an async tool does not yield (a blocking call without await?): "
            "it goes on by itself, other tools get a fresh loop"
        )
        with _lock:
            if _loop is loop:
                _loop = None
