"""Subtitles: who said what when, on the clock of the recording that ``to_wav`` writes."""

from __future__ import annotations

import os
import re

from ..records.record import Line, Record
from .files import writing

__all__ = ["cues", "write_srt"]

#: Two lines of a screen, in characters.
CUE_CHARS = 84
#: What was typed is shown so long: as long as it takes to read, in ms.
READ_MS = 60.0
SHORTEST_MS = 1_000.0

_WHO = {"user": "You", "assistant": "Model"}

Cue = tuple[float, float, str]
"""From, to (ms), and the words."""


def cues(record: Record) -> list[Cue]:
    """What was said or typed, in order of time; what nobody heard is not in it."""
    found: list[Cue] = []
    for line in record.lines:
        if line.role in _WHO and line.text.strip():
            found += _cues(line, _WHO[line.role] + (" (deleted)" if line.deleted else ""))
    return sorted(found, key=lambda cue: cue[0])


def _cues(line: Line, who: str) -> list[Cue]:
    pieces = _pieces(" ".join(line.text.split()))
    start = line.at_ms if line.clip is None else line.clip.start_ms
    length = sum(map(len, pieces))
    heard = length * READ_MS if line.clip is None else line.clip.heard_ms
    whole = max(heard, SHORTEST_MS)
    made, done = [], 0
    for n, piece in enumerate(pieces):
        begin = start + whole * done / length
        done += len(piece)
        name = f"{who}: " if n == 0 else ""
        made.append((begin, start + whole * done / length, name + piece.replace("-->", "→")))
    return made


def _pieces(text: str) -> list[str]:
    """Pieces of at most ``CUE_CHARS``, ended by a sentence or a clause where there is one."""
    pieces: list[str] = []
    while len(text) > CUE_CHARS:
        ends = [m.end() for m in re.finditer(r"[.!?;:,…](?=\s)", text[:CUE_CHARS])]
        good = [end for end in ends if end > CUE_CHARS // 3]
        at = good[-1] if good else text.rfind(" ", 0, CUE_CHARS + 1)
        at = at if at > 0 else CUE_CHARS
        pieces.append(text[:at].strip())
        text = text[at:].strip()
    return [*pieces, text] if text else pieces


def write_srt(path: str | os.PathLike[str], record: Record) -> None:
    """The file; ``RealtimeError`` where it cannot be written."""
    blocks = [
        f"{number}\n{_time(begin)} --> {_time(end)}\n{words}\n"
        for number, (begin, end, words) in enumerate(cues(record), 1)
    ]
    with writing(path) as file:
        file.write("\n".join(blocks).encode("utf-8", "replace"))


def _time(ms: float) -> str:
    whole = max(0, round(ms))
    seconds, rest = divmod(whole, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},{rest:03}"
