"""One row of the transcript: its fields, and small pure functions that fill them."""

from __future__ import annotations

import re
from typing import Any, Literal, TypedDict

import msgspec

from ..protocol.spoken_context import heard_share
from ..session.connecting.secrets import scrub

__all__ = ["MAX_TEXT", "Ask", "Role", "Row", "State", "failure_of", "make_row", "split"]

Role = Literal["user", "assistant", "system", "call", "result", "error"]
State = Literal["final", "growing", "pending", "interrupted", "incomplete", "failed"]

#: Characters of one row that are shown; the rest is counted in the note.
MAX_TEXT = 20_000

_WORD = re.compile(r"\S+")


class Ask(TypedDict):
    """A question to a person: may this call run?"""

    key: str
    """What an answer names."""
    state: Literal["pending", "approved", "denied", "expired"]
    left_s: int
    """Until nobody's answer is a refusal, in s; -1: it waits as long as it takes."""


class Row(TypedDict):
    """One line of the transcript.

    ``id`` is the item's. ``note`` is a remark of ours beside the words (``interrupted after
    1.2 s``), "" where there is none.
    """

    id: str
    role: Role
    name: str
    """The function's, for calls and results."""
    text: str
    """The words, of an answer that was cut those that were heard; the arguments of a call."""
    unheard: str
    """The words after them, which nobody heard. An estimate by time."""
    state: State
    note: str
    at_ms: float
    """When it began, on the session's clock; -1 where nobody knows."""
    duration_ms: float
    """Of the sound, as far as it was heard, or of the call; 0 where there is none."""
    result: str
    """What a call returned."""
    failure: str
    """Why a call failed."""
    pictures: list[str]
    """Data URIs."""
    ask: Ask | None
    sound: bool
    """It can be played again."""


def make_row(item_id: str, role: Role, state: State = "final", **fields: Any) -> Row:
    """A row with nothing in it but ``fields``; what is too long is cut and said."""
    row: Row = {
        "id": item_id,
        "role": role,
        "name": "",
        "text": "",
        "unheard": "",
        "state": state,
        "note": "",
        "at_ms": -1,
        "duration_ms": 0,
        "result": "",
        "failure": "",
        "pictures": [],
        "ask": None,
        "sound": False,
    }
    row.update(fields)  # type: ignore[typeddict-item]
    if len(row["text"]) > MAX_TEXT:
        more = f"{len(row['text']) - MAX_TEXT:,} more characters"
        row["note"] = f"{row['note']}; {more}" if row["note"] else more
        row["text"] = row["text"][:MAX_TEXT]
    row["unheard"] = row["unheard"][:MAX_TEXT]
    if len(row["result"]) > MAX_TEXT:
        row["note"] = f"{len(row['result']) - MAX_TEXT:,} more characters of the result"
        row["result"] = row["result"][:MAX_TEXT]
    return row


def split(text: str, share: float) -> tuple[str, str]:
    """The words that were heard, and those after them, by the share of the sound."""
    if share >= 1:
        return text, ""
    words = [match.end() for match in _WORD.finditer(text)]
    count = len(heard_share(text, max(share, 0.0)).split())
    end = words[count - 1] if count else 0
    return text[:end], text[end:].strip()


def failure_of(output: str) -> str:
    """What went wrong, of a call's output that tells an error as this package writes it."""
    if not output.startswith('{"error"'):
        return ""
    try:
        error = msgspec.json.decode(output)["error"]
        kind, message = str(error["type"]), str(error["message"])
        return scrub(message if kind == "Denied" else f"{kind}: {message}")
    except (msgspec.DecodeError, KeyError, TypeError, IndexError):
        return ""
