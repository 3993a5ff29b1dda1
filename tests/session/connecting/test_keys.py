"""Where a key is looked for, in which order, and that nothing waits for it for ever."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import ModuleType

import pytest

from rtwidgets.session.connecting import keys
from rtwidgets.session.connecting.keys import Keys, ask
from rtwidgets.session.connecting.secrets import REDACTED, scrub

NAME = "OPENAI_API_KEY"


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., str | None]], None]:
    """Install a keyring that answers as it is told to."""

    def install(get_password: Callable[..., str | None]) -> None:
        module = ModuleType("keyring")
        module.get_password = get_password  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "keyring", module)

    return install


def test_the_environment_comes_first(stored: Callable[..., None]) -> None:
    stored(lambda service, name: f"{service}:{name}")
    assert Keys({NAME: "from-environment"})[NAME] == "from-environment"
    assert Keys({})[NAME] == f"rtwidgets:{NAME}"
    assert scrub(f"rtwidgets:{NAME}") == REDACTED
    assert Keys({NAME: ""}).get(NAME) == f"rtwidgets:{NAME}"


def test_no_keyring_and_nothing_in_it(
    stored: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert Keys({}).get(NAME) is None
    looked: list[str] = []
    stored(lambda service, name: looked.append(name))
    found = Keys({})
    assert found.get(NAME) is None and found.get(NAME) is None
    assert looked == [NAME]


def test_a_keyring_that_fails_or_hangs(
    stored: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(service: str, name: str) -> str:
        raise RuntimeError("locked")

    stored(fails)
    assert Keys({}).get(NAME) is None
    monkeypatch.setattr(keys, "KEYRING_S", 0.05)
    held = threading.Event()
    stored(lambda service, name: str(held.wait(10)))
    assert Keys({}).get(NAME) is None
    held.set()


def test_a_script_is_not_stopped_for_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt: pytest.fail("a script was asked"))
    assert ask(NAME) is None


@pytest.mark.parametrize("typed", ["sk-typed-0123456789 ", "", None])
def test_a_notebook_asks(monkeypatch: pytest.MonkeyPatch, typed: str | None) -> None:
    class Shell:
        kernel = object()

    def getpass(prompt: str) -> str:
        assert prompt == f"{NAME}: "
        if typed is None:
            raise RuntimeError("this front end has no input")
        return typed

    ipython = ModuleType("IPython")
    ipython.get_ipython = Shell  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setattr("getpass.getpass", getpass)
    assert ask(NAME) == ((typed or "").strip() or None)
