"""Whether this kernel hears its pages while a cell runs, as far as it has shown.

JupyterLab sends the messages of widgets on a *subshell*, a thread of its own, where the kernel
has them (ipykernel 7.1 and later); everywhere else they wait on the main thread until the cell
ends. Which of the two it is is not asked for but seen: by the thread that messages come in on.
"""

from __future__ import annotations

import sys
import threading
from collections import deque

__all__ = ["in_a_kernel", "known", "note", "words"]

#: The last messages decide: the first ones of a page may come before its subshell is there.
_seen: deque[bool] = deque(maxlen=8)

WORDS = {
    True: "sound and buttons of a page reach the kernel while a cell runs",
    False: "this kernel hears its pages only between cells: what is said while a cell runs waits "
    "until it ends. Let the cell end and use callbacks, or use JupyterLab 4.4 or later with "
    "ipykernel 7.1 or later",
    None: "not known yet: show a panel of the session in a page",
}


def note() -> None:
    """A page's message came in, on the thread that calls this."""
    thread = threading.current_thread()
    if thread.name.startswith("subshell-"):
        _seen.append(True)
    elif thread is threading.main_thread() and in_a_kernel():
        _seen.append(False)


def known() -> bool | None:
    """True or False as the last messages showed, ``None`` before the first."""
    return any(_seen) if _seen else None


def words() -> str:
    """The same as a sentence, with what to do."""
    return WORDS[known()]


def in_a_kernel() -> bool:
    """Whether this is the process of a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None
