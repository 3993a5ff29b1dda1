"""What a client writes and the server says again is bounded: no frame of ours reaches 1 MiB.

Old clients take no larger one (reference, section 1.5), and a frame cannot be split. An item
and a session come back whole, so their size is judged on the way in; sound is no part of it,
because the server never says it again but in ``conversation.item.retrieved``, where it is cut.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..errors import RemoteProtocolError

__all__ = ["MAX_ITEM", "MAX_SESSION", "MAX_WITH_SOUND", "too_large"]

#: Bytes of JSON that an item may take; one with sound leaves the rest of 1 MiB to that.
MAX_ITEM, MAX_WITH_SOUND = 1_000_000, 60_000
#: The same for one ``session.update``: its few large fields may come one by one.
MAX_SESSION = 200_000

#: A frame of so many characters is never too large, even if each one takes 4 bytes.
_GLANCE = MAX_WITH_SOUND // 4


class _Frame(msgspec.Struct):
    event_id: Any = None
    item: msgspec.Raw = msgspec.Raw()
    session: msgspec.Raw = msgspec.Raw()


_read = msgspec.json.Decoder(_Frame).decode
_parse = msgspec.json.Decoder().decode


def too_large(frame: str) -> RemoteProtocolError | None:
    """The refusal of a frame whose item or session is too large to be said again."""
    if len(frame) <= _GLANCE:
        return None
    try:
        read = _read(frame)
        if bytes(read.item):
            name, (size, limit) = "item", _item(_parse(read.item))
        elif bytes(read.session):
            name, size, limit = "session", _size(_parse(read.session)), MAX_SESSION
        else:
            return None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None  # the core will say what is wrong with it
    if size <= limit:
        return None
    return RemoteProtocolError(
        f"Invalid '{name}': too large. Expected at most {limit} bytes of JSON besides sound, but "
        f"got {size} bytes instead. Shorten the text, or scale the picture down.",
        code="string_above_max_length",
        param=name,
        event_id=read.event_id if isinstance(read.event_id, str) else None,
    )


def _item(item: Any) -> tuple[int, int]:
    """Bytes of an item without its sound, and how many it may have."""
    content = item.get("content") if isinstance(item, dict) else None
    limit = MAX_ITEM
    for part in content if isinstance(content, list) else ():
        if isinstance(part, dict) and part.pop("audio", None):
            limit = MAX_WITH_SOUND
    return _size(item), limit


def _size(value: Any) -> int:
    return len(msgspec.json.encode(value))
