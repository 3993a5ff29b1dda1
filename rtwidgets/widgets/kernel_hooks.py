"""The two private places of ipykernel that panels touch, each only where it is found.

Where a place is missing (another kernel, a later version) everything still works; what is lost
is said at each function.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import Any, TypeAlias

__all__ = ["keep_subshell", "stay_idle"]


def keep_subshell(comm: object) -> None:
    """Let a page's messages keep the subshell that they came on.

    ipykernel 7.4 sends them to the shell that last *sent* on the comm, which for a widget made
    in a cell is the main one: the microphone would then wait until the running cell ends.
    Without the hook nothing is lost but delivery during a busy cell.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda _data, default: default


def stay_idle(comm: object) -> None:
    """Let a page's messages on this comm come in without a "busy" to every page.

    A kernel tells "busy" before each message and "idle" after it, also for the 25 frames a
    second of a microphone. JupyterLab answers each by drawing its indicators and by fetching
    another icon for the browser's tab: the tab flickers, and a quarter of a core is spent in the
    renderer, the browser and its network process. "idle" is still told, since the page waits for
    it. Without the hook all of this is as it was.
    """
    kernel = _kernel()
    comm_id = getattr(comm, "comm_id", None)
    if kernel is not None and comm_id is not None:
        quiet = _quiet.get(kernel)
        if quiet is None:
            quiet = _quiet[kernel] = _listen(kernel)
        quiet[comm_id] = comm


#: Comms by their ids; those that were closed and forgotten fall out.
_Comms: TypeAlias = weakref.WeakValueDictionary[str, Any]

#: The comms of each kernel that stay idle.
_quiet: weakref.WeakKeyDictionary[Any, _Comms] = weakref.WeakKeyDictionary()


def _kernel() -> Any:
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    kernel = getattr(shell, "kernel", None)
    hooks = (getattr(kernel, "_publish_status", None), getattr(kernel, "get_parent", None))
    return kernel if all(map(callable, hooks)) else None


def _listen(kernel: Any) -> _Comms:
    """Put the hook into the kernel; returns the comms that it is quiet for, still none."""
    comms = _Comms()
    publish: Callable[..., Any] = kernel._publish_status

    def publish_status(status: str, *args: Any, **kwargs: Any) -> Any:
        if status == "busy" and _comm_id(kernel, *args) in comms:
            return None
        return publish(status, *args, **kwargs)

    kernel._publish_status = publish_status
    return comms


def _comm_id(kernel: Any, channel: str = "shell", *_: Any) -> str | None:
    """The comm that the message is for that the kernel works on; ``None`` if it is not for one."""
    parent = kernel.get_parent(channel)
    if parent.get("header", {}).get("msg_type") != "comm_msg":
        return None
    comm_id = parent.get("content", {}).get("comm_id")
    return comm_id if isinstance(comm_id, str) else None
