"""``Desk``: the few HTTP requests beside the websocket, all of them for client secrets.

Reference, sections 1.1 and 1.3. A configuration is checked as the ``session.update`` of its
dialect, so both refuse the same things with the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from websockets.http11 import Request

from ..engines.base import Engines
from ..errors import RemoteProtocolError
from ..protocol import events
from ..protocol.config import SessionConfig
from ..protocol.dialects import BETA, GA, Dialect
from ..protocol.refusals import too_deep, wrong_type
from ..protocol.validation import check
from . import session_request
from .client_secrets import ClientSecret, ClientSecrets
from .exchange import Answer, HttpRequest, error
from .handshake import PATHS, foreign_origin, is_loopback_origin, read_hello, wrong_key

__all__ = ["Desk"]

#: How long (s) a secret of the beta routes lives.
BETA_SECONDS = 60


class _ExpiresAfter(Struct, frozen=True, kw_only=True):
    anchor: Literal["created_at"] | UnsetType = UNSET
    seconds: Annotated[int, Meta(ge=10, le=7200)] | UnsetType = UNSET


class _SecretRequest(Struct, frozen=True, kw_only=True):
    """The body of ``POST /v1/realtime/client_secrets``; the session is checked by itself."""

    expires_after: _ExpiresAfter | UnsetType = UNSET
    session: Any = None


class Desk:
    """Answers requests; never blocks.

    Args:
        engines: what they can do bounds what a session may ask for.
        secrets: where new ones go.
        api_key: what a client must know; None asks for nothing.
        new_id: makes an id of a kind.
    """

    def __init__(
        self,
        *,
        engines: Engines,
        secrets: ClientSecrets,
        api_key: str | None,
        new_id: Callable[[str], str],
    ) -> None:
        self._engines = engines
        self._secrets = secrets
        self._api_key = api_key
        self._new_id = new_id
        self._routes: dict[str, Callable[[Any], Any]] = {}
        for base in PATHS:
            self._routes[f"{base}/client_secrets"] = self._client_secret
            self._routes[f"{base}/sessions"] = self._beta_session
            self._routes[f"{base}/transcription_sessions"] = self._beta_transcription

    def knows(self, path: str) -> bool:
        """Whether this is a path of ours, whatever the method."""
        return _route(path) in self._routes

    def answer(self, request: HttpRequest) -> Answer:
        """The answer to any request that is no handshake of a websocket."""
        origins = request.head.headers.get_all("Origin")
        answer = self._answer(request)
        if not origins or not all(map(is_loopback_origin, origins)):
            return answer
        shared = (("Access-Control-Allow-Origin", origins[0]), ("Vary", "Origin"))
        return replace(answer, headers=answer.headers + shared)

    def _answer(self, request: HttpRequest) -> Answer:
        path = _route(request.head.path)
        handler = self._routes.get(path)
        if handler is None:
            allowed = "GET" if path in PATHS else None
            if allowed is None:
                shown = request.head.path.partition("?")[0][:200]
                return error(HTTPStatus.NOT_FOUND, f"Invalid URL ({request.method} {shown})")
            return _not_allowed(request.method, path, allowed)
        foreign = foreign_origin(request.head, keyed=self._api_key is not None)
        if foreign is not None:
            return error(HTTPStatus.FORBIDDEN, f"Pages of {foreign:.200} may not ask here.")
        if request.method == "OPTIONS":
            return _preflight(request.head)
        if request.method != "POST":
            return _not_allowed(request.method, path, "POST, OPTIONS")
        hello = read_hello(request.head)
        if self._api_key is not None and not hello.knows(self._api_key):
            details = wrong_key(hello)
            challenge = (("WWW-Authenticate", "Bearer"),)
            status = HTTPStatus.UNAUTHORIZED
            return error(status, details.message, code=details.code, headers=challenge)
        try:
            content = handler(_object(request.body))
        except RemoteProtocolError as refusal:
            limited = refusal.code == "rate_limit_exceeded"
            status = HTTPStatus.TOO_MANY_REQUESTS if limited else HTTPStatus.BAD_REQUEST
            return error(status, str(refusal), code=refusal.code, param=refusal.param)
        return Answer(status=HTTPStatus.OK, content=content)

    # Routes

    def _client_secret(self, body: dict[str, Any]) -> dict[str, Any]:
        wanted = check(body, _SecretRequest)
        session = {"type": "realtime"} if wanted.session is None else wanted.session
        after = wanted.expires_after
        seconds = 600 if after is UNSET or after.seconds is UNSET else after.seconds
        secret = self._create(GA, session, "session.update", seconds)
        return {
            "value": secret.value,
            "expires_at": secret.expires_at,
            "session": _written(GA, secret.session),
        }

    def _beta_session(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._beta(body, "session.update")

    def _beta_transcription(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._beta(body, "transcription_session.update")

    def _beta(self, body: dict[str, Any], event: str) -> dict[str, Any]:
        try:
            secret = self._create(BETA, body, event, BETA_SECONDS)
        except RemoteProtocolError as refusal:
            # The session is the body here, and has no name.
            param = (BETA.param(refusal.param) or "").removeprefix("session.") or None
            message = str(refusal).replace(f"'{refusal.param}'", f"'{param}'")
            raise RemoteProtocolError(message, code=refusal.code, param=param) from None
        told = {"value": secret.value, "expires_at": secret.expires_at}
        return {**_written(BETA, secret.session), "client_secret": told}

    def _create(self, dialect: Dialect, wanted: Any, event: str, seconds: int) -> ClientSecret:
        id = self._new_id("sess")
        session = session_request.requested(self._engines, id, dialect, wanted, event=event)
        return self._secrets.create(session, seconds)


def _route(path: str) -> str:
    return urlsplit(path).path.rstrip("/")


def _object(body: bytes) -> dict[str, Any]:
    """The object that a body is; an empty body asks for nothing in particular."""
    try:
        content = msgspec.json.decode(body or b"{}")
    except RecursionError:
        raise too_deep() from None
    except (msgspec.MsgspecError, UnicodeError) as trouble:
        raise RemoteProtocolError(f"Invalid JSON: {trouble}.", code="invalid_json") from None
    if not isinstance(content, dict):
        raise wrong_type("body", "an object", content)
    return content


def _written(dialect: Dialect, session: SessionConfig) -> dict[str, Any]:
    """A session as a client of this dialect would be told it."""
    text = dialect.encode(events.SessionCreated(session=session))
    written: dict[str, Any] = msgspec.json.decode(text or "{}")["session"]
    return written


def _not_allowed(method: str, path: str, allowed: str) -> Answer:
    return error(
        HTTPStatus.METHOD_NOT_ALLOWED,
        f"Not allowed to {method} on {path}",
        code="method_not_supported",
        headers=(("Allow", allowed),),
    )


def _preflight(head: Request) -> Answer:
    """Tell a browser that a page of this machine may ask; of others nobody gets this far."""
    asked = ", ".join(head.headers.get_all("Access-Control-Request-Headers"))
    named = asked if re.fullmatch(r"[\w\-, ]{1,1000}", asked) else "authorization, content-type"
    return Answer(
        status=HTTPStatus.NO_CONTENT,
        headers=(
            ("Access-Control-Allow-Methods", "POST"),
            ("Access-Control-Allow-Headers", named),
            ("Access-Control-Max-Age", "600"),
        ),
    )
