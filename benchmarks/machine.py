"""The processes that a measurement watches, and how busy others keep the machine meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Machine", "memory_bytes", "server"]


class Machine:
    """How busy all cores are, and how much of that is not the measurement's own doing."""

    def __init__(self, pid: int | None) -> None:
        self._pids = [os.getpid(), *([pid] if pid else [])]
        self._last = self._read()

    def others(self) -> float:
        """The others' share since the last call; 0 where the system does not tell."""
        (total, busy, own), self._last = self._last, self._read()
        spent = self._last[0] - total
        foreign = (self._last[1] - busy) - (self._last[2] - own)
        return max(0.0, foreign / spent) if spent else 0.0

    def _read(self) -> tuple[int, int, int]:
        """Clock ticks: all, busy, our own."""
        try:
            ticks = [int(n) for n in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
            stats = [Path(f"/proc/{pid}/stat").read_text() for pid in self._pids]
        except OSError:
            return 0, 0, 0
        own = sum(sum(map(int, text.rpartition(")")[2].split()[11:13])) for text in stats)
        return sum(ticks), sum(ticks) - ticks[3] - ticks[4], own


@contextmanager
def server(*options: str) -> Iterator[tuple[str, int]]:
    """``rtwidgets serve`` in a process of its own; yields its address and its process id."""
    command = [sys.executable, "-m", "rtwidgets", "serve", "--port", "0", "--until-stdin-closes"]
    with subprocess.Popen(
        [*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        line = process.stdout.readline()
        if "serving" not in line:
            raise SystemExit(f"the server did not start: {line!r}")
        try:
            yield line.split()[2], process.pid
        finally:
            process.stdin.close()
            process.wait(15)


def memory_bytes(pid: int) -> int:
    """Resident memory of a process; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
