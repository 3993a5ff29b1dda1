"""The opening handshake: what is read, what is refused, what is never echoed."""

from __future__ import annotations

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request

from rtwidgets.server.handshake import (
    PATHS,
    is_loopback,
    read_hello,
    refusal,
    select_subprotocol,
    wrong_key,
)


def request(path: str = PATHS[0], *headers: tuple[str, str]) -> Request:
    return Request(path, Headers(list(headers)))


@pytest.mark.parametrize(
    ("header", "dialect"),
    [
        (("OpenAI-Beta", "realtime=v1"), "beta"),
        (("openai-beta", "assistants=v2, realtime=v1"), "beta"),
        (("Sec-WebSocket-Protocol", "realtime, openai-beta.realtime-v1"), "beta"),
        (("Sec-WebSocket-Protocol", "realtime"), "ga"),
        (("OpenAI-Beta", "assistants=v2"), "ga"),
        (("User-Agent", "realtime=v1"), "ga"),
    ],
)
def test_dialect(header: tuple[str, str], dialect: str) -> None:
    assert read_hello(request(PATHS[0], header)).dialect.name == dialect


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (("Authorization", "Bearer sk-1"), "sk-1"),
        (("authorization", "bearer sk-1"), "sk-1"),
        (("Authorization", "Basic sk-1"), None),
        (("api-key", "sk-1"), "sk-1"),
        (("Sec-WebSocket-Protocol", "realtime, openai-insecure-api-key.sk-1, x"), "sk-1"),
        (("Sec-WebSocket-Protocol", "realtime"), None),
    ],
)
def test_key(header: tuple[str, str], key: str | None) -> None:
    hello = read_hello(request(PATHS[0], header))
    assert hello.key == key
    assert hello.knows("sk-1") == (key == "sk-1")
    assert not hello.knows("sk-2")


def test_a_key_that_is_no_ascii_is_compared() -> None:
    assert not read_hello(request(PATHS[0], ("api-key", "schlüssel"))).knows("sk-1")


def test_model() -> None:
    assert read_hello(request("/v1/realtime?model=gpt-realtime-2.1&x=1")).model == (
        "gpt-realtime-2.1"
    )
    assert read_hello(request("/v1/realtime")).model is None


@pytest.mark.parametrize(
    ("query", "transcribes"),
    [
        ("", False),
        ("?intent=transcription", True),
        ("?model=m&intent=transcription", True),
        ("?intent=conversation", False),
        ("?intent=", False),
        ("?intentx=transcription", False),
    ],
)
def test_intent(query: str, transcribes: bool) -> None:
    assert read_hello(request(PATHS[0] + query)).transcribes is transcribes


def test_a_handshake_does_not_show_its_key() -> None:
    hello = read_hello(request(PATHS[0], ("Authorization", "Bearer sk-hidden")))
    assert hello.key == "sk-hidden" and "hidden" not in repr(hello)


def test_a_key_may_say_that_it_is_a_client_secret() -> None:
    def secret(key: str) -> str | None:
        return read_hello(request(PATHS[0], ("api-key", key))).client_secret

    assert secret("ek_1") == "ek_1"
    assert secret("sk-1") is None
    assert read_hello(request(PATHS[0])).client_secret is None


def test_a_refusal_does_not_repeat_the_key() -> None:
    for key in ("sk-hidden", "ek_hidden"):
        told = wrong_key(read_hello(request(PATHS[0], ("api-key", key))))
        assert told.code == "invalid_api_key" and "hidden" not in told.message
    assert wrong_key(read_hello(request(PATHS[0]))).code is None


@pytest.mark.parametrize(
    ("origin", "keyed", "admitted"),
    [
        ("http://localhost:8888", False, True),
        ("http://127.0.0.1:8888", False, True),
        ("http://[::1]:8888", False, True),
        ("https://lab.localhost", False, True),
        ("https://example.org", False, False),
        ("https://localhost.example.org", False, False),
        ("http://127.0.0.1.example.org", False, False),
        ("null", False, False),
        ("file://", False, False),
        ("http://[x", True, False),
        # A name that an attacker points at this machine is his own host name: no key, no entry.
        ("http://rebound.example:8765", False, False),
        ("http://rebound.example:8765", True, True),
        ("https://other.example", True, False),
    ],
)
def test_origin(origin: str, keyed: bool, admitted: bool) -> None:
    asked = request(PATHS[0], ("Host", "rebound.example:8765"), ("Origin", origin))
    refused = refusal(asked, keyed=keyed)
    assert (refused is None) is admitted
    if refused is not None:
        assert refused[0] == 403


def test_one_foreign_origin_among_several_is_enough() -> None:
    asked = request(PATHS[0], ("Origin", "http://localhost"), ("Origin", "https://example.org"))
    assert refusal(asked, keyed=False) is not None


@pytest.mark.parametrize("path", ["/v1/realtime", "/realtime", "/v1/realtime/", "/realtime?x=1"])
def test_paths(path: str) -> None:
    assert refusal(request(path), keyed=False) is None


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/realtime/x", "/v1/chat/completions"])
def test_other_paths_are_nothing(path: str) -> None:
    refused = refusal(request(path), keyed=False)
    assert refused is not None
    assert refused[0] == 404


def test_a_token_that_carries_a_key_is_never_selected() -> None:
    assert select_subprotocol(["openai-insecure-api-key.sk-1", "realtime"]) == "realtime"
    assert select_subprotocol(["openai-insecure-api-key.sk-1"]) is None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.168.1.2", "example.org"])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)
