"""``Progress``: a bar for what takes long, and nothing for what does not."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

__all__ = ["Progress"]

#: What is done sooner needs no bar, in s.
PATIENCE_S = 1.0
#: A bar moves at most this often, in s.
EVERY_S = 0.2


class Progress:
    """``with Progress("writing", total) as progress: progress.add(1)``.

    In a notebook it is a widget, in a terminal a line on stderr, elsewhere nothing.
    """

    def __init__(self, what: str, total: float) -> None:
        self.what = what
        self.total = max(total, 1)
        self.done = 0.0
        self._due = time.monotonic() + PATIENCE_S
        self._bar: Any = None
        self._line = False

    def add(self, count: float) -> None:
        """So much more is done."""
        self.done += count
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + EVERY_S
            self._show()

    def _show(self) -> None:
        share = min(1.0, self.done / self.total)
        if self._bar is not None:
            self._bar.value = share
        elif _in_notebook():
            from IPython.display import display
            from ipywidgets import FloatProgress

            self._bar = FloatProgress(share, min=0.0, max=1.0, description=self.what)
            self._bar.style.description_width = "initial"
            display(self._bar)  # type: ignore[no-untyped-call]
        elif sys.stderr.isatty():
            self._line = True
            sys.stderr.write(f"\rrtwidgets: {self.what}, {share:.0%}")
            sys.stderr.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()
        if self._line:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _in_notebook() -> bool:
    """Whether this runs in a kernel, whose pages can show a widget."""
    shell = sys.modules.get("IPython")
    found = None if shell is None else shell.get_ipython()
    return getattr(found, "kernel", None) is not None
