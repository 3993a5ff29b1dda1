"""``Session``: what a cell, a script or a widget holds in its hand.

A thin face over a ``Link``: every command goes through one ``Door`` onto the loop thread, so a
session may be used from any thread and from any event loop. Facts are read directly; they
are frozen values that the link replaces.
"""

from __future__ import annotations

import asyncio
import contextvars
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, structs

from .. import _loop
from ..errors import WaitTimeout
from ..protocol.config import AudioFormat, SessionConfig
from ..protocol.conversation import Conversation
from .connecting.resume import Resuming, close_soon
from .events.event_stream import EventStream
from .events.subscribers import CallbackError, Subscriber, Subscribers
from .exports import Exports
from .items.commands import ItemCommands
from .settings import flat
from .settings.completion import takes
from .settings.updates import UPDATE_S
from .tools.commands import ToolCommands
from .turns.commands import TurnCommands
from .wire_commands import WireCommands

if TYPE_CHECKING:
    from ..protocol.dialects import Dialect
    from .events.events_log import EventsLog
    from .history.history import History
    from .link import Link
    from .money.budget import Budget
    from .money.usage import SessionUsage
    from .settings.granted import AskedVsGranted

__all__ = ["Session"]


class Session(TurnCommands, ItemCommands, WireCommands, ToolCommands, Resuming, Exports):
    """One conversation with one server, made by ``connect``.

    ``with rt.connect() as session:`` and ``async with`` close it; otherwise it closes when
    nothing refers to it any more, and with the program.
    """

    def __init__(self, link: Link, name: str) -> None:
        self._link = link
        self.name = name
        """Whom it talks to: ``offline engine``, ``OpenAI gpt-realtime-2.1``."""
        self.url = link.target.shown_url
        """The server's address, without anything secret."""
        self.conversation: Conversation = link.conversation
        """Everything that was said, and the settings in force; changes as events arrive."""
        self.displaced_ms = 0.0
        """Sound of ``append_audio`` that was left out while ``say`` sent another, in ms."""
        self._from_microphone: Callable[[bytes], bytes] | None = None
        self._history: History | None = None
        # At the end of the program `connect` closes all links together.
        weakref.finalize(self, close_soon, link).atexit = False

    # Facts.

    @property
    def closed(self) -> bool:
        """It is over; ``why_closed`` says why."""
        return self._link.ended is not None

    @property
    def why_closed(self) -> str | None:
        """Why it is over, or ``None``."""
        return None if self._link.ended is None else self._link.ended.reason

    @property
    def state(self) -> str:
        """``idle``, ``listening``, ``thinking``, ``speaking`` or ``closed``."""
        from .state import state_word

        return state_word(self._link)

    @property
    def model(self) -> str | None:
        """The model, as the server calls it."""
        said = self.conversation.session.model
        return self._link.target.model if said is UNSET else said

    @property
    def free(self) -> bool:
        """Nothing that happens here costs money."""
        return self._link.target.free

    @property
    def live_while_busy(self) -> bool | None:
        """Whether this kernel hears its pages while a cell runs; ``None``: not known yet.

        Seen by how the messages of a panel arrive; ``rt.doctor()`` says it in words.
        """
        from . import live

        return live.known()

    @property
    def input_rate(self) -> int:
        """Samples a second of the session's input, in Hz: 24,000, or 8,000 for G.711."""
        return self._link.input_format.sample_rate

    @property
    def output_format(self) -> AudioFormat:
        """How the sound of the model is written."""
        return self.conversation.output_format("")

    @property
    def usage(self) -> SessionUsage:
        """What was used until now, and what it costs; shows itself as a table."""
        from .money.usage import SessionUsage

        return SessionUsage(self.conversation.usage, model=self.model, free=self.free)

    @property
    def budget(self) -> Budget | None:
        """What the session may cost and has cost; ``None`` without ``connect(budget=...)``."""
        return self._link.budget

    @property
    def events_log(self) -> EventsLog:
        """Every event on the wire, both ways, with its time and size; also after the end."""
        return self._link.events_log

    @property
    def history(self) -> History:
        """What was said, heard and waited for when, on the session's clock; for displays."""
        if self._history is None or self._history.log is not self.events_log:
            from .history.history import History

            dialect, played = self._link.client.dialect, self._link.interruptions.played
            self._history = History(self.events_log, dialect, played)
        return self._history

    @property
    def callback_errors(self) -> tuple[CallbackError, ...]:
        """What subscribers raised, the newest last."""
        return tuple(self._link.subscribers.errors)

    @property
    def errors(self) -> tuple[Exception, ...]:
        """What the server refused and where tools failed, the newest last."""
        return tuple(self._link.errors)

    def capture_page(self) -> str:
        """An address that opens this session's microphone in a browser of the kernel's machine.

        For hosts that give a notebook no microphone, VS Code for one. It works once, within
        ten minutes; each call gives a new one. The session needs a panel: ``rt.Console``.
        """
        from .loopback import open_capture_page

        return open_capture_page(self)

    # Settings.

    @takes(flat.SETTINGS)
    def update(self, **settings: Any) -> SessionConfig:
        """Change what is named and nothing else, and return what is then in force.

        Flat names, the same for every server: ``voice``, ``instructions``,
        ``turn_detection`` (``None`` is off), ``silence_duration_ms``, ``threshold``,
        ``tools``, ``output_modalities`` (``"audio"`` or ``"text"``), ``transcription``...
        ``tools`` replaces those that are data; functions stay (``session.tools.remove``).
        Raises ``LocalProtocolError`` for an unknown name or an impossible value and
        ``ApiError`` when the server refuses. Inside a callback it does not wait.
        """
        self._refuse_closed()
        config = self._config(self.tools.in_settings(settings))
        self._post(self.tools.flush)
        if _loop.on_loop():
            self._link.update_soon(config)
            return self.conversation.session
        return _loop.run(self._update(config), UPDATE_S + 5, what="the new settings")

    @property
    def unanswered(self) -> SessionConfig:
        """Settings that were sent and that the server has neither taken nor refused yet."""
        return self._link.updates.unanswered

    @property
    def asked_vs_granted(self) -> AskedVsGranted:
        """The settings that the server did not grant as they were asked for; shows itself."""
        from .settings.granted import AskedVsGranted

        return AskedVsGranted(self._link.updates.asked.config, self.conversation.session)

    def _config(self, settings: dict[str, Any]) -> SessionConfig:
        target = self._link.target
        config = flat.session_config(
            settings,
            current=self.conversation.session,
            transcription_model=target.transcription,
            dialect=target.dialect.name,
        )
        return structs.replace(config, type="realtime")

    async def _update(self, config: SessionConfig) -> SessionConfig:
        try:
            return await self._link.update(config, UPDATE_S)
        except asyncio.TimeoutError:
            raise WaitTimeout(
                f"the server did not acknowledge the new settings within {UPDATE_S:g} s"
            ) from None

    # Listening.

    def subscribe(self, fn: Subscriber) -> Callable[[], None]:
        """Call ``fn(event, conversation)`` on the loop thread for every event, in order.

        Besides the server's events: ``Interrupted`` and, last, ``SessionEnded``. The answer
        ends the subscription. What ``fn`` raises is in ``callback_errors``.
        """
        return self._link.subscribers.add(fn)

    def on(self, event: str, fn: Callable[[Any], Any]) -> Callable[[], None]:
        """Call ``fn(event)`` for events of one type: ``session.on("response.done", print)``."""

        def call(happening: Any, _: Conversation) -> Any:
            return fn(happening)

        call.__qualname__ = getattr(fn, "__qualname__", repr(fn))
        return self._link.subscribers.add(call, event)

    def events(self, *types: str, timeout: float | None = None) -> EventStream:
        """Iterate over events: ``for event in session.events("response.done"): ...``.

        ``async for`` as well, in any event loop; several at once each have every event. All
        types without ``types``. Whatever happens from this call on is in it, however late it is
        read, and it ends with the session. A server ends one after an hour; ``timeout`` is a
        limit for each event, in s, after which ``WaitTimeout`` is raised.
        """
        if not self.going_on:
            self._refuse_closed()
        return EventStream(self, types, timeout)

    def later(self, seconds: float, fn: Callable[[], Any]) -> None:
        """Call ``fn()`` on the loop thread, ``seconds`` from now."""
        # In an empty context: the output of the cell that says so must not follow.
        self._link.loop.call_soon_threadsafe(
            self._link.later, seconds, fn, context=contextvars.Context()
        )

    # The end.

    def close(self) -> None:
        """End the session; a second time does nothing. Turns in progress fail."""
        if _loop.on_loop():
            self._link.start_closing()
        else:
            _loop.run(self._link.close(), 5, what="the end of the session")

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await _loop.listen(_loop.spawn(self._link.close()), 5, what="the end of the session")

    def __repr__(self) -> str:
        """Whom it talks to and how it stands, without any key."""
        return f"<Session: {self.name}, {self.state}, {len(self.conversation.items)} items>"

    # What a stream of events needs.

    @property
    def _subscribers(self) -> Subscribers:
        return self._link.subscribers

    @property
    def _dialect(self) -> Dialect:
        return self._link.client.dialect
