"""The judges: other people's Realtime clients, each in an environment of its own.

``python tests/judges/environments.py [NAME...]`` makes what is lacking in ``.run/judges``; a
stamp in each environment tells from what it was made, so a second run does nothing. Standard
library only.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["JUDGES", "Judge"]

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
HOME = ROOT / ".run" / "judges"


@dataclass(frozen=True)
class Judge:
    """A client that we did not write, and the program that lets it talk."""

    name: str
    """Its environment, and its requirements or its folder here."""
    program: str
    arguments: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where its environment is."""
        return HOME / self.name

    def made_from(self) -> str:
        """A digest of everything that decides what is installed."""
        parts = [*(path.read_bytes() for path in self._recipe()), sys.version.encode()]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()

    def ready(self) -> bool:
        """Whether the environment is there and made from what is asked for now."""
        stamp = self.folder / ".stamp"
        return stamp.is_file() and stamp.read_text() == self.made_from()

    def make(self) -> None:
        """Make the environment anew, unless it is ready."""
        if self.ready():
            return
        print(f"installing the judge {self.name}", flush=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._install()
        (self.folder / ".stamp").write_text(self.made_from())

    def _recipe(self) -> tuple[Path, ...]:
        raise NotImplementedError

    def _install(self) -> None:
        raise NotImplementedError

    def command(self) -> list[str]:
        """The program, ready for more arguments."""
        raise NotImplementedError


class PythonJudge(Judge):
    """A client from a Python package, in a virtual environment."""

    def _recipe(self) -> tuple[Path, ...]:
        return (HERE / "requirements" / f"{self.name}.txt",)

    def _install(self) -> None:
        # Our pip installs into it: one of its own would take longer than most of the rest.
        venv.create(self.folder, with_pip=False)
        pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
        pip += ["--python", str(self._python())]
        subprocess.run([*pip, "install", "-r", str(*self._recipe())], check=True)

    def _python(self) -> Path:
        windows = self.folder / "Scripts" / "python.exe"
        return windows if windows.exists() else self.folder / "bin" / "python"

    def command(self) -> list[str]:
        return [str(self._python()), str(HERE / self.program), *self.arguments]


class NodeJudge(Judge):
    """A client from npm, installed from a lockfile without running code."""

    def _recipe(self) -> tuple[Path, ...]:
        folder = HERE / self.name
        return tuple(folder / name for name in ("package.json", "package-lock.json", ".npmrc"))

    def _install(self) -> None:
        for path in self._recipe():
            shutil.copy(path, self.folder)
        tools = _node_tools()
        node = tools.find()
        if node is None:
            pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
            subprocess.run([*pip, "install", tools.REQUIREMENT], check=True)
            importlib.invalidate_caches()
            node = tools.find()
        subprocess.run(
            [*node.npm, "ci", "--loglevel=error"],
            check=True,
            cwd=self.folder,
            env=node.environment(),
        )

    def command(self) -> list[str]:
        # Node looks for packages beside the program, so the program goes to the packages.
        shutil.copy(HERE / self.name / self.program, self.folder)
        return [_node_tools().find().node, str(self.folder / self.program), *self.arguments]


def _node_tools() -> Any:
    """``js/node.py``, which is no package."""
    spec = importlib.util.spec_from_file_location("rtwidgets_node", ROOT / "js" / "node.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


JUDGES: tuple[Judge, ...] = (
    PythonJudge("openai_beta", "judge_openai.py", ("--dialect", "beta")),
    PythonJudge("openai", "judge_openai.py", ("--dialect", "ga")),
    PythonJudge("agents", "judge_agents.py"),
    NodeJudge("agents_js", "judge.mjs"),
)


def main(names: list[str]) -> int:
    unknown = set(names) - {judge.name for judge in JUDGES}
    if unknown:
        print(f"no such judge: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    wanted = [judge for judge in JUDGES if not names or judge.name in names]
    # They wait for the network far more than for a processor.
    with ThreadPoolExecutor(len(JUDGES)) as pool:
        list(pool.map(Judge.make, wanted))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
