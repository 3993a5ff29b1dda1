"""The hearing half of the server core: input buffer, turns, commits and transcripts.

Theory of operation. Sound goes into the buffer. With turn detection on, the shell feeds
``heard`` one probability a window; the detector's moves become ``speech_started`` and
``speech_stopped``, a pause asks the shell to transcribe ahead, and the end of a turn commits
the sound between the two. With it off, only a client's commit does that. Every commit asks
for a transcript, because the language model reads words; the session's setting decides
whether the transcript is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from ..errors import RemoteProtocolError
from . import events
from .config import AudioInput, SessionConfig, Transcription, TurnDetection
from .conversation import Conversation
from .defaults import SERVER_VAD
from .input_buffer import InputBuffer
from .items import InputAudio, Message
from .response_stream import Emit
from .sounds import Sounds
from .turns import Move, TurnDetector
from .work import Resume, Speculate, Transcribe, Work

__all__ = ["Listener"]

#: What a client's commit must hold at least (reference, section 5.1).
MIN_COMMIT_MS = 100
#: Judged silence that is kept while nobody speaks: it bounds an idle session's memory.
IDLE_KEEP_MS = 30_000
#: ``semantic_vad`` waits by pauses alone here: eagerness → ms of silence.
_EAGERNESS_MS = {"low": 1200, "medium": 700, "auto": 700, "high": 300}


class Listener:
    """Makes user items out of sound.

    Args:
        on_started: called after ``speech_started``, for an interruption.
        on_turn: called after the items of a turn that was detected, for a response.
    """

    def __init__(
        self,
        *,
        conversation: Conversation,
        sounds: Sounds,
        emit: Emit,
        ask: Callable[[Work], None],
        new_id: Callable[[str], str],
        on_started: Callable[[TurnDetection], None],
        on_turn: Callable[[TurnDetection], None],
    ) -> None:
        self.buffer = InputBuffer()
        self.words: dict[str, str] = {}
        self.unwritten: set[str] = set()
        self._conversation = conversation
        self._sounds = sounds
        self._emit = emit
        self._ask = ask
        self._new_id = new_id
        self._on_started = on_started
        self._on_turn = on_turn
        self._detector = TurnDetector()
        self._detecting = False
        self._item_id: str | None = None
        self._start_ms = 0.0
        self._shown: set[str] = set()

    @property
    def turn_detection(self) -> TurnDetection | None:
        """The setting in force; ``None`` is off."""
        setting = self._input.turn_detection
        return setting if isinstance(setting, TurnDetection) else None

    def configure(self, session: SessionConfig) -> None:
        """Follow a session's settings."""
        audio = _input_of(session)
        if not isinstance(audio.format, msgspec.UnsetType):
            self.buffer.change_format(audio.format)
        setting = audio.turn_detection
        if not isinstance(setting, TurnDetection):
            self._forget_turn()
            self._detecting = False
            return
        if not self._detecting:
            # What was appended while nobody listened is the client's to commit.
            self._detecting = True
            self.buffer.skip_new()
            self._detector.reset(self.buffer.end_ms)
        vad = setting if setting.type == "server_vad" else _semantic(setting)
        assert isinstance(vad.threshold, float)
        assert isinstance(vad.prefix_padding_ms, int)
        assert isinstance(vad.silence_duration_ms, int)
        self._detector.configure(
            threshold=vad.threshold,
            prefix_padding_ms=vad.prefix_padding_ms,
            silence_duration_ms=vad.silence_duration_ms,
        )

    def append(self, data: bytes) -> None:
        """Take sound from the client."""
        self.buffer.append(data)

    def take_new(self) -> bytes:
        """Sound that nobody has judged yet; nothing while turn detection is off."""
        if not self._detecting:
            self.buffer.skip_new()
            return b""
        return self.buffer.take_new()

    def clear(self) -> None:
        """The client throws its sound away."""
        self._forget_turn()
        self.buffer.clear()
        self._emit(events.InputAudioBufferCleared)

    def commit(self) -> None:
        """The client makes its sound an item.

        Raises:
            RemoteProtocolError: the buffer holds less than 100 ms.
        """
        if self.buffer.duration_ms < MIN_COMMIT_MS:
            raise RemoteProtocolError(
                "Error committing input audio buffer: buffer too small. Expected at least "
                f"100ms of audio, but buffer only has {self.buffer.duration_ms:.2f}ms of audio.",
                code="input_audio_buffer_commit_empty",
            )
        item_id = self._item_id or self._new_id("item")
        self._forget_turn()
        self._commit(item_id, self.buffer.start_ms, self.buffer.end_ms)

    def heard(self, probability: float, window_ms: float) -> None:
        """Take the judgement of the next window of sound."""
        if not self._detecting:
            return
        for move in self._detector.push(probability, window_ms):
            self._follow(move)
        if self._item_id is None:
            judged_ms = self._detector.elapsed_ms
            if self.buffer.start_ms < judged_ms - 2 * IDLE_KEEP_MS:
                self.buffer.drop_until(judged_ms - IDLE_KEEP_MS)

    def listen_to(self, item: Message) -> Message:
        """Keep the sound of an item that a client wrote, and ask for its words."""
        item_id, content = str(item.id), []
        for part in item.content:
            if isinstance(part, InputAudio) and isinstance(part.audio, bytes):
                self._sounds.extend(item_id, part.audio, self.buffer.format)
                self.unwritten.add(item_id)
                part = msgspec.structs.replace(part, audio=msgspec.UNSET)
            content.append(part)
        if content == list(item.content):
            return item
        self._ask(self._transcribe(item_id))
        return msgspec.structs.replace(item, content=tuple(content))

    def transcribed(self, item_id: str, text: str, seconds: float) -> None:
        """The words of an item are known."""
        self.unwritten.discard(item_id)
        self.words[item_id] = text
        if item_id not in self._shown or self._conversation.item(item_id) is None:
            return
        self._shown.discard(item_id)
        place = {"item_id": item_id, "content_index": 0}
        if text:
            self._emit(events.ConversationItemInputAudioTranscriptionDelta, delta=text, **place)
        self._emit(
            events.ConversationItemInputAudioTranscriptionCompleted,
            transcript=text,
            usage=events.TranscriptionUsage(type="duration", seconds=seconds),
            **place,
        )

    def transcription_failed(self, item_id: str, message: str) -> None:
        """The words of an item stay unknown."""
        self.unwritten.discard(item_id)
        self.words[item_id] = ""
        if item_id not in self._shown or self._conversation.item(item_id) is None:
            return
        self._shown.discard(item_id)
        self._emit(
            events.ConversationItemInputAudioTranscriptionFailed,
            item_id=item_id,
            content_index=0,
            error=events.ErrorDetails(
                type="server_error", code="transcription_failed", message=message
            ),
        )

    def forget(self, item_id: str) -> None:
        """An item was deleted."""
        self._sounds.drop(item_id)
        self.words.pop(item_id, None)
        self.unwritten.discard(item_id)

    @property
    def _input(self) -> AudioInput:
        return _input_of(self._conversation.session)

    def _follow(self, move: Move) -> None:
        setting = self.turn_detection or SERVER_VAD
        if move.kind == "started":
            self._item_id = self._new_id("item")
            self._start_ms = max(float(move.at_ms), self.buffer.start_ms)
            self._emit(
                events.InputAudioBufferSpeechStarted,
                audio_start_ms=move.at_ms,
                item_id=self._item_id,
            )
            self._on_started(setting)
            return
        item_id = self._item_id
        if item_id is None:
            return
        if move.kind == "paused":
            audio = self.buffer.between(self._start_ms, move.at_ms)
            guess = Speculate(item_id=item_id, audio=audio, format=self.buffer.format)
            self._ask(_fill(guess, self._transcription))
        elif move.kind == "resumed":
            self._ask(Resume(item_id=item_id))
        else:
            self._emit(
                events.InputAudioBufferSpeechStopped,
                audio_end_ms=move.at_ms,
                item_id=item_id,
            )
            self._item_id = None
            self._commit(item_id, self._start_ms, move.at_ms)
            self._on_turn(setting)

    def _commit(self, item_id: str, start_ms: float, end_ms: float) -> None:
        self._sounds.extend(item_id, self.buffer.between(start_ms, end_ms), self.buffer.format)
        self.buffer.drop_until(end_ms)
        items = self._conversation.items
        previous = items[-1].id if items else None
        self._emit(events.InputAudioBufferCommitted, previous_item_id=previous, item_id=item_id)
        item = Message(
            id=item_id,
            status="completed",
            role="user",
            content=(InputAudio(transcript=None),),
        )
        self._emit(events.ConversationItemAdded, previous_item_id=previous, item=item)
        self._emit(events.ConversationItemDone, previous_item_id=previous, item=item)
        self.unwritten.add(item_id)
        if self._transcription is not None:
            self._shown.add(item_id)
        self._ask(self._transcribe(item_id))

    def _transcribe(self, item_id: str) -> Transcribe:
        audio, format = self._sounds.data(item_id), self._sounds.format(item_id)
        return _fill(Transcribe(item_id=item_id, audio=audio, format=format), self._transcription)

    @property
    def _transcription(self) -> Transcription | None:
        setting = self._input.transcription
        return setting if isinstance(setting, Transcription) else None

    def _forget_turn(self) -> None:
        if self._item_id is not None:
            self._ask(Resume(item_id=self._item_id))
        self._item_id = None
        self._detector.reset()


def _input_of(session: SessionConfig) -> AudioInput:
    audio = session.audio
    if isinstance(audio, msgspec.UnsetType) or isinstance(audio.input, msgspec.UnsetType):
        return AudioInput()
    return audio.input


def _semantic(setting: TurnDetection) -> TurnDetection:
    eagerness = setting.eagerness if isinstance(setting.eagerness, str) else "auto"
    return msgspec.structs.replace(SERVER_VAD, silence_duration_ms=_EAGERNESS_MS[eagerness])


_T = TypeVar("_T", Transcribe, Speculate)


def _fill(work: _T, setting: Transcription | None) -> _T:
    if setting is None:
        return work
    return msgspec.structs.replace(
        work, language=setting.language or None, prompt=setting.prompt or None
    )
