"""The answering half of the server core: which responses run, on what context, to what end.

Theory of operation. A response is announced at once. Its work is handed out as soon as every
spoken item that it reads has its words, which may be later. From then on the engine's results
are fed in; a result for a response that is no longer in progress is dropped here, and nowhere
else needs that guard. At most one response writes to the conversation; those outside it
(``conversation: "none"``) run beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ..errors import RemoteProtocolError
from .accounting import Accountant
from .config import (
    PCM16_24K,
    AudioConfig,
    AudioFormat,
    AudioOutput,
    CustomVoice,
    SessionConfig,
    ToolChoiceFunction,
)
from .conversation import Conversation
from .items import (
    InputTokenDetails,
    Item,
    ItemReference,
    Message,
    Response,
    ResponseAudio,
    ResponseAudioOutput,
    ResponseError,
    ResponseStatus,
    StatusDetails,
    Usage,
)
from .listener import Listener
from .response_config import ResponseConfig
from .response_stream import Emit, ResponseStream
from .session_update import check_voice
from .sounds import Sounds
from .spoken_context import with_words
from .work import Cancel, Respond, Work

__all__ = ["Responder"]


class _Running(Struct):
    """A response in progress: its stream, what it reads, and the work once handed out."""

    stream: ResponseStream
    work: Respond
    read: InputTokenDetails
    handed_out: bool = False


class Responder:
    """Creates responses, feeds engine results into them and ends each exactly once."""

    def __init__(
        self,
        *,
        conversation: Conversation,
        sounds: Sounds,
        listener: Listener,
        accountant: Accountant,
        emit: Emit,
        ask: Callable[[Work], None],
        new_id: Callable[[str], str],
        voices: tuple[str, ...],
    ) -> None:
        self.conversation_id = new_id("conv")
        self._conversation = conversation
        self._sounds = sounds
        self._listener = listener
        self._accountant = accountant
        self._emit = emit
        self._ask = ask
        self._new_id = new_id
        self._voices = voices
        self._running: dict[str, _Running] = {}

    @property
    def active_id(self) -> str | None:
        """The response that writes to the conversation, if one is in progress."""
        for running in self._running.values():
            if running.stream.in_conversation:
                return running.stream.id
        return None

    @property
    def voice_locked(self) -> bool:
        """Whether the conversation holds assistant sound, which freezes the voice."""
        return any(
            isinstance(item, Message) and item.role == "assistant" and str(item.id) in self._sounds
            for item in self._conversation.items
        )

    def create(self, config: ResponseConfig) -> None:
        """Begin a response.

        Raises:
            RemoteProtocolError: another one is active, or a parameter does not fit the state.
        """
        session = self._conversation.session
        in_conversation = config.conversation != "none"
        active = self.active_id
        if in_conversation and active is not None:
            raise RemoteProtocolError(
                "Conversation already has an active response in progress: "
                f"{active}. Wait until the response is finished before creating a new one.",
                code="conversation_already_has_active_response",
            )
        items = self._context(config)
        work = self._work(self._new_id("resp"), session, config, items)
        items = tuple(
            self._listener.listen_to(item) if isinstance(item, Message) else item for item in items
        )
        work = msgspec.structs.replace(work, items=items)
        response = _announced(
            work, config, self.conversation_id if in_conversation else None, session
        )
        read = self._accountant.read(
            instructions=work.instructions,
            tools=work.tools,
            items=items,
            sound_ms=self._sounds.duration_ms,
        )
        stream = ResponseStream(
            response,
            modality=work.modality,
            format=work.format,
            sounds=self._sounds,
            emit=self._emit,
            new_id=self._new_id,
            last_item_id=self._last_item_id,
        )
        self._running[work.response_id] = _Running(stream, work, read)
        stream.open()
        self.hand_out()

    def hand_out(self) -> None:
        """Give the shell each response whose context is written down."""
        for running in self._running.values():
            ids = {item.id for item in running.work.items}
            if running.handed_out or ids & self._listener.unwritten:
                continue
            running.handed_out = True
            items = tuple(with_words(item, self._listener.words) for item in running.work.items)
            self._ask(msgspec.structs.replace(running.work, items=items))

    def stream(self, response_id: str) -> ResponseStream | None:
        """The stream that a result belongs to; ``None`` where it comes too late."""
        running = self._running.get(response_id)
        return running.stream if running else None

    def end(
        self,
        response_id: str,
        status: ResponseStatus,
        details: StatusDetails | None = None,
    ) -> None:
        """End a response that is in progress; a late call changes nothing."""
        running = self._running.pop(response_id, None)
        if running is None:
            return
        stream = running.stream
        ran = running.handed_out and not (stream.empty and status in ("cancelled", "failed"))
        usage = (
            self._accountant.usage(running.read, text=stream.text, sound_ms=stream.sound_ms)
            if ran
            else Usage()
        )
        stream.close(status, usage=usage, details=details)

    def cancel(self, response_id: str | None, reason: str) -> None:
        """Stop a response: the named one, or the active one.

        Raises:
            RemoteProtocolError: it is not in progress.
        """
        target = response_id or self.active_id
        if target is None or target not in self._running:
            raise RemoteProtocolError(
                "Cancellation failed: no active response found",
                code="response_cancel_not_active",
            )
        self._ask(Cancel(response_id=target))
        self.end(target, "cancelled", StatusDetails(type="cancelled", reason=reason))

    def fail(self, response_id: str, error: ResponseError) -> None:
        """End a response that cannot be made."""
        self.end(response_id, "failed", StatusDetails(type="failed", error=error))

    def _last_item_id(self) -> str | None:
        items = self._conversation.items
        return items[-1].id or None if items else None

    def _context(self, config: ResponseConfig) -> tuple[Item, ...]:
        if not isinstance(config.input, tuple):
            return self._conversation.items
        items: list[Item] = []
        for index, item in enumerate(config.input):
            if isinstance(item, ItemReference):
                known = self._conversation.item(item.id)
                if known is None:
                    raise RemoteProtocolError(
                        f"Item with id '{item.id}' not found.",
                        code="invalid_value",
                        param=f"response.input[{index}].id",
                    )
                items.append(known)
            elif item.id is UNSET:
                items.append(msgspec.structs.replace(item, id=self._new_id("item")))
            else:
                items.append(item)
        return tuple(items)

    def _work(
        self,
        response_id: str,
        session: SessionConfig,
        config: ResponseConfig,
        items: tuple[Item, ...],
    ) -> Respond:
        output, override = _output(session.audio), _output(config.audio)
        check_voice(
            override.voice,
            current=output.voice,
            voices=self._voices,
            locked=self.voice_locked and config.conversation != "none",
            param="response.audio.output.voice",
        )
        tools = config.tools if isinstance(config.tools, tuple) else session.tools or ()
        choice = _first(config.tool_choice, session.tool_choice, "auto")
        if isinstance(choice, ToolChoiceFunction) and choice.name not in {t.name for t in tools}:
            raise RemoteProtocolError(
                f"Tool choice '{choice.name}' not found in 'tools' parameter.",
                code="invalid_value",
                param="response.tool_choice",
            )
        limit = _first(config.max_output_tokens, session.max_output_tokens, "inf")
        modalities = _first(config.output_modalities, session.output_modalities, ("audio",))
        temperature = config.temperature or session.temperature or None
        voice = _first(override.voice, output.voice, self._voices[0])
        modality: Literal["audio", "text"] = "audio" if "audio" in modalities else "text"
        instructions = (
            config.instructions
            if isinstance(config.instructions, str)
            else session.instructions or ""
        )
        return Respond(
            response_id=response_id,
            instructions=instructions,
            items=items,
            tools=tools,
            tool_choice=choice,
            max_output_tokens=limit if isinstance(limit, int) else None,
            temperature=temperature,
            modality=modality,
            voice=voice.id if isinstance(voice, CustomVoice) else voice,
            format=_first(override.format, output.format, PCM16_24K),
            speed=_first(output.speed, 1.0),
        )


def _output(audio: AudioConfig | UnsetType) -> AudioOutput:
    if isinstance(audio, AudioConfig) and isinstance(audio.output, AudioOutput):
        return audio.output
    return AudioOutput()


def _first(*values: Any) -> Any:
    """The first value that is set: a response's own, the session's, the default."""
    return next(value for value in values if value is not UNSET and value is not None)


def _announced(
    work: Respond,
    config: ResponseConfig,
    conversation_id: str | None,
    session: SessionConfig,
) -> Response:
    format: AudioFormat = work.format
    return Response(
        id=work.response_id,
        status="in_progress",
        conversation_id=conversation_id,
        output_modalities=(work.modality,),
        max_output_tokens=work.max_output_tokens or "inf",
        audio=ResponseAudio(output=ResponseAudioOutput(format=format, voice=work.voice)),
        temperature=config.temperature or session.temperature,
        metadata=config.metadata if isinstance(config.metadata, dict) else None,
    )
