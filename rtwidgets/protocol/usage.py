"""The ledger: what each response and each transcription used, and the totals.

Every value is frozen; the conversation replaces its ledger when a row is added. The figures
are the server's own: a local forecast would be wrong (reference, section 6.1). Transcription
is a model of its own with its own price, so it never enters ``total`` (section 6.3).
"""

from __future__ import annotations

from msgspec import UNSET, Struct, structs

from .config import SessionConfig
from .items import (
    CachedTokens,
    InputTokenDetails,
    OutputTokenDetails,
    Response,
    ResponseStatus,
    Usage,
)
from .server_events import TranscriptionUsage

__all__ = ["Ledger", "TranscriptionRow", "UsageRow", "add"]


class UsageRow(Struct, frozen=True, kw_only=True):
    """What one response used."""

    response_id: str
    status: ResponseStatus
    usage: Usage
    """All zeros when the response ended before the model ran."""
    model: str | None = None
    """The session's model at that moment; what the row costs depends on it."""
    voice: str | None = None


class TranscriptionRow(Struct, frozen=True, kw_only=True):
    """What writing down one user item used: seconds of sound, or tokens."""

    item_id: str
    usage: TranscriptionUsage
    model: str | None = None
    """The transcription model of the session at that moment."""

    @property
    def seconds(self) -> float:
        """Seconds that are billed; 0.0 for a model that counts tokens."""
        return 0.0 if self.usage.seconds is UNSET else self.usage.seconds

    @property
    def tokens(self) -> int:
        """Tokens in and out; 0 for a model that counts seconds."""
        return 0 if self.usage.total_tokens is UNSET else self.usage.total_tokens


class Ledger(Struct, frozen=True, kw_only=True):
    """All rows so far, in the order in which they were reported."""

    rows: tuple[UsageRow, ...] = ()
    transcriptions: tuple[TranscriptionRow, ...] = ()
    total: Usage = Usage()
    """The sum of ``rows``."""

    @property
    def transcription_seconds(self) -> float:
        """Seconds of sound that were written down by models which count seconds."""
        return sum((row.seconds for row in self.transcriptions), 0.0)

    @property
    def transcription_tokens(self) -> int:
        """Tokens of the transcription models which count tokens."""
        return sum(row.tokens for row in self.transcriptions)

    def with_response(self, response: Response, session: SessionConfig) -> Ledger:
        """This ledger and a response that is done."""
        voice = response.audio.output.voice if response.audio is not UNSET else UNSET
        row = UsageRow(
            response_id=response.id,
            status=response.status,
            usage=response.usage or Usage(),
            model=session.model or None,
            voice=voice if isinstance(voice, str) else None,
        )
        return structs.replace(self, rows=(*self.rows, row), total=add(self.total, row.usage))

    def with_transcription(
        self, item_id: str, usage: TranscriptionUsage, session: SessionConfig
    ) -> Ledger:
        """This ledger and a transcription; a second report of an item replaces the first."""
        row = TranscriptionRow(item_id=item_id, usage=usage, model=_listener(session))
        others = tuple(old for old in self.transcriptions if old.item_id != item_id)
        return structs.replace(self, transcriptions=(*others, row))


def add(one: Usage, other: Usage) -> Usage:
    """The sum, field by field; reasoning tokens stay absent where neither side has them."""
    a, b = one.input_token_details, other.input_token_details
    c, d = a.cached_tokens_details, b.cached_tokens_details
    e, f = one.output_token_details, other.output_token_details
    reasoning = [n for n in (e.reasoning_tokens, f.reasoning_tokens) if n is not UNSET]
    return Usage(
        total_tokens=one.total_tokens + other.total_tokens,
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        input_token_details=InputTokenDetails(
            text_tokens=a.text_tokens + b.text_tokens,
            audio_tokens=a.audio_tokens + b.audio_tokens,
            image_tokens=a.image_tokens + b.image_tokens,
            cached_tokens=a.cached_tokens + b.cached_tokens,
            cached_tokens_details=CachedTokens(
                text_tokens=c.text_tokens + d.text_tokens,
                audio_tokens=c.audio_tokens + d.audio_tokens,
                image_tokens=c.image_tokens + d.image_tokens,
            ),
        ),
        output_token_details=OutputTokenDetails(
            text_tokens=e.text_tokens + f.text_tokens,
            audio_tokens=e.audio_tokens + f.audio_tokens,
            reasoning_tokens=sum(reasoning) if reasoning else UNSET,
        ),
    )


def _listener(session: SessionConfig) -> str | None:
    """The model that writes down what the user says, if the session has one."""
    audio = session.audio
    if audio is UNSET or audio.input is UNSET or not audio.input.transcription:
        return None
    return audio.input.transcription.model or None
