"""Servers for the conformance tests, a run in each dialect, and the table of the outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from rtwidgets.server import Server, serve
from tests.conformance.statements import OPEN, STATEMENTS
from tests.conformance.table import number_of, render
from tests.conformance.wire import Wire, dial

_outcomes = pytest.StashKey[dict[tuple[int, str], str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--conformance-table",
        type=Path,
        default=None,
        metavar="FILE",
        help="write the table of all statements and their outcomes",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A statement's test runs once in each dialect that the statement is about."""
    number = number_of(metafunc.function.__name__)
    if number is not None and "dialect" in metafunc.fixturenames:
        metafunc.parametrize("dialect", STATEMENTS[number].dialects)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        why = OPEN.get(_place(item) or (0, ""))
        if why is not None:
            item.add_marker(pytest.mark.xfail(reason=why, run=False))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep the worst outcome of each statement and dialect."""
    report = yield
    place = _place(item)
    if place is not None and (report.when == "call" or not report.passed):
        known = item.config.stash.setdefault(_outcomes, {})
        outcome = "pass" if report.passed else "open" if hasattr(report, "wasxfail") else "fail"
        if known.get(place, "pass") == "pass":
            known[place] = outcome
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    path = session.config.getoption("--conformance-table", None)
    if path is not None:
        path.write_text(render(session.config.stash.get(_outcomes, {})), "utf-8")


def _place(item: pytest.Item) -> tuple[int, str] | None:
    number = number_of(getattr(item, "originalname", item.name))
    callspec = getattr(item, "callspec", None)
    dialect = callspec.params.get("dialect") if callspec is not None else None
    return (number, dialect) if number is not None and dialect is not None else None


@pytest.fixture(scope="session")
def _servers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="session")
def server(_servers: ExitStack) -> Server:
    """Answers as fast as it can."""
    return _servers.enter_context(serve("simulated", seed=1))


@pytest.fixture(scope="session")
def slow(_servers: ExitStack) -> Server:
    """Answers at the speed of speech, so that there is something to cut."""
    return _servers.enter_context(serve("simulated", seed=1, pace=1.0))


@pytest.fixture(scope="session")
def late(_servers: ExitStack) -> Server:
    """Thinks for so long that everything happens before its first word."""
    return _servers.enter_context(serve("simulated", seed=1, latency_ms=5000))


@pytest.fixture
def wire(server: Server, dialect: str) -> Iterator[Wire]:
    """A new session."""
    with dial(server.url, dialect) as opened:
        yield opened


@pytest.fixture
def slow_wire(slow: Server, dialect: str) -> Iterator[Wire]:
    """A new session with a server that takes its time."""
    with dial(slow.url, dialect) as opened:
        yield opened
