"""``client_secret``: make a short-lived key for sessions, with the real one.

The request is ``POST .../client_secrets`` (GA) or ``POST .../sessions`` (beta), with the
settings that ``rt.connect`` would send (reference, 1.3).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
from msgspec import UNSET, structs

from ... import _loop
from ...errors import ApiError, ConnectionFailed, RealtimeError, ServerUnavailable, WaitTimeout
from ...protocol import events as on
from ...protocol.config import SessionConfig
from ...protocol.dialects import BETA, Dialect
from ..settings import flat
from ..settings.completion import takes
from ..tools.toolbox import split
from .client_secret import ClientSecret
from .http_post import Reply, in_thread, post
from .keys import Keys, ask
from .offline_process import local_server
from .providers import Target, resolve
from .refusals import explain, refused_request
from .secrets import safe_url, scrub

__all__ = ["client_secret", "client_secret_async"]

TIMEOUT_S = 30.0
#: The thread knows better why nothing came.
SLACK_S = 1.0
WHAT = "the client secret"
NONE = "no client secret of"
#: Where Azure's preview has it (it is no part of the socket's path there).
_AZURE_PREVIEW = "/openai/realtimeapi/sessions"


@takes(flat.SETTINGS)
def client_secret(
    url: str | None = None,
    *,
    api_key: str | None = None,
    model: str | None = None,
    dialect: str | None = None,
    engine: str | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    expires_after: float | None = None,
    timeout: float = TIMEOUT_S,
    **settings: Any,
) -> ClientSecret:
    """Make a short-lived key for sessions that begin with these settings.

    It asks the server that ``rt.connect`` would talk to with the same arguments; ``settings``
    are those of ``rt.connect`` too. In a coroutine: ``await rt.client_secret_async(...)``.

    Args:
        url, api_key, model, dialect, engine, headers, query: as for ``rt.connect``.
        expires_after: how long sessions may be opened with it, in s; servers take 10 to 7200
            (600 unless it is said), and in beta always 60.
        timeout: for all of it, in s.
        settings: as for ``Session.update``: ``voice``, ``instructions``, ``tools``, ...

    Raises ``KeyRefused``, ``RequestRefused`` (the server makes none), ``ServerUnavailable``,
    ``ApiError`` for settings that it refuses, ``LocalProtocolError`` for those that cannot be.
    """
    _loop.refuse_on_loop(WHAT)
    named: dict[str, Any] = {"url": url, "api_key": api_key, "headers": headers, "query": query}
    named |= {"model": model, "dialect": dialect, "engine": engine}
    try:
        # Here, because only here can a person be asked.
        target = resolve(**named, environ=Keys(), ask=ask)
        work = in_thread(partial(_make, target, settings, expires_after, timeout))
        return _outcome(partial(_loop.wait, work, timeout + SLACK_S, what=WHAT), target)
    except RealtimeError as error:
        # As in `connect`: the frames inside hold the key.
        failure = error.with_traceback(None)
        failure.__cause__ = failure.__context__ = None
    finally:
        named.clear()
        del url, api_key, headers, query, settings
    raise failure


@takes(flat.SETTINGS)
async def client_secret_async(
    url: str | None = None,
    *,
    api_key: str | None = None,
    model: str | None = None,
    dialect: str | None = None,
    engine: str | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    expires_after: float | None = None,
    timeout: float = TIMEOUT_S,
    **settings: Any,
) -> ClientSecret:
    """``client_secret`` for coroutines; nobody is asked for a key here."""
    named: dict[str, Any] = {"url": url, "api_key": api_key, "headers": headers, "query": query}
    named |= {"model": model, "dialect": dialect, "engine": engine}
    try:
        work = in_thread(partial(_make_for, dict(named), settings, expires_after, timeout))
        try:
            return await _loop.listen(work, timeout + SLACK_S, what=WHAT)
        except WaitTimeout as error:
            raise ServerUnavailable(f"{error}: is the server up? (timeout= waits longer)") from None
    except RealtimeError as error:
        failure = error.with_traceback(None)
        failure.__cause__ = failure.__context__ = None
    finally:
        named.clear()
        del url, api_key, headers, query, settings
    raise failure


def _make_for(
    named: dict[str, Any], settings: dict[str, Any], expires_after: float | None, timeout: float
) -> ClientSecret:
    """All of it: a keyring may be slow, so it is asked in the thread as well."""
    target = resolve(**named, environ=Keys())
    return _outcome(partial(_make, target, settings, expires_after, timeout), target)


def _outcome(get: Callable[[], ClientSecret], target: Target) -> ClientSecret:
    """What ``get`` gives; what went wrong with the network becomes an error that helps."""
    try:
        return get()
    except (OSError, WaitTimeout) as error:
        late = isinstance(error, WaitTimeout)
        trouble = TimeoutError() if late else error
    raise explain(trouble, target, NONE)


def _make(
    target: Target, settings: Mapping[str, Any], expires_after: float | None, timeout: float
) -> ClientSecret:
    deadline = time.monotonic() + timeout
    config = _config(target, settings)
    if target.engine is not None:
        server = local_server(target.engine, timeout, None)
        target = replace(target, url=server.url)
    body: dict[str, Any] = _written(target.dialect, config)
    if target.dialect is not BETA:
        body = {"session": body}
        if expires_after is not None:
            body["expires_after"] = {"anchor": "created_at", "seconds": round(expires_after)}
    headers = {**target.headers, "Content-Type": "application/json", "User-Agent": "rtwidgets"}
    left = max(0.1, deadline - time.monotonic())
    reply = post(_endpoint(target), headers, msgspec.json.encode(body), left)
    if not 200 <= reply.status < 300:
        raise _refusal(reply, target)
    return _read(reply, target)


def _config(target: Target, settings: Mapping[str, Any]) -> SessionConfig:
    beginning = target.beginning(settings)
    if "tools" in beginning:
        functions, data = split(beginning["tools"])
        beginning["tools"] = [*data, *(function.tool for function in functions)]
    config = flat.session_config(
        beginning, transcription_model=target.transcription, dialect=target.dialect.name
    )
    return structs.replace(config, type="realtime", model=target.model or UNSET)


def _written(dialect: Dialect, config: SessionConfig) -> dict[str, Any]:
    text = dialect.encode(on.SessionUpdate(session=config)) or "{}"
    session: dict[str, Any] = msgspec.json.decode(text)["session"]
    return session


def _endpoint(target: Target) -> str:
    parts = urlsplit(target.url)
    path = parts.path.rstrip("/")
    if target.dialect is not BETA:
        path = f"{path}/client_secrets"
    else:
        path = _AZURE_PREVIEW if path == "/openai/realtime" else f"{path}/sessions"
    scheme = {"ws": "http", "wss": "https"}[parts.scheme]
    # The model is a part of the session.
    query = [pair for pair in parse_qsl(parts.query) if pair[0] not in ("model", "deployment")]
    return urlunsplit((scheme, parts.netloc, path, urlencode(query), ""))


def _refusal(reply: Reply, target: Target) -> RealtimeError:
    """Why there is none: a setting that is refused is told as a session tells it."""
    error: dict[str, Any] = {}
    try:
        told = msgspec.json.decode(reply.body)
        if isinstance(told, dict) and isinstance(told.get("error"), dict):
            error = told["error"]
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    said = {key: scrub(value) for key, value in error.items() if isinstance(value, str)}
    if reply.status in (400, 422) and said.get("message"):
        return ApiError(
            said["message"],
            type=said.get("type", "invalid_request_error"),
            code=said.get("code"),
            param=said.get("param"),
        )
    body = said.get("message") or reply.body[:300].decode("utf-8", "replace")
    return refused_request(reply.status, said.get("code"), body, target)


def _read(reply: Reply, target: Target) -> ClientSecret:
    try:
        told = msgspec.json.decode(reply.body)
        # Beta: the session with the secret in it. GA: the secret with the session in it.
        secret = told.pop("client_secret", None) or told
        session = {"type": "realtime", **(told["session"] if secret is told else told)}
        text = msgspec.json.encode({"type": "session.created", "session": session})
        event = target.dialect.decode_server(text)
        assert isinstance(event, on.SessionCreated)
        value, expires_at = secret["value"], float(secret["expires_at"])
        assert isinstance(value, str) and value
    except (msgspec.MsgspecError, AssertionError, AttributeError, LookupError, TypeError,
            ValueError, RecursionError, RealtimeError):  # fmt: skip
        raise ConnectionFailed(
            f"no client secret of {target.shown_url}: its answer holds none that can be read",
            status=reply.status,
        ) from None
    return ClientSecret(
        value,
        expires_at=expires_at,
        session=event.session,
        url=safe_url(target.url),
        dialect=target.dialect.name,
    )
