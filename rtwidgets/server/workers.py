"""Blocking generators of an engine, run in threads of their own and read from the loop.

An engine's generator may compute for seconds between two pieces, so it never runs on the
loop. Closing what reads it closes the generator, in its own thread, between two pieces.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any, TypeVar

__all__ = ["live_threads", "stream"]

T = TypeVar("T")

log = logging.getLogger(__name__)

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
    pieces: asyncio.Queue[tuple[T, BaseException | None]] = asyncio.Queue()
    room = threading.Semaphore(ahead)
    stopped = threading.Event()

    def put(piece: T, error: BaseException | None = None) -> None:
        try:
            loop.call_soon_threadsafe(pieces.put_nowait, (piece, error))
        except RuntimeError:  # the loop is gone, and the reader with it
            stopped.set()

    def work() -> None:
        iterator: Iterator[T] | None = None
        try:
            iterator = make()
            while True:
                room.acquire()
                if stopped.is_set():
                    break
                put(next(iterator))
        except StopIteration:
            put(_END)
        except BaseException as error:
            put(_END, error)
        finally:
            _close(iterator)
            _threads.discard(threading.current_thread())

    thread = threading.Thread(target=work, name=f"rtwidgets-{name}", daemon=True)
    _threads.add(thread)
    thread.start()
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


def live_threads() -> int:
    """How many engine threads still compute; a process that ends waits for them a little."""
    return sum(thread.is_alive() for thread in tuple(_threads))


def _close(iterator: Iterator[Any] | None) -> None:
    close = getattr(iterator, "close", None)
    if close is not None:
        try:
            close()
        except Exception:
            log.exception("an engine failed while it was closed")
