"""Whom a session talks to: one table of defaults, and how the arguments choose from it.

The only place with model names and addresses. ``resolve`` is pure: it decides; starting a
local engine and connecting is the business of others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ...errors import ConnectionFailed, KeyRefused, LocalProtocolError
from ...protocol.dialects import BETA, GA, Dialect
from ..settings.flat import nearest
from .secrets import remember, safe_url, secret_names

__all__ = [
    "AZURE",
    "AZURE_HOSTS",
    "AZURE_PREVIEW",
    "ENGINES",
    "HOSTED",
    "OFFLINE",
    "OPENAI",
    "Provider",
    "Target",
    "resolve",
]


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
    dialect: Dialect = GA
    """What it speaks where ``dialect=`` does not say."""
    key_name: str | None = None
    """The variable that holds its key; None where nobody knows, and a key must be handed over."""
    key_header: str = "Authorization"
    model_name: str = "model"
    """What the query calls the model."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Added to the address where it does not say it."""
    free: bool = False
    echoes: bool = False
    """Known to repeat the metadata of a request in its response."""


OPENAI = Provider(
    name="OpenAI",
    url="wss://api.openai.com/v1/realtime",
    model="gpt-realtime-2.1",
    transcription="gpt-4o-mini-transcribe",
    settings={"transcription": True},
    key_name="OPENAI_API_KEY",
    echoes=True,
)
# A model of Azure is a deployment with a name that only its owner knows, the one that
# transcribes too, so that is not asked for by itself (reference, section 7.1).
AZURE = Provider(name="Azure OpenAI", key_name="AZURE_OPENAI_API_KEY", key_header="api-key")
AZURE_PREVIEW = replace(
    AZURE,
    name="Azure OpenAI (preview)",
    dialect=BETA,
    model_name="deployment",
    query={"api-version": "2025-04-01-preview"},
)
OFFLINE = Provider(
    name="offline engine",
    # A reply starts as soon as the silence is over: nobody waits for a network here.
    settings={"transcription": True, "turn_detection": "server_vad", "silence_duration_ms": 300},
    free=True,
    echoes=True,
)
OTHER = Provider(name="", settings={"transcription": True})

_DASHSCOPE = Provider(name="DashScope", dialect=BETA, key_name="DASHSCOPE_API_KEY")
# Turn detection is off there unless it is asked for, and there is one kind.
_STEPFUN = Provider(
    name="StepFun",
    dialect=BETA,
    key_name="STEPFUN_API_KEY",
    settings={"turn_detection": "server_vad"},
)

#: What ``engine=`` may name.
ENGINES = ("auto", "offline", "simulated")

#: Servers that are known by their host: its end, and how they differ (reference, section 7).
#: Their paths are in the address that one is given, but for Azure's.
HOSTED = {
    "api.x.ai": Provider(name="xAI", model="grok-voice-latest", key_name="XAI_API_KEY"),
    "dashscope.aliyuncs.com": _DASHSCOPE,
    "dashscope-intl.aliyuncs.com": _DASHSCOPE,
    "open.bigmodel.cn": Provider(name="Zhipu", dialect=BETA, key_name="ZHIPUAI_API_KEY"),
    "api.stepfun.com": _STEPFUN,
    "api.stepfun.ai": _STEPFUN,
}
#: The ends of a resource's names: the old one, and the one that new resources show.
AZURE_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com")
_AZURE_PATHS = {"ga": "/openai/v1/realtime", "beta": "/openai/realtime"}

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
    ephemeral: bool = False
    """Its key is a client secret, which says what the session begins as."""

    @property
    def shown_url(self) -> str:
        """The address without anything secret."""
        return safe_url(self.url)

    def beginning(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """What a session begins with: the defaults, and the user's own settings on top of them."""
        found = {**self.settings, **settings}
        if found.get("turn_detection", True) in (None, False):
            # The defaults' silence means nothing to a user who switched detection off.
            found = {k: v for k, v in found.items() if k in settings or k != "silence_duration_ms"}
        return found


def resolve(
    url: str | None = None,
    *,
    api_key: str | None = None,
    model: str | None = None,
    dialect: str | None = None,
    engine: str | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    environ: Mapping[str, str],
    ask: Callable[[str], str | None] = lambda name: None,
) -> Target:
    """Choose: ``url``, then ``engine``, then OpenAI where there is a key, then offline.

    A key of the environment goes to the server that it is named after and to nobody else;
    another server gets the key that was handed over as ``api_key``. ``ask`` is the last
    resort for a server that wants one. Raises ``LocalProtocolError`` for arguments that
    contradict each other, ``KeyRefused`` where there is no key.
    """
    if dialect is not None and dialect not in _DIALECTS:
        raise LocalProtocolError(f"unknown dialect {dialect!r}: {nearest(dialect, _DIALECTS)}")
    if engine is not None and engine not in ENGINES:
        raise LocalProtocolError(f"unknown engine {engine!r}: {nearest(engine, ENGINES)}")
    if engine is not None and (url is not None or api_key is not None):
        raise LocalProtocolError(
            "engine= starts a server on this machine; leave out url= and api_key=, or engine="
        )
    key = api_key
    if url is not None:
        provider, base = _at(_websocket_url(url), url, dialect)
    elif engine is None and (api_key or environ.get("OPENAI_API_KEY")):
        provider, base = OPENAI, OPENAI.url or ""
    else:
        provider, base, engine = OFFLINE, "", engine or "auto"
    spoken = _DIALECTS[dialect] if dialect else provider.dialect
    sent = {**spoken.connect_headers(), **(headers or {})}
    given = {**_query_of(base), **(query or {})}
    shown = secret_names({**sent, **given})
    if provider.key_name and not (key or shown):
        key = environ.get(provider.key_name) or ask(provider.key_name)
        if not key:
            raise KeyRefused(
                f"{provider.name} wants a key and there is none: set {provider.key_name}, or "
                "give api_key="
            )
    _check_key(key)

    model = model or given.get(provider.model_name) or provider.model
    if key and not any(name.lower() in ("authorization", "api-key") for name in sent):
        if provider.key_header == "Authorization":
            sent |= spoken.connect_headers(key)
        else:
            sent[provider.key_header] = key
    for secret in secret_names({**sent, **_query_of(base), **(query or {})}).values():
        remember(secret.removeprefix("Bearer ").strip())
    if base:
        named = {provider.model_name: model} if model else {}
        base = _with_query(base, {**provider.query, **_query_of(base), **named, **(query or {})})
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


def _at(base: str, url: str, dialect: str | None) -> tuple[Provider, str]:
    """Who lives at an address, and the address with the path that it has there."""
    parts = urlsplit(base)
    host = parts.hostname or ""
    if host == urlsplit(OPENAI.url or "").hostname:
        return OPENAI, base
    if host.endswith(AZURE_HOSTS):
        if urlsplit(url if "://" in url else f"//{url}").path in ("", "/"):
            base = urlunsplit(parts._replace(path=_AZURE_PATHS[dialect or "ga"]))
        preview = urlsplit(base).path.rstrip("/") == _AZURE_PATHS["beta"]
        return (AZURE_PREVIEW if preview else AZURE), base
    return HOSTED.get(host, OTHER), base


def _name(provider: Provider, url: str, model: str | None) -> str:
    if provider.key_name:
        return f"{provider.name} {model or ''}".strip()
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
