"""``Loopback``: a page that this process serves to a browser on the same machine.

For hosts that give a notebook no microphone (VS Code): the person opens the page in a real
browser, and it talks to this process over a websocket. Nobody else gets in:

* it listens on 127.0.0.1, at a free port, and answers to names of the browser's own machine
  alone (a page that lets its own name point here is turned away); the port may be another one
  there, where an editor forwards it;
* a link holds a random token that opens the page once, within ten minutes; what then lets the
  websocket in, and the page reload, is a cookie that no script can read;
* the websocket takes no connection from a page of another origin.

No key, and nothing of a session, is in the page: all of that comes through the websocket.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import json
import re
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from .. import _loop
from ..errors import LocalProtocolError

__all__ = ["File", "Loopback", "Peer", "offer_capture_page", "open_capture_page"]

#: A link that nobody opened is worthless after so long, in s.
LINK_S = 600.0
#: Messages that wait for a page; one that is so far behind is let go.
MOST_WAITING = 1000
MOST_BYTES = 2_000_000
SOCKET_PATH = "/socket"
#: What a browser may call this machine, or the one that it runs on.
HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")


@dataclass(frozen=True)
class File:
    """What a path answers."""

    type: str
    body: bytes


class Peer:
    """One open page: messages out, from any thread; ``take(message, buffers)`` hears it."""

    def __init__(self, connection: ServerConnection) -> None:
        self.take: Callable[[dict[str, Any], list[bytes]], None] = lambda message, buffers: None
        """Called on the loop thread for each message of the page."""
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[tuple[str, list[bytes]]] = asyncio.Queue(MOST_WAITING)

    def send(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        """A message and its buffers, in order with all others."""
        text = json.dumps({**message, "buffers": len(buffers)})
        with contextlib.suppress(RuntimeError):  # the loop is gone, and the page with it
            self._loop.call_soon_threadsafe(self._enqueue, text, buffers)

    def _enqueue(self, text: str, buffers: list[bytes]) -> None:
        try:
            self._waiting.put_nowait((text, buffers))
        except asyncio.QueueFull:
            self._connection.transport.abort()

    async def write(self) -> None:
        """Send what waits, until the connection ends."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                text, buffers = await self._waiting.get()
                await self._connection.send(text)
                for buffer in buffers:
                    await self._connection.send(buffer)

    async def read(self) -> None:
        """Hear the page until it goes; a message that is none ends it."""
        with contextlib.suppress(ConnectionClosed, ValueError, KeyError, TypeError):
            while True:
                message = json.loads(await self._connection.recv())
                count = int(message.pop("buffers"))
                buffers = [await self._connection.recv(decode=False) for _ in range(count)]
                self.take(message, buffers)


class Loopback:
    """The door of one process; made anywhere, it works on the loop thread."""

    def __init__(
        self,
        page: File,
        files: Mapping[str, File],
        connected: Callable[[Peer], Callable[[], None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``connected`` gets each page and returns what to call when it is gone."""
        self._page = page
        self._files = dict(files)
        self._connected = connected
        self._clock = clock
        self._links: dict[str, float] = {}
        self._cookies: set[str] = set()
        self._name = f"rtwidgets-{secrets.token_hex(4)}"
        self._server: Server | None = None
        self._closed = False
        # Here and now, so that the address is known before the loop has had its turn.
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        _loop.spawn(self._open())

    def link(self) -> str:
        """A new address that opens the page once."""
        token = secrets.token_urlsafe(24)
        self._links[token] = self._clock() + LINK_S
        return f"{self.origin}/{token}"

    def close(self) -> None:
        """Let every page go; from any thread."""
        self._closed = True
        _loop.post(self._close)

    async def _open(self) -> None:
        if self._closed:
            return
        self._server = await serve(
            self._serve,
            sock=self._socket,
            process_request=self._answer,
            compression=None,
            max_size=MOST_BYTES,
            server_header=None,
        )

    def _close(self) -> None:
        if self._server is not None:
            # The loop watches the socket: it is the loop's to close.
            self._server.close()
        else:
            self._socket.close()

    # -- http

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        host = request.headers.get("Host", "")
        if HOST.fullmatch(host) is None:
            return _text(http.HTTPStatus.MISDIRECTED_REQUEST, "this address has another name\n")
        path = request.path.partition("?")[0]
        known = not self._cookies.isdisjoint(self._shown(request))
        if path == SOCKET_PATH:
            if request.headers.get("Origin") != f"http://{host}":
                return _text(http.HTTPStatus.FORBIDDEN, "this is no page of ours\n")
            return None if known else _text(http.HTTPStatus.FORBIDDEN, "open the page first\n")
        if path in self._files:
            return _response(self._files[path], {})
        return self._enter(path[1:], host, known=known)

    def _shown(self, request: Request) -> set[str]:
        pairs = ";".join(request.headers.get_all("Cookie")).split(";")
        cut = (pair.strip().partition("=") for pair in pairs)
        return {value for name, _, value in cut if name == self._name}

    def _enter(self, token: str, host: str, *, known: bool) -> Response:
        fresh = self._links.pop(token, 0.0) > self._clock()
        if not (fresh or known):
            return _text(
                http.HTTPStatus.FORBIDDEN,
                "This address was used already, or is too old. Ask for a new one in the "
                "notebook: session.capture_page()\n",
            )
        headers = {
            "Content-Security-Policy": "default-src 'none'; script-src 'self' blob: data:; "
            f"connect-src 'self' ws://{host} blob: data:; "
            "style-src 'unsafe-inline'; media-src blob: data:; worker-src blob: data:; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        }
        if fresh:
            cookie = secrets.token_urlsafe(24)
            self._cookies.add(cookie)
            headers["Set-Cookie"] = f"{self._name}={cookie}; HttpOnly; SameSite=Lax; Path=/"
        return _response(self._page, headers)

    # -- websocket

    async def _serve(self, connection: ServerConnection) -> None:
        peer = Peer(connection)
        gone = self._connected(peer)
        writing = asyncio.create_task(peer.write())
        try:
            await peer.read()
        finally:
            writing.cancel()
            gone()


def _response(file: File, more: Mapping[str, str]) -> Response:
    headers = Headers(
        {
            "Content-Type": file.type,
            "Content-Length": str(len(file.body)),
            "Cache-Control": "no-store",
            "Connection": "close",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            **more,
        }
    )
    return Response(http.HTTPStatus.OK.value, "OK", headers, file.body)


def _text(status: http.HTTPStatus, text: str) -> Response:
    answer = _response(File("text/plain; charset=utf-8", text.encode()), {})
    return Response(status.value, status.phrase, answer.headers, answer.body)


# What a session offers and panels make: a lower layer asks, a higher one has answered.

_maker: Callable[[Any], str] | None = None


def offer_capture_page(maker: Callable[[Any], str]) -> None:
    """The panels say how the page of a session is made."""
    global _maker
    _maker = maker


def open_capture_page(session: Any) -> str:
    """The address of a session's page; ``LocalProtocolError`` where it has no panels."""
    if _maker is None:
        raise LocalProtocolError(
            "the capture page shows the session's panels, and there is none: "
            "make one first, rt.Console(session) or rt.Microphone(session)"
        )
    return _maker(session)
