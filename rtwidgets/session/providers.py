"""Whom a session talks to: one table of defaults, and how the arguments choose from it.

The only place with model names and addresses. ``resolve`` is pure: it decides; starting a
local engine and connecting is the business of others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ..errors import ConnectionFailed, LocalProtocolError
from ..protocol.dialects import BETA, GA, Dialect
from .secrets import remember, safe_url, secret_names
from .settings import nearest

__all__ = ["ENGINES", "OFFLINE", "OPENAI", "Provider", "Target", "resolve"]


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Defaults of one kind of server."""

    name: str
    url: str | None = None
    model: str | None = None
    transcription: str = "whisper-1"
    """The model that writes down the user's words."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What a new session starts with, by the names of ``settings.py``."""
    free: bool = False
    echoes: bool = False
    """Known to repeat the metadata of a request in its response."""


OPENAI = Provider(
    name="OpenAI",
    url="wss://api.openai.com/v1/realtime",
    model="gpt-realtime-2.1",
    transcription="gpt-4o-mini-transcribe",
    settings={"transcription": True},
    echoes=True,
)
OFFLINE = Provider(
    name="offline engine",
    # A reply starts as soon as the silence is over: nobody waits for a network here.
    settings={"transcription": True, "turn_detection": "server_vad", "silence_duration_ms": 300},
    free=True,
    echoes=True,
)
OTHER = Provider(name="", settings={"transcription": True})

#: What ``engine=`` may name.
ENGINES = ("auto", "offline", "simulated")

_DIALECTS: dict[str, Dialect] = {"ga": GA, "beta": BETA}


@dataclass(frozen=True, kw_only=True)
class Target:
    """Everything that a connection needs to know; keys stay out of its repr."""

    name: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    dialect: Dialect = field(repr=False)
    model: str | None = None
    transcription: str = "whisper-1"
    settings: Mapping[str, Any] = field(default_factory=dict)
    free: bool = False
    echoes: bool = False
    engine: str | None = None
    """The local engine that has to be started first; ``url`` is then still empty."""

    @property
    def shown_url(self) -> str:
        """The address without anything secret."""
        return safe_url(self.url)


def resolve(
    url: str | None = None,
    *,
    api_key: str | None = None,
    model: str | None = None,
    dialect: str = "ga",
    engine: str | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    environ: Mapping[str, str],
) -> Target:
    """Choose: ``url``, then ``engine``, then OpenAI where there is a key, then offline.

    ``OPENAI_API_KEY`` goes to OpenAI and to nobody else; another server gets the key that
    was handed over as ``api_key``. Raises ``LocalProtocolError`` for arguments that
    contradict each other.
    """
    spoken = _DIALECTS.get(dialect)
    if spoken is None:
        raise LocalProtocolError(f"unknown dialect {dialect!r}: {nearest(dialect, _DIALECTS)}")
    if engine is not None and engine not in ENGINES:
        raise LocalProtocolError(f"unknown engine {engine!r}: {nearest(engine, ENGINES)}")
    if engine is not None and (url is not None or api_key is not None):
        raise LocalProtocolError(
            "engine= starts a server on this machine; leave out url= and api_key=, or engine="
        )
    key = api_key
    if url is not None:
        provider, base = OTHER, _websocket_url(url)
        if urlsplit(base).hostname == urlsplit(OPENAI.url or "").hostname:
            provider, key = OPENAI, api_key or environ.get("OPENAI_API_KEY")
    elif engine is None and (api_key or environ.get("OPENAI_API_KEY")):
        provider, base = OPENAI, OPENAI.url or ""
        key = api_key or environ.get("OPENAI_API_KEY")
    else:
        provider, base, engine = OFFLINE, "", engine or "auto"
    _check_key(key)

    model = model or _query_of(base).get("model") or provider.model
    sent = {**spoken.headers, **(headers or {})}
    if key and not any(name.lower() in ("authorization", "api-key") for name in sent):
        sent["Authorization"] = f"Bearer {key}"
    for secret in secret_names({**sent, **_query_of(base), **(query or {})}).values():
        remember(secret.removeprefix("Bearer ").strip())
    if base:
        base = _with_query(base, {**({"model": model} if model else {}), **(query or {})})
    return Target(
        name=_name(provider, base, model),
        url=base,
        headers=sent,
        dialect=spoken,
        model=model,
        transcription=provider.transcription,
        settings=provider.settings,
        free=provider.free,
        echoes=provider.echoes,
        engine=engine if provider is OFFLINE else None,
    )


def _name(provider: Provider, url: str, model: str | None) -> str:
    if provider is OPENAI:
        return f"OpenAI {model}"
    if provider is OFFLINE:
        return OFFLINE.name
    return f"{urlsplit(url).netloc.rpartition('@')[2]} {model or ''}".strip()


def _check_key(key: str | None) -> None:
    """A key with a line break or an umlaut would fail deep inside, and be shown there."""
    if key is not None:
        remember(key)
        if not key.isascii() or not key.isprintable() or key != key.strip() or " " in key:
            raise ConnectionFailed(
                "the API key has blanks, line breaks or characters that no key has: "
                "copy it again, without anything around it"
            )


def _websocket_url(url: str) -> str:
    """``ws://`` and ``wss://``; a web address is taken for the same server's socket."""
    try:
        parts = urlsplit(url if "://" in url else f"ws://{url}")
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        # Not the address itself: it cannot be taken apart, and may hold a password.
        raise ConnectionFailed(
            f"url= is no address ({str(error).lower()}): "
            "write it like ws://127.0.0.1:8765/v1/realtime"
        ) from None
    path = "/v1/realtime" if parts.path in ("", "/") else parts.path
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    if scheme not in ("ws", "wss") or not usable:
        raise ConnectionFailed(
            f"{safe_url(url)!r} is no address of a WebSocket server: "
            "write it like ws://127.0.0.1:8765/v1/realtime"
        )
    return urlunsplit((scheme, parts.netloc, path, parts.query, ""))


def _query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def _with_query(url: str, query: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    text = urlencode({**_query_of(url), **query}, quote_via=quote)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, text, ""))
