"""The server core: client events and engine results in; server events and work out.

Theory of operation. ``receive`` decodes a client's frame, checks it against the state and
emits the answer; whatever is wrong with it becomes one ``error`` event and changes nothing.
Every event is *applied to the server's own conversation* before it is sent, so both ends run
the same reducer. The shell drains ``take_events`` to its socket and ``take_work`` to its
engines, and feeds back ``heard``, ``transcribed``, ``text_delta``, ``audio_delta``,
``tool_call``, ``finished`` and ``failed``. ``listener.py`` hears, ``responder.py`` answers.
Nothing here knows a socket, a clock or a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET

from ..errors import RemoteProtocolError
from . import client_events as client
from . import events
from .accounting import Accountant
from .client_events import ClientEvent
from .config import AudioFormat, SessionConfig, TurnDetection
from .conversation import Conversation
from .dialects import Dialect
from .items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    Message,
    OutputAudio,
    ResponseError,
    StatusDetails,
)
from .listener import Listener
from .responder import Responder
from .response_config import ResponseConfig
from .session_update import updated
from .sounds import Sounds
from .spoken_context import heard_share
from .work import Work

__all__ = ["ServerProtocol"]


class ServerProtocol:
    """One session of the embedded server, without its socket.

    Args:
        dialect: how this client spells the protocol.
        session: the configuration to begin with (``defaults.default_session``).
        new_id: makes an id of a kind: ``event``, ``item``, ``resp``, ``call``, ``conv``.
        count_tokens: tokens of a text, for usage.
        voices: what the engine can speak with; the first is the default.
    """

    def __init__(
        self,
        *,
        dialect: Dialect,
        session: SessionConfig,
        new_id: Callable[[str], str],
        count_tokens: Callable[[str], int],
        voices: tuple[str, ...],
    ) -> None:
        self.dialect = dialect
        self.conversation = Conversation()
        # A session holds no setting that its client cannot see.
        self._initial = dialect.session(session)
        self._new_id = new_id
        self._voices = voices
        self._outbox: list[str] = []
        self._work: list[Work] = []
        self._sounds = Sounds()
        self._listener = Listener(
            conversation=self.conversation,
            sounds=self._sounds,
            emit=self._emit,
            ask=self._work.append,
            new_id=new_id,
            on_started=self._interrupt,
            on_turn=self._answer_turn,
        )
        self._responder = Responder(
            conversation=self.conversation,
            sounds=self._sounds,
            listener=self._listener,
            accountant=Accountant(count_tokens),
            emit=self._emit,
            ask=self._work.append,
            new_id=new_id,
            voices=voices,
        )
        self._handlers: dict[type, Callable[[Any], None]] = {
            client.SessionUpdate: self._update_session,
            client.InputAudioBufferAppend: self._append,
            client.InputAudioBufferCommit: lambda event: self._listener.commit(),
            client.InputAudioBufferClear: lambda event: self._listener.clear(),
            client.ConversationItemCreate: self._create_item,
            client.ConversationItemRetrieve: self._retrieve_item,
            client.ConversationItemTruncate: self._truncate_item,
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
        self._emit(events.SessionCreated, session=self._initial)
        self._listener.configure(self._initial)

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
        self._emit(
            events.Error,
            error=events.ErrorDetails(
                type="invalid_request_error",
                code=refusal.code,
                message=str(refusal),
                param=self.dialect.param(refusal.param),
                event_id=refusal.event_id or event_id,
            ),
        )

    def heard(self, probability: float, window_ms: float) -> None:
        """How likely the next window of sound is speech."""
        self._listener.heard(probability, window_ms)

    def transcribed(self, item_id: str, text: str, seconds: float) -> None:
        """The words of an item, and how many seconds of sound were read."""
        self._listener.transcribed(item_id, _sendable(text), seconds)
        self._responder.hand_out()

    def transcription_failed(self, item_id: str, message: str) -> None:
        """An item's words stay unknown; a response that reads it goes on without."""
        self._listener.transcription_failed(item_id, message)
        self._responder.hand_out()

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
        stream = self._responder.stream(response_id)
        if stream is not None:
            stream.add_call(name, _sendable(arguments))

    def finished(self, response_id: str, *, incomplete: bool = False) -> None:
        """The response is made; ``incomplete`` where its token limit cut it."""
        if incomplete:
            details = StatusDetails(type="incomplete", reason="max_output_tokens")
            self._responder.end(response_id, "incomplete", details)
        else:
            self._responder.end(response_id, "completed")

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
        self._emit(events.SessionUpdated, session=session)
        self._listener.configure(session)

    def _append(self, event: client.InputAudioBufferAppend) -> None:
        self._listener.append(event.audio)

    def _create_item(self, event: client.ConversationItemCreate) -> None:
        item = event.item
        item_id = item.id or self._new_id("item")
        if self.conversation.item(item_id) is not None:
            raise RemoteProtocolError(
                f"Error adding item: the item with id '{item_id}' already exists.",
                code="item_create_duplicate_item_id",
                param="item.id",
            )
        if isinstance(item, FunctionCallOutput) and not self._has_call(item.call_id):
            raise RemoteProtocolError(
                f"Tool call ID '{item.call_id}' not found in conversation.",
                code="invalid_tool_call_id",
            )
        previous = self._place(event.previous_item_id)
        # The output of a function has no status on the real wire.
        status: Any = UNSET if isinstance(item, FunctionCallOutput) else "completed"
        item = msgspec.structs.replace(item, id=item_id, status=status, object=UNSET)
        if isinstance(item, FunctionCall) and item.call_id is UNSET:
            item = msgspec.structs.replace(item, call_id=self._new_id("call"))
        if isinstance(item, Message):
            item = self._listener.listen_to(item)
        self._emit(events.ConversationItemAdded, previous_item_id=previous, item=item)
        self._emit(events.ConversationItemDone, previous_item_id=previous, item=item)

    def _retrieve_item(self, event: client.ConversationItemRetrieve) -> None:
        item = self.conversation.item(event.item_id)
        if item is None:
            raise RemoteProtocolError(
                f"Error retrieving item: the item with id '{event.item_id}' does not exist.",
                code="item_retrieve_invalid_item_id",
            )
        if isinstance(item, Message) and event.item_id in self._sounds:
            audio = self._sounds.data(event.item_id)
            content = tuple(
                msgspec.structs.replace(part, audio=audio)
                if isinstance(part, InputAudio | OutputAudio)
                else part
                for part in item.content
            )
            item = msgspec.structs.replace(item, content=content)
        self._emit(events.ConversationItemRetrieved, item=item)

    def _truncate_item(self, event: client.ConversationItemTruncate) -> None:
        item = self.conversation.item(event.item_id)
        if item is None:
            raise RemoteProtocolError(
                f"Item with item_id not found: {event.item_id}",
                code="item_truncate_invalid_item_id",
            )
        spoken = isinstance(item, Message) and item.role == "assistant"
        if not spoken or event.item_id not in self._sounds or event.content_index != 0:
            raise RemoteProtocolError(
                "Only model output audio messages can be truncated",
                code="unsupported_content_type",
            )
        length = int(self._sounds.duration_ms(event.item_id))
        if event.audio_end_ms > length:
            raise RemoteProtocolError(
                f"Audio content of {length}ms is already shorter than {event.audio_end_ms}ms",
                code="invalid_value",
                param="audio_end_ms",
            )
        share = event.audio_end_ms / length if length else 0.0
        words = self._listener.words
        known = words.get(event.item_id, self.conversation.text(event.item_id))
        words[event.item_id] = heard_share(known, share)
        self._sounds.cut(event.item_id, event.audio_end_ms)
        self._emit(
            events.ConversationItemTruncated,
            item_id=event.item_id,
            content_index=event.content_index,
            audio_end_ms=event.audio_end_ms,
        )

    def _delete_item(self, event: client.ConversationItemDelete) -> None:
        if self.conversation.item(event.item_id) is None:
            raise RemoteProtocolError(
                f"Error deleting item: the item with id '{event.item_id}' does not exist.",
                code="item_delete_invalid_item_id",
            )
        self._listener.forget(event.item_id)
        self._emit(events.ConversationItemDeleted, item_id=event.item_id)
        self._responder.hand_out()

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
        if setting.create_response is not False and self._responder.active_id is None:
            self._responder.create(ResponseConfig())

    # Helpers

    def _emit(self, kind: type[Any], **fields: Any) -> None:
        event = kind(event_id=self._new_id("event"), **fields)
        self.conversation.apply(event)
        text = self.dialect.encode(event)
        if text is not None:
            self._outbox.append(text)

    def _has_call(self, call_id: str) -> bool:
        return any(
            isinstance(item, FunctionCall) and item.call_id == call_id
            for item in self.conversation.items
        )

    def _place(self, previous_item_id: str | None | msgspec.UnsetType) -> str | None:
        """The id that a new item follows; ``None`` puts it first."""
        if previous_item_id == "root":
            return None
        if isinstance(previous_item_id, str):
            if self.conversation.item(previous_item_id) is None:
                raise RemoteProtocolError(
                    f"Previous item with id '{previous_item_id}' not found.",
                    code="invalid_value",
                    param="previous_item_id",
                )
            return previous_item_id
        items = self.conversation.items
        return items[-1].id or None if items else None


def _sendable(text: str) -> str:
    """``text`` of an engine without half characters, which no UTF-8 frame can carry."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
