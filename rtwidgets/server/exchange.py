"""``Exchange``: one HTTP request and its answer, on a connection that is no websocket.

Theory of operation. A request is read to its end before it is answered, or its sender would
see a reset instead of the answer; after the answer the connection is closed. All of it is
bounded: the head, the body, and the time. What is too large is answered at once, and the rest
of it thrown away for a moment while the sender finds out.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec
from websockets.datastructures import Headers
from websockets.http11 import Request

__all__ = ["MAX_BODY", "Answer", "Exchange", "HttpRequest", "error"]

log = logging.getLogger(__name__)

#: Bytes of the request line with its headers, and of the body.
MAX_HEAD, MAX_BODY = 16 * 1024, 256 * 1024
#: A request is complete within this time (s); what follows an answer is read for the other.
PATIENCE_S, LINGER_S = 5.0, 1.0

_LINE = re.compile(rb"([A-Z]+) ([\x21-\x7e]+) HTTP/1\.[01]")
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)")


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """A request; ``head`` is its path with its headers, which may hold a key."""

    method: str
    head: Request = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A status, an object for the body, and headers besides those of every answer."""

    status: HTTPStatus
    content: Any = field(default=None, repr=False)
    """None is no body."""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def body(self) -> bytes:
        """The content as JSON."""
        return b"" if self.content is None else msgspec.json.encode(self.content)

    def all_headers(self) -> list[tuple[str, str]]:
        """What the answer is sent with."""
        return [
            *([("Content-Type", "application/json")] if self.content is not None else []),
            *([("Content-Length", str(len(self.body)))] if self.status != 204 else []),
            ("Cache-Control", "no-store"),
            ("Connection", "close"),
            *self.headers,
        ]


def error(
    status: HTTPStatus,
    message: str,
    *,
    code: str | None = None,
    param: str | None = None,
    type: str = "invalid_request_error",
    headers: tuple[tuple[str, str], ...] = (),
) -> Answer:
    """An answer in the shape of OpenAI's errors."""
    content = {"error": {"message": message, "type": type, "param": param, "code": code}}
    return Answer(status=status, content=content, headers=headers)


class Exchange(asyncio.Protocol):
    """Reads, answers, closes.

    Args:
        answer: makes the answer; it does not block.
        on_lost: called when the connection is gone.
    """

    def __init__(
        self,
        answer: Callable[[HttpRequest], Answer],
        on_lost: Callable[[Exception | None], None],
    ) -> None:
        self._answer = answer
        self._on_lost = on_lost
        self._data = bytearray()
        self._method = ""
        self._head: Request | None = None
        self._length = 0
        self._answered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._timer = asyncio.get_running_loop().call_later(PATIENCE_S, self._late)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._answered = True
        self._timer.cancel()
        self._on_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take more of the request."""
        if self._answered:
            return
        self._data += data
        if self._head is None:
            end = self._data.find(b"\r\n\r\n")
            if max(end, len(self._data) if end < 0 else 0) > MAX_HEAD:
                status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                self._send(error(status, f"The headers are longer than {MAX_HEAD} bytes."))
                return
            if end < 0:
                return
            refused = self._read_head(bytes(self._data[:end]))
            if refused is not None:
                self._send(refused)
                return
            del self._data[: end + 4]
        if len(self._data) >= self._length:
            self._complete(bytes(self._data[: self._length]))

    def _read_head(self, head: bytes) -> Answer | None:
        """Understand the request line and the headers, or refuse them."""
        first, *lines = head.split(b"\r\n")
        line, headers = _LINE.fullmatch(first), Headers()
        if line is None:
            return error(HTTPStatus.BAD_REQUEST, "This is no request of HTTP/1.1.")
        self._method = line[1].decode()
        for raw in lines:
            found = _HEADER.fullmatch(raw)
            if found is None:
                return error(HTTPStatus.BAD_REQUEST, "A header cannot be read.")
            headers[found[1].decode()] = found[2].decode("latin-1").strip()
        self._head = Request(line[2].decode(), headers)
        if headers.get_all("Transfer-Encoding"):
            return error(HTTPStatus.LENGTH_REQUIRED, "Send the body with a Content-Length.")
        lengths = set(headers.get_all("Content-Length")) or {"0"}
        length = lengths.pop()
        if lengths or not re.fullmatch(r"[0-9]{1,18}", length):
            return error(HTTPStatus.BAD_REQUEST, "The Content-Length cannot be read.")
        if int(length) > MAX_BODY:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            return error(status, f"The body is longer than {MAX_BODY} bytes.")
        self._length = int(length)
        if self._length and "100-continue" in headers.get_all("Expect"):
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return None

    def _complete(self, body: bytes) -> None:
        assert self._head is not None
        request = HttpRequest(method=self._method, head=self._head, body=body)
        try:
            answer = self._answer(request)
        except Exception:
            log.exception("a request could not be answered")
            message = "The server had an error while processing your request."
            answer = error(HTTPStatus.INTERNAL_SERVER_ERROR, message, type="server_error")
        self._send(answer, whole=True)

    def _send(self, answer: Answer, *, whole: bool = False) -> None:
        self._answered = True
        self._timer.cancel()
        self._data.clear()
        lines = [f"HTTP/1.1 {answer.status.value} {answer.status.phrase}"]
        lines += [f"{name}: {value}" for name, value in answer.all_headers()]
        body = b"" if self._method == "HEAD" else answer.body
        self._transport.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        if whole:
            self._transport.close()
        else:
            self._transport.write_eof()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(LINGER_S, self._transport.close)

    def _late(self) -> None:
        message = f"The request was not complete after {PATIENCE_S:g} s."
        self._send(error(HTTPStatus.REQUEST_TIMEOUT, message))
