"""The one background event loop, the one door into it, and the synchronous wait.

Every socket of ours lives on a single asyncio loop in a single daemon thread, so a cell that
computes for a minute never stalls a session, and the loop of a notebook's kernel is never
touched. Callers on any thread come in through three functions:

* ``post(fn, *args)`` runs a plain function on the loop and returns at once,
* ``spawn(coroutine)`` starts a coroutine and returns a ``concurrent.futures.Future``,
* ``run(coroutine, timeout)`` starts one and waits for it, in short slices, so that a kernel
  interrupt ends the wait at once on every system; ``listen`` does the same for an ``await``.

What enters runs in an empty ``contextvars`` context: the output of one notebook cell must not
follow a callback into the next cell.

``allow_nested_asyncio`` is a service to users' own code; nothing of ours needs it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from .errors import LocalProtocolError, RealtimeError, WaitTimeout

__all__ = [
    "allow_nested_asyncio",
    "get_loop",
    "listen",
    "on_loop",
    "post",
    "refuse_on_loop",
    "result",
    "run",
    "spawn",
    "wait",
]

T = TypeVar("T")

#: A wait looks up this often, in s. POSIX wakes it for a signal anyway; Windows does not.
SLICE_S = 0.1

#: Reentrant, because the garbage collector may close a session while this thread holds it.
_lock = threading.RLock()
_loop: asyncio.AbstractEventLoop | None = None
_thread: threading.Thread | None = None


def get_loop() -> asyncio.AbstractEventLoop:
    """The loop, started on first use in a thread named ``rtwidgets-loop``."""
    global _loop, _thread
    with _lock:
        if _loop is None or _loop.is_closed() or _thread is None or not _thread.is_alive():
            _loop = asyncio.new_event_loop()
            _thread = threading.Thread(
                target=_serve, args=(_loop,), name="rtwidgets-loop", daemon=True
            )
            _thread.start()
        return _loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()


def _forget() -> None:
    """In a forked child only the forking thread lives on: start afresh there."""
    global _loop, _thread, _lock
    _lock, _loop, _thread = threading.RLock(), None, None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def on_loop() -> bool:
    """Whether the caller runs on the loop's thread, as every subscriber does."""
    return threading.current_thread() is _thread


def refuse_on_loop(what: str) -> None:
    """Raise ``LocalProtocolError`` where waiting for ``what`` would wait for itself for ever."""
    if on_loop():
        raise LocalProtocolError(
            f"waiting for {what} inside a callback would stop the session that it waits for; "
            "use `await`, or do the waiting in a cell or in a thread of your own"
        )


def post(fn: Callable[..., Any], *args: Any) -> None:
    """Run ``fn(*args)`` on the loop, soon and in order; returns at once, from any thread."""
    get_loop().call_soon_threadsafe(fn, *args, context=contextvars.Context())


def spawn(coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
    """Start ``coroutine`` on the loop; cancelling the future cancels it."""
    return contextvars.Context().run(asyncio.run_coroutine_threadsafe, coroutine, get_loop())


def run(
    coroutine: Coroutine[Any, Any, T], timeout: float | None = None, *, what: str = "the answer"
) -> T:
    """Run ``coroutine`` on the loop and return its result to this thread.

    ``timeout`` is in s, ``None`` for no limit; ``what`` is named in the ``WaitTimeout``. A
    timeout or a ``KeyboardInterrupt`` cancels the coroutine. On the loop's own thread this
    raises ``LocalProtocolError`` instead of waiting for itself.
    """
    try:
        refuse_on_loop(what)
    except LocalProtocolError:
        coroutine.close()
        raise
    future = None
    try:
        future = spawn(coroutine)
        return wait(future, timeout, what=what)
    except BaseException:
        if future is not None:
            future.cancel()
        else:  # interrupted before the loop had it
            with contextlib.suppress(ValueError):
                coroutine.close()
        raise


def wait(
    future: concurrent.futures.Future[T], timeout: float | None = None, *, what: str = "the answer"
) -> T:
    """Wait for ``future`` in short slices; unlike ``run`` it leaves the work running."""
    refuse_on_loop(what)
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        left = SLICE_S if deadline is None else min(SLICE_S, deadline - time.monotonic())
        done, _ = concurrent.futures.wait((future,), timeout=max(left, 0.0))
        if done:
            return result(future)
        if deadline is not None and time.monotonic() >= deadline:
            raise WaitTimeout(f"{what} did not come within {timeout:g} s")


async def listen(
    future: concurrent.futures.Future[T], timeout: float | None = None, *, what: str = "the answer"
) -> T:
    """``wait`` for any loop: await ``future``; a cancelled await leaves the work running."""
    loop = asyncio.get_running_loop()
    woken: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not woken.done():
            woken.set_result(None)

    def done(_: object) -> None:
        # The loop that waited may be gone by now, and nobody waits any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(wake)

    future.add_done_callback(done)
    try:
        with _awake(loop):
            await asyncio.wait_for(woken, timeout)
    except asyncio.TimeoutError:
        raise WaitTimeout(f"{what} did not come within {timeout:g} s") from None
    return result(future)


def result(future: concurrent.futures.Future[T]) -> T:
    """What a future that is done holds; errors of ours without the frames inside.

    They are said in words, and a cell that shows them shall show the user's own call.
    """
    error = future.exception()
    if isinstance(error, RealtimeError):
        raise error.with_traceback(None)
    return future.result()


@contextlib.contextmanager
def _awake(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Let a loop look up in slices, so that a kernel interrupt ends an await at once.

    ipykernel's handler of the signal puts the cancelling of a cell on the loop, but a loop that
    sleeps in ``select`` does not notice before something else wakes it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals do not come here
        return

    timer: asyncio.TimerHandle | None = None

    def tick() -> None:
        nonlocal timer
        timer = loop.call_later(SLICE_S, tick)

    tick()
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()


def allow_nested_asyncio() -> None:
    """Let ``asyncio.run(main())`` work inside this thread's running loop, as in a cell.

    For pasting scripts into a notebook; rtwidgets itself never needs it, and a cell that says
    ``await main()`` is the better way. It patches asyncio for the whole process with
    nest_asyncio2 where that is installed (it keeps a busy ipykernel 7.4 intact), otherwise
    with nest_asyncio. Raises ``RealtimeError`` on Python 3.14 and later, where the patch is
    known to break asyncio, and in a thread whose loop must stay as it is. Without a running
    loop there is nothing to allow, and nothing is patched.
    """
    if sys.version_info >= (3, 14):
        raise RealtimeError(
            "nested event loops are not possible on Python 3.14 and later; "
            "write `await main()` in the cell instead of `asyncio.run(main())`"
        )
    if on_loop():
        raise LocalProtocolError(
            "allow_nested_asyncio() patches the loop of the thread that calls it, and this "
            "is the session's own; call it in a cell"
        )
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    try:
        import nest_asyncio2 as nest_asyncio  # type: ignore[import-untyped]
    except ImportError:
        import nest_asyncio
    nest_asyncio.apply(loop)
