"""``Endpoint``: the listening socket, and who may become a ``Connection``."""

from __future__ import annotations

import asyncio
import errno
import logging
import random
import socket
import string
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as listen
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from ..engines.base import Engines
from ..errors import ConnectionFailed, RemoteProtocolError
from ..protocol import events
from ..protocol.config import SessionConfig
from ..protocol.server import ServerProtocol
from . import session_request
from .client_secrets import ClientSecrets
from .connection import Connection, Studio
from .door import Doors
from .exchange import HttpRequest
from .handshake import (
    PATHS,
    Hello,
    is_loopback,
    read_hello,
    refusal,
    select_subprotocol,
    wrong_key,
)
from .mcp import trouble as mcp_trouble
from .rest import Desk
from .speech_queue import SpeechQueue
from .wire import Wire

__all__ = ["Endpoint", "reserve"]

#: The largest frame, bytes: 15 MiB of sound are 20 MiB in base64, and a larger append shall
#: be answered by an ``error`` event and not by a close.
MAX_FRAME = 64 * 2**20
#: Frames that wait to be read; more than these stay with the sender.
MAX_WAITING = 4
PING_S = 20
#: Patient: a client whose process computes for a minute is alive.
PONG_WAIT_S = 60
#: How long (s) the server's end waits for clients to take their leave.
CLOSE_S = 4
#: The age limit of a session (reference, section 1.6), s.
SESSION_S = {"ga": 3600, "beta": 1800}
#: What a language model may tell of itself (``engines/base.py``).
_OPTIONAL = ("context_tokens", "sees")
_ALPHABET = (string.ascii_letters + string.digits).encode()
#: Any byte → a character of an id; that eight of them come a little more often is no harm.
_ID_BYTES = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))

log = logging.getLogger(__name__)
# At level DEBUG the library would log handshakes, keys included.
_wire_log = logging.getLogger("rtwidgets.wire")
_wire_log.setLevel(logging.WARNING)
# Some versions of it report each connection that ends before a handshake, as HTTP requests do.
_wire_log.addFilter(lambda record: record.msg != "opening handshake failed")


