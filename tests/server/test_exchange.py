"""Requests as bytes: how they are cut, what is too much, and what is no HTTP at all."""

from __future__ import annotations

import asyncio
import contextlib
import time
from http import HTTPStatus
from typing import Any

import pytest

from rtwidgets.server import Server, exchange, serve
from rtwidgets.server.exchange import MAX_BODY, MAX_HEAD, Answer, Exchange, HttpRequest
from tests.server.http import ask, dialled, read_answer

PATH = "/v1/realtime/client_secrets"
HEAD = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n".encode()


def sent(server: Server, *pieces: bytes, pause_s: float = 0.02) -> Any:
    """The answer to bytes that come one piece after the other."""
    with dialled(server.url) as wire:
        for piece in pieces:
            wire.sendall(piece)
            time.sleep(pause_s if len(pieces) > 1 else 0)
        return read_answer(wire)


def test_a_request_may_come_in_any_pieces(server: Server) -> None:
    whole = HEAD + b"Content-Length: 2\r\n\r\n{}"
    for cut in (1, 3, 5, 30, len(HEAD), len(whole) - 3, len(whole) - 1):
        assert sent(server, whole[:cut], whole[cut:]).status == 200
    assert sent(server, *(bytes([byte]) for byte in whole), pause_s=0).status == 200


def test_a_handshake_may_come_in_any_pieces(server: Server) -> None:
    request = b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
    with dialled(server.url) as wire:
        for byte in request:
            wire.sendall(bytes([byte]))
        assert b"404" in wire.recv(100)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"POST /x\r\n\r\n", 400),
        (b"POST /x HTTP/2.0\r\n\r\n", 400),
        (HEAD + b"no header\r\n\r\n", 400),
        (HEAD + b"Evil\x00: x\r\n\r\n", 400),
        (HEAD + b"Content-Length: -1\r\n\r\n", 400),
        (HEAD + b"Content-Length: 1e3\r\n\r\n", 400),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 411),
        (HEAD + f"Content-Length: {MAX_BODY + 1}\r\n\r\n".encode(), 413),
        (HEAD + b"Content-Length: " + b"9" * 18 + b"\r\n\r\n", 413),
        (HEAD + b"X: " + b"x" * MAX_HEAD, 431),
        (HEAD + b"X: " + b"x" * MAX_HEAD + b"\r\n\r\n", 431),
    ],
)
def test_what_is_no_request_is_refused(server: Server, data: bytes, status: int) -> None:
    got = sent(server, data)
    assert got.status == status
    assert set(got.body["error"]) == {"message", "type", "param", "code"}


def test_who_sends_too_much_still_reads_the_answer(server: Server) -> None:
    assert ask(server.url, PATH, b"x" * (MAX_BODY * 8)).status == 413
    assert ask(server.url, PATH, b'"' + b"x" * (MAX_BODY - 2) + b'"').status == 400


def test_a_body_that_waits_to_be_asked_for(server: Server) -> None:
    with dialled(server.url) as wire:
        wire.sendall(HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert wire.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.sendall(b"{}")
        assert read_answer(wire).status == 200


def test_head_has_no_body(server: Server) -> None:
    with dialled(server.url) as wire:
        wire.sendall(f"HEAD {PATH} HTTP/1.1\r\n\r\n".encode())
        data = b""
        while piece := wire.recv(1000):
            data += piece
    assert data.startswith(b"HTTP/1.1 405 ") and data.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("begun", [HEAD, HEAD + b"Content-Length: 9\r\n\r\n{}"])
def test_a_request_that_never_ends_does(
    server: Server, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "PATIENCE_S", 0.2)
    assert sent(server, begun).status == 408


def test_the_server_ends_with_half_open_connections() -> None:
    server = serve("simulated")
    silent, method, head = (dialled(server.url) for _ in range(3))
    method.sendall(b"PO")
    head.sendall(HEAD)
    time.sleep(0.1)
    before = time.monotonic()
    server.close()
    assert time.monotonic() - before < 2
    for wire in (silent, method, head):
        with wire, contextlib.suppress(ConnectionResetError):
            assert wire.recv(1) == b""


def test_sockets_go_on_beside_requests(server: Server) -> None:
    from tests.server.wire import dial

    async def main() -> None:
        async with dial(server.url) as wire:
            for _ in range(5):
                assert (await asyncio.to_thread(ask, server.url, PATH, {})).status == 200
                assert await wire.settled() == []

    asyncio.run(asyncio.wait_for(main(), 30))


class Line(asyncio.Transport):
    """A connection that keeps what was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def write_eof(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


def test_an_answer_that_fails_is_told_without_its_reason(caplog: Any) -> None:
    def fail(request: HttpRequest) -> Answer:
        raise RuntimeError(f"no {request!r}")

    async def main() -> bytes:
        line, lost = Line(), [""]
        one = Exchange(fail, lambda reason: lost.append(str(reason)))
        one.connection_made(line)
        one.data_received(HEAD + b"Authorization: Bearer sk-hidden\r\n\r\n")
        assert line.closed
        one.data_received(b"more")
        one.connection_lost(None)
        assert lost == ["", "None"]
        return line.written

    written = asyncio.run(main())
    assert written.startswith(b"HTTP/1.1 500 ") and b"server_error" in written
    assert b"RuntimeError" not in written
    assert "sk-hidden" not in caplog.text


def test_an_answer_without_content_has_no_length() -> None:
    names = [name for name, _ in Answer(status=HTTPStatus.NO_CONTENT).all_headers()]
    assert "Content-Length" not in names and "Content-Type" not in names
