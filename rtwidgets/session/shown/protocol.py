"""How values of the protocol show themselves as the last value of a cell.

The protocol is pure and its values are structs without manners, so IPython is told here how to
show them: items, responses, usage, events, frames of the wire, sounds, and lists of those. It is
told when a session is imported where IPython runs. In any program ``print(item)`` says the same in
a line; ``repr`` stays what it is, every field. All words are escaped by ``figures.svg``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, cast

import msgspec
from msgspec import UNSET

from ...audio import Pcm
from ...figures.svg import Markup, element
from ...protocol.client_events import SessionUpdate
from ...protocol.content import words
from ...protocol.events import UnknownEvent
from ...protocol.explain import explain
from ...protocol.items import FunctionCall, FunctionCallOutput, InputImage, Message, Response, Usage
from ...protocol.mcp_items import McpApprovalRequest, McpApprovalResponse, McpCall, McpListTools
from ...protocol.server_events import ServerEventBase
from ..events.events_log import EventsLog
from ..events.wire_event import WireEvent
from ..money.usage import COLUMNS, row_cells
from .sound import QUIET, sound_html
from .tables import html_table

__all__ = ["as_html", "as_text", "register"]

#: A list is shown as a table of so many rows; a longer one says how many are not.
MOST_ROWS = 100
#: Longer text inside of an event is cut, in characters: sound is base64, and nobody reads it.
LONG = 300

_PRE = (
    "margin:.3em 0;padding:.4em .6em;white-space:pre-wrap;overflow-wrap:anywhere;font-size:92%;"
    "background:var(--jp-layout-color2,#8881);font-family:var(--jp-code-font-family,monospace)"
)
_NO_COUNTS = ("response", "status", "money")
_CELL = '<td style="text-align:left;white-space:pre-wrap;overflow-wrap:anywhere">'
_MCP = (McpListTools, McpCall, McpApprovalRequest, McpApprovalResponse)
_ITEMS = (Message, FunctionCall, FunctionCallOutput, *_MCP)
_CLIENT_EVENT = SessionUpdate.__mro__[1]
_EVENTS = (ServerEventBase, _CLIENT_EVENT, UnknownEvent)
_SHOWN = (*_ITEMS, *_EVENTS, Response, Usage, WireEvent)


def register(formatter: Any = None) -> None:
    """Tell ``formatter``, or IPython's, where IPython runs."""
    if formatter is None:
        module = sys.modules.get("IPython")
        shell = None if module is None else module.get_ipython()
        formatter = getattr(shell, "display_formatter", None)
    if formatter is None:
        return
    html, plain = formatter.formatters["text/html"], formatter.formatters["text/plain"]
    for kind in (*_SHOWN, Pcm, EventsLog, list, tuple):
        html.for_type(kind, as_html)
    for kind in _SHOWN:
        plain.for_type(kind, lambda value, printer, cycle: printer.text(as_text(value)))


def as_html(value: Any) -> str | None:
    """A value of ours for a page; ``None`` for anything else, which shows itself as ever."""
    if isinstance(value, Pcm):
        whole = sound_html(value) if value.samples.size else ""
        return element("div", None, whole, element("div", {"style": QUIET}, repr(value)))
    if isinstance(value, EventsLog):
        return _table(value, len(value))
    if isinstance(value, (list, tuple)):
        # Looked at as far as it is shown: a list of a million numbers is none of ours.
        if not value or not all(isinstance(one, _SHOWN) for one in value[:MOST_ROWS]):
            return None
        return _table(value, len(value))
    shown = _HTML.get(type(value)) or _inherited(value)
    return None if shown is None else shown(value)


def as_text(value: Any) -> str:
    """A value of ours in one line."""
    row = _row(value)
    return f"<{': '.join(filter(None, row[:2]))}{', ' + row[2] if row[2] else ''}>"


def _speak() -> None:
    """Give the values their line: their own modules know nothing of words for people."""
    for kind in _SHOWN:
        setattr(kind, "__str__", as_text)  # noqa: B010  (an assignment would be a type error)


# One value: a line of facts, and what is in it.


def _item_html(item: Any) -> str:
    kind, said, note = _row(item)
    pictures = []
    if isinstance(item, Message):
        for part in item.content:
            if isinstance(part, InputImage) and part.image_url.startswith("data:image/"):
                style = "display:block;max-height:120px;max-width:100%"
                pictures.append(
                    element("img", {"src": part.image_url, "alt": "a picture", "style": style})
                )
    return element(
        "div",
        {"style": "line-height:1.5;overflow-wrap:anywhere"},
        element("b", {"style": "opacity:.7"}, kind),
        " ",
        element("span", {"dir": "auto", "style": "white-space:pre-wrap"}, said),
        *pictures,
        element("div", {"style": QUIET}, note) if note else None,
    )


def _response_html(response: Response) -> str:
    _, _, note = _row(response)
    items = [Markup(_item_html(item)) for item in response.output]
    return element(
        "div",
        None,
        element("div", None, element("b", None, f"response {response.status}"), f" {note}"),
        *items,
        Markup(_usage_html(response.usage)) if response.usage is not None else None,
    )


def _usage_html(usage: Usage) -> str:
    names = _counted(usage)
    head = {name: COLUMNS[name] for name in names}
    return html_table(head, [list(names.values())])


