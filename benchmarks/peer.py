"""The peer of the server's measurements: aimock, a Realtime mock for tests, from npm.

It answers from fixtures, speaks the GA dialect, takes sound without hearing it and checks
little. It is installed once, in a pinned version, below ``.run``.
"""

from __future__ import annotations

import importlib.util
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .load import ANSWER, QUESTION

__all__ = ["NAME", "peer"]

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".run" / "peer"
PACKAGE, VERSION = "@copilotkit/aimock", "1.43.0"
NAME = f"aimock {VERSION}"
#: Characters in a delta: what gives as many deltas as words.
DELTA = 5


@contextmanager
def peer() -> Iterator[tuple[str, int]]:
    """aimock in a process of its own; yields its address and its process id."""
    node = _node()
    program = _installed(node)
    fixtures = FOLDER / "fixtures.json"
    match = {"userMessage": QUESTION[:40]}
    fixtures.write_text(
        json.dumps({"fixtures": [{"match": match, "response": {"content": ANSWER}}]})
    )
    port = _free_port()
    options = ["--port", str(port), "--fixtures", str(fixtures), "--chunk-size", str(DELTA)]
    # Without a bound on its journal it would keep every context that it was asked.
    command = [node.node, str(program), *options, "--log-level", "silent", "--journal-max", "1"]
    with subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port, process)
            yield f"ws://127.0.0.1:{port}/v1/realtime", process.pid
        finally:
            process.terminate()


def _node() -> Any:
    """Node and npm as the browser build finds them; ``js`` is no package."""
    spec = importlib.util.spec_from_file_location("rtwidgets_node", ROOT / "js" / "node.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    found = module.find()
    if found is None:
        raise RuntimeError(f"no Node: pip install '{module.REQUIREMENT}'")
    return found


def _installed(node: Any) -> Path:
    program = FOLDER / "node_modules" / PACKAGE / "dist" / "cli.js"
    manifest = program.parent.parent / "package.json"
    if not manifest.exists() or json.loads(manifest.read_text())["version"] != VERSION:
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "package.json").write_text('{"private": true}\n')
        install = ["install", f"{PACKAGE}@{VERSION}", "--save-exact", "--no-audit", "--no-fund"]
        subprocess.run(
            [*node.npm, *install, "--loglevel=error"],
            cwd=FOLDER,
            env=node.environment(),
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return program


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError("the peer did not start")
