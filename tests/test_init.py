"""The public page: every name is there, and the import costs nothing before it is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import rtwidgets as rt

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", rt.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(rt, name).__doc__
    assert name in dir(rt)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'conect'"):
        rt.conect  # noqa: B018


def test_the_import_brings_nothing_heavy() -> None:
    heavy = {"numpy", "websockets", "ipywidgets", "anywidget", "msgspec", "soxr", "asyncio"}
    code = f"import sys, rtwidgets; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_connecting_brings_no_widgets_and_no_price_list() -> None:
    heavy = {"ipywidgets", "anywidget", "genai_prices", "pydantic", "IPython"}
    code = f"import sys, rtwidgets; rtwidgets.connect; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
