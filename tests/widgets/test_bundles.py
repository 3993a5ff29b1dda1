"""What each page loads: one file a widget; the kernel sends it, a saved notebook holds it."""

from __future__ import annotations

import pytest

from rtwidgets.widgets.panel import STATIC
from tests.widgets.test_contract import WORDS

#: The most that a bundle may weigh, in bytes.
MOST = 60_000


@pytest.mark.parametrize("word", WORDS)
def test_no_bundle_is_heavier_than_60_kb(word: str) -> None:
    assert 0 < (STATIC / f"{word}.js").stat().st_size <= MOST