def _counted(usage: Usage) -> dict[str, str]:
    """The counts by the names of ``COLUMNS``; pictures only where there were some."""
    pictures = usage.input_token_details.image_tokens > 0
    names = [n for n in COLUMNS if n not in _NO_COUNTS and (pictures or n != "image in")]
    return dict(zip(names, row_cells(usage, pictures=pictures), strict=True))


def _event_html(event: Any) -> str:
    raw = event.raw if isinstance(event, UnknownEvent) else msgspec.to_builtins(event)
    return _json_html(_type(event), "", raw)


def _wire_html(event: WireEvent) -> str:
    way = "→ sent" if event.sent else "← received"
    note = f"{way} at {event.at_ms / 1000:,.3f} s, {event.size:,} bytes"
    try:
        content = event.json()
    except (msgspec.MsgspecError, ValueError, RecursionError):
        content = event.text
    return _json_html(event.type or "no event", note, content)


def _json_html(kind: str, note: str, content: Any) -> str:
    text = msgspec.json.format(msgspec.json.encode(_cut(content)), indent=2).decode()
    try:
        sentence = explain(kind)
    except (KeyError, LookupError):
        sentence = ""
    return element(
        "div",
        {"style": "line-height:1.5"},
        element("div", None, element("b", None, kind), f" {note}" if note else None),
        element("div", {"style": QUIET}, sentence) if sentence else None,
        element(
            "details",
            None,
            element("summary", {"style": "cursor:pointer"}, "JSON"),
            element("pre", {"style": _PRE}, text),
        ),
    )


def _cut(value: Any) -> Any:
    """JSON with what is too long to be read said in words."""
    if isinstance(value, str):
        if len(value) <= LONG:
            return value
        return f"{value[:40]} … ({len(value):,} characters)"
    if isinstance(value, dict):
        return {key: _cut(one) for key, one in value.items()}
    return [_cut(one) for one in value] if isinstance(value, list) else value


# Many values: a row each.


def _table(values: Sequence[Any], count: int) -> str:
    first, last = (values[:MOST_ROWS], []) if count <= MOST_ROWS else (values[:50], values[-50:])
    rows = [list(_row(one)) for one in first]
    if last:
        rows.append([f"… {count - 100:,} more …", "", ""])
        rows += [list(_row(one)) for one in last]
    head = {"": "its kind", " ": "its words", "  ": "what else there is to say"}
    # Words stand to the left, in a theme that sets tables of numbers to the right.
    return html_table(head, rows).replace("<td>", _CELL)


def _row(value: Any) -> tuple[str, str, str]:
    """What it is, its words, and what else there is to say."""
    if isinstance(value, WireEvent):
        way = "→" if value.sent else "←"
        name = value.type or "no event"
        return f"{way} {name}", "", f"{value.at_ms / 1000:,.3f} s, {value.size:,} bytes"
    if isinstance(value, Usage):
        counted = ", ".join(f"{name} {count}" for name, count in _counted(value).items())
        return "usage", "", counted
    if isinstance(value, Response):
        said = " ".join(words(item) for item in value.output)
        total = value.usage.total_tokens if value.usage is not None else 0
        reason = value.status_details.reason if value.status_details is not None else UNSET
        note = [str(reason) if reason is not UNSET else "", f"{total:,} tokens" if total else ""]
        return f"response {value.status}", _short(said), ", ".join(filter(None, note))
    if isinstance(value, Message):
        pictures = sum(isinstance(part, InputImage) for part in value.content)
        notes = [
            str(value.status) if value.status in ("in_progress", "incomplete") else "",
            f"{pictures} picture{'' if pictures == 1 else 's'}" if pictures else "",
        ]
        return value.role, _short(words(value)), ", ".join(filter(None, notes))
    if isinstance(value, FunctionCall):
        return "call", f"{value.name}({_short(value.arguments)})", ""
    if isinstance(value, FunctionCallOutput):
        return "result", _short(value.output), ""
    if isinstance(value, _MCP):
        return str(value.__struct_config__.tag), _short(words(value)), ""
    return _type(value), _short(_said(value)), ""


def _type(event: Any) -> str:
    return event.type if isinstance(event, UnknownEvent) else str(event.__struct_config__.tag)


def _said(event: Any) -> str:
    """The words of an event, if it has any."""
    for name in ("transcript", "text", "delta", "arguments"):
        said = getattr(event, name, None)
        if isinstance(said, str):
            return said
        if isinstance(said, bytes):
            return f"{len(said):,} bytes of sound"
    error = getattr(event, "error", None)
    message = getattr(error, "message", None)
    if isinstance(message, str):
        return message
    item, response = getattr(event, "item", None), getattr(event, "response", None)
    if isinstance(item, _ITEMS):
        return ": ".join(filter(None, _row(item)[:2]))
    return " ".join(filter(None, _row(response)[:2])) if isinstance(response, Response) else ""


def _short(text: str) -> str:
    return text if len(text) <= LONG else text[: LONG - 1] + "…"


_HTML: dict[type, Callable[[Any], str]] = {
    **dict.fromkeys(_ITEMS, _item_html),
    Response: _response_html,
    Usage: _usage_html,
    UnknownEvent: _event_html,
    WireEvent: _wire_html,
}


def _inherited(value: Any) -> Callable[[Any], str] | None:
    return _event_html if isinstance(value, cast("tuple[type, ...]", _EVENTS)) else None


_speak()
