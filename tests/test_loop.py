"""The background loop: one thread, one door, waits that end."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from rtwidgets import _loop
from rtwidgets.errors import LocalProtocolError, RealtimeError, WaitTimeout

ROOT = str(Path(__file__).parent.parent)


async def value(x: int) -> int:
    await asyncio.sleep(0)
    return x


def script(text: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", text],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT},
    )


def test_run_returns_and_raises() -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    assert _loop.run(value(3), 5) == 3
    with pytest.raises(ZeroDivisionError):
        _loop.run(broken(), 5)


def test_one_thread_for_all() -> None:
    seen: list[threading.Thread] = []
    done = threading.Event()

    def note() -> None:
        seen.append(threading.current_thread())
        done.set()

    _loop.post(note)
    assert done.wait(5)
    assert seen[0].name == "rtwidgets-loop" and seen[0].daemon
    assert not _loop.on_loop()


def test_posts_keep_their_order() -> None:
    seen: list[int] = []
    done = threading.Event()
    for n in range(100):
        _loop.post(seen.append, n)
    _loop.post(done.set)
    assert done.wait(5) and seen == list(range(100))


def test_a_limit_cancels_and_says_what_was_waited_for() -> None:
    cancelled = threading.Event()

    async def forever() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(WaitTimeout, match=r"the nap did not come within 0\.05 s"):
        _loop.run(forever(), 0.05, what="the nap")
    assert cancelled.wait(5)


def test_a_timeout_error_of_the_work_itself_is_not_ours() -> None:
    async def late() -> None:
        raise TimeoutError("theirs")

    with pytest.raises(TimeoutError, match="theirs"):
        _loop.run(late(), 5)


def test_waiting_on_the_loop_thread_is_refused() -> None:
    async def inside() -> None:
        _loop.run(value(1), 1)

    with pytest.raises(LocalProtocolError, match="inside a callback"):
        _loop.run(inside(), 5)


def test_the_callers_context_does_not_follow() -> None:
    cell: contextvars.ContextVar[str] = contextvars.ContextVar("cell", default="none")

    async def look() -> str:
        return cell.get()

    def ask() -> str:
        cell.set("cell 7")
        return _loop.run(look(), 5)

    assert contextvars.copy_context().run(ask) == "none"


def test_listen_from_another_loop() -> None:
    future: Future[int] = Future()

    async def main() -> int:
        _loop.post(future.set_result, 5)
        return await _loop.listen(future, 5)

    assert asyncio.run(main()) == 5


def test_a_cancelled_listener_leaves_the_work_alone() -> None:
    future: Future[int] = Future()

    async def main() -> None:
        task = asyncio.create_task(_loop.listen(future))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(WaitTimeout):
            await _loop.listen(future, 0.01)

    asyncio.run(main())
    assert not future.cancelled()
    future.set_result(1)  # the listening loop is closed by now


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_an_interrupt_ends_a_wait_at_once() -> None:
    process = script(
        "import asyncio\nfrom rtwidgets import _loop\n"
        "async def nap():\n    print('waiting', flush=True)\n    await asyncio.sleep(60)\n"
        "try:\n    _loop.run(nap())\n"
        "except KeyboardInterrupt:\n    print('interrupted', _loop.run(asyncio.sleep(0, 7)))\n"
    )
    assert process.stdout is not None and process.stdout.readline() == "waiting\n"
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=10)
    # Python 3.10 may add, at its end, that a cancelled task was not put away.
    assert said.startswith("interrupted 7\n") and process.returncode == 0
    assert time.monotonic() - begun < 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_gets_a_loop_of_its_own() -> None:
    process = script(
        "import asyncio, os\nfrom rtwidgets import _loop\n"
        "_loop.run(asyncio.sleep(0))\n"
        "if os.fork() == 0:\n    print(_loop.run(asyncio.sleep(0, 'child'), 5)); os._exit(0)\n"
        "os.wait()\n"
    )
    said, _ = process.communicate(timeout=20)
    assert "child" in said


class TestNested:
    def test_asyncio_run_inside_a_running_loop(self) -> None:
        process = script(
            "import asyncio\nfrom rtwidgets import _loop, allow_nested_asyncio\n"
            "async def inner():\n    await asyncio.sleep(0); return 5\n"
            "async def cell():\n"
            "    try:\n        asyncio.run(inner())\n"
            "    except RuntimeError as error:\n        print('before:', type(error).__name__)\n"
            "    allow_nested_asyncio()\n"
            "    print('after:', asyncio.run(inner()))\n"
            "    print('ours:', _loop.run(inner(), 5))\n"
            "asyncio.run(cell())\n"
        )
        said, _ = process.communicate(timeout=20)
        assert "before: RuntimeError" in said
        assert said.endswith("after: 5\nours: 5\n"), said

    def test_nothing_is_patched_without_a_running_loop(self) -> None:
        _loop.allow_nested_asyncio()
        assert not hasattr(asyncio, "_nest_patched")

    def test_never_on_our_own_loop(self) -> None:
        async def inside() -> None:
            _loop.allow_nested_asyncio()

        with pytest.raises(LocalProtocolError, match="call it in a cell"):
            _loop.run(inside(), 5)

    def test_refused_where_it_breaks_asyncio(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "version_info", (3, 14, 0))
        with pytest.raises(RealtimeError, match="await main"):
            _loop.allow_nested_asyncio()
