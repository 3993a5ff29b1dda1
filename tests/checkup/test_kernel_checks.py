"""The kernel's half of the doctor: what it finds, what it advises, and what it never shows."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from rtwidgets.checkup import CHECKS, Check, Place, examine, kernel
from rtwidgets.checkup.check import lines
from rtwidgets.errors import EngineError
from rtwidgets.session import live

KEY = "sk-planted-0123456789abcdefghij"


@pytest.fixture
def listener() -> Iterator[int]:
    """A port where somebody answers and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_every_check_says_something_or_nothing_and_never_the_key() -> None:
    place = Place(environ={"OPENAI_API_KEY": KEY}, url="ws://127.0.0.1:9/v1/realtime")
    found = list(examine(place))
    assert [check.name for check in found][:4] == ["Python", "kernel", "key", "server"]
    text = lines(found) + repr(found) + repr(place)
    assert KEY not in text
    assert "planted" not in text
    assert all(check.text for check in found)
    assert len(CHECKS) >= 6


def test_one_that_falls_ill_is_a_line_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Place) -> Check:
        raise RuntimeError(KEY)

    monkeypatch.setitem(CHECKS, "key", broken)
    (line,) = [check for check in examine(Place(environ={})) if check.name == "key"]
    assert line == Check("key", "unknown", "could not be looked at: RuntimeError")


@pytest.mark.parametrize(
    ("value", "state", "said"),
    [
        (KEY, "ok", "environment"),
        (f" {KEY}", "bad", "spaces"),
        (f"{KEY}\n", "bad", "line break"),
        (f'"{KEY}"', "bad", "quotes"),
        (f"sk-…{KEY}", "bad", "signs"),
    ],
)
def test_a_key(value: str, state: str, said: str) -> None:
    found = kernel.key(Place(environ={"OPENAI_API_KEY": value}))
    assert found.state == state
    assert said in found.text
    assert "OPENAI_API_KEY" in found.text


def test_no_key_is_no_trouble() -> None:
    found = kernel.key(Place(environ={}))
    assert found.state == "ok"
    assert "offline engine" in found.text
    assert "OPENAI_API_KEY" in found.text


def test_without_a_key_no_network_is_needed() -> None:
    assert "needs no network" in kernel.server(Place(environ={})).text


def test_a_server_that_answers(listener: int) -> None:
    found = kernel.server(Place(url=f"ws://127.0.0.1:{listener}/v1/realtime", environ={}))
    assert found.state == "ok"
    assert f"127.0.0.1:{listener}" in found.text


def test_a_server_that_does_not(listener: int) -> None:
    found = kernel.server(Place(url="ws://127.0.0.1:9/v1/realtime", environ={}))
    assert found.state == "bad"
    assert found.todo
    found = kernel.server(Place(url="wss://nowhere.invalid/v1/realtime", environ={}))
    assert (found.state, "no such host" in found.text) == ("bad", True)


def test_a_server_whose_certificate_nobody_trusts(listener: int) -> None:
    """Plain where TLS is expected: refused, and no key was sent before that."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                heard.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"wss://127.0.0.1:{server.getsockname()[1]}/v1/realtime"
        found = kernel.server(Place(url=url, environ={"OPENAI_API_KEY": KEY}))
        thread.join()
    assert found.state == "bad"
    assert KEY.encode() not in b"".join(heard)


def test_an_address_that_is_none() -> None:
    found = kernel.server(Place(url="ftp://example.org", environ={}))
    assert found.state == "bad"


class Over:
    name, url, closed, why_closed, state = "OpenAI", "wss://x", True, "60 minutes", "closed"


def test_a_session_that_is_over_says_why() -> None:
    session: Any = Over()
    found = kernel.server(Place(session=session, environ={}))
    assert (found.state, "60 minutes" in found.text) == ("bad", True)
    assert "resume" in found.todo


def test_an_engine_whose_libraries_or_models_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "available", lambda *names: False)
    assert "rtwidgets[offline]" in kernel.engine(Place()).todo
    monkeypatch.setattr(kernel, "available", lambda *names: True)

    def nowhere(name: str) -> None:
        raise EngineError(f"{name} is not here")

    monkeypatch.setattr("rtwidgets.engines.weights.locate", nowhere)
    found = kernel.engine(Place())
    assert found.state == "warn"
    assert "kokoro-82m" in found.text
    assert "rtwidgets.engines.weights" in found.todo


@pytest.mark.parametrize(
    ("known", "number", "state"),
    [
        (True, "7.4.0", "ok"),
        (False, "7.4.0", "warn"),
        (None, "6.31.0", "warn"),
        (None, "7.1", "ok"),
    ],
)
def test_a_kernel(
    monkeypatch: pytest.MonkeyPatch, known: bool | None, number: str, state: str
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "IPython", object())
    monkeypatch.setattr(live, "in_a_kernel", lambda: True)
    monkeypatch.setattr(live, "known", lambda: known)
    monkeypatch.setattr(kernel, "_version", lambda name: number)
    found = kernel.kernel(Place())
    assert found.state == state
    assert bool(found.todo) == (state == "warn")


def test_a_line_shows_its_state_and_what_to_do() -> None:
    assert str(Check("key", "ok", "is set")) == "ok  key: is set"
    assert str(Check("key", "bad", "none", "set one")) == " ✗  key: none\n    → set one"
