"""Messages of a page while a cell runs, in the kernels that people have.

The page is played by a client that does what JupyterLab does: it asks the kernel for a subshell
and sends the messages of widgets there, where the kernel can; the browser test
``tests/e2e/test_frontends.py`` shows the same with a real page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import lacking
from tests.session.kernels import RELEASES, folder
from tests.session.test_kernel import Kernel

pytestmark = [pytest.mark.server, pytest.mark.notebook]

FRAMES = 25
#: Which hear a page while a cell runs; 6 has no subshells.
LIVE = {"6.31.0": False}
SETUP = """
import time, rtwidgets as rt
session = rt.connect(engine='simulated', quiet=True)
mic = rt.Microphone(session)
"""
BUSY = """
print('busy', flush=True)
end = time.monotonic() + 20
while mic.frames_received < 25 and time.monotonic() < end: time.sleep(0.05)
heard = mic.frames_received
"""


@pytest.fixture(params=[*RELEASES, "installed"])
def kernel(request: pytest.FixtureRequest) -> Iterator[tuple[str, Kernel]]:
    release = request.param
    if release != "installed" and not folder(release).is_dir():
        lacking(f"ipykernel {release} is not there: python tests/session/kernels.py")
    running = Kernel() if release == "installed" else Kernel(folder(release))
    try:
        yield release, running
    finally:
        running.stop()


class WidgetPage:
    """A page that shows one widget, at the other end of the kernel's sockets."""

    def __init__(self, kernel: Kernel, comm: str) -> None:
        self.kernel, self.comm = kernel, comm
        client = kernel.client
        self.subshell = None
        about: dict[str, Any] = client.kernel_info(reply=True, timeout=20)
        if "kernel subshells" in about["content"].get("supported_features", ()):
            client.control_channel.send(client.session.msg("create_subshell_request", {}))
            reply: dict[str, Any] = client.control_channel.get_msg(timeout=20)
            self.subshell = reply["content"]["subshell_id"]

    def say(self, kind: str, **fields: Any) -> None:
        content = {"kind": kind, "page": "p1", **fields}
        session = self.kernel.client.session
        data = {"comm_id": self.comm, "data": {"method": "custom", "content": content}}
        message = session.msg("comm_msg", data)
        if self.subshell is not None:
            message["header"]["subshell_id"] = self.subshell
        self.kernel.client.shell_channel.send(message)


def test_frames_while_a_cell_sleeps(kernel: tuple[str, Kernel]) -> None:
    release, running = kernel
    running.run(SETUP)
    assert running.run("print(session.live_while_busy)") == "None\n"
    page = WidgetPage(running, running.run("print(mic.comm.comm_id, end='')"))
    live = LIVE.get(release, True)
    assert (page.subshell is not None) is live
    page.say("opened", device="A client", device_rate=48000)
    # On ipykernel 7.4 an answer of the main thread would take the following messages there.
    running.run("mic.press(); mic.echo_cancellation = False")
    code = BUSY if live else BUSY.replace("+ 20", "+ 2")
    request = running.start(code)
    running.until(request, "busy")
    sound = "AAAA" * 640  # 40 ms of silence at 24 kHz, as base64
    for seq in range(FRAMES):
        page.say("audio", seq=seq, sample=960 * seq, time=0.04 * seq, b64=[sound])
    running.finish(request)
    assert running.run("print(heard)") == (f"{FRAMES}\n" if live else "0\n")
    # In the end they are all there, in order, wherever they waited.
    running.run(
        "end = time.monotonic() + 20\n"
        "import asyncio\n"
        "while mic.frames_received < 25 and time.monotonic() < end: await asyncio.sleep(0.05)"
    )
    said = running.run("print(mic.frames_received, mic.frames_lost, mic.out_of_order)")
    assert said == f"{FRAMES} 0 0\n"
    assert running.run("print(session.live_while_busy)") == f"{live}\n"


def test_a_pages_messages_make_no_kernel_busy(kernel: tuple[str, Kernel]) -> None:
    _, running = kernel
    running.run(SETUP)
    page = WidgetPage(running, running.run("print(mic.comm.comm_id, end='')"))
    for _ in range(5):
        page.say("hello")
    told: list[str] = []
    while told.count("idle") < 5:
        message: dict[str, Any] = running.client.get_iopub_msg(timeout=20)
        cause = message["parent_header"].get("msg_type")
        if message["msg_type"] == "status" and cause == "comm_msg":
            told.append(message["content"]["execution_state"])
    assert told == ["idle"] * 5, "a page waits for the end of each; its beginning is nobody's news"
