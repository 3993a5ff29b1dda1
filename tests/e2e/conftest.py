"""One JupyterLab and one Chromium for all browser tests; a page and a kernel for each."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.lab import Lab, Notebook, launch_chromium

OpenNotebook = Callable[..., Notebook]
OPENED = pytest.StashKey[list[Notebook]]()
#: What the pages of failed tests looked like.
PICTURES = Path(__file__).parent.parent.parent / ".run" / "pages"


@pytest.fixture(scope="session")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The WAV that the browser records; a test overwrites it before it presses record."""
    return tmp_path_factory.mktemp("microphone") / "microphone.wav"


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    server = Lab(tmp_path_factory.mktemp("lab"), {"OPENAI_API_KEY": ""})
    yield server
    server.stop()


@pytest.fixture
def widgets_saved(lab: Lab) -> Iterator[None]:
    """JupyterLab saves widgets with their notebooks, as ``rtwidgets lab`` tells it to."""
    folder = lab.settings.parents[1] / "@jupyter-widgets" / "jupyterlab-manager"
    folder.mkdir(parents=True, exist_ok=True)
    setting = folder / "plugin.jupyterlab-settings"
    setting.write_text('{"saveState": true}', "utf-8")
    yield
    setting.unlink()


@pytest.fixture(scope="session")
def browser(microphone: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = launch_chromium(playwright, microphone)
        yield chromium
        chromium.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the page looked like when a test failed."""
    report = yield
    notebooks: list[Notebook] = item.stash.get(OPENED, [])
    if report.failed and report.when == "call":
        for number, notebook in enumerate(notebooks):
            path = PICTURES / f"{item.name}-{number}.png"
            notebook.screenshot(path)
            report.sections.append(("page", f"{path}\n" + "\n".join(notebook.errors)))
    return report


@pytest.fixture
def open_notebook(
    lab: Lab, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[OpenNotebook]:
    """Opens notebooks; afterwards no page and no kernel is left."""
    opened: list[Notebook] = []
    request.node.stash[OPENED] = opened

    def open_(name: str, cells: list[str], **options: str) -> Notebook:
        notebook = Notebook(lab, browser, name, cells, **options)
        opened.append(notebook)
        return notebook

    yield open_
    for notebook in opened:
        notebook.close()
