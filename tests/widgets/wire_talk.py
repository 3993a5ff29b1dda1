"""``WireTalk``: a talk whose frames a test writes itself, and a page that asks for their rows."""

from __future__ import annotations

import json
from typing import Any

from rtwidgets.errors import LocalProtocolError, RemoteProtocolError
from rtwidgets.protocol import GA, Dialect
from rtwidgets.session.events.events_log import EventsLog
from rtwidgets.widgets.event_log import EventLog
from tests.widgets.talk import Page, Talk

__all__ = ["WireTalk", "ask", "copied", "rows", "shown"]


class WireTalk(Talk):
    """A ``Talk`` that takes events by hand."""

    def __init__(self, dialect: Dialect = GA, keep_mb: float = 64) -> None:
        super().__init__(dialect)
        self.dialect = dialect
        # Empty: the events of the beginning are in nobody's way.
        self.events_log = EventsLog(keep_mb, lambda: self.now)

    def check_event(self, text: str) -> Any:
        try:
            return self.dialect.decode_client(text)
        except RemoteProtocolError as error:
            raise LocalProtocolError(str(error)) from None

    def send_event(self, text: str) -> None:
        self.client.send_event(self.check_event(text))
        self.pair.settle()

    def got(self, type: str, **fields: Any) -> None:
        """A frame that came, whatever it is; nobody else hears of it."""
        self.events_log.received(json.dumps({"type": type, **fields}).encode())


def shown(talk: WireTalk, **settings: Any) -> tuple[EventLog, Page]:
    panel = EventLog(talk, **settings)  # type: ignore[arg-type]
    page = Page(panel)
    talk.advance(1)
    return panel, page


def ask(page: Page, talk: WireTalk, kind: str = "range", **fields: Any) -> dict[str, Any]:
    """The last answer to a page's question."""
    page.messages.clear()
    page.send(kind, view="v1", ask=1, **fields)
    talk.advance(1)
    assert page.messages, f"no answer to {kind}"
    return page.messages[-1]


def rows(page: Page, talk: WireTalk, **fields: Any) -> list[dict[str, Any]]:
    return list(ask(page, talk, first=0, count=100, **fields)["rows"])


def copied(page: Page, talk: WireTalk, **fields: Any) -> tuple[bytes, dict[str, Any]]:
    taken: list[bytes] = []
    panel, send = page.panel, page.panel.send

    def keep(content: Any, buffers: Any = None) -> None:
        taken.extend(bytes(buffer) for buffer in buffers or ())
        send(content, buffers)

    panel.send = keep
    last = ask(page, talk, "copy", **fields)
    return b"".join(taken), last
