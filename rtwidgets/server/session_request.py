"""What a session begins as: the server's defaults, or what a request over HTTP asks for.

Each function is about a session that has no life yet: its ``expires_at`` is 0 until
``begun`` gives it one.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec
from msgspec import UNSET

from ..engines.base import Engines
from ..protocol.client_events import SessionUpdate
from ..protocol.config import SessionConfig
from ..protocol.defaults import default_session, transcription_session
from ..protocol.dialects import Dialect
from ..protocol.refusals import too_deep
from ..protocol.session_update import updated

__all__ = ["begun", "realtime", "requested", "transcription"]


def realtime(engines: Engines, id: str) -> SessionConfig:
    """A session that answers."""
    return default_session(
        id=id,
        model=engines.language_model.name,
        expires_at=0,
        voice=engines.synthesizer.voices[0],
    )


def transcription(engines: Engines, id: str) -> SessionConfig:
    """A session that writes down what it hears, from the start: nothing else is its purpose."""
    return transcription_session(id=id, expires_at=0, model=engines.transcriber.name)


def requested(
    engines: Engines, id: str, dialect: Dialect, wanted: Any, *, event: str = "session.update"
) -> SessionConfig:
    """The session that a request describes, checked as ``event`` of its dialect would be.

    Raises:
        RemoteProtocolError: with the paths of that event: ``session.…``.
    """
    try:
        frame = msgspec.json.encode({"type": event, "session": wanted})
    except RecursionError:
        raise too_deep() from None
    patch = cast("SessionUpdate", dialect.decode_client(frame)).session
    base = (transcription if patch.type == "transcription" else realtime)(engines, id)
    session = updated(base, patch, voices=engines.synthesizer.voices, voice_locked=False)
    return session if patch.model is UNSET else with_model(session, patch.model)


def begun(session: SessionConfig, *, id: str, expires_at: int, model: str | None) -> SessionConfig:
    """``session`` at its begin; ``model`` is what the connection asks for."""
    started = msgspec.structs.replace(session, id=id, expires_at=expires_at)
    return started if model is None else with_model(started, model)


def with_model(session: SessionConfig, model: str) -> SessionConfig:
    """``session`` with another name for its model; a transcription session has none."""
    if session.type == "transcription":
        return session
    return msgspec.structs.replace(session, model=model)
