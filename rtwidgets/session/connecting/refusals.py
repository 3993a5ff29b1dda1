"""Why a connection could not be opened, and what to do about it: one message for each reason.

OpenAI accepts the upgrade and refuses in the session; Azure and gateways refuse over HTTP
(reference, sections 1.4 and 5.4). Nothing here repeats a key.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from typing import TYPE_CHECKING

from websockets.exceptions import (
    InvalidHandshake,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
)

from ...errors import (
    ApiError,
    ConnectionFailed,
    KeyRefused,
    RealtimeError,
    RequestRefused,
    ServerUnavailable,
    SessionClosed,
)
from .goodbye import LATER_CLOSES
from .secrets import scrub

if TYPE_CHECKING:
    from .providers import Target

__all__ = ["explain", "refused_request"]

_BY_STATUS = {
    400: "the request is not what it expects: check url=, model= and query=",
    401: "the key is missing or wrong: check api_key=",
    403: "this key has no access to the model, or the address is not allowed",
    404: "there is no Realtime endpoint at this address: check the path and the model",
    429: "too many requests, or the quota is used up: wait, or look at the account",
}

_BY_CODE = {
    "invalid_api_key": "the server does not accept the API key: check OPENAI_API_KEY or api_key=",
    "missing_model": "the server wants a model: rt.connect(model=...)",
    "invalid_model": "the server has no such realtime model: choose another with model=",
    "model_not_found": "the server has no such realtime model: choose another with model=",
    "beta_api_shape_disabled": "this server does not speak the beta dialect any more: "
    "leave out dialect='beta'",
    "insufficient_quota": "the account has no credit left: look at its billing page",
    "billing_hard_limit_reached": "the account has reached its limit: look at its billing page",
    "account_deactivated": "the account is deactivated",
}

_NO_SECRET = (
    "the server does not know this client secret (any more): make a new one with rt.client_secret()"
)

#: Who is to blame, by status and by code; what is not here is nobody's in particular.
_KEY = {401, 403, *_BY_CODE} - {
    "missing_model",
    "invalid_model",
    "model_not_found",
    "beta_api_shape_disabled",
}
_REQUEST = {400, 404, 405, 410, 426} | (set(_BY_CODE) - _KEY)
_LATER = {408, 425, 429, *range(500, 600), "server_error", "rate_limit_exceeded"}
#: Some servers only close, with ``<error.type>.<error.code>`` as the reason.
_CLOSE = re.compile(r"\(code (\d+)(?:: \w+\.(\w+)\))?")


def explain(
    error: BaseException, target: Target, what: str = "no session with"
) -> ConnectionFailed:
    """``error`` of opening a connection to ``target``, as something that helps."""
    if isinstance(error, SessionClosed):
        error = _refusal(error)
    message = scrub(f"{what} {target.shown_url}: {_why(error, target)}")
    status = error.response.status_code if isinstance(error, InvalidStatus) else None
    code = error.code if isinstance(error, ApiError) else None
    return _kind(error)(message, status=status, code=code)


def refused_request(status: int, code: str | None, said: str, target: Target) -> ConnectionFailed:
    """A server's refusal to make a client secret, with what it ``said``."""
    kind: type[ConnectionFailed] = ConnectionFailed
    if status in _KEY:
        kind = KeyRefused
    elif status in _LATER:
        kind = ServerUnavailable
    hint = _BY_STATUS.get(status, "")
    if status in (404, 405, 410, 501):
        hint, kind = "this server makes no client secrets, or not at this address", RequestRefused
    elif 300 <= status < 400:
        hint = "it sends us elsewhere, and a key is not taken there: check url="
    elif status >= 500:
        hint = "the server has a problem: try again"
    words = f" (it says: {' '.join(said.split())})" if said.strip() else ""
    message = f"no client secret of {target.shown_url}: HTTP {status}: {hint}{words}"
    return kind(scrub(message), status=status, code=code)


def _refusal(closed: SessionClosed) -> SessionClosed | ApiError:
    """The refusal that a close means, where its reason says so."""
    found = _CLOSE.search(str(closed))
    code = found[2] if found else None
    return ApiError(str(closed), code=code) if code in _BY_CODE else closed


def _kind(error: BaseException) -> type[ConnectionFailed]:
    fact: int | str | None = None
    if isinstance(error, InvalidStatus):
        fact = error.response.status_code
    elif isinstance(error, ApiError):
        fact = "invalid_api_key" if _wants_key(error) else error.code or error.type
    elif isinstance(error, SessionClosed):
        found = _CLOSE.search(str(error))
        later = found is None or int(found[1]) in LATER_CLOSES
        return ServerUnavailable if later else ConnectionFailed
    elif isinstance(error, (InvalidURI, InvalidProxy, InvalidHandshake, ssl.SSLError)):
        return ConnectionFailed
    elif isinstance(error, (OSError, asyncio.TimeoutError)):
        return ServerUnavailable
    if fact in _KEY:
        return KeyRefused
    if fact in _REQUEST:
        return RequestRefused
    return ServerUnavailable if fact in _LATER else ConnectionFailed


def _wants_key(error: ApiError) -> bool:
    return "Missing bearer" in error.message


def _why(error: BaseException, target: Target) -> str:
    if isinstance(error, ApiError):
        return _refused(error, target)
    if isinstance(error, SessionClosed):
        return f"{error}; is it a Realtime server, and does it accept the key?"
    if isinstance(error, RealtimeError):
        return str(error)
    if isinstance(error, InvalidStatus):
        return _http(error, target)
    if isinstance(error, InvalidURI):
        return "the address is no WebSocket address: write it like wss://host/v1/realtime"
    if isinstance(error, InvalidProxy):
        return "the proxy's address is wrong: check HTTPS_PROXY"
    if isinstance(error, InvalidHandshake):
        return f"it does not answer like a WebSocket server ({error}): check the address"
    if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        return (
            "nothing came in time: is it a Realtime server, and is it up? (timeout= waits longer)"
        )
    if isinstance(error, ssl.SSLError):
        return f"no secure connection ({error.reason or error}): is it ws:// instead of wss://?"
    if isinstance(error, socket.gaierror):
        return "the host's name is not known: check the address and the network"
    if isinstance(error, OSError):
        if target.url.startswith("wss:") and not isinstance(error, ConnectionRefusedError):
            return f"no secure connection ({error}): is it ws:// instead of wss://?"
        hint = "start it with `rtwidgets serve`, " if target.free or _is_local(target) else ""
        return f"nobody answers ({error.strerror or error}): {hint}or check host and port"
    return f"{type(error).__name__}: {error}"


def _refused(error: ApiError, target: Target) -> str:
    known = _BY_CODE.get(error.code or "")
    if target.ephemeral and error.code == "invalid_api_key":
        known = _NO_SECRET
    if known is None and _wants_key(error):
        known = "the server wants a key: set OPENAI_API_KEY, or give api_key="
    return f"{known} (it says: {error.message})" if known else f"it says: {error.message}"


def _http(error: InvalidStatus, target: Target) -> str:
    status = error.response.status_code
    hint = _BY_STATUS.get(status, "the server has a problem: try again" if status >= 500 else "")
    if target.ephemeral and status == 401:
        hint = _NO_SECRET
    body = (error.response.body or b"")[:300].decode("utf-8", "replace").strip()
    said = f" (it says: {' '.join(body.split())})" if body else ""
    return f"HTTP {status}{': ' if hint else ''}{hint}{said}"


def _is_local(target: Target) -> bool:
    return any(host in target.url for host in ("//127.0.0.1", "//localhost", "//[::1]"))
