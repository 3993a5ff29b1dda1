"""The same cells in the kernels that people have: old, new and between.

What one kernel can do in all is in ``test_kernel.py``; here is what releases differ in: how a
cell waits, awaits, and is interrupted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import pytest

from tests.conftest import lacking
from tests.session.kernels import RELEASES, folder
from tests.session.test_kernel import Kernel

pytestmark = [pytest.mark.server, pytest.mark.notebook]

INTERRUPT_S = 0.2
#: Waits that nothing would end: what a person interrupts.
WAITS = {
    "a turn": "never.wait()",
    "a turn, awaited": "await never",
    "two sessions": "await asyncio.gather(session.say('Hi').finished(), never.finished())",
    "events": "list(other.events())",
    "events, awaited": "await other.events().__anext__()",
}


#: After an interrupted await these answer no further cell, about one time in twenty, on Python
#: 3.10 the installed one as well; with plain asyncio too. What they did until then counts, and the
#: next test has another kernel.
DEAF = ("7.1.0", "7.3.0", *(("installed",) if sys.version_info < (3, 11) else ()))


def opened(release: str) -> Kernel:
    """A kernel with two sessions, and a turn that never ends."""
    running = Kernel() if release == "installed" else Kernel(folder(release))
    try:
        said = running.run("import ipykernel; print(ipykernel.__version__)").strip()
        assert release in (said, "installed")
        running.run(
            "import asyncio, time, rtwidgets as rt\n"
            "session, other = (rt.connect(engine='simulated', quiet=True) for _ in range(2))\n"
            "never = rt.Turn(other, 'never')"
        )
    except BaseException:
        running.stop()
        raise
    return running


@pytest.fixture(scope="module", params=[*RELEASES, "installed"])
def release(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if name != "installed" and not folder(name).is_dir():
        lacking(f"ipykernel {name} is not there: python tests/session/kernels.py")
    return name


@pytest.fixture(scope="module")
def kernels(release: str) -> Iterator[list[Kernel]]:
    """The one that the tests of a release share; none, where a test found it broken."""
    running: list[Kernel] = []
    yield running
    for kernel in running:
        kernel.stop()


@pytest.fixture
def kernel(release: str, kernels: list[Kernel]) -> Kernel:
    if not kernels:
        kernels.append(opened(release))
    return kernels[0]


def test_waiting_and_awaiting(kernel: Kernel) -> None:
    assert kernel.run("print(session.say('add 2 and 3').wait(20).text)") == "2 plus 3 is 5.\n"
    assert kernel.run("print((await session.say('add 2 and 4')).text)") == "2 plus 4 is 6.\n"


def test_two_sessions_at_once(kernel: Kernel) -> None:
    said = kernel.run(
        "turns = session.say('add 1 and 2'), other.say('add 3 and 4')\n"
        "print(*(turn.wait(20).text for turn in turns))\n"
        "turns = session.say('add 5 and 6'), other.say('add 7 and 8')\n"
        "print(*(turn.text for turn in await asyncio.gather(*(t.finished() for t in turns))))"
    )
    assert said == "1 plus 2 is 3. 3 plus 4 is 7.\n5 plus 6 is 11. 7 plus 8 is 15.\n"


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_an_interrupt_ends_any_wait_at_once(
    kernel: Kernel, kernels: list[Kernel], release: str, wait: str
) -> None:
    deaf = release in DEAF and "await" in wait
    running = opened(release) if deaf else kernel
    try:
        _interrupt(running, wait)
        if not deaf:  # other cells go on as if nothing had been
            assert running.run("print(session.say('add 1 and 1').wait(20).text)") == (
                "1 plus 1 is 2.\n"
            )
            assert running.run("print((await other.say('add 1 and 3')).text)") == (
                "1 plus 3 is 4.\n"
            )
    except BaseException:
        if not deaf:
            kernels.pop().stop()  # the next try has a new one
        raise
    finally:
        if deaf:
            running.stop()


def _interrupt(kernel: Kernel, wait: str) -> None:
    # The cell notes when the wait was over: the traceback that IPython draws takes longer.
    request = kernel.start(
        "print('waiting', flush=True)\n"
        f"try: {wait}\n"
        "except BaseException:\n"
        "    ended = time.time()\n"
        "    print(ended, session.say('add 2 and 2').wait(20).text, other.say('add 2 and 3')"
        ".wait(20).text, flush=True)\n"
        "    raise"
    )
    kernel.until(request, "waiting")
    time.sleep(0.3)  # from the print into the wait
    begun = time.time()
    kernel.manager.interrupt_kernel()
    said = kernel.finish(request, 20)
    assert "KeyboardInterrupt" in said or "CancelledError" in said
    ended, _, answers = said.partition(" ")
    assert answers.startswith("2 plus 2 is 4. 2 plus 3 is 5.\n")
    assert 0 < float(ended) - begun < INTERRUPT_S
