"""``read_append``: the client event that comes by the thousand, read in one step.

A frame of sound is kilobytes of base64 around nothing that needs an explanation. A correct
``input_audio_buffer.append`` is decoded straight into its struct; whatever else a frame is,
``validation.py`` says what and why. Both accept the same frames, which a test asserts.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from .client_events import InputAudioBufferAppend
from .validation import MAX_APPEND_BYTES

__all__ = ["read_append"]

_TYPE = "input_audio_buffer.append"
_TYPE_BYTES = _TYPE.encode()
#: Where a frame is looked at for its type: the sound comes after it, or long before.
_HEAD = 160


class _Append(Struct, tag_field="type", tag=_TYPE, forbid_unknown_fields=True):
    """``InputAudioBufferAppend`` and nothing beside it."""

    audio: bytes
    event_id: Annotated[str, Meta(max_length=512)] | UnsetType = UNSET


_DECODE = msgspec.json.Decoder(_Append).decode


def read_append(text: str | bytes) -> InputAudioBufferAppend | None:
    """The event, or ``None`` where this is no append, or none without a fault."""
    head = text[:_HEAD]
    if not (_TYPE in head if isinstance(head, str) else _TYPE_BYTES in head):
        return None
    try:
        read = _DECODE(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    if len(read.audio) > MAX_APPEND_BYTES:
        return None
    return InputAudioBufferAppend(event_id=read.event_id, audio=read.audio)
