"""The folder of this user for models, and the hashes of the files that were looked at before.

A stamp of path, size and time of change makes the next start fast.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

__all__ = ["cache_dir", "remember", "sha256_of"]


def cache_dir() -> Path:
    """The folder of this user for joined, fetched and rewritten models."""
    given = os.environ.get("RTWIDGETS_CACHE")
    if given:
        return Path(given).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        return base / "rtwidgets" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "rtwidgets"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rtwidgets"


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file; remembered for as long as its size and time of change stay."""
    stamp = _stamps().get(str(path))
    if isinstance(stamp, list) and stamp[:2] == _identity(path):
        return str(stamp[2])
    with path.open("rb") as source:
        digest = hashlib.sha256()
        while chunk := source.read(1 << 20):
            digest.update(chunk)
    remember(path, digest.hexdigest())
    return digest.hexdigest()


def _identity(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _stamps() -> dict[str, list[object]]:
    try:
        stamps = json.loads((cache_dir() / "checked.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamps if isinstance(stamps, dict) else {}


def remember(path: Path, sha256: str) -> None:
    """Remember that ``path`` was checked; a cache that cannot be written costs time, no more."""
    stamps = _stamps() | {str(path): [*_identity(path), sha256]}
    try:
        cache_dir().mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=cache_dir(), prefix=".checked.")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(stamps, out, indent=1)
        shutil.move(temporary, cache_dir() / "checked.json")
    except OSError:
        pass
