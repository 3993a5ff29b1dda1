"""What spoken items say: the words that the model reads, and those that the client is shown.

Theory of operation. Every spoken item is written down, because the language model reads
words; ``unwritten`` names those whose words are still to come, and a response that reads one
of them waits. A session that asks for transcripts is *shown* them as well: deltas as they
come, then the whole. Words for an item that nobody waits for any more change nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from . import events
from .conversation import Conversation
from .response_stream import Emit

__all__ = ["Transcripts"]

_LOGPROBS = "item.input_audio_transcription.logprobs"


class Transcripts:
    """The words of spoken items, by item id.

    Args:
        on_written: called when an item's words have come, or will never.
    """

    def __init__(
        self, *, conversation: Conversation, emit: Emit, on_written: Callable[[], None]
    ) -> None:
        self.words: dict[str, str] = {}
        self.unwritten: set[str] = set()
        self._conversation = conversation
        self._emit = emit
        self._on_written = on_written
        self._shown: dict[str, str] = {}  # item -> the words that the client was shown

    def show(self, item_id: str) -> None:
        """The client follows this item's words, maybe before the item exists."""
        self._shown.setdefault(item_id, "")

    def expect(self, item_id: str, *, shown: bool) -> None:
        """The item's words are to come; ``shown`` where the client wants to see them."""
        self.unwritten.add(item_id)
        if shown:
            self.show(item_id)
        else:
            self._shown.pop(item_id, None)

    def delta(self, item_id: str, text: str) -> None:
        """More words of an item, before all of them are known."""
        if item_id in self._shown and text:
            self._shown[item_id] += text
            self._tell(events.ConversationItemInputAudioTranscriptionDelta, item_id, delta=text)

    def complete(self, item_id: str, text: str, seconds: float) -> None:
        """The words of an item are known; ``seconds`` of sound were read for them."""
        if item_id not in self.unwritten:
            return
        self.unwritten.discard(item_id)
        self.words[item_id] = text
        told = self._shown.get(item_id)
        if told is not None:
            if text.startswith(told):  # otherwise the engine thought better of what it had said
                self.delta(item_id, text[len(told) :])
            del self._shown[item_id]
            self._tell(
                events.ConversationItemInputAudioTranscriptionCompleted,
                item_id,
                transcript=text,
                usage=events.TranscriptionUsage(type="duration", seconds=seconds),
            )
        self._on_written()

    def fail(self, item_id: str, message: str) -> None:
        """The words of an item stay unknown."""
        if item_id not in self.unwritten:
            return
        self.unwritten.discard(item_id)
        self.words[item_id] = ""
        if self._shown.pop(item_id, None) is not None:
            self._emit(
                events.ConversationItemInputAudioTranscriptionFailed,
                item_id=item_id,
                content_index=0,
                error=events.ErrorDetails(
                    type="server_error",
                    code="transcription_failed",
                    message=message,
                    event_id=UNSET,
                ),
            )
        self._on_written()

    def forget(self, item_id: str) -> None:
        """The item is gone, or will never be."""
        self.words.pop(item_id, None)
        self.unwritten.discard(item_id)
        self._shown.pop(item_id, None)

    def _tell(self, kind: type[Any], item_id: str, **fields: Any) -> None:
        if _LOGPROBS in (self._conversation.session.include or ()):
            fields["logprobs"] = None  # asked for, but no engine here knows any
        self._emit(kind, item_id=item_id, content_index=0, **fields)
