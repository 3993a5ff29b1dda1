"""A real server on a real loopback port, one for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rtwidgets.server import Server, serve


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("simulated", seed=1) as running:
        yield running
