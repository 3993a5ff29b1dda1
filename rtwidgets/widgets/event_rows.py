"""An event in words: one line for a list, and the whole of it without the base64.

What an event says is looked for by the names of its members, which are alike in both dialects,
so that events of types that nobody knows are shown as well.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, TypedDict

from ..audio.peaks import peaks
from ..audio.wire import decode
from ..errors import AudioError
from ..protocol.config import AudioFormat
from .event_data import is_data, is_picture, is_sound_field

__all__ = ["Cut", "cut_out", "sound_of", "summary"]

#: A line's length, in characters; pages cut it further.
LINE = 160
#: Bars of a small waveform.
BUCKETS = 160
#: A text that is longer than this is shown by its length only.
LONGEST_TEXT = 20_000


class Cut(TypedDict):
    """What was taken out of the JSON, and where."""

    path: list[str]
    what: str
    """``sound``, ``picture``, ``data`` or ``text``."""
    bytes: int
    ms: float
    """How long the sound is; 0 for all else."""
    buffer: int
    """Which of the message's buffers has its peaks; -1 where there are none."""


def summary(event: Any) -> str:
    """What an event says, in one line; empty where its type says it all."""
    if not isinstance(event, dict):
        return _line(str(event))
    for name, words in _WORDS.items():
        if name in event and (text := words(event[name], event)):
            return _line(text)
    return ""


def _line(text: str) -> str:
    flat = " ".join(text[: 4 * LINE].split())
    return flat if len(flat) <= LINE else flat[: LINE - 1] + "…"


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _error(value: Any, _: Any) -> str:
    if not isinstance(value, dict):
        return str(value or "")
    code = value.get("code") or value.get("type") or ""
    return f"{code}: {value.get('message', '')}".strip(": ")


def _delta(value: Any, event: Any) -> str:
    if not isinstance(value, str):
        return ""
    if "audio.delta" in str(event.get("type")):
        return f"{len(value) * 3 // 4:,} bytes of sound"
    return f"“{value}”"


def _audio(value: Any, _: Any) -> str:
    return f"{len(value) * 3 // 4:,} bytes of sound" if isinstance(value, str) else ""


def _quoted(value: Any, _: Any) -> str:
    return f"“{value}”" if isinstance(value, str) else ""


def _text(value: Any, _: Any) -> str:
    return value if isinstance(value, str) else ""


def _part(value: Any, _: Any) -> str:
    part = _object(value)
    said = part.get("text") or part.get("transcript")
    return f"{part.get('type', '')}: “{said}”" if said else str(part.get("type", ""))


def _item(value: Any, _: Any) -> str:
    item = _object(value)
    kind = str(item.get("type", ""))
    if kind == "message":
        content = item.get("content")
        parts = [_object(part) for part in content] if isinstance(content, list) else []
        said = " ".join(str(p.get("text") or p.get("transcript") or "") for p in parts).strip()
        kinds = ", ".join(str(p.get("type", "")) for p in parts)
        return f"{item.get('role', '')}: “{said}”" if said else f"{item.get('role', '')} {kinds}"
    if "arguments" in item:
        return f"{item.get('name', kind)}({item['arguments']})"
    if "output" in item:
        return f"{kind}: {item['output']}"
    return f"{kind} {item.get('id', '')}"


def _response(value: Any, event: Any) -> str:
    response = _object(value)
    status, usage = response.get("status"), _object(response.get("usage"))
    if event.get("type") == "response.create" or status is None:
        return _names(value, event)
    reason = _object(response.get("status_details")).get("reason")
    words = [str(status), str(reason or "")]
    if "total_tokens" in usage:
        words.append(f"{usage['total_tokens']:,} tokens" if _whole(usage["total_tokens"]) else "")
    return ", ".join(word for word in words if word)


def _whole(value: Any) -> bool:
    return isinstance(value, int)


