"""HTTP by hand, so that a test can say exactly which bytes are sent, and when."""

from __future__ import annotations

import json
import socket
from typing import Any, NamedTuple
from urllib.parse import urlsplit

__all__ = ["Got", "ask", "dialled", "read_answer"]


class Got(NamedTuple):
    """An answer."""

    status: int
    headers: dict[str, str]
    body: Any
    """What its JSON says; None where there is none."""


def dialled(url: str) -> socket.socket:
    """A connection to the server of ``url`` on which nothing was said yet."""
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), 20)


def ask(
    url: str,
    path: str,
    body: Any = None,
    *,
    method: str = "POST",
    key: str | None = None,
    headers: dict[str, str] | None = None,
) -> Got:
    """One request; ``body`` is sent as JSON unless it is bytes."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: test", f"Content-Length: {len(data)}"]
    if key is not None:
        lines.append(f"Authorization: Bearer {key}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    with dialled(url) as wire:
        wire.sendall("\r\n".join([*lines, "", ""]).encode() + data)
        return read_answer(wire)


def read_answer(wire: socket.socket) -> Got:
    """The answer, read to the end of the connection."""
    data = b""
    while piece := wire.recv(65536):
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
    assert int(headers.get("content-length", 0)) == len(body)
    return Got(int(first.split()[1]), headers, json.loads(body) if body else None)
