"""What the session's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import rtwidgets as rt
from tests.session.scripted import Script


@pytest.fixture
def script() -> Iterator[Script]:
    """A plain server that a test may change."""
    with Script() as running:
        yield running


@pytest.fixture
def session(script: Script) -> Iterator[rt.Session]:
    """A session with it."""
    with rt.connect(script.url, quiet=True) as opened:
        yield opened
