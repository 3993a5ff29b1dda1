"""Every exception that rtwidgets raises on purpose, as one tree, split by blame.

::

    RealtimeError
    ├── ProtocolError
    │   ├── LocalProtocolError     what this program asked for breaks the protocol
    │   └── RemoteProtocolError    what the other side sent breaks the protocol
    ├── ApiError                   the server refused a request with an ``error`` event
    ├── ConnectionFailed           no session could be opened
    │   ├── KeyRefused             the server does not accept the key, or the account behind it
    │   ├── RequestRefused         it does not accept address, model or dialect
    │   └── ServerUnavailable      it is not there, not in time or too busy: later it may work
    ├── SessionClosed              the session is over, or ended while something waited for it
    ├── WaitTimeout                a wait reached its limit (also a ``TimeoutError``)
    ├── ToolError                  a function cannot be a tool, or a call of one failed
    ├── EngineError                a speech or language engine is missing or failed
    └── AudioError                 a file or an array is not usable sound (also a ``ValueError``)

Messages are facts in lower case: what was wrong with its value, then what to do.
"""

from __future__ import annotations

__all__ = [
    "ApiError",
    "AudioError",
    "ConnectionFailed",
    "EngineError",
    "KeyRefused",
    "LocalProtocolError",
    "ProtocolError",
    "RealtimeError",
    "RemoteProtocolError",
    "RequestRefused",
    "ServerUnavailable",
    "SessionClosed",
    "ToolError",
    "WaitTimeout",
]


class RealtimeError(Exception):
    """The root: ``except rt.RealtimeError`` catches everything of ours."""


class ProtocolError(RealtimeError):
    """One side broke the Realtime protocol."""


class LocalProtocolError(ProtocolError):
    """A command of ours cannot be sent in the state that the session is in."""


class RemoteProtocolError(ProtocolError):
    """The other side sent something that is no event.

    ``code`` and ``param`` are the words of the protocol's own ``error`` event
    (``invalid_value``, ``session.voice``), ready for a server's reply.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        event_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.param = param
        self.event_id = event_id


class ApiError(RealtimeError):
    """The server answered a request with an ``error`` event.

    The five attributes are the fields of that event's ``error`` object.
    """

    def __init__(
        self,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        event_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.type = type
        self.code = code
        self.message = message
        self.param = param
        self.event_id = event_id


class ConnectionFailed(RealtimeError):
    """No session could be opened; the message says why and what to do.

    ``status`` is the HTTP status of a refused upgrade, ``code`` the code of a refusal inside
    the session; each is ``None`` where there was none.
    """

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class KeyRefused(ConnectionFailed):
    """The key is missing or wrong, may not do this, or its account has no credit."""


class RequestRefused(ConnectionFailed):
    """The server takes no session of this kind: the address, the model or the dialect."""


class ServerUnavailable(ConnectionFailed):
    """Nobody answers, nothing came in time, or the server has too much to do."""


class SessionClosed(RealtimeError):
    """The session is over."""


class WaitTimeout(RealtimeError, TimeoutError):
    """A wait reached its limit; the message says what it waited for."""


class ToolError(RealtimeError):
    """A function cannot be a tool as it is, or a call of a tool did not go well."""


class EngineError(RealtimeError):
    """An engine, its library or its weights are missing, damaged or failed."""


class AudioError(RealtimeError, ValueError):
    """Something that was given as sound is none."""
