"""Both cores joined, once in each dialect."""

from __future__ import annotations

import pytest

from rtwidgets.protocol.dialects import BETA, GA
from tests.pair import Pair


@pytest.fixture(params=[GA, BETA], ids=["ga", "beta"])
def pair(request: pytest.FixtureRequest) -> Pair:
    return Pair(request.param)
