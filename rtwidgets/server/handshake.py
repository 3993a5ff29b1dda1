"""What a client says in its opening handshake: path, dialect, model, key, origin.

Reference, sections 1.1 and 1.2. Browsers cannot set headers, so a key may also come as a
subprotocol token; such a token is read and never selected.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.http11 import Request

from ..protocol.dialects import Dialect, offered_dialect, offered_key

__all__ = ["PATHS", "Hello", "is_loopback", "read_hello", "refusal", "select_subprotocol"]

PATHS = ("/v1/realtime", "/realtime")
SUBPROTOCOL = "realtime"


@dataclass(frozen=True, kw_only=True)
class Hello:
    """A handshake, read."""

    dialect: Dialect
    model: str | None
    key: str | None

    def knows(self, api_key: str) -> bool:
        """Whether the client's key is ``api_key``, compared in constant time."""
        return hmac.compare_digest((self.key or "").encode(), api_key.encode())


def read_hello(request: Request) -> Hello:
    """Dialect, model and key of a handshake whose path is one of ``PATHS``."""
    headers = dict(request.headers.raw_items())
    offered = request.headers.get_all("Sec-WebSocket-Protocol")
    tokens = [token.strip() for value in offered for token in value.split(",")]
    # Azure's clients have a header of their own for the key.
    azure = next(iter(request.headers.get_all("api-key")), None)
    models = parse_qs(urlsplit(request.path).query).get("model", [])
    return Hello(
        dialect=offered_dialect(headers, tokens),
        model=models[0] if models else None,
        key=offered_key(headers, tokens) or azure,
    )


def refusal(request: Request, *, keyed: bool) -> tuple[HTTPStatus, str] | None:
    """Status and one line for a request that must not be upgraded.

    A page of another site may open websockets to this machine, and its ``Origin`` is the only
    trace of that. Loopback origins and programs without one are fine; where a key is needed
    (``keyed``) so is a page of the server's own host.
    """
    parts = urlsplit(request.path)
    if parts.path.rstrip("/") not in PATHS:
        return (
            HTTPStatus.NOT_FOUND,
            f"rtwidgets: {parts.path} is nothing here; connect a Realtime client to {PATHS[0]}\n",
        )
    for origin in request.headers.get_all("Origin"):
        host = urlsplit(origin).hostname or ""
        own = keyed and host in {
            urlsplit(f"//{value}").hostname for value in request.headers.get_all("Host")
        }
        if not is_loopback(host) and not own:
            return HTTPStatus.FORBIDDEN, f"rtwidgets: pages of {origin} may not connect here\n"
    return None


def select_subprotocol(offered: Sequence[str]) -> str | None:
    """``realtime`` where it is offered; no token that carries a key is ever echoed."""
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address, brackets allowed) never leaves this machine."""
    host = host.strip("[]").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