class Endpoint:
    """Listens and runs one ``Connection`` for each client.

    Args:
        engines: loaded and warm.
        listener: the socket that ``reserve`` returned.
        host: the name that ``url`` shows.
        api_key: what clients must know; None lets everybody in who reaches the socket.
        session_s: age limit of a session in s; None is the protocol's own.
    """

    def __init__(
        self,
        engines: Engines,
        listener: socket.socket,
        *,
        host: str,
        api_key: str | None = None,
        session_s: float | None = None,
    ) -> None:
        self.engines = engines
        self.host = host
        self.port: int = listener.getsockname()[1]
        self._listener = listener
        self._api_key = api_key or None
        self._session_s = session_s
        self._server: WebSocketServer | None = None
        self._secrets = ClientSecrets(time.time)
        self._desk = Desk(
            engines=engines, secrets=self._secrets, api_key=self._api_key, new_id=_new_id
        )
        self._doors = Doors(self._desk.answer)
        # Only an engine that computes with all cores gains by speaking one clause at a time.
        workers = 1 if engines.name == "offline" else 8
        self._studio = Studio(
            engines=engines,
            speech=SpeechQueue(engines.synthesizer, workers=workers),
            vad_threads=ThreadPoolExecutor(2, "rtwidgets-vad"),
        )

    @property
    def url(self) -> str:
        """Where a client connects."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ws://{host}:{self.port}{PATHS[0]}"

    async def open(self) -> None:
        """Serve those who connect."""
        self._server = await listen(
            self._serve,
            sock=self._listener,
            process_request=self._admit,
            select_subprotocol=_select,
            compression=None,
            create_connection=self._doors.connection_class(),
            max_size=MAX_FRAME,
            max_queue=MAX_WAITING,
            ping_interval=PING_S,
            ping_timeout=PONG_WAIT_S,
            close_timeout=2,
            server_header="rtwidgets",
            logger=_wire_log,
        )

    async def close(self) -> None:
        """Stop listening and end all sessions (close code 1001)."""
        if self._server is not None:
            self._server.close()
            self._doors.close_half_open()
            try:
                await asyncio.wait_for(self._server.wait_closed(), CLOSE_S)
            except asyncio.TimeoutError:
                self._doors.close_all()  # who does not read hears no farewell
                await self._server.wait_closed()
        self._studio.speech.close()
        self._studio.vad_threads.shutdown(wait=False, cancel_futures=True)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if self._desk.knows(request.path):
            answer = self._desk.answer(HttpRequest(method="GET", head=request, body=b""))
            status, headers = answer.status, Headers(answer.all_headers())
            return Response(status.value, status.phrase, headers, answer.body)
        refused = refusal(request, keyed=self._api_key is not None)
        if refused is None:
            return None
        # A browser shows a page none of this.
        log.info("%d: %s", refused[0], refused[1].strip().removeprefix("rtwidgets: "))
        return connection.respond(*refused)

    async def _serve(self, connection: ServerConnection) -> None:
        assert isinstance(connection, Wire) and connection.request is not None
        hello = read_hello(connection.request)
        session = self._session_for(hello)
        if session is None:
            await _turn_away(connection, hello)
            return
        limit = self._session_s or SESSION_S[hello.dialect.name]
        model = self.engines.language_model
        core = ServerProtocol(
            dialect=hello.dialect,
            session=session_request.begun(
                session,
                id=_new_id("sess"),
                expires_at=int(time.time() + limit),
                model=hello.model,
            ),
            new_id=_new_id,
            count_tokens=model.count_tokens,
            voices=self.engines.synthesizer.voices,
            mcp_trouble=mcp_trouble(),
            # The core knows what holds for a model that does not say.
            **{name: getattr(model, name) for name in _OPTIONAL if hasattr(model, name)},
        )
        core.start()
        if hello.transcribes and hello.model and session.type == "transcription":
            core.refuse(
                RemoteProtocolError(
                    "You must not provide a model parameter for transcription sessions. The "
                    "session goes on without; name the model in session.update.",
                    code="invalid_value",
                    param="model",
                )
            )
        await Connection(connection, core, self._studio, expires_s=limit).run()

    def _session_for(self, hello: Hello) -> SessionConfig | None:
        """What the session of a client begins as; None where its key opens nothing.

        A client secret is asked for its session also where no key is needed: one that has
        expired would else open a session of another kind than the one it was made for.
        """
        right = self._api_key is None or hello.knows(self._api_key)
        if hello.client_secret is not None and not (self._api_key and right):
            return self._secrets.find(hello.client_secret)
        if not right:
            return None
        kind = session_request.transcription if hello.transcribes else session_request.realtime
        return kind(self.engines, "")


def reserve(host: str, port: int, *, api_key: str | None) -> socket.socket:
    """A socket that listens on ``host`` and ``port`` (0: a free one), before engines load.

    ``ConnectionFailed`` where it cannot be had, and off loopback without an ``api_key``.
    """
    if not is_loopback(host) and not api_key:
        raise ConnectionFailed(
            f"{host} can be reached from other machines: set a key with --api-key KEY "
            "(api_key=... in Python), or listen on 127.0.0.1"
        )
    # "localhost" has two addresses, and port 0 would be a different one on each.
    address = "127.0.0.1" if host == "localhost" else host.strip("[]")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        raise ConnectionFailed(_trouble(error, host, port)) from error
    except OverflowError as error:
        raise ConnectionFailed(f"there is no port {port}: ports are 0 to 65535") from error


def _trouble(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} of {host} is taken by another program: "
            "choose another with --port, or --port 0 for a free one"
        )
    if error.errno == errno.EACCES:
        return f"port {port} needs an administrator: choose one above 1023"
    return f"cannot listen on {host} port {port}: {error.strerror or error}"


async def _turn_away(connection: ServerConnection, hello: Hello) -> None:
    """Refuse a key as OpenAI does: upgrade, one ``error``, close 3000 (reference, 1.4)."""
    details = wrong_key(hello)
    reason = "invalid_request_error" + (f".{details.code}" if details.code else "")
    text = hello.dialect.encode(events.Error(event_id=_new_id("event"), error=details))
    assert text is not None
    try:
        await connection.send(text)
        await connection.close(3000, reason)
    except ConnectionClosed:
        pass


def _select(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    selected = select_subprotocol(offered)
    return None if selected is None else Subprotocol(selected)


def _new_id(kind: str) -> str:
    """An id as they are on the wire (reference, section 2.6)."""
    letters = random.randbytes(16 if kind == "call" else 21).translate(_ID_BYTES)
    return f"{kind}_{letters.decode()}"