def _session(value: Any, event: Any) -> str:
    if str(event.get("type")).endswith(".update"):
        return _names(value, event)
    session = _object(value)
    return " ".join(str(session[name]) for name in ("model", "id") if session.get(name))


def _names(value: Any, _: Any) -> str:
    """Which members an object of settings has, the inner ones with their path."""

    def walk(tree: dict[str, Any], path: str) -> list[str]:
        found: list[str] = []
        for name, inner in tree.items():
            here = f"{path}{name}"
            deeper = isinstance(inner, dict) and inner and name in ("audio", "input", "output")
            found += walk(inner, here + ".") if deeper else [here]
        return found

    return ", ".join(name for name in walk(_object(value), "") if name != "type")


def _limits(value: Any, _: Any) -> str:
    limits = [_object(one) for one in value] if isinstance(value, list) else []
    return ", ".join(f"{x.get('name')} {x.get('remaining')} of {x.get('limit')}" for x in limits)


def _ms(words: str) -> Callable[[Any, Any], str]:
    return lambda value, _: (
        f"{words} {value / 1000:.2f} s" if isinstance(value, (int, float)) else ""
    )


#: Member of an event → how it is put into words; the first that is there speaks.
_WORDS: dict[str, Callable[[Any, Any], str]] = {
    "error": _error,
    "delta": _delta,
    "transcript": _quoted,
    "arguments": _text,
    "audio": _audio,
    "item": _item,
    "part": _part,
    "text": _quoted,
    "response": _response,
    "session": _session,
    "rate_limits": _limits,
    "audio_end_ms": _ms("ends at"),
    "audio_start_ms": _ms("begins at"),
    "item_id": _text,
    "response_id": _text,
}


# Without the base64


def cut_out(event: Any, form: AudioFormat) -> tuple[Any, list[Cut], list[bytes]]:
    """A copy of an event in which data is empty; what was there; peaks of the sounds."""
    cuts: list[Cut] = []
    buffers: list[bytes] = []
    in_sound = isinstance(event, dict) and "audio.delta" in str(event.get("type"))

    def take(value: str, path: list[str]) -> bool:
        spoken = is_sound_field(path[-1] if path else "", in_sound=in_sound)
        if spoken and (samples := sound_of(value, form)) is not None:
            data = peaks(samples, min(BUCKETS, max(1, samples.size))).tobytes()
            ms = samples.size * 1000 / form.sample_rate
            cuts.append(_cut(path, "sound", _length(value), ms, len(buffers)))
            buffers.append(data)
        elif is_picture(value):
            cuts.append(_cut(path, "picture", _length(value.partition(",")[2])))
        elif is_data(value, spoken=spoken):
            cuts.append(_cut(path, "data", _length(value)))
        elif len(value) > LONGEST_TEXT:
            cuts.append(_cut(path, "text", len(value.encode("utf-8", "replace"))))
        else:
            return False
        return True

    def copy(value: Any, path: list[str]) -> Any:
        if isinstance(value, dict):
            return {name: copy(one, [*path, name]) for name, one in value.items()}
        if isinstance(value, list):
            return [copy(one, [*path, str(i)]) for i, one in enumerate(value)]
        return "" if isinstance(value, str) and value and take(value, path) else value

    return copy(event, []), cuts, buffers


def _cut(path: list[str], what: str, size: int, ms: float = 0.0, buffer: int = -1) -> Cut:
    return {"path": path, "what": what, "bytes": size, "ms": ms, "buffer": buffer}


def _length(data: str) -> int:
    return len(data) * 3 // 4 - data[-2:].count("=")


def sound_of(data: str, form: AudioFormat) -> Any:
    """The samples that base64 stands for; ``None`` where it stands for none."""
    try:
        raw = base64.b64decode(data, validate=True)
        whole = len(raw) - len(raw) % form.bytes_per_sample
        return decode(raw[:whole], form.type)
    except (binascii.Error, ValueError, AudioError):
        return None
