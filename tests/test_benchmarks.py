"""``make bench`` is not run here; that what it takes from the package is still there, is."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
#: Also in the cells that a benchmark puts into a notebook; one name or many, in brackets or not.
IMPORT = re.compile(r"from (rtwidgets[\w.]*) import (?:\(([^)]*)\)|([^\n(]+))")


def taken() -> list[tuple[str, str]]:
    """Each module of ours that a benchmark names, and what it takes from it."""
    found = {
        (module, name.split(" as ")[0].strip())
        for path in FOLDER.glob("*.py")
        for module, many, one in IMPORT.findall(path.read_text("utf8"))
        for name in (many or one).split(",")
    }
    return sorted(pair for pair in found if pair[1])


@pytest.mark.parametrize(("module", "name"), taken())
def test_a_benchmark_takes_what_is_there(module: str, name: str) -> None:
    holder = importlib.import_module(module)
    if not hasattr(holder, name):
        importlib.import_module(f"{module}.{name}")
