"""A session in the cells of a real kernel: synchronous, asynchronous, interrupted."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.conftest import lacking

pytestmark = pytest.mark.server

ROOT = str(Path(__file__).parent.parent.parent)


class Kernel:
    """Cells in, what they printed and showed out."""

    def __init__(self, *first: Path) -> None:
        """A kernel whose modules come out of ``first`` where they are there."""
        from jupyter_client.manager import KernelManager

        path = os.pathsep.join([*map(str, first), ROOT])
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env={**os.environ, "PYTHONPATH": path})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def start(self, code: str) -> str:
        return str(self.client.execute(code))

    def until(self, request: str, text: str) -> None:
        """Wait until the cell has printed ``text``."""
        while True:
            message: dict[str, Any] = self.client.get_iopub_msg(timeout=20)
            if message["parent_header"].get("msg_id") == request and (
                text in message["content"].get("text", "")
            ):
                return

    def finish(self, request: str, timeout: float = 60) -> str:
        """Everything that the cell put out."""
        said: list[str] = []
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            message: dict[str, Any] = self.client.get_iopub_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                said.append(content["text"])
            elif kind in ("execute_result", "display_data"):
                said.extend(content["data"].values())
            elif kind == "error":
                said.append(f"{content['ename']}: {content['evalue']}")
            elif kind == "status" and content["execution_state"] == "idle":
                break
        return "".join(said)

    def run(self, code: str, timeout: float = 60) -> str:
        return self.finish(self.start(code), timeout)


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    if find_spec("ipykernel") is None:
        lacking("ipykernel is not installed: pip install -e '.[lab,dev]'")
    running = Kernel()
    try:
        said = running.run("import rtwidgets as rt\nsession = rt.connect(engine='simulated')")
        # A busy machine says before it that it is loading.
        assert said.endswith("rtwidgets: talking to the offline engine (simulated)\n")
        yield running
    finally:
        running.stop()


def test_waiting(kernel: Kernel) -> None:
    assert kernel.run("print(session.say('add 2 and 3').wait().text)") == "2 plus 3 is 5.\n"


def test_awaiting(kernel: Kernel) -> None:
    assert kernel.run("print((await session.say('add 2 and 4')).text)") == "2 plus 4 is 6.\n"
    said = kernel.run(
        "import asyncio\n"
        "async def main():\n"
        "    async with rt.connect(engine='simulated', quiet=True) as other:\n"
        "        turns = other.say('spell a').finished(), session.say('spell b').finished()\n"
        "        both = await asyncio.gather(*turns)\n"
        "        return [turn.text for turn in both]\n"
        "print(len(await main()))"
    )
    assert said == "2\n", said


def test_values_show_themselves(kernel: Kernel) -> None:
    said = kernel.run("session.say('Hello').wait()")
    assert "<Turn completed: 'Hello'" in said and "<audio" in said
    assert "free (offline)" in kernel.run("session.usage")


def test_an_interrupt_ends_a_wait(kernel: Kernel) -> None:
    kernel.run("never = rt.Turn(session, 'never')")
    request = kernel.start("print('waiting', flush=True); never.wait()")
    time.sleep(1)
    begun = time.monotonic()
    kernel.manager.interrupt_kernel()
    said = kernel.finish(request, 20)
    assert "KeyboardInterrupt" in said and time.monotonic() - begun < 2
    assert kernel.run("print(session.say('add 1 and 1').wait().text)") == "1 plus 1 is 2.\n"


def test_a_busy_cell_does_not_stall_the_session(kernel: Kernel) -> None:
    said = kernel.run(
        "import time\n"
        "turn = session.say('Hello')\n"
        "end = time.monotonic() + 2\n"
        "while time.monotonic() < end and not turn.done: pass\n"
        "print(turn.done)"
    )
    assert said == "True\n"


def test_scripts_that_call_asyncio_run(kernel: Kernel) -> None:
    said = kernel.run(
        "async def main(): return (await session.say('add 3 and 3')).text\n"
        "rt.allow_nested_asyncio()\n"
        "print(asyncio.run(main()))"
    )
    assert said == "3 plus 3 is 6.\n", said
    assert kernel.run("print((await session.say('add 3 and 4')).text)") == "3 plus 4 is 7.\n"


@pytest.mark.engine
def test_cells_run_at_once_while_the_engine_thinks(kernel: Kernel) -> None:
    kernel.run("real = rt.connect(engine='offline', quiet=True)", timeout=100)
    kernel.run("story = real.say('Tell me a long story about a lighthouse and the sea.')")
    waits: list[float] = []
    while len(waits) < 20:
        begun = time.monotonic()
        said = kernel.run("print(story.done); sum(range(10**6))")
        if said.startswith("True"):
            break
        waits.append(time.monotonic() - begun)
    kernel.run("real.close()")
    assert len(waits) >= 5, "it was done before anything was measured"
    assert median(waits) < 0.2
