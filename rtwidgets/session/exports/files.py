"""Files that are whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ...errors import RealtimeError

__all__ = ["part_of", "writing"]


@contextmanager
def part_of(path: str | os.PathLike[str]) -> Iterator[Path]:
    """The name of a file beside ``path`` that takes its place when all went well.

    ``RealtimeError`` with the path where it cannot be written.
    """
    whole = Path(path).expanduser()
    part = whole.with_name(f".{whole.name}.part")
    try:
        yield part
        os.replace(part, whole)
    except OSError as error:
        raise RealtimeError(
            f"{whole} cannot be written: {(error.strerror or str(error)).lower()}"
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()


@contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """The same, open for writing."""
    with part_of(path) as part, part.open("wb") as file:
        yield file
