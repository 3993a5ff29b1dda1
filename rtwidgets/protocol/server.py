"""The server core: client events and engine results in; server events and work out.

Theory of operation. ``receive`` decodes a client's frame, checks it against the state and
emits the answer; whatever is wrong with it becomes one ``error`` event and changes nothing.
Every event is *applied to the server's own conversation* before it is sent, so both ends run
the same reducer. The shell drains ``take_events`` to its socket and ``take_work`` to its
engines, and feeds back ``heard``, ``transcribed``, ``text_delta``, ``audio_delta``,
``tool_call``, ``finished`` and ``failed``. ``listener.py`` hears, ``editor.py`` keeps the
items, ``responder.py`` answers, ``mcp_servers.py`` knows tools that are called from here.
Nothing here knows a socket, a clock or a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import UNSET

from ..errors import RemoteProtocolError
from . import client_events as client
from . import events
from .accounting import Accountant
from .client_events import ClientEvent
from .config import AudioFormat, SessionConfig, TurnDetection
from .context import Window
from .conversation import Conversation
from .dialects import Dialect
from .editor import Editor
from .items import ResponseError, StatusDetails
from .listener import Listener
from .mcp_items import ListedTool, McpApprovalResponse, McpError
from .mcp_servers import McpServers
from .responder import Responder
from .response_config import ResponseConfig
from .session_update import updated
from .sounds import Sounds
from .transcripts import Transcripts
from .work import Work

__all__ = ["ServerProtocol"]

#: Characters of an error's message and param.
_MESSAGE, _PARAM = 2000, 500


class ServerProtocol:
    """One session of the embedded server, without its socket.

    Args:
        dialect: how this client spells the protocol.
        session: the configuration to begin with (``defaults.default_session``).
        new_id: makes an id of a kind: ``event``, ``item``, ``resp``, ``call``, ``conv``.
        count_tokens: tokens of a text, for usage.
        voices: what the engine can speak with; the first is the default.
        context_tokens: what the language model takes, its answer included.
        sees: whether it can look at pictures; one that cannot reads a note instead.
        mcp_trouble: why the shell can reach no MCP server; ``None`` where it can.
    """

    def __init__(
        self,
        *,
        dialect: Dialect,
        session: SessionConfig,
        new_id: Callable[[str], str],
        count_tokens: Callable[[str], int],
        voices: tuple[str, ...],
        context_tokens: int = 32_768,
        sees: bool = True,
        mcp_trouble: str | None = None,
    ) -> None:
        self.dialect = dialect
        self.conversation = Conversation()
        # A session holds no setting that its client cannot see.
        self._initial = session
        self._new_id = new_id
        self._voices = voices
        self._outbox: list[str] = []
        self._work: list[Work] = []
        sounds = Sounds()
        transcripts = Transcripts(
            conversation=self.conversation,
            emit=self._emit,
            on_written=self._hand_out,
        )
        self._transcripts = transcripts
        self._listener = Listener(
            conversation=self.conversation,
            sounds=sounds,
            transcripts=transcripts,
            emit=self._emit,
            ask=self._work.append,
            new_id=new_id,
            on_started=self._interrupt,
            on_turn=self._answer_turn,
        )
        self._editor = Editor(
            conversation=self.conversation,
            sounds=sounds,
            transcripts=transcripts,
            listener=self._listener,
            emit=self._emit,
            new_id=new_id,
        )
        self._mcp = McpServers(
            conversation=self.conversation,
            emit=self._emit,
            ask=self._work.append,
            new_id=new_id,
            refuse=self.refuse,
            on_ready=self._hand_out,
            trouble=mcp_trouble,
        )
        self._responder = Responder(
            dialect=dialect,
            conversation=self.conversation,
            sounds=sounds,
            transcripts=transcripts,
            listener=self._listener,
            editor=self._editor,
            accountant=Accountant(count_tokens, sounds.duration_ms),
            window=Window(context_tokens),
            mcp=self._mcp,
            emit=self._emit,
            ask=self._work.append,
            new_id=new_id,
            voices=voices,
            sees=sees,
        )
        self._handlers: dict[type, Callable[[Any], None]] = {
            client.SessionUpdate: self._update_session,
            client.InputAudioBufferAppend: self._append,
            client.InputAudioBufferCommit: lambda event: self._listener.commit(),
            client.InputAudioBufferClear: lambda event: self._listener.clear(),
            client.ConversationItemCreate: self._create_item,
            client.ConversationItemRetrieve: self._editor.retrieve,
            client.ConversationItemTruncate: self._editor.truncate,
            client.ConversationItemDelete: self._delete_item,
            client.ResponseCreate: self._create_response,
            client.ResponseCancel: self._cancel_response,
        }

    # What the shell reads

    @property
    def input_format(self) -> AudioFormat:
        """The format of the sound that the client appends."""
        return self._listener.buffer.format

    @property
    def detects_turns(self) -> bool:
        """Whether the shell has to run voice activity detection."""
        return self._listener.turn_detection is not None

    @property
    def awaits_words(self) -> str | None:
        """The item for which ``heard_words`` decides whether its turn is over, if any.

        A shell that feeds ``heard`` no further until then cuts turns at the same places
        however fast the sound comes.
        """
        return self._listener.awaited

    def take_events(self) -> list[str]:
        """Wire text to send, in order."""
        taken = self._outbox[:]
        self._outbox.clear()
        return taken

    def take_work(self) -> list[Work]:
        """What the engines have to do, in order."""
        taken = self._work[:]
        self._work.clear()
        return taken

    def take_audio(self) -> bytes:
        """Whole samples appended since the last call that ``heard`` must judge."""
        return self._listener.take_new()

    # What the shell feeds

    def start(self) -> None:
        """Announce the session: the first event of a connection."""
        session = self.dialect.session(self._mcp.configured(self._initial))
        self._emit(events.SessionCreated, session=session)
        self._listener.configure(session)
        self._mcp.list_tools(self._mcp.session_tools, again=False)

    def receive(self, text: str | bytes) -> None:
        """Take one frame of the client; a bad one becomes an ``error`` event."""
        event_id: str | None = None
        try:
            event: ClientEvent = self.dialect.decode_client(text)
            event_id = event.event_id or None
            handler = self._handlers.get(type(event))
            if handler is None:
                kind = event.__struct_config__.tag
                raise RemoteProtocolError(
                    f"Invalid value: '{kind}'. This server plays no sound of its own.",
                    code="invalid_value",
                    param="type",
                )
            handler(event)
        except RemoteProtocolError as refusal:
            self.refuse(refusal, event_id)

    def refuse(self, refusal: RemoteProtocolError, event_id: str | None = None) -> None:
        """Answer with an ``error`` event; the session goes on."""
        param = self.dialect.param(refusal.param)
        self._emit(
            events.Error,
            error=events.ErrorDetails(
                type="invalid_request_error",
                code=refusal.code,
                message=_short(str(refusal), _MESSAGE),
                param=param and _short(param, _PARAM),
                event_id=refusal.event_id or event_id,
            ),
        )

    def expire(self, limit_s: float) -> str:
        """The session is older than ``limit_s``: say so. Returns the reason to close with."""
        reason = f"Your session hit the maximum duration of {limit_s / 60:g} minutes."
        self.refuse(RemoteProtocolError(reason, code="session_expired"))
        return reason

    def heard(self, probability: float, window_ms: float) -> None:
        """How likely the next window of sound is speech."""
        self._listener.heard(probability, window_ms)

    def heard_words(self, item_id: str, text: str) -> None:
        """What the user said up to the pause of ``Speculate``: it may be the end of the turn."""
        self._listener.heard_words(item_id, text)

    def transcription_delta(self, item_id: str, text: str) -> None:
        """More words of an item, before ``transcribed``; also while the user still speaks."""
        self._transcripts.delta(item_id, _sendable(text))

    def transcribed(self, item_id: str, text: str, seconds: float) -> None:
        """The words of an item, and how many seconds of sound were read."""
        self._transcripts.complete(item_id, _sendable(text), seconds)

    def transcription_failed(self, item_id: str, message: str) -> None:
        """An item's words stay unknown; a response that reads it goes on without."""
        self._transcripts.fail(item_id, message)

    def text_delta(self, response_id: str, text: str) -> None:
        """More words of a response."""
        stream = self._responder.stream(response_id)
        if stream is not None and text:
            stream.add_text(_sendable(text))

    def audio_delta(self, response_id: str, data: bytes) -> None:
        """More sound of a response, in its output format, whole samples."""
        stream = self._responder.stream(response_id)
        if stream is not None and data:
            stream.add_audio(data)

    def tool_call(self, response_id: str, name: str, arguments: str) -> None:
        """The response calls a function."""
        self._responder.call(response_id, name, _sendable(arguments))

    def tools_listed(self, item_id: str, tools: Sequence[ListedTool]) -> None:
        """What an MCP server offers."""
        self._mcp.listed(item_id, tools)

    def tools_not_listed(self, item_id: str, message: str) -> None:
        """An MCP server did not say what it offers; the session goes on without it."""
        self._mcp.not_listed(item_id, message)

    def tool_returned(self, item_id: str, output: str) -> None:
        """The result of an MCP server's tool."""
        self._responder.called(item_id, _sendable(output), None)

    def tool_failed(self, item_id: str, error: McpError) -> None:
        """A call of an MCP server's tool failed; the model reads why."""
        self._responder.called(item_id, None, error)

    def finished(self, response_id: str, *, incomplete: bool = False) -> None:
        """The response is made; ``incomplete`` where its token limit cut it."""
        if incomplete:
            details = StatusDetails(type="incomplete", reason="max_output_tokens")
            self._responder.finish(response_id, "incomplete", details)
        else:
            self._responder.finish(response_id, "completed")

    def failed(
        self,
        response_id: str,
        message: str,
        *,
        code: str | None = None,
        type: str = "server_error",
    ) -> None:
        """The response cannot be made."""
        self._responder.fail(response_id, ResponseError(type=type, code=code, message=message))

    # Client events

    def _update_session(self, event: client.SessionUpdate) -> None:
        session = updated(
            self.conversation.session,
            event.session,
            voices=self._voices,
            voice_locked=self._responder.voice_locked,
        )
        named = event.session.tools is not UNSET
        if named:
            session = self._mcp.configured(session)
        self._emit(events.SessionUpdated, session=session)
        self._listener.configure(session)
        if named:
            self._mcp.list_tools(self._mcp.session_tools, again=True)

    def _create_item(self, event: client.ConversationItemCreate) -> None:
        if isinstance(event.item, McpApprovalResponse):
            self._mcp.check_answer(event.item)
        item = self._editor.create(event)
        if isinstance(item, McpApprovalResponse):
            self._mcp.answered(item)

    def _append(self, event: client.InputAudioBufferAppend) -> None:
        self._listener.append(event.audio)

    def _delete_item(self, event: client.ConversationItemDelete) -> None:
        self._editor.delete(event)
        self._hand_out()

    def _create_response(self, event: client.ResponseCreate) -> None:
        config = event.response
        self._responder.create(config if isinstance(config, ResponseConfig) else ResponseConfig())

    def _cancel_response(self, event: client.ResponseCancel) -> None:
        self._responder.cancel(event.response_id or None, "client_cancelled")

    # Turns

    def _interrupt(self, setting: TurnDetection) -> None:
        if setting.interrupt_response is not False and self._responder.active_id is not None:
            self._responder.cancel(None, "turn_detected")

    def _answer_turn(self, setting: TurnDetection) -> None:
        # An active response that may not be interrupted goes first (reference, section 3.4).
        silent = setting.create_response is False or self._writes_only
        if not silent and self._responder.active_id is None:
            self._responder.create(ResponseConfig())

    # Helpers

    def _hand_out(self) -> None:
        self._responder.hand_out()

    @property
    def _writes_only(self) -> bool:
        return self.conversation.session.type == "transcription"

    def _emit(self, kind: type[Any], **fields: Any) -> None:
        event = kind(event_id=self._new_id("event"), **fields)
        text = self.dialect.encode(event)
        self.conversation.apply(event)
        if text is not None:
            self._outbox.append(text)


def _short(text: str, limit: int) -> str:
    """``text`` cut to ``limit``: an error repeats what a client sent, but not megabytes of it."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _sendable(text: str) -> str:
    """``text`` of an engine without half characters, which no UTF-8 frame can carry."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
