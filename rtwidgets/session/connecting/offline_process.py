"""The offline engine of this program: a server in a process of its own.

Started when first wanted, shared by all sessions that want the same engine, and gone with
this process: the server reads its standard input, and the system closes that pipe however
this process ends. It has a process group of its own, so that an interrupt of a cell does not
stop the engine.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

from ...errors import ConnectionFailed
from .secrets import scrub

__all__ = ["LocalServer", "local_server"]

_READY = re.compile(r"rtwidgets: serving (ws://\S+) \(engine: (.+)\)")

#: Lines of its stderr that are kept for an error message.
TAIL_LINES = 15
#: How often a wait looks up, in s.
SLICE_S = 0.05
#: After this long a person wonders what is going on, in s.
WONDER_S = 1.5

_lock = threading.Lock()
_servers: dict[str, LocalServer] = {}


class LocalServer:
    """One running server: ``url`` and the ``engine`` that it says it has."""

    def __init__(self, engine: str, command: list[str] | None = None) -> None:
        command = command or [
            sys.executable,
            "-m",
            "rtwidgets",
            *("serve", "--port", "0", "--engine", engine, "--until-stdin-closes"),
        ]
        self.asked = engine
        self.url = ""
        self.engine = ""
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._said = threading.Event()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=_environment(),
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._readers = (
            self._follow(self._process.stdout, self._hear),
            self._follow(self._process.stderr, self._tail.append),
        )

    def _follow(self, stream: IO[str] | None, take: Callable[[str], object]) -> threading.Thread:
        """Read a pipe to its end: a full one would stop the server."""
        assert stream is not None

        def read() -> None:
            for line in stream:
                take(line.rstrip())
            self._said.set()

        reader = threading.Thread(target=read, name="rtwidgets-server-output", daemon=True)
        reader.start()
        return reader

    def _hear(self, line: str) -> None:
        if ready := _READY.match(line):
            self.url, self.engine = ready.groups()
            self._said.set()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """It has not ended."""
        return self._process.poll() is None

    def wait_ready(self, timeout: float, on_wait: Callable[[], None] | None = None) -> None:
        """Until it serves; raises ``ConnectionFailed`` with what it said on stderr.

        ``on_wait`` is called once, when it takes long enough for a person to wonder.
        """
        begun = time.monotonic()
        deadline = begun + timeout
        while not self.url:
            if on_wait is not None and time.monotonic() > begun + WONDER_S:
                on_wait()
                on_wait = None
            if not self.running:
                for reader in self._readers:  # its last words may still be in the pipe
                    reader.join(0.5)
                raise ConnectionFailed(self._why_not())
            if time.monotonic() > deadline:
                other = "" if self.asked == "simulated" else ", or take the simulated engine"
                raise ConnectionFailed(
                    f"the {self.asked} engine was not ready within {timeout:g} s: "
                    f"give it a longer timeout{other}{self._last_words()}"
                )
            # Its output wakes us; the slices are for an interrupt.
            self._said.wait(SLICE_S)

    def _why_not(self) -> str:
        """Why it ended: its own one line where it gave one, else all that it said."""
        said = list(self._tail)
        if self._process.returncode == 2 and said and said[-1].startswith("rtwidgets: "):
            return f"the offline engine did not start: {scrub(said[-1][len('rtwidgets: ') :])}"
        status = self._process.returncode
        return f"the offline engine did not start (exit status {status}){self._last_words()}"

    def _last_words(self) -> str:
        words = scrub("\n  ".join(self._tail)).strip()
        return f":\n  {words}" if words else ""

    def stop(self) -> None:
        """End it, kindly at first."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        for harder in (self._process.terminate, self._process.kill):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=3)
                return
            harder()


def local_server(
    engine: str, timeout: float, on_wait: Callable[[], None] | None = None
) -> LocalServer:
    """The running server with ``engine``, started where there is none."""
    with _lock:
        server = _servers.get(engine)
        if server is not None and server.running and server.url:
            return server
        server = LocalServer(engine)
        try:
            server.wait_ready(timeout, on_wait)
        except BaseException:  # an interrupt as well: nobody will ask for it again
            server.stop()
            raise
        _servers[engine] = server
        # Whoever asks by its real name later gets the one that `auto` chose.
        _servers.setdefault(server.engine, server)
        return server


def _environment() -> dict[str, str]:
    """This process's own, so that the same rtwidgets starts, without the user's key."""
    environment = {k: v for k, v in os.environ.items() if k != "OPENAI_API_KEY"}
    # A `random.py` in the user's folder must not become the server's.
    environment["PYTHONSAFEPATH"] = "1"
    root = str(Path(__file__).resolve().parent.parent.parent)
    if not root.endswith(("site-packages", "dist-packages")):
        paths = [root, environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    return environment


def _stop_all() -> None:
    servers = set(_servers.values())
    _servers.clear()
    for server in servers:
        server.stop()


atexit.register(_stop_all)
if hasattr(os, "register_at_fork"):
    # A forked child holds a copy of the pipe, but the server is not its own.
    os.register_at_fork(after_in_child=_servers.clear)
