"""What all tests share: what they may rely on, and what they may not reach.

On a developer's machine a test whose model or browser is not installed is skipped; where
``CI`` is set the same lack is a failure, so that a green run means that everything ran.
"""

from __future__ import annotations

import importlib.util
import os
import signal
from pathlib import Path

import pytest

from tests.speech import recordings

try:
    from hypothesis import settings
except ImportError:  # the core tests run without the extra `dev` as well
    settings = None  # type: ignore[assignment,misc]

MOST_LINES = 200
#: What each marker needs, as (what to look for, how to get it).
NEEDS = {
    "engine": (("onnxruntime",), "pip install -e '.[offline]'"),
    "browser": (("playwright", "jupyterlab"), "make browser"),
    "notebook": (("nbmake", "jupyterlab"), "pip install -e '.[lab,dev]'"),
}

if settings is not None:
    # A slow machine is no counterexample; CI draws the same examples every time.
    settings.register_profile("local", deadline=None)
    settings.register_profile("ci", deadline=None, derandomize=True)
    settings.load_profile("ci" if os.environ.get("CI") else "local")


def lacking(reason: str) -> None:
    """End a test that cannot run here: a skip, and in CI a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def pytest_configure(config: pytest.Config) -> None:
    """No test spends the key of whoever runs it, or fetches a model, unless it is live."""
    # A shell that starts the tests in the background has them, and their children, ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "live" not in config.getoption("markexpr", ""):
        for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AZURE_OPENAI_API_KEY"):
            os.environ.pop(name, None)
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
        os.environ["HF_HUB_OFFLINE"] = "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A live test runs only when the command line asks for live tests."""
    if "live" in config.getoption("markexpr", ""):
        return  # "not live" deselects them by itself
    unasked = pytest.mark.skip(reason="talks to the world: pytest -m live")
    for item in items:
        if item.get_closest_marker("live"):
            item.add_marker(unasked)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Cut lines that no one reads: in CI pytest prints a failed ``==`` of two sounds in full."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        crash.message = shortened(crash.message)
    for entry in getattr(getattr(report.longrepr, "reprtraceback", None), "reprentries", ()):
        entry.lines = [shortened(line) for line in entry.lines[:MOST_LINES]]


def shortened(line: str, limit: int = 1000) -> str:
    return line if len(line) <= limit else f"{line[:limit]} … ({len(line)} characters)"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Look for what the test's markers need."""
    for marker, (modules, remedy) in NEEDS.items():
        if item.get_closest_marker(marker) is None:
            continue
        missing = [name for name in modules if importlib.util.find_spec(name) is None]
        if missing:
            lacking(f"{', '.join(missing)} is not installed: {remedy}")


@pytest.fixture(scope="session")
def speech() -> dict[str, tuple[Path, str]]:
    """Recordings of a human voice: name → (WAV file, its words)."""
    found = recordings()
    if not found:
        lacking("no recorded speech: .ci/speech gets it")
    return found
