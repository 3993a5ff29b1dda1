"""What is known of a kernel that hears its pages while a cell runs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from rtwidgets.session import live


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    live._seen.clear()
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    yield
    live._seen.clear()


def note_on(name: str) -> None:
    thread = threading.Thread(target=live.note, name=name)
    thread.start()
    thread.join()


def test_nothing_is_known_before_the_first_message() -> None:
    assert live.known() is None
    assert "show a panel" in live.words()


def test_a_message_on_a_subshell_shows_that_it_is_live() -> None:
    live.note()
    assert live.known() is False
    assert "between cells" in live.words()
    note_on("subshell-1234")
    assert live.known() is True
    assert "while a cell runs" in live.words()


def test_the_last_messages_decide() -> None:
    note_on("subshell-1234")
    for _ in range(8):
        live.note()
    assert live.known() is False


def test_other_threads_and_plain_scripts_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    note_on("somebody")
    monkeypatch.delitem(sys.modules, "IPython")
    live.note()
    assert live.known() is None
