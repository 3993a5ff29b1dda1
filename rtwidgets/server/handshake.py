"""What a client says in its opening handshake: path, dialect, intent, model, key, origin.

Reference, sections 1.1 and 1.2. Browsers cannot set headers, so a key may also come as a
subprotocol token; such a token is read and never selected.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.http11 import Request

from ..protocol.dialects import Dialect, offered_dialect, offered_key
from ..protocol.events import ErrorDetails
from .client_secrets import PREFIX

__all__ = [
    "PATHS",
    "Hello",
    "foreign_origin",
    "is_loopback",
    "is_loopback_origin",
    "read_hello",
    "refusal",
    "select_subprotocol",
    "wrong_key",
]

PATHS = ("/v1/realtime", "/realtime")
SUBPROTOCOL = "realtime"


@dataclass(frozen=True, kw_only=True)
class Hello:
    """A handshake, read."""

    dialect: Dialect
    transcribes: bool
    """Whether the client asks for a transcription session."""
    model: str | None
    key: str | None = field(repr=False)

    def knows(self, api_key: str) -> bool:
        """Whether the client's key is ``api_key``, compared in constant time."""
        return hmac.compare_digest((self.key or "").encode(), api_key.encode())

    @property
    def client_secret(self) -> str | None:
        """The key where it says of itself that it is a client secret."""
        return self.key if self.key and self.key.startswith(PREFIX) else None


def read_hello(request: Request) -> Hello:
    """Dialect, model and key of a handshake whose path is one of ``PATHS``."""
    headers = dict(request.headers.raw_items())
    offered = request.headers.get_all("Sec-WebSocket-Protocol")
    tokens = [token.strip() for value in offered for token in value.split(",")]
    # Azure's clients have a header of their own for the key.
    azure = next(iter(request.headers.get_all("api-key")), None)
    query = parse_qs(urlsplit(request.path).query)
    return Hello(
        dialect=offered_dialect(headers, tokens),
        transcribes="transcription" in query.get("intent", []),
        model=query["model"][0] if "model" in query else None,
        key=offered_key(headers, tokens) or azure,
    )


def refusal(request: Request, *, keyed: bool) -> tuple[HTTPStatus, str] | None:
    """Status and one line for a request that must not be upgraded."""
    parts = urlsplit(request.path)
    if parts.path.rstrip("/") not in PATHS:
        return (
            HTTPStatus.NOT_FOUND,
            f"rtwidgets: {parts.path} is nothing here; connect a Realtime client to {PATHS[0]}\n",
        )
    origin = foreign_origin(request, keyed=keyed)
    if origin is not None:
        return HTTPStatus.FORBIDDEN, f"rtwidgets: pages of {origin} may not connect here\n"
    return None


def foreign_origin(request: Request, *, keyed: bool) -> str | None:
    """The origin of a page that must not use this server, if it is one that asks.

    A page of another site may send requests to this machine, and its ``Origin`` is the only
    trace of that. Loopback origins and programs without one are fine; where a key is needed
    (``keyed``) so is a page of the server's own host.
    """
    for origin in request.headers.get_all("Origin"):
        own = keyed and _host(origin) in {
            _host(f"//{value}") for value in request.headers.get_all("Host")
        }
        if not is_loopback_origin(origin) and not own:
            return origin
    return None


def wrong_key(hello: Hello) -> ErrorDetails:
    """What a client without the right key is told, over a websocket and over HTTP."""
    if hello.key is None:
        return ErrorDetails(message="Missing bearer or basic authentication in header", code=None)
    if hello.client_secret is not None:
        reason = "this client secret is not known here, or it has expired."
    else:
        reason = "this server was started with another --api-key."
    message = f"Incorrect API key provided: {reason}"
    return ErrorDetails(message=message, code="invalid_api_key")


def select_subprotocol(offered: Sequence[str]) -> str | None:
    """``realtime`` where it is offered; no token that carries a key is ever echoed."""
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


def is_loopback_origin(origin: str) -> bool:
    """Whether ``origin`` is a page of this machine."""
    return is_loopback(_host(origin))


def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address, brackets allowed) never leaves this machine."""
    host = host.strip("[]").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # an address that is none
        return ""
