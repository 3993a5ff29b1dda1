"""Imports go downward only: the table of the architecture, read from the code with ``ast``.

Each package names the packages of rtwidgets that it may import, what it may import from
outside when it is itself imported, and what it may import later, inside a function.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "rtwidgets"


@dataclass(frozen=True)
class Layer:
    """What one package may import; ``late`` holds inside functions only, ``None`` is anything."""

    inner: frozenset[str] = frozenset()
    outer: frozenset[str] = frozenset()
    late: frozenset[str] | None = frozenset()


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


LAYERS = {
    "errors": Layer(),
    "audio": Layer(names("errors"), names("numpy soxr")),
    "figures": Layer(names("audio errors"), names("numpy")),
    "protocol": Layer(names("errors"), names("msgspec")),
    "engines": Layer(
        names("audio errors protocol.config protocol.items protocol.spoken_context"),
        names("numpy msgspec"),
        late=None,
    ),
    "_loop": Layer(names("errors"), late=names("nest_asyncio nest_asyncio2")),
    "session": Layer(
        names("_loop protocol figures audio errors"),
        names("numpy msgspec websockets"),
        late=names("genai_prices keyring IPython ipywidgets pandas"),
    ),
    "server": Layer(
        names("_loop engines protocol audio errors"),
        names("numpy msgspec websockets"),
        late=names("httpx2 mcp"),
    ),
    "widgets": Layer(
        names("session protocol figures audio errors"),
        names("numpy msgspec anywidget ipywidgets traitlets"),
        late=names("IPython"),
    ),
    "experiments": Layer(
        names("session protocol audio engines errors"), names("numpy msgspec"), late=None
    ),
}
#: The front doors join everything.
TOP = names("__init__ __main__ checkup cli commands")

#: What would put I/O, a clock, a thread or chance into the core.
IMPURE = names(
    "asyncio concurrent datetime http io logging multiprocessing os pathlib queue random secrets "
    "select shutil signal socket ssl subprocess sys tempfile threading time urllib uuid"
)


@dataclass(frozen=True)
class Import:
    """One import: the dotted module, its line, and whether a function delays it."""

    module: str
    line: int
    late: bool


def imports(path: Path) -> Iterator[Import]:
    package = ("rtwidgets", *path.relative_to(PACKAGE).parent.parts)

    def walk(node: ast.AST, late: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for name in child.names:
                    yield Import(name.name, child.lineno, late)
            elif isinstance(child, ast.ImportFrom):
                base = package[: len(package) - child.level + 1] if child.level else ()
                start = [*base, *(child.module.split(".") if child.module else [])]
                for name in child.names:
                    # `from . import x` imports the module x; `from .x import y` imports x.
                    whole = [*start, name.name] if is_module([*start, name.name]) else start
                    yield Import(".".join(whole), child.lineno, late)
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from walk(child, late or inside)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), late=False)


def is_module(dotted: list[str]) -> bool:
    if dotted[:1] != ["rtwidgets"]:
        return False
    place = PACKAGE.joinpath(*dotted[1:])
    return place.is_dir() or place.with_suffix(".py").is_file()


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def offence(layer: str, found: Import) -> str | None:
    """Why this import breaks the table, if it does."""
    allowed = LAYERS[layer]
    parts = found.module.split(".")
    if parts[0] == "rtwidgets":
        inner = ".".join(parts[1:3])
        fits = parts[1:2] == [layer] or not allowed.inner.isdisjoint({inner, *parts[1:2]})
        return None if fits else f"{layer} may not import rtwidgets.{inner}"
    if parts[0] in sys.stdlib_module_names:
        if layer == "protocol" and parts[0] in IMPURE:
            return f"the core is pure, and {parts[0]} is not"
        return None
    if parts[0] in allowed.outer:
        return None
    if allowed.late is None or parts[0] in allowed.late:
        return None if found.late else f"{parts[0]} is imported inside functions only"
    return f"{layer} may not import {parts[0]}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downward(path: Path) -> None:
    layer = layer_of(path)
    if layer in TOP:
        return
    assert layer in LAYERS, f"{layer} has no place in the table of layers"
    found = [(one, offence(layer, one)) for one in imports(path)]
    assert [f"line {one.line}: {why}" for one, why in found if why] == []


def test_session_and_server_do_not_know_each_other() -> None:
    assert "server" not in LAYERS["session"].inner
    assert "session" not in LAYERS["server"].inner


@pytest.mark.parametrize(
    ("layer", "module", "late", "allowed"),
    [
        ("protocol", "asyncio", False, False),
        ("protocol", "numpy", True, False),
        ("protocol", "rtwidgets.errors", False, True),
        ("session", "rtwidgets.server", True, False),
        ("session", "genai_prices", False, False),
        ("session", "genai_prices", True, True),
        ("engines", "onnxruntime", False, False),
        ("engines", "onnxruntime", True, True),
        ("engines", "rtwidgets.protocol.items", False, True),
        ("engines", "rtwidgets.protocol.server", False, False),
        ("widgets", "rtwidgets._loop", False, False),
    ],
)
def test_the_table_refuses_what_it_should(
    layer: str, module: str, late: bool, allowed: bool
) -> None:
    assert (offence(layer, Import(module, 1, late)) is None) is allowed


def test_relative_imports_are_resolved() -> None:
    found = {one.module for one in imports(PACKAGE / "protocol" / "conversation.py")}
    assert {"rtwidgets.protocol.events", "rtwidgets.protocol.items", "msgspec"} <= found
