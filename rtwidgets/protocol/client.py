"""The client core: commands and server text in, client text out.

Theory of operation. A command puts one event into the outbox and returns it; nothing is
changed until the server answers, because the server's events alone say what is so.
``receive`` decodes a frame, applies it to ``conversation`` and returns it; the shell sends
what ``take_text`` gives it. Nothing here knows a socket, a clock or a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec import UNSET, UnsetType, structs

from ..errors import LocalProtocolError
from . import events as on
from .config import SessionConfig
from .conversation import Conversation
from .dialects import GA, Dialect
from .duplicates import Duplicates
from .items import ClientItem
from .response_config import ResponseConfig
from .validation import MAX_APPEND_BYTES

__all__ = ["ClientProtocol"]

_E = TypeVar("_E", bound=on.ClientEvent)


class ClientProtocol:
    """One session seen from the client, without its socket.

    Args:
        dialect: how the server spells the protocol.
        new_id: makes an id of a kind; only ``new_id("event")`` is asked for.
    """

    def __init__(self, *, dialect: Dialect = GA, new_id: Callable[[str], str]) -> None:
        self.dialect = dialect
        self.conversation = Conversation()
        self._new_id = new_id
        self.duplicates = Duplicates()
        """Events that came again and were left out."""
        self._outbox: list[str] = []

    def receive_once(self, text: str | bytes) -> on.ServerEvent | on.UnknownEvent | None:
        """``receive`` for a connection: ``None`` for an event that it brought before."""
        event = self.dialect.decode_server(text)
        if self.duplicates.has(event, len(text)):
            return None
        self.conversation.apply(event)
        return event

    def receive(self, text: str | bytes) -> on.ServerEvent | on.UnknownEvent:
        """Take one frame of the server: decode it, apply it, return it.

        Raises:
            RemoteProtocolError: it is no event. The session may go on with the next frame.
        """
        event = self.dialect.decode_server(text)
        self.conversation.apply(event)
        return event

    def take_text(self) -> list[str]:
        """What is to be sent, in order."""
        taken, self._outbox = self._outbox, []
        return taken

    # Commands

    def update_session(self, config: SessionConfig) -> on.SessionUpdate:
        """Change the settings that ``config`` names; ``None`` and ``()`` clear, ``UNSET`` keeps.

        GA wants every update to say the session's type, so it is filled in.
        """
        if config.type is UNSET:
            config = structs.replace(config, type=self.conversation.session.type or "realtime")
        return self._send(on.SessionUpdate(event_id=self._new_id("event"), session=config))

    def append_audio(self, data: bytes) -> on.InputAudioBufferAppend:
        """Add sound in the session's input format; the server does not answer.

        Raises:
            LocalProtocolError: more than 15 MiB at once.
        """
        if len(data) > MAX_APPEND_BYTES:
            raise LocalProtocolError(
                f"{len(data)} bytes of sound in one append, but the limit is "
                f"{MAX_APPEND_BYTES}: append it in pieces"
            )
        return self._send(on.InputAudioBufferAppend(event_id=self._new_id("event"), audio=data))

    def commit_audio(self) -> on.InputAudioBufferCommit:
        """Make the appended sound a user item; at least 100 ms."""
        return self._send(on.InputAudioBufferCommit(event_id=self._new_id("event")))

    def clear_audio(self) -> on.InputAudioBufferClear:
        """Throw the appended sound away."""
        return self._send(on.InputAudioBufferClear(event_id=self._new_id("event")))

    def create_item(
        self, item: ClientItem, previous_item_id: str | None | UnsetType = UNSET
    ) -> on.ConversationItemCreate:
        """Put an item last, behind ``previous_item_id``, or first (``"root"``)."""
        event_id = self._new_id("event")
        return self._send(
            on.ConversationItemCreate(
                event_id=event_id, previous_item_id=previous_item_id, item=item
            )
        )

    def retrieve_item(self, item_id: str) -> on.ConversationItemRetrieve:
        """Ask for an item with its sound."""
        event_id = self._new_id("event")
        return self._send(on.ConversationItemRetrieve(event_id=event_id, item_id=item_id))

    def truncate_item(
        self, item_id: str, audio_end_ms: float, content_index: int = 0
    ) -> on.ConversationItemTruncate:
        """Make the server forget a reply's sound after ``audio_end_ms``, and its transcript.

        A position past the received sound is brought back to its end, because a player
        rounds up and a server refuses what it did not send.

        Raises:
            LocalProtocolError: no sound of this item was received.
        """
        received = self.conversation.audio_bytes.get(item_id, 0)
        if not received:
            raise LocalProtocolError(f"no sound of item '{item_id}' to truncate")
        end_ms = self.conversation.output_format(item_id).duration_ms(received)
        return self._send(
            on.ConversationItemTruncate(
                event_id=self._new_id("event"),
                item_id=item_id,
                content_index=content_index,
                audio_end_ms=int(max(0.0, min(audio_end_ms, end_ms))),
            )
        )

    def delete_item(self, item_id: str) -> on.ConversationItemDelete:
        """Take an item out of the conversation."""
        event_id = self._new_id("event")
        return self._send(on.ConversationItemDelete(event_id=event_id, item_id=item_id))

    def create_response(self, config: ResponseConfig | None = None) -> on.ResponseCreate:
        """Ask for an answer; what ``config`` names holds for this answer only."""
        event_id = self._new_id("event")
        return self._send(
            on.ResponseCreate(event_id=event_id, response=UNSET if config is None else config)
        )

    def cancel_response(self, response_id: str | None = None) -> on.ResponseCancel:
        """Stop the named response, or the one that is in progress in the conversation."""
        event_id = self._new_id("event")
        return self._send(on.ResponseCancel(event_id=event_id, response_id=response_id or UNSET))

    def send_event(self, event: _E) -> _E:
        """Any event as it is; one without an id is given one."""
        if event.event_id is UNSET:
            event = structs.replace(event, event_id=self._new_id("event"))
        return self._send(event)

    def _send(self, event: _E) -> _E:
        kind = event.__struct_config__.tag
        try:
            text = self.dialect.encode(event)
        except (TypeError, ValueError, RecursionError) as error:
            raise LocalProtocolError(f"{kind} cannot be written as JSON: {error}") from error
        if text is None:
            raise LocalProtocolError(f"the {self.dialect.name} dialect has no {kind}")
        self._outbox.append(text)
        return event
