"""The hearing half of the server core: input buffer, turns and commits.

Theory of operation. Sound goes into the buffer. With turn detection on, the shell feeds
``heard`` one probability a window; the detector's moves become ``speech_started`` and
``speech_stopped``, a pause asks the shell to transcribe ahead, and the end of a turn commits
the sound between the two. Under ``semantic_vad`` the words of such a pause come back through
``heard_words`` and say how long it may last (``end_of_turn.py``). With detection off, only a
client's commit makes an item. Every item is written down (``transcripts.py``). Silence after
an answer runs the idle timeout, in the sound's own time.
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
from .end_of_turn import WAITS_MS, wait_ms
from .idle import NUDGE, IdleClock
from .input_buffer import InputBuffer
from .items import InputAudio, InputText, Message
from .response_stream import Emit
from .sounds import Sounds
from .transcripts import Transcripts
from .turns import Move, TurnDetector
from .work import Resume, Speculate, Transcribe, Work

__all__ = ["Listener"]

#: What a client's commit must hold at least (reference, section 5.1).
MIN_COMMIT_MS = 100
#: What the buffer may hold at most: it bounds a session's memory.
MAX_BUFFER_MS = 20 * 60_000
#: Judged silence that is kept while nobody speaks: it bounds an idle session's memory.
IDLE_KEEP_MS = 30_000


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
        transcripts: Transcripts,
        emit: Emit,
        ask: Callable[[Work], None],
        new_id: Callable[[str], str],
        on_started: Callable[[TurnDetection], None],
        on_turn: Callable[[TurnDetection], None],
    ) -> None:
        self.buffer = InputBuffer()
        self._conversation = conversation
        self._sounds = sounds
        self._transcripts = transcripts
        self._emit = emit
        self._ask = ask
        self._new_id = new_id
        self._on_started = on_started
        self._on_turn = on_turn
        self._detector = TurnDetector()
        self._idle = IdleClock()
        self._detecting = False
        self._item_id: str | None = None
        self._start_ms = 0.0
        self._awaited: str | None = None

    @property
    def turn_detection(self) -> TurnDetection | None:
        """The setting in force; ``None`` is off."""
        setting = self._input.turn_detection
        return setting if isinstance(setting, TurnDetection) else None

    @property
    def awaited(self) -> str | None:
        """The item whose words so far decide whether its turn is over."""
        return self._awaited

    def configure(self, session: SessionConfig) -> None:
        """Follow a session's settings."""
        audio = _input_of(session)
        if not isinstance(audio.format, msgspec.UnsetType):
            self.buffer.change_format(audio.format)
        setting = audio.turn_detection
        if not isinstance(setting, TurnDetection):
            self._forget_turn()
            self._idle.stop()
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
        """Take sound from the client.

        Raises:
            RemoteProtocolError: the buffer is full.
        """
        if self.buffer.duration_ms + self.buffer.format.duration_ms(len(data)) > MAX_BUFFER_MS:
            raise RemoteProtocolError(
                "Error appending to input audio buffer: the buffer holds at most "
                f"{MAX_BUFFER_MS // 60_000} minutes of audio. Commit or clear it first.",
                code="input_audio_buffer_full",
            )
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
        self._leave_turn()
        self._commit(item_id, self.buffer.start_ms, self.buffer.end_ms)
        self._ask(self._transcribe(item_id))

    def heard(self, probability: float, window_ms: float) -> None:
        """Take the judgement of the next window of sound."""
        if not self._detecting:
            return
        for move in self._detector.push(probability, window_ms):
            self._follow(move)
        if self._item_id is None:
            now_ms = self._detector.elapsed_ms
            if self.buffer.start_ms < now_ms - 2 * IDLE_KEEP_MS:
                self.buffer.drop_until(now_ms - IDLE_KEEP_MS)
            self._watch_silence(now_ms)

    def heard_words(self, item_id: str, text: str) -> None:
        """What the user said up to the pause under way: it may be the end of the turn."""
        if item_id != self._awaited:
            return
        self._awaited = None
        setting = self.turn_detection
        if setting is not None and setting.type == "semantic_vad":
            self._detector.wait(wait_ms(text, str(setting.eagerness)))

    def answer_began(self) -> None:
        """A response of the conversation is being made: nobody waits for the user."""
        self._idle.stop()

    def answered(self, sound_ms: float) -> None:
        """A response of the conversation is done; its sound takes ``sound_ms`` to play."""
        if self._item_id is None:
            self._idle.start(self._detector.elapsed_ms + sound_ms)

    def listen_to(self, item: Message) -> Message:
        """Keep the sound of an item that a client wrote, and ask for its words."""
        item_id, content, sounds = str(item.id), [], False
        for part in item.content:
            if isinstance(part, InputAudio):
                if isinstance(part.audio, bytes):
                    format = self.buffer.format
                    whole = len(part.audio) - len(part.audio) % format.bytes_per_sample
                    self._sounds.extend(item_id, part.audio[:whole], format)
                    sounds = sounds or whole > 0
                part = msgspec.structs.replace(part, audio=msgspec.UNSET)
            content.append(part)
        if sounds:
            self._transcripts.expect(item_id, shown=False)
            self._ask(self._transcribe(item_id))
        return msgspec.structs.replace(item, content=tuple(content))

    def forget(self, item_id: str) -> None:
        """An item is gone."""
        self._sounds.drop(item_id)
        self._transcripts.forget(item_id)

    @property
    def _input(self) -> AudioInput:
        return _input_of(self._conversation.session)

    def _follow(self, move: Move) -> None:
        setting = self.turn_detection or SERVER_VAD
        self._awaited = None
        if move.kind == "started":
            self._idle.stop()
            self._item_id = self._new_id("item")
            self._start_ms = max(float(move.at_ms), self.buffer.start_ms)
            if self._transcription is not None:
                self._transcripts.show(self._item_id)
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
            if setting.type == "semantic_vad":
                self._awaited = item_id
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
            self._ask(self._transcribe(item_id))
            self._on_turn(setting)

    def _watch_silence(self, now_ms: float) -> None:
        """After ``idle_timeout_ms`` the silence becomes a user item that is answered."""
        setting = self.turn_detection
        if setting is None or not isinstance(setting.idle_timeout_ms, int):
            return
        since_ms = self._idle.over(now_ms, setting.idle_timeout_ms)
        if since_ms is None:
            return
        item_id, start_ms = self._new_id("item"), max(since_ms, self.buffer.start_ms)
        self._emit(
            events.InputAudioBufferTimeoutTriggered,
            audio_start_ms=round(start_ms),
            audio_end_ms=round(now_ms),
            item_id=item_id,
        )
        nudge = Message(
            id=self._new_id("item"),
            status="completed",
            role="system",
            content=(InputText(text=NUDGE),),
        )
        self._add(nudge, self._conversation.last_item_id)
        self._commit(item_id, start_ms, now_ms)
        self._on_turn(setting)
        # Nobody has to read silence: its words are known.
        self._transcripts.complete(item_id, "", 0.0)

    def _commit(self, item_id: str, start_ms: float, end_ms: float) -> None:
        self._idle.stop()
        self._sounds.extend(item_id, self.buffer.between(start_ms, end_ms), self.buffer.format)
        self.buffer.drop_until(end_ms)
        previous = self._conversation.last_item_id
        self._emit(events.InputAudioBufferCommitted, previous_item_id=previous, item_id=item_id)
        content = (InputAudio(transcript=None),)
        self._add(Message(id=item_id, status="completed", role="user", content=content), previous)
        self._transcripts.expect(item_id, shown=self._transcription is not None)

    def _add(self, item: Message, previous: str | None) -> None:
        self._emit(events.ConversationItemAdded, previous_item_id=previous, item=item)
        self._emit(events.ConversationItemDone, previous_item_id=previous, item=item)

    def _transcribe(self, item_id: str) -> Transcribe:
        audio, format = self._sounds.data(item_id), self._sounds.format(item_id)
        return _fill(Transcribe(item_id=item_id, audio=audio, format=format), self._transcription)

    @property
    def _transcription(self) -> Transcription | None:
        setting = self._input.transcription
        return setting if isinstance(setting, Transcription) else None

    def _leave_turn(self) -> str | None:
        """End the turn under way without an event; its item's id, if there is one."""
        item_id, self._item_id, self._awaited = self._item_id, None, None
        if item_id is not None:
            self._ask(Resume(item_id=item_id))
        self._detector.reset()
        return item_id

    def _forget_turn(self) -> None:
        item_id = self._leave_turn()
        if item_id is not None:
            self._transcripts.forget(item_id)


def _input_of(session: SessionConfig) -> AudioInput:
    audio = session.audio
    if isinstance(audio, msgspec.UnsetType) or isinstance(audio.input, msgspec.UnsetType):
        return AudioInput()
    return audio.input


def _semantic(setting: TurnDetection) -> TurnDetection:
    """Pauses alone: what holds until the words of a pause are known."""
    waits = WAITS_MS.get(str(setting.eagerness), WAITS_MS["medium"])
    return msgspec.structs.replace(SERVER_VAD, silence_duration_ms=waits["open"])


_T = TypeVar("_T", Transcribe, Speculate)


def _fill(work: _T, setting: Transcription | None) -> _T:
    if setting is None:
        return work
    return msgspec.structs.replace(
        work, language=setting.language or None, prompt=setting.prompt or None
    )
