"""Keys stay out of sight: what is known to be secret is cut out of every text that leaves.

``remember`` is called with each key that a user hands over; ``scrub`` goes over messages,
reprs and log lines, and also catches what merely looks like a key.
"""

from __future__ import annotations

import logging
import re
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

__all__ = ["REDACTED", "Scrubber", "remember", "safe_url", "scrub", "secret_names", "suspicious"]

REDACTED = "[key]"

_known: set[str] = set()
#: The same as they stand in bytes.
_known_bytes: tuple[bytes, ...] = ()

#: Keys of the OpenAI kind, ephemeral secrets, the browser's subprotocol, and any bearer token.
_LOOKS_SECRET = re.compile(
    r"\b(?:sk|ek)[-_][\w\-*.]{6,}"
    r"|openai-insecure-api-key\.[^\s,\"']+"
    r"|(?<=Bearer )\S+"
    r"|(?<=Basic )[\w+/=]{6,}",
)

#: Words in the name of a header or of a query parameter that make its value a secret.
_SECRET_NAME = re.compile(r"auth|key|token|secret|password|signature|^sig$|cookie", re.IGNORECASE)


def remember(secret: str | None) -> None:
    """From now on ``scrub`` cuts ``secret`` out; short words are no secrets."""
    global _known_bytes
    if secret and len(secret) >= 6:
        _known.add(secret)
        _known_bytes = tuple(known.encode() for known in _known)


def secret_names(names: dict[str, str]) -> dict[str, str]:
    """The members of ``names`` (headers, query parameters) whose values are secrets."""
    return {name: value for name, value in names.items() if _SECRET_NAME.search(name)}


def scrub(text: str, least: int = 0) -> str:
    """``text`` without any key.

    What merely looks like one is left where it is shorter than ``least``: people speak of
    "Basic English", too.
    """
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    return _LOOKS_SECRET.sub(lambda found: _cut(found[0], least), text)


def _cut(found: str, least: int) -> str:
    return found if len(found) < least else REDACTED


#: What a secret begins with, or the member of an event that holds one.
_MARKS = (
    *(b"sk-", b"sk_", b"ek-", b"ek_", b"Bearer ", b"Basic ", b"openai-insecure"),
    *(b'"authorization"', b'"headers"', b'"client_secret"'),
)


def suspicious(data: bytes) -> bool:
    """Whether a secret may stand in ``data``: a quick look that sees too much, never too little."""
    return any(mark in data for mark in (*_MARKS, *_known_bytes))


def safe_url(url: str) -> str:
    """``url`` for the eye: no user, no password, no secret query parameter."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = "&".join(
        f"{quote(name)}={REDACTED if _SECRET_NAME.search(name) else quote(value)}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return scrub(urlunsplit((parts.scheme, host, parts.path, query, "")))


class Scrubber(logging.Filter):
    """Scrubs every record; a WebSocket library logs the request's headers at DEBUG."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always keeps the record, never its keys."""
        record.msg, record.args = scrub(record.getMessage()), ()
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = scrub(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True
