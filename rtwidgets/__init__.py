"""rtwidgets: talk to a realtime model in a notebook, with or without a network.

::

    import rtwidgets as rt

    session = rt.connect()          # OpenAI where there is a key, else the offline engine
    rt.Console(session)             # talk, see, inspect, count

    turn = session.say("What is a transformer?")
    turn.wait().text                # or: (await turn).text

Names are looked up when they are first used, so that the import itself is fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .errors import (
    ApiError,
    AudioError,
    ConnectionFailed,
    EngineError,
    KeyRefused,
    LocalProtocolError,
    ProtocolError,
    RealtimeError,
    RemoteProtocolError,
    RequestRefused,
    ServerUnavailable,
    SessionClosed,
    ToolError,
    WaitTimeout,
)

if TYPE_CHECKING:
    from ._loop import allow_nested_asyncio
    from .audio import Pcm
    from .checkup.doctor import doctor
    from .server.serve import Server, serve
    from .session import Latency, Price, Resumed, Session, SessionUsage, ToolCall, Turn, price
    from .session.connect import connect
    from .session.connecting.client_secret import ClientSecret
    from .session.connecting.secret_request import client_secret, client_secret_async
    from .session.records.replay import replay
    from .widgets import (
        Approvals,
        Console,
        EventLog,
        Microphone,
        SessionPanel,
        Speaker,
        Timeline,
        Transcript,
        UsageTable,
        Waveform,
    )

__all__ = [
    "ApiError",
    "Approvals",
    "AudioError",
    "ClientSecret",
    "ConnectionFailed",
    "Console",
    "EngineError",
    "EventLog",
    "KeyRefused",
    "Latency",
    "LocalProtocolError",
    "Microphone",
    "Pcm",
    "Price",
    "ProtocolError",
    "RealtimeError",
    "RemoteProtocolError",
    "RequestRefused",
    "Resumed",
    "Server",
    "ServerUnavailable",
    "Session",
    "SessionClosed",
    "SessionPanel",
    "SessionUsage",
    "Speaker",
    "Timeline",
    "ToolCall",
    "ToolError",
    "Transcript",
    "Turn",
    "UsageTable",
    "WaitTimeout",
    "Waveform",
    "allow_nested_asyncio",
    "client_secret",
    "client_secret_async",
    "connect",
    "doctor",
    "price",
    "replay",
    "serve",
]

#: Module -> the public names that live in it.
_HOMES = {
    "_loop": ("allow_nested_asyncio",),
    "audio": ("Pcm",),
    "checkup.doctor": ("doctor",),
    "server": ("Server", "serve"),
    "session.connecting.client_secret": ("ClientSecret",),
    "session.records.replay": ("replay",),
    "session.connecting.secret_request": ("client_secret", "client_secret_async"),
    "session": (
        "Latency",
        "Price",
        "Resumed",
        "Session",
        "SessionUsage",
        "ToolCall",
        "Turn",
        "connect",
        "price",
    ),
    "widgets": (
        "Approvals",
        "Console",
        "EventLog",
        "Microphone",
        "SessionPanel",
        "Speaker",
        "Timeline",
        "Transcript",
        "UsageTable",
        "Waveform",
    ),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name's module when the name is first used."""
    if name == "__version__":
        from importlib.metadata import version

        return version("rtwidgets")
    if name not in _HOME:
        raise AttributeError(f"module 'rtwidgets' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """What completion shows."""
    return sorted({*globals(), *__all__})
