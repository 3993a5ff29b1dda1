"""``connect``: from a few words to an open session, or to one error that says what to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from msgspec import structs

from .. import _loop
from ..errors import ApiError, RealtimeError
from .connecting.client_secret import ClientSecret, target_of
from .connecting.offline_process import local_server
from .connecting.opening import open_link
from .connecting.providers import Target
from .connecting.reconnect import Reconnector
from .events.events_log import DEFAULT_MB, EventsLog
from .events.subscribers import logger
from .link import Link
from .money.budget import Budget, amount
from .session import Session
from .settings import flat
from .settings.completion import takes
from .tools.function import FunctionTool
from .tools.toolbox import refuse_twins, split
from .turns.kept_sound import DEFAULT_AUDIO_MB, SoundStore

__all__ = ["connect"]

#: Some servers never acknowledge settings; then they are believed.
UNACKNOWLEDGED_S = 5.0


@takes(flat.SETTINGS)
def connect(
    url: str | None = None,
    *,
    api_key: str | None = None,
    client_secret: ClientSecret | str | None = None,
    model: str | None = None,
    dialect: str | None = None,
    engine: str | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    timeout: float = 60,
    budget: float | None = None,
    keep_events_mb: float = DEFAULT_MB,
    keep_audio_mb: float = DEFAULT_AUDIO_MB,
    reconnect: bool = False,
    keep_in_notebook: bool = True,
    static_audio: bool = False,
    quiet: bool = False,
    **settings: Any,
) -> Session:
    """Open a session and say in one line with whom.

    With ``OPENAI_API_KEY`` set (or ``api_key``) it is OpenAI, otherwise the offline engine,
    which is started in a process of its own and shared by later sessions.

    Args:
        url: any other server, ``ws://host:port/v1/realtime``.
        api_key: the key of the server. Without it that of the environment is taken, then that
            of a keyring, if one is installed (``keyring set rtwidgets OPENAI_API_KEY``), each
            for the server that it is named after; a notebook asks where a server wants one.
        client_secret: what ``rt.client_secret`` made, or its value, instead of a key: the session
            begins as the secret says, and knows its address.
        model: the server's model; each server has a default.
        dialect: ``ga``, or ``beta`` for servers that still speak it; known servers have theirs.
        engine: ``offline`` (real speech), ``simulated`` (exact, tells no truth) or ``auto``,
            on this machine even where there is a key.
        headers, query: added to the handshake.
        timeout: for all of it, in s.
        budget: US dollars; ``session.budget`` warns at 80 % and ends the session at 100 %.
        keep_events_mb: memory for ``session.events_log``; older events go to a temporary file.
        keep_audio_mb: memory for the sound of turns that are done; older sound goes to a file.
        reconnect: open a lost connection again, with growing pauses, where that can help; the
            turns in progress fail all the same. ``session.resumed`` says what it cost.
        keep_in_notebook: leave a record of the talk below the panel shown last, which stays
            readable when the notebook is opened again without a kernel.
        static_audio: with its sound in it, compressed, as far as 2 MB go.
        quiet: say nothing.
        settings: as for ``Session.update``: ``voice``, ``instructions``, ``tools`` (functions
            too), ...

    Raises ``ConnectionFailed`` with what to do, ``LocalProtocolError`` for settings that
    cannot be, ``ApiError`` for settings that the server refuses.
    """
    _loop.refuse_on_loop("a new session")
    try:
        session = _connect(
            {
                "url": url,
                "api_key": api_key,
                "client_secret": client_secret,
                "headers": headers,
                "query": query,
            },
            {"model": model, "dialect": dialect, "engine": engine},
            settings,
            timeout=timeout,
            budget=budget,
            kept=(keep_events_mb, keep_audio_mb),
            reconnect=reconnect,
            quiet=quiet,
        )
    except RealtimeError as error:
        # What went wrong is said in words; the frames inside are no help, and hold the key.
        failure = error.with_traceback(None)
        failure.__cause__ = failure.__context__ = None
    else:
        session.keep_in_notebook, session.static_audio = keep_in_notebook, static_audio
        return session
    finally:
        # So that no traceback of this frame shows them, whatever it is for.
        del url, api_key, client_secret, headers, query, settings
    raise failure


def _connect(
    secret: dict[str, Any],
    known: dict[str, Any],
    settings: dict[str, Any],
    *,
    timeout: float,
    budget: float | None,
    kept: tuple[float, float],
    reconnect: bool,
    quiet: bool,
) -> Session:
    target = target_of(secret, known)
    deadline = time.monotonic() + timeout  # typing a key took none of it
    secret.clear()
    model, engine = known["model"], known["engine"]
    # A typing error is answered before anything is started.
    limit, log, sounds = amount(budget), EventsLog(kept[0]), SoundStore(kept[1])
    functions, settings = _with_functions(settings)
    refuse_twins(_settings(target, settings).tools)
    hint = ""
    if target.engine is not None:
        server = local_server(target.engine, timeout, None if quiet else _loading)
        target = replace(target, url=server.url, model=model)
        if server.engine == "simulated":
            target = replace(target, name="offline engine (simulated)")
            if engine is None:
                hint = "; real speech: pip install 'rtwidgets[offline]'"
    left = max(1.0, deadline - time.monotonic())
    opening = _open_link(target, settings, functions, left, limit=limit, log=log, sounds=sounds)
    del settings
    link = _loop.run(opening, left + 5, what="the session")
    if not quiet:
        article = "the " if target.free else ""
        print(f"rtwidgets: talking to {article}{target.name}{hint}")  # noqa: T201  (as promised)
    session = Session(link, target.name)
    if reconnect:
        session._reconnector = Reconnector(session)
    return session


def _loading() -> None:
    # Without a line of its own: what follows is longer and takes its place.
    print("rtwidgets: loading the offline engine", end="\r", flush=True)  # noqa: T201


def _settings(target: Target, settings: Mapping[str, Any]) -> Any:
    return flat.session_config(
        settings, transcription_model=target.transcription, dialect=target.dialect.name
    )


def _with_functions(settings: dict[str, Any]) -> tuple[list[FunctionTool], dict[str, Any]]:
    """Functions among the tools, and settings that hold what the server is to know of them."""
    if "tools" not in settings:
        return [], settings
    functions, data = split(settings["tools"])
    return functions, {**settings, "tools": [*data, *(function.tool for function in functions)]}


async def _open_link(
    target: Target,
    settings: Mapping[str, Any],
    functions: list[FunctionTool],
    timeout: float,
    *,
    limit: Decimal | None,
    log: EventsLog,
    sounds: SoundStore,
) -> Link:
    async def configure(link: Link) -> None:
        if limit is not None:
            link.budget = Budget(link, limit)
        await _configure(link, settings)

    link = Link(target, log)
    link.sounds = sounds
    link.tools.box.begin_with(functions, _settings(target, settings).tools)
    return await open_link(link, timeout, configure)


async def _configure(link: Link, settings: Mapping[str, Any]) -> None:
    """The provider's defaults, and the user's own settings on top of them."""
    target = link.target
    beginning = target.beginning(settings)
    if not beginning and target.ephemeral:  # it begins as its secret says
        return
    try:
        await _update(link, beginning)
    except ApiError as error:
        if settings:
            await _update(link, settings)
        logger.warning("%s does not take all of our defaults: %s", target.name, error)


async def _update(link: Link, settings: Mapping[str, Any]) -> None:
    config = structs.replace(_settings(link.target, settings), type="realtime")
    try:
        await link.update(config, UNACKNOWLEDGED_S)
    except asyncio.TimeoutError:
        logger.warning("%s did not acknowledge the settings", link.target.name)
