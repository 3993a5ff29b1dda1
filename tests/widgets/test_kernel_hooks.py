"""The private places of the kernel: touched where they are there, and missed nowhere."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from rtwidgets.widgets import kernel_hooks
from rtwidgets.widgets.kernel_hooks import keep_subshell, stay_idle


class Comm:
    def __init__(self, comm_id: str) -> None:
        self.comm_id = comm_id


class Kernel:
    """What a kernel tells its pages while it works on a message."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._parent: dict[str, Any] = {}

    def get_parent(self, channel: str = "shell") -> dict[str, Any]:
        return self._parent if channel == "shell" else {}

    def _publish_status(self, status: str, channel: str, parent: Any = None) -> None:
        self.told.append(status)

    def work_on(self, msg_type: str, **content: Any) -> list[str]:
        """As ipykernel does for each message; returns what it told."""
        self._parent = {"header": {"msg_type": msg_type}, "content": content}
        self.told.clear()
        self._publish_status("busy", "shell")
        self._publish_status("idle", "shell")
        return list(self.told)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel()
    monkeypatch.setattr(kernel_hooks, "_kernel", lambda: kernel)
    return kernel


def test_a_panels_messages_make_no_busy_and_each_still_ends_idle(kernel: Kernel) -> None:
    comms = [Comm("mic"), Comm("speaker")]
    for comm in comms:
        stay_idle(comm)
    assert kernel.work_on("comm_msg", comm_id="mic") == ["idle"]
    assert kernel.work_on("comm_msg", comm_id="speaker") == ["idle"]


def test_cells_and_widgets_of_others_are_told_as_ever(kernel: Kernel) -> None:
    comm = Comm("mic")
    stay_idle(comm)
    assert kernel.work_on("execute_request", code="1") == ["busy", "idle"]
    assert kernel.work_on("comm_msg", comm_id="a slider") == ["busy", "idle"]
    assert kernel.work_on("comm_close", comm_id=comm.comm_id) == ["busy", "idle"]


def test_a_panel_that_is_gone_is_forgotten(kernel: Kernel) -> None:
    comm = Comm("mic")
    stay_idle(comm)
    del comm
    gc.collect()
    assert kernel.work_on("comm_msg", comm_id="mic") == ["busy", "idle"]


def test_many_panels_put_one_hook_into_the_kernel(kernel: Kernel) -> None:
    comms = [Comm(str(number)) for number in range(3)]
    stay_idle(comms[0])
    hook = kernel._publish_status
    for comm in comms:
        stay_idle(comm)
    assert kernel._publish_status is hook


def test_outside_of_a_kernel_nothing_is_touched() -> None:
    stay_idle(Comm("mic"))
    stay_idle(object())


def test_the_subshell_of_a_message_is_kept_where_the_kernel_has_the_hook() -> None:
    class Hooked:
        def _reply_subshell_for(self, _data: object, default: str) -> str:
            return "the shell that sent last, not " + default

    comm = Hooked()
    keep_subshell(comm)
    assert comm._reply_subshell_for({}, "subshell-1") == "subshell-1"
    keep_subshell(object())
