"""Writes ``docs/protocol.md`` from the classes of the core: ``python docs/protocol.py``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from msgspec import inspect

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from rtwidgets.protocol import editor, events, listener, sounds, validation, written  # noqa: E402
from rtwidgets.protocol.dialects import BETA, GA, Dialect  # noqa: E402  (after the path is set)
from rtwidgets.protocol.spelling import BETA_NAMES, BETA_TURN_DETECTION, GA_ONLY  # noqa: E402

PAGE = ROOT / "docs" / "protocol.md"
HEAD = """# Events and limits

Every event of the protocol and every limit that the server checks, read from the classes that
check them (`python docs/protocol.py` writes this page). Both ends use the same class, in
`rtwidgets.protocol.events`; a beta name that differs is given, and `–` is an event that beta does
not have. What may follow what is drawn in [states.md](states.md).
"""
SESSIONS = (
    "In beta, a transcription session says `transcription_session.…` in place of `session.…` for\n"
    "its three events.\n"
)
STRANGER = (
    "A type that is none of these decodes to `UnknownEvent`, which keeps all of it in `raw`;\n"
    "fields that no class has are passed over.\n"
)
LIMITS = (
    "What breaks one of these is refused with an `error` that names the path, and changes\n"
    "nothing. `–` is a path that this dialect does not have.\n"
)


def page() -> str:
    """All of it."""
    return "\n".join(
        [
            HEAD,
            "## What a client sends\n",
            *_events(events.ClientEvent),
            "",
            "## What a server sends\n",
            *_events(events.ServerEvent),
            "",
            SESSIONS,
            STRANGER,
            "## Limits of a field\n",
            LIMITS,
            "| GA | beta | allowed |",
            "|---|---|---|",
            *dict.fromkeys(_limits()),
            "",
            "## Limits of sound and frames\n",
            "| of | limit |",
            "|---|---|",
            *(f"| {of} | {limit} |" for of, limit in _constants()),
            "",
        ]
    )


def _events(union: Any) -> Iterator[str]:
    yield "| GA | beta | class | meaning |"
    yield "|---|---|---|---|"
    for kind in get_args(union):
        name = str(kind.__struct_config__.tag)
        beta = "–" if kind in GA_ONLY else f"`{BETA_NAMES[name]}`" if name in BETA_NAMES else "same"
        meaning = " ".join((kind.__doc__ or "").split("\n\n")[0].replace("``", "`").split())
        yield f"| `{name}` | {beta} | `{kind.__name__}` | {meaning} |"


def _limits() -> Iterator[str]:
    for kind in get_args(events.ClientEvent):
        for path, allowed in _of(inspect.type_info(kind), ""):
            ga, beta = _spelled(GA, path), _spelled(BETA, path)
            if ga or beta:
                yield f"| {ga or '–'} | {'same' if ga == beta else beta or '–'} | {allowed} |"


def _spelled(dialect: Dialect, path: str) -> str | None:
    """A path as a dialect spells it; ``None`` where the dialect has no such thing."""
    spelled = str(dialect.param(path))
    root, _, rest = spelled.partition(".")
    known = {"session": dialect.session_spelling.known, "response": dialect.request_spelling.known}
    if root in known and rest.partition(".")[0] not in known[root]:
        return None
    if path.startswith("response.audio.input."):  # a response takes no sound in
        return None
    *_, holder, name = ("", *spelled.split("."))
    foreign = holder == "turn_detection" and name not in BETA_TURN_DETECTION
    if dialect is BETA and (foreign or holder.endswith("_audio_format")):
        return None
    return f"`{spelled}`"


def _of(kind: Any, path: str) -> Iterator[tuple[str, str]]:
    """The limits of a type, and of what it is made of."""
    if isinstance(kind, inspect.StructType):
        for field in kind.fields:
            # An item of a response's own input is like any other.
            if not path.startswith("response.input["):
                yield from _of(
                    field.type, f"{path}.{field.encode_name}" if path else field.encode_name
                )
    elif isinstance(kind, inspect.UnionType):
        words = [json.dumps(value) for one in kind.types for value in _words(one)]
        numbers = [t for t in kind.types if isinstance(t, inspect.IntType | inspect.FloatType)]
        for one in kind.types:
            for where, allowed in _of(one, path):
                extra = f", or `{words[0]}`" if one in numbers and len(words) == 1 else ""
                yield where, allowed + extra
    elif isinstance(kind, inspect.VarTupleType):
        yield from _of(kind.item_type, f"{path}[]")
    elif isinstance(kind, inspect.DictType):
        if kind.max_length is not None:
            key, value = (getattr(t, "max_length", None) for t in (kind.key_type, kind.value_type))
            yield path, f"{kind.max_length} pairs, keys of {key} characters, values of {value}"
    elif isinstance(kind, inspect.StrType):
        if kind.max_length is not None:
            extra = f", `{kind.pattern}`" if kind.pattern else ""
            yield path, f"at most {kind.max_length} characters{extra}"
    elif isinstance(kind, inspect.IntType | inspect.FloatType):
        if kind.le is not None and kind.ge == kind.le:
            yield path, f"{kind.le:g}"
        elif kind.le is not None:
            yield path, f"{kind.ge:g} to {kind.le:g}"
        elif kind.ge is not None:
            yield path, f"at least {kind.ge:g}"


def _words(kind: Any) -> tuple[Any, ...]:
    return tuple(kind.values) if isinstance(kind, inspect.LiteralType) else ()


def _constants() -> Iterator[tuple[str, str]]:
    mib = 2**20
    yield "sound in one `input_audio_buffer.append`", f"{validation.MAX_APPEND_BYTES // mib} MiB"
    yield "sound for a commit by the client", f"at least {listener.MIN_COMMIT_MS} ms"
    yield "sound in the input buffer", f"{listener.MAX_BUFFER_MS // 60_000} minutes"
    yield (
        "silence kept while nobody speaks, with turn detection",
        f"{listener.IDLE_KEEP_MS // 1000} to {2 * listener.IDLE_KEEP_MS // 1000} s",
    )
    yield (
        "sound of items that a session keeps, the oldest forgotten first",
        f"{sounds.KEEP_BYTES // mib} MiB",
    )
    yield (
        "text and pictures of items that a client may create, in all",
        f"{written.KEEP_CHARACTERS // mib} MiB of characters, 1 KiB for each item included",
    )
    yield (
        "sound in one `conversation.item.retrieved`, longer ones cut",
        f"{editor.RETRIEVED_BYTES:,} bytes",
    )
    yield "levels of nesting in an event", f"{validation.MAX_DEPTH}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
