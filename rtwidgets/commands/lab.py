"""``rtwidgets lab``: the notebooks, opened in JupyterLab."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from ..errors import RealtimeError
from . import Subparsers, add_command, say

__all__ = ["add_parser", "find_notebook", "run"]

FIRST = "01_talk.ipynb"
_PACKAGE = Path(__file__).resolve().parent.parent


def add_parser(commands: Subparsers) -> None:
    """Describe the command."""
    parser = add_command(
        commands,
        "lab",
        summary="open the notebooks in JupyterLab",
        example="rtwidgets lab\nrtwidgets lab my-talk.ipynb --no-browser",
    )
    parser.add_argument("notebook", nargs="?", help=f"which one ({FIRST})")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--port", type=int, help="the port of JupyterLab")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Start JupyterLab and stay until it ends; its status is ours."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise RealtimeError("JupyterLab is not installed: pip install 'rtwidgets[lab]'")
    notebook = find_notebook(args.notebook)
    # The address that JupyterLab prints leads to the notebook as well.
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--LabApp.default_url=/lab/tree/{quote(notebook.name)}",
    ]
    if args.no_browser or not _has_display():
        command.append("--no-browser")
        say("rtwidgets: open the address below in a browser; microphones need localhost or https")
    if args.port is not None:
        command.append(f"--port={args.port}")
    if getattr(os, "geteuid", lambda: 1)() == 0:
        # In a container root is often the only user, and JupyterLab would refuse to start.
        command.append("--allow-root")
    with subprocess.Popen(command, cwd=notebook.parent, env=_environment()) as process:
        while process.returncode is None:
            # JupyterLab hears an interrupt as well: it asks, ends its kernels, and then itself.
            with contextlib.suppress(KeyboardInterrupt):
                process.wait()
    return process.returncode


def _environment() -> dict[str, str]:
    """Ours, and ``labconfig`` beside this file: JupyterLab does not ask whether it may fetch news.

    The question lies on the console's buttons, and nothing here needs a network.
    """
    paths = [str(Path(__file__).parent), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths))}


def _has_display() -> bool:
    """Whether a browser could be shown on this machine."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def find_notebook(name: str | None, *, here: Path | None = None) -> Path:
    """The notebook called ``name``: a path, else one of the project's own.

    Installed from a wheel, the project's notebooks are copied into ``rtwidgets-notebooks``
    below ``here`` (the working directory), where they can be edited; what is there already
    is left alone. ``RealtimeError`` where there is no such notebook.
    """
    here = here or Path.cwd()
    if name is not None and (here / name).is_file():
        return (here / name).resolve()
    folder = _PACKAGE.parent / "notebooks"
    if not (folder / FIRST).is_file():
        source = _PACKAGE / "notebooks"
        if not (source / FIRST).is_file():
            raise RealtimeError(
                f"there is no notebook {name or FIRST}: this installation has no notebooks"
            )
        folder = here / "rtwidgets-notebooks"
        _copy(source, folder)
    found = folder / (name or FIRST)
    if not found.is_file():
        names = ", ".join(sorted(path.name for path in folder.glob("*.ipynb")))
        raise RealtimeError(f"there is no notebook {name}: there are {names}")
    return found


def _copy(source: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for path in sorted(source.rglob("*")):
        target = folder / path.relative_to(source)
        if path.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
            say(f"rtwidgets: copied {path.relative_to(source)} to {folder}")
