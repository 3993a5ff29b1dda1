"""Why a connection ended, in words for people, and whether another attempt makes sense."""

from __future__ import annotations

from websockets.exceptions import ConnectionClosed

__all__ = ["LATER_CLOSES", "close_code", "reason"]

#: Codes of a close after which another attempt may go well (RFC 6455, section 7.4, and the
#: registry of codes that it names).
LATER_CLOSES = frozenset({1000, 1001, 1006, 1011, 1012, 1013, 1014})

_MEANINGS = {
    1001: "it goes away, or its time for a session is over",
    1003: "it does not take this kind of data",
    1007: "it could not read what was sent",
    1008: "it does not allow this",
    1009: "a message was too large for it",
    1011: "it has a fault of its own",
    1012: "it starts anew",
    1013: "it has too much to do",
}


def close_code(closed: ConnectionClosed) -> int:
    """The server's code; 1006 where it said none, ours where we ended it."""
    if closed.rcvd is not None:
        return closed.rcvd.code
    return 1006 if closed.sent is None else closed.sent.code


def reason(closed: ConnectionClosed) -> str:
    """Why the connection ended."""
    frame = closed.rcvd
    if frame is not None and not (closed.sent and not closed.rcvd_then_sent):
        meaning = _MEANINGS.get(frame.code)
        why = f": {frame.reason}" if frame.reason else ""
        hint = f"; {meaning}" if meaning else ""
        return f"the server closed the connection (code {frame.code}{why}){hint}"
    code = None if closed.sent is None else closed.sent.code
    if code == 1009:
        return "the server sent a message of more than 64 MiB, which is not taken"
    if code in (1002, 1007):
        return "the server sent what is no WebSocket message; is something between it and us?"
    if code == 1011:
        return "the server did not answer for a minute: it or the network is stuck"
    return "the connection broke off without a goodbye: the server or the network is gone"
