"""``ClientSecret``: a short-lived key for one kind of session, and how it opens one.

It is what one hands to a page, a student or another machine: it opens sessions that begin as
its ``session`` says, until it expires; a session that it has opened goes on after that
(reference, 1.3). How one is made is in ``secret_request.py``.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from ...errors import KeyRefused, LocalProtocolError
from ...protocol.config import SessionConfig
from .keys import Keys, ask
from .providers import OPENAI, Target, resolve
from .secrets import remember, safe_url

__all__ = ["ClientSecret", "target_of"]


class ClientSecret:
    """A key that opens sessions for a while: ``rt.connect(client_secret=secret)``.

    Its ``value`` is told to whoever asks for it and shown nowhere: neither by ``repr`` nor in a
    page, and a pickle goes without it.
    """

    __slots__ = ("_value", "dialect", "expires_at", "session", "url")

    def __init__(
        self, value: str, *, expires_at: float, session: SessionConfig, url: str, dialect: str
    ) -> None:
        remember(value)
        self._value = value
        self.expires_at = expires_at
        """When no session can be opened with it any more, in Unix seconds."""
        self.session = session
        """What a session begins as, as the server says."""
        self.url = url
        """The address that it opens, without anything secret."""
        self.dialect = dialect
        """``ga`` or ``beta``."""

    @property
    def value(self) -> str:
        """The key itself, ``ek_...``; empty in a copy that was pickled."""
        return self._value

    @property
    def seconds_left(self) -> float:
        """How long it can still be used, by the clock of this machine; 0 when it is over."""
        return max(0.0, self.expires_at - time.time())

    def __repr__(self) -> str:
        """Whose it is and until when, never the value."""
        end = datetime.fromtimestamp(self.expires_at, timezone.utc)
        return f"<ClientSecret for {safe_url(self.url)}, until {end:%Y-%m-%d %H:%M:%S} UTC>"

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        return None, {**{name: getattr(self, name) for name in self.__slots__}, "_value": ""}

    def __copy__(self) -> ClientSecret:
        return self

    def __deepcopy__(self, memo: object) -> ClientSecret:
        return self

    def check(self) -> None:
        """Raise ``KeyRefused`` where it opens nothing any more."""
        if not self._value:
            raise KeyRefused(
                "this client secret was pickled, which leaves its value out: hand over "
                "secret.value instead, or make a new one with rt.client_secret()"
            )
        late = time.time() - self.expires_at
        if late >= 0:
            raise KeyRefused(
                f"the client secret expired {late:.0f} s ago: make a new one with "
                "rt.client_secret()",
                code="client_secret_expired",
            )


def target_of(secret: Mapping[str, Any], known: Mapping[str, Any]) -> Target:
    """Whom to connect to, by the arguments that may hold a key and those that cannot."""
    given = {name: value for name, value in secret.items() if name != "client_secret"}
    key: ClientSecret | str | None = secret["client_secret"]
    if key is None:
        return resolve(**given, **known, environ=Keys(), ask=ask)
    if given["api_key"] is not None or known["engine"] is not None:
        raise LocalProtocolError("client_secret= is a key: leave out api_key= and engine=")
    if isinstance(key, ClientSecret):
        key.check()
        given["url"] = given["url"] or key.url
        known = {**known, "dialect": known["dialect"] or key.dialect}
        key = key.value
    remember(key)
    given["url"] = given["url"] or OPENAI.url
    # Also where a key has a header of its own.
    given["headers"] = {**(given["headers"] or {}), "Authorization": f"Bearer {key}"}
    target = resolve(**given, **known, environ={})
    return replace(target, settings={}, ephemeral=True)
