"""``serve()``: the embedded server in the background of this process."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Literal

from .. import _loop
from ..engines import load
from ..engines.base import Engines
from .endpoint import Endpoint, reserve

__all__ = ["Server", "serve"]


class Server:
    """A running server; close it, or use it in a ``with`` statement."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.closed = False

    @property
    def url(self) -> str:
        """Where any Realtime client connects: ``ws://127.0.0.1:PORT/v1/realtime``."""
        return self._endpoint.url

    @property
    def engines(self) -> Engines:
        """What answers."""
        return self._endpoint.engines

    def close(self) -> None:
        """Stop listening and end all sessions; twice is once."""
        if not self.closed:
            self.closed = True
            _loop.run(self._endpoint.close(), 10, what="the end of the server")

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else self.url
        return f"<rtwidgets Server {state} (engine: {self.engines.name})>"


def serve(
    engine: Literal["auto", "offline", "simulated"] | Engines = "auto",
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    api_key: str | None = None,
    session_s: float | None = None,
    **options: Any,
) -> Server:
    """Serve the Realtime protocol from this process, for any client, until it is closed.

    Args:
        engine: ``auto`` (offline where its packages are there, else simulated), ``offline``,
            ``simulated``, or engines that were loaded (and warmed) before.
        host: address to listen on; off loopback an ``api_key`` is required.
        port: 0 takes a free one.
        api_key: what clients must know; None lets everybody on this machine in.
        session_s: age limit of a session in s; None is the protocol's own.
        options: for ``engines.load``: ``seed``, ``asr``, ``llm_url``, ``llm_model``, ...

    Returns once clients can connect; the engines are loaded and warm. Raises ``EngineError``
    for an engine that cannot run, ``ConnectionFailed`` for an address that cannot be used.
    The engines share this process's interpreter: ``rtwidgets serve`` runs them in their own.
    """
    listener = reserve(host, port, api_key=api_key)
    try:
        if not isinstance(engine, Engines):
            engine = load(engine, **options)
            engine.warm()
    except BaseException:
        listener.close()
        raise
    endpoint = Endpoint(engine, listener, host=host, api_key=api_key, session_s=session_s)
    _loop.run(endpoint.open(), 10, what="the server's socket")
    return Server(endpoint)
