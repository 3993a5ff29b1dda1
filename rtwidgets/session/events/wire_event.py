"""``WireEvent``: one event as it stood on the wire, and what must not stay of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from ..connecting.secrets import REDACTED, scrub, suspicious

__all__ = ["WireEvent", "is_sound", "without_secrets"]


class _Type(msgspec.Struct):
    type: str = ""


_type = msgspec.json.Decoder(_Type).decode
#: Frames of sound say what they are at their beginning, with a few ids before it at most.
_SOUND = (b'audio.delta"', b'audio_buffer.append"')
_BEGINNING = 256
#: What looks like a key and is not known to be one is left in words of less than that.
SHORTEST = 16


@dataclass(frozen=True)
class WireEvent:
    """One frame: which way, when, and what."""

    sent: bool
    """From here to the server."""
    at_ms: float
    """When, on the session's clock: ms since the connection stands."""
    size: int
    """On the wire, in bytes."""
    raw: bytes
    """The frame as it was, without secrets; UTF-8."""

    @property
    def direction(self) -> Literal["sent", "received"]:
        """``sent``: to the server; ``received``: from it."""
        return "sent" if self.sent else "received"

    @property
    def text(self) -> str:
        """The frame as text."""
        return self.raw.decode("utf-8", "replace")

    @property
    def type(self) -> str:
        """The event's name as the server spells it; empty where the frame is no event."""
        try:
            return _type(self.raw).type
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return ""

    def json(self) -> Any:
        """The event as plain Python; raises ``ValueError`` where the frame is no JSON."""
        return msgspec.json.decode(self.raw)

    def __repr__(self) -> str:
        """One line, without what was said."""
        name = self.type or "no event"
        return f"<{self.direction} at {self.at_ms:,.1f} ms: {name}, {self.size:,} bytes>"


def is_sound(data: bytes) -> bool:
    """Whether a frame is a piece of sound, which is long to search; base64 holds no key."""
    beginning = data[:_BEGINNING]
    return (_SOUND[0] in beginning or _SOUND[1] in beginning) and b'"error"' not in beginning


def without_secrets(data: bytes) -> bytes:
    """``data``, the very same where it holds nothing that looks like a secret."""
    if is_sound(data) or not suspicious(data):
        return data
    try:
        event = msgspec.json.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        text = data.decode("utf-8", "surrogateescape")
        return scrub(text, SHORTEST).encode("utf-8", "surrogateescape")
    clean = _clean(event)
    return data if clean == event else msgspec.json.encode(clean)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return scrub(value, SHORTEST)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if not isinstance(value, dict):
        return value
    clean = {key: _clean(one) for key, one in value.items()}
    if value.get("type") == "mcp":
        if isinstance(value.get("authorization"), str):
            clean["authorization"] = REDACTED
        if isinstance(value.get("headers"), dict):
            clean["headers"] = dict.fromkeys(value["headers"], REDACTED)
    secret = clean.get("client_secret")
    if isinstance(secret, dict) and "value" in secret:
        clean["client_secret"] = {**secret, "value": REDACTED}
    return clean
