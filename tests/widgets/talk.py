"""A session for panels without a socket: both protocol cores, and a clock moved by hand.

Commands go to a real server core and its events come back through a real client core; only the
socket and the loop are left out. ``Page`` is the browser's end of one panel.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Any

from rtwidgets.protocol.config import PCM16_24K, SessionConfig
from rtwidgets.protocol.dialects import GA, Dialect
from rtwidgets.protocol.items import InputText, Message
from rtwidgets.session.events.events_log import EventsLog
from rtwidgets.session.events.notices import NOTICES
from rtwidgets.session.history.history import History
from rtwidgets.session.history.moments import PlayLog
from rtwidgets.session.settings.granted import AskedVsGranted
from tests.pair import Pair


class Talk:
    """What panels use of a session."""

    unanswered = SessionConfig()
    asked_vs_granted = AskedVsGranted(SessionConfig(), SessionConfig())

    def __init__(self, dialect: Dialect = GA) -> None:
        self.pair = Pair(dialect)
        self.client = self.pair.client
        self.conversation = self.pair.client.conversation
        self.name = "test server"
        self.model: str | None = "test-model"
        self.free = True
        self.budget: Any = None
        self.closed = False
        self.why_closed: str | None = None
        self.said: list[str] = []
        self.interrupts = 0
        self.now = 0.0
        self._count = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self.dialect = dialect
        self.pending_approvals: tuple[Any, ...] = ()
        self.heard: dict[str, float] = {}
        self.players: list[Any] = []
        self.played: list[Any] = []
        self.subscribers: list[Callable[..., None]] = []
        self.events_log = EventsLog(clock=lambda: self.now)
        self.play_log = PlayLog()
        self.history = History(self.events_log, dialect, self.play_log)
        for text in self.pair.wire:
            self.events_log.received(text.encode())
        receive, take_text = self.client.receive, self.client.take_text

        def sent() -> list[str]:
            texts = take_text()
            for text in texts:
                self.events_log.sent(text)
            return texts

        self.client.take_text = sent  # type: ignore[method-assign]

        def heard(text: str | bytes) -> Any:
            self.events_log.received(text.encode() if isinstance(text, str) else text)
            event = receive(text)
            self._publish(event)
            return event

        self.client.receive = heard  # type: ignore[method-assign]

    @property
    def input_rate(self) -> int:
        return self.pair.server.input_format.sample_rate

    @property
    def output_format(self) -> Any:
        return PCM16_24K

    @property
    def state(self) -> str:
        """As a session tells it."""
        if self.closed:
            return "closed"
        if self.conversation.speaking:
            return "listening"
        active = self.conversation.active_response
        return "idle" if active is None else "speaking" if active.output else "thinking"

    def subscribe(self, fn: Callable[..., None]) -> Callable[[], None]:
        self.subscribers.append(fn)
        return lambda: self.subscribers.remove(fn)

    def attach_player(self, player: Any) -> Callable[[], None]:
        self.players.append(player)
        return lambda: self.players.remove(player)

    def note_played(self, item_id: str, from_ms: float, to_ms: float, hop_ms: float | None) -> None:
        self.played.append((item_id, from_ms, to_ms, hop_ms))
        start = self.now - (to_ms - from_ms) / 1000
        self.play_log.add(item_id, start, from_ms, to_ms, hop_ms)

    def later(self, seconds: float, fn: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now + seconds, next(self._count), fn))

    def advance(self, seconds: float = 0.0) -> None:
        """Let so much time pass, and everything happen that is due by then."""
        end = self.now + seconds
        while self._due and self._due[0][0] <= end + 1e-9:
            self.now, _, fn = heapq.heappop(self._due)
            fn()
        self.now = end

    def events(self, *events: Any) -> None:
        """Events that the server core would not send by itself, one after the other."""
        for event in events:
            if not isinstance(event, NOTICES):
                self.conversation.apply(event)
                text = self.client.dialect.encode(event)
                if text is not None:
                    self.events_log.received(text.encode())
            self._publish(event)

    def _publish(self, event: Any) -> None:
        for fn in list(self.subscribers):
            fn(event, self.conversation)

    # -- commands, as on a session

    def say(self, text: str) -> None:
        self.said.append(text)
        content = (InputText(text=text),)
        self.client.create_item(Message(role="user", content=content))
        self.client.create_response()
        self.pair.settle()

    def heard_ms(self, item_id: str) -> float | None:
        return self.heard.get(item_id)

    def delete_item(self, item_id: str) -> None:
        self.client.delete_item(item_id)
        self.pair.settle()

    def create_item(self, item: Any) -> None:
        self.client.create_item(item)
        self.pair.settle()

    def create_response(self) -> None:
        self.client.create_response()
        self.pair.settle()

    def interrupt(self) -> None:
        self.interrupts += 1
        self.client.cancel_response()
        self.pair.settle()


class Page:
    """One page that shows a panel: what it was sent, and the state that follows from it."""

    def __init__(self, panel: Any) -> None:
        self.panel = panel
        self.state: dict[str, Any] = panel.get_state()
        self.messages: list[dict[str, Any]] = []
        self.buffers: list[list[bytes]] = []
        self.updates: list[dict[str, Any]] = []
        self._send = panel.comm.publish_msg
        panel.comm.publish_msg = self._take

    def _take(self, msg_type: str, data: Any = None, *args: Any, **kwargs: Any) -> None:
        if msg_type == "comm_msg" and data["method"] == "custom":
            self.messages.append(data["content"])
            self.buffers.append([bytes(buffer) for buffer in kwargs.get("buffers") or ()])
        elif msg_type == "comm_msg":
            for path, buffer in zip(data["buffer_paths"], kwargs.get("buffers") or (), strict=True):
                data["state"][path[0]] = bytes(buffer)
            self.updates.append(data["state"])
            self.state.update(data["state"])
        self._send(msg_type, data, *args, **kwargs)

    def send(self, kind: str, **fields: Any) -> None:
        """A message to the kernel."""
        data = {"method": "custom", "content": {"kind": kind, "page": "p1", **fields}}
        self.panel._handle_msg({"content": {"data": data}, "buffers": []})
