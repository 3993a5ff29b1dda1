"""``ClientSecrets``: short-lived keys that a backend hands to a browser (reference, 1.3).

A secret carries the configuration of the sessions that it opens, as many as one likes until it
expires; a session that it has opened goes on after that. Only digests are kept, so no memory
holds a key that works, and a look-up takes no time that depends on the key.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import RemoteProtocolError
from ..protocol.config import SessionConfig

__all__ = ["MAX_SECRETS", "PREFIX", "ClientSecret", "ClientSecrets"]

PREFIX = "ek_"
#: Secrets that may be alive at once: it bounds the memory that one key can fill.
MAX_SECRETS = 512


@dataclass(frozen=True, kw_only=True)
class ClientSecret:
    """A new secret; ``value`` is told once."""

    value: str = field(repr=False)
    expires_at: int
    """In Unix seconds."""
    session: SessionConfig


class ClientSecrets:
    """Those that were made and have not expired.

    Args:
        clock: the time in Unix seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._alive: dict[bytes, tuple[int, SessionConfig]] = {}

    def create(self, session: SessionConfig, seconds: int) -> ClientSecret:
        """A secret for sessions that begin as ``session`` within ``seconds`` from now.

        Raises:
            RemoteProtocolError: too many are alive.
        """
        self._bury()
        if len(self._alive) >= MAX_SECRETS:
            raise RemoteProtocolError(
                f"Rate limit reached: {MAX_SECRETS} client secrets are alive. Wait until some "
                "have expired, or let them expire sooner.",
                code="rate_limit_exceeded",
            )
        value = PREFIX + secrets.token_hex(16)
        expires_at = int(self._clock()) + seconds
        self._alive[_digest(value)] = (expires_at, session)
        return ClientSecret(value=value, expires_at=expires_at, session=session)

    def find(self, value: str) -> SessionConfig | None:
        """What a session with this secret begins as; None where it is none, or none any more."""
        expires_at, session = self._alive.get(_digest(value), (0, None))
        return session if self._clock() < expires_at else None

    def _bury(self) -> None:
        now = self._clock()
        for digest in [known for known, (end, _) in self._alive.items() if end <= now]:
            del self._alive[digest]


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "replace")).digest()
