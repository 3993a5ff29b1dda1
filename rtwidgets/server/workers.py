"""Blocking generators of an engine, run in threads of their own and read from the loop.

An engine's generator may compute for seconds between two pieces, so it never runs on the
loop. Closing what reads it closes the generator, in its own thread, between two pieces.
Only a generator that says that it never blocks runs on the loop (``steps``).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from .shares import Shares

__all__ = ["closed_after", "live_threads", "start_thread", "steps", "stream"]

T = TypeVar("T")

#: Pieces that ``steps`` makes in a share: about 0.2 ms of work.
PIECES_A_SHARE = 8

_END: Any = object()
_threads: set[threading.Thread] = set()


async def stream(
    make: Callable[[], Iterator[T]], *, ahead: int = 8, name: str = "engine"
) -> AsyncGenerator[T, None]:
    """The pieces of the iterator that ``make`` builds, as they come.

    The thread stops computing while ``ahead`` pieces wait to be read: a reader that pauses
    pauses the engine. Read it under ``contextlib.aclosing``. What the iterator raises is
    raised here.
    """
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[tuple[T, Exception | None]] = asyncio.Queue()
    room = threading.Semaphore(ahead)
    stopped = threading.Event()

    def put(piece: T, error: Exception | None = None) -> None:
        try:
            loop.call_soon_threadsafe(pieces.put_nowait, (piece, error))
        except RuntimeError:  # the loop is gone, and the reader with it
            stopped.set()

    def work() -> None:
        try:
            with closed_after(make()) as iterator:
                for piece in _while_wanted(iterator, room, stopped):
                    put(piece)
        except Exception as error:  # noqa: BLE001  (raised again where the pieces are read)
            put(_END, error)
        else:
            put(_END)

    start_thread(work, name)
    try:
        while True:
            piece, error = await pieces.get()
            if error is not None:
                raise error
            if piece is _END:
                return
            room.release()
            yield piece
    finally:
        stopped.set()
        room.release()


async def steps(make: Callable[[], Iterator[T]], shares: Shares) -> AsyncGenerator[T, None]:
    """The pieces of an iterator that never blocks, a few for each of its ``shares``.

    The first piece is followed by a pause, because somebody waits for it to be sent.
    """
    with closed_after(make()) as iterator:
        for count, piece in enumerate(iterator):
            yield piece
            if count % PIECES_A_SHARE == 0:
                await shares.next()


def start_thread(work: Callable[[], None], name: str) -> None:
    """Run ``work`` in a thread that ``live_threads`` counts until it ends."""

    def run() -> None:
        try:
            work()
        finally:
            _threads.discard(thread)

    thread = threading.Thread(target=run, name=f"rtwidgets-{name}", daemon=True)
    _threads.add(thread)
    thread.start()


def live_threads() -> int:
    """How many engine threads still compute; a process that ends waits for them a little."""
    return len(_threads)


@contextmanager
def closed_after(iterator: Iterator[T]) -> Iterator[Iterator[T]]:
    """Close ``iterator`` at the end where it can be closed, as generators can."""
    try:
        yield iterator
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()


def _while_wanted(
    iterator: Iterator[T], room: threading.Semaphore, stopped: threading.Event
) -> Iterator[T]:
    """The pieces of ``iterator``, none computed before there is room for it."""
    while True:
        room.acquire()
        if stopped.is_set():
            return
        try:
            yield next(iterator)
        except StopIteration:
            return
