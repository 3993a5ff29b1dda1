"""The documentation is run: its Python, its options, its table of models, its links."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rtwidgets as rt
from rtwidgets.engines.models import MODELS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_RUN = "<!-- not run"


def snippets(page: Path) -> list[str]:
    """The Python of a page, in order; a comment ``<!-- not run: why -->`` above leaves one out."""
    text = page.read_text("utf-8")
    found = re.finditer(r"(?P<before>[^\n]*)\n```python\n(?P<code>.*?)```", text, re.DOTALL)
    return [match["code"] for match in found if not match["before"].startswith(NOT_RUN)]


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pages say ``rt.connect()``; here it takes the engine that needs no model."""
    opened: list[Any] = []
    connect, secret = rt.connect, functools.partial(rt.client_secret, engine="simulated")

    def remembering(*args: Any, **settings: Any) -> Any:
        # A client secret knows its server.
        where = {} if "client_secret" in settings else {"engine": "simulated"}
        opened.append(connect(*args, **where, **settings, quiet=True))
        return opened[-1]

    monkeypatch.setattr(rt, "connect", remembering)
    monkeypatch.setattr(rt, "client_secret", secret)
    yield
    for session in opened:
        session.close()


@pytest.mark.parametrize("page", [page for page in PAGES if snippets(page)], ids=lambda p: p.name)
def test_the_python_of_a_page_runs_from_top_to_bottom(page: Path, simulated: None) -> None:
    names: dict[str, Any] = {}
    for number, code in enumerate(snippets(page), 1):
        exec(compile(code, f"{page.name}, snippet {number}", "exec"), names)


def test_the_readme_has_python() -> None:
    assert len(snippets(ROOT / "README.md")) >= 2


@functools.cache
def helps() -> dict[str, str]:
    """``--help`` of the program and of each command, by its words."""

    def ask(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "rtwidgets", *words, "--help"],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout

    overview = ask()
    commands = re.findall(r"^    ([a-z]+) +\S", overview, re.MULTILINE)
    assert {"lab", "serve", "talk"} <= set(commands)
    return {"rtwidgets": overview} | {name: ask(name) for name in commands}


def test_every_command_and_option_is_on_the_page_of_the_command_line() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    for command, text in helps().items():
        if command != "rtwidgets":
            assert f"## rtwidgets {command}" in page
            assert "example:" in text
        for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - {"--help", "--version"}:
            assert f"`{option}" in page, f"docs/cli.md says nothing of {command} {option}"


def test_no_option_on_the_page_is_made_up() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    offered = " ".join(helps().values())
    for option in set(re.findall(r"`(--[a-z][a-z-]+)", page)):
        assert option in offered, f"docs/cli.md has {option}, which no command knows"


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_listed_with_its_licence_package_and_size(name: str) -> None:
    model = MODELS[name]
    rows = (ROOT / "docs" / "models.md").read_text("utf-8").splitlines()
    row = next(line for line in rows if line.startswith(f"| `{name}` |"))
    megabytes = round(sum(file.size for file in model.files) / 1e6)
    assert f"| {model.licence} |" in row
    assert f"`{model.packages[0]}`" in row
    assert f"| {megabytes} MB |" in row


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    for target in targets:
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
