"""Every module says what it is and what it offers, and none outgrows a reader."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "rtwidgets"
# A program offers nothing to import.
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__main__.py")
LIMIT = 400


def tracked() -> list[Path]:
    """The files of the repository; in a source archive without git, those that stand there."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
        return [ROOT / name for name in names if name and (ROOT / name).is_file()]
    skipped = {"node_modules", ".venv", "static"}
    return [path for path in ROOT.rglob("*") if not skipped.intersection(path.parts)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_has_a_docstring_and_exports_what_exists(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "no docstring"
    exported = declared(tree)
    assert exported is not None, "no __all__"
    assert len(exported) == len(set(exported))
    missing = set(exported) - bound(tree)
    assert not missing, f"__all__ names what is not there: {sorted(missing)}"


def declared(tree: ast.Module) -> list[str] | None:
    """The names of ``__all__``; those that are joined from other lists are left out."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and target.id == "__all__":
                value = getattr(node, "value", None)
                assert isinstance(value, ast.List | ast.Tuple), "__all__ is no list"
                return [e.value for e in value.elts if isinstance(e, ast.Constant)]
    return None


def bound(tree: ast.Module) -> set[str]:
    """The names that importing the module binds, or that its ``__getattr__`` may bind."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(one.asname or one.name).split(".")[0] for one in node.names}
    return names


def test_importing_the_package_binds_all_that_it_exports() -> None:
    import rtwidgets
    from rtwidgets import protocol
    from rtwidgets.protocol import events

    for module in (rtwidgets, protocol, events):
        for name in module.__all__:
            assert getattr(module, name) is not None


def test_no_file_outgrows_a_reader() -> None:
    sources = [path for path in tracked() if path.suffix in {".py", ".ts", ".js", ".mjs"}]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources}
    too_long = {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > LIMIT}
    assert len(lengths) > 100
    assert too_long == {}
