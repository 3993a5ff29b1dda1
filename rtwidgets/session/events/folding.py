"""Frames of sound are kept as the sound that they hold: base64 is written again when it is read.

The turn holds the same bytes, so a log of such frames takes next to no memory of its own, and
fresh memory is what a frame costs most.
"""

from __future__ import annotations

from binascii import b2a_base64

__all__ = ["fold", "unfold"]

#: Where the sound of an answer begins: a key of JSON, which no string can look like.
_KEY = b'"delta":'


def fold(data: bytes, sound: bytes) -> tuple[bytes, int] | None:
    """``data`` without the base64 of its ``sound``, and where that stood.

    ``None`` where it does not stand there exactly as ``unfold`` would write it.
    """
    start = data.find(b'"', data.find(_KEY) + len(_KEY)) + 1
    stop = start + (len(sound) + 2) // 3 * 4
    # What has the right length and the right end has no blanks and no escapes in it, and the
    # last letter alone may be written in several ways.
    end = b2a_base64(sound[-(len(sound) % 3 or 3) :], newline=False)
    if not sound or data[stop - 4 : stop + 1] != end + b'"':
        return None
    return data[:start] + data[stop:], start


def unfold(rest: bytes, place: int, sound: bytes) -> bytes:
    """The frame that ``fold`` was given."""
    return rest[:place] + b2a_base64(sound, newline=False) + rest[place:]
