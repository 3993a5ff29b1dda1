"""The capture page: the microphone and the speaker of a session in a real browser's page.

VS Code gives its notebooks no microphone, so the kernel serves this page on loopback
(``session/loopback.py``). To the panels it is one more page that shows them, with a token of
its own, like a second tab: everything that goes to the pages is mirrored to it, and what it
says comes in by the door that all pages use. It shows the same browser bundles.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import LocalProtocolError
from ..session.events.notices import SessionEnded
from ..session.loopback import File, Loopback, Peer, offer_capture_page
from .panel import STATIC, Panel, panels_of

if TYPE_CHECKING:
    from ..session.events.notices import Happening
    from ..session.session import Session

__all__ = ["capture_page"]

#: What the page shows, in this order: words of panels.
SHOWN = ("microphone", "speaker")
#: Traits of the widget runtime: the page has no use for them, and layout is a widget.
RUNTIME = ("layout", "tabbable", "tooltip", "comm", "keys")

HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Microphone of a notebook</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 720px; padding: 16px; font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.2em; }
main > div { margin: 12px 0; }
</style>
<script type="module" src="/capture.js"></script>
</head>
<body>
<h1>Microphone of a notebook</h1>
<p id="says" role="status">Connecting to the kernel …</p>
<main id="panels"></main>
</body>
</html>
"""

_pages: weakref.WeakKeyDictionary[Session, CapturePage] = weakref.WeakKeyDictionary()


def capture_page(session: Session) -> str:
    """A new address of the session's page, good for opening it once; from any thread."""
    if session.closed:
        raise LocalProtocolError("the session is over; its page would show nothing")
    if not any(panel.word == "microphone" for panel in panels_of(session)):
        raise LocalProtocolError(
            "the session has no microphone panel: make one first, rt.Console(session) or "
            "rt.Microphone(session)"
        )
    page = _pages.get(session)
    if page is None or page.closed:
        page = _pages[session] = CapturePage(session)
    return page.door.link()


offer_capture_page(capture_page)


class CapturePage:
    """The door of one session, and the browsers that came through it."""

    def __init__(self, session: Session) -> None:
        # Weak, so that a page that is open somewhere keeps no forgotten session alive.
        self._session = weakref.ref(session)
        script, text = "text/javascript; charset=utf-8", "text/html; charset=utf-8"
        names = ("capture", *SHOWN)
        files = {f"/{n}.js": File(script, (STATIC / f"{n}.js").read_bytes()) for n in names}
        self.door = Loopback(File(text, HTML.encode()), files, self._connected)
        self.closed = False
        self._unsubscribe = session.subscribe(self._hear)
        weakref.finalize(session, self.door.close).atexit = False

    def _hear(self, event: Happening, _: object) -> None:
        if isinstance(event, SessionEnded):
            self.closed = True
            self._unsubscribe()
            self.door.close()

    def _connected(self, peer: Peer) -> Callable[[], None]:
        """Show the panels to a browser; returns what to do when it is gone."""
        session = self._session()
        if session is None:
            return lambda: None
        panels = {panel.panel_id: panel for panel in _shown(session)}
        spoken: set[tuple[str, str]] = set()

        def take(message: dict[str, Any], buffers: list[bytes]) -> None:
            panel, content = panels[message["panel"]], message["content"]
            if isinstance(content, dict) and "page" in content:
                spoken.add((panel.panel_id, str(content["page"])))
            panel._receive(panel, content, [memoryview(buffer) for buffer in buffers])

        peer.take = take
        listed = [
            {"panel": p.panel_id, "word": p.word, "state": _state(p)} for p in panels.values()
        ]
        peer.send({"method": "open", "panels": listed}, [])
        ends = [panel.mirror(_to(peer, panel.panel_id)) for panel in panels.values()]

        def gone() -> None:
            for end in ends:
                end()
            for panel_id, page in spoken:
                # A browser that was ended has said no goodbye.
                panel = panels[panel_id]
                panel._receive(panel, {"kind": "bye", "page": page}, [])

        return gone


def _shown(session: Session) -> list[Panel]:
    """One panel of each word: the newest would be the one on screen."""
    found = {panel.word: panel for panel in panels_of(session)}
    return [found[word] for word in SHOWN if word in found]


def _state(panel: Panel) -> dict[str, Any]:
    names = [name for name in panel.keys if not name.startswith("_") and name not in RUNTIME]
    state: dict[str, Any] = panel.get_state(names)
    return state


def _to(peer: Peer, panel_id: str) -> Callable[[dict[str, Any], list[bytes]], None]:
    def pass_on(message: dict[str, Any], buffers: list[bytes]) -> None:
        if message["method"] in ("update", "custom"):
            peer.send({**message, "panel": panel_id}, buffers)

    return pass_on
