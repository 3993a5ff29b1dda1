"""One page that holds a whole talk: words, waves, players, latency, usage and money.

It needs no network, no script and no notebook. Its colours are the notebook's variables, given
here for light and for dark, as the reader's system asks for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ...figures.svg import Markup, element
from ..events.wire_event import WireEvent
from ..records.record import Record
from ..records.recorder import Recorder
from ..shown.talk import facts, talk_html
from .files import writing
from .sound import line_sounds

__all__ = ["write_page"]

_STYLE = Markup(
    """
:root { color-scheme: light dark; --jp-ui-font-color1: #212121; --jp-ui-font-color2: #666;
  --jp-brand-color1: #1976d2; --jp-layout-color4: #9e9e9e; --jp-error-color1: #c62828; }
@media (prefers-color-scheme: dark) { :root { --jp-ui-font-color1: #e8e8e8;
  --jp-ui-font-color2: #a8a8a8; --jp-brand-color1: #64b5f6; --jp-error-color1: #ef9a9a; } }
body { font: 14px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  background: Canvas; color: var(--jp-ui-font-color1); }
h1 { font-size: 1.3rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .6rem; text-align: right; border-bottom: 1px solid #8884; }
"""
)


def write_page(
    path: str | os.PathLike[str],
    events: Iterable[WireEvent],
    recorder: Recorder,
    record: Record,
    *,
    sound: bool,
) -> None:
    """The file; ``RealtimeError`` where it cannot be written."""
    sounds = line_sounds(events, recorder, record, float("inf")) if sound else None
    title = f"A talk with {record.name}"
    head = element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"name": "viewport", "content": "width=device-width"}),
        element("title", None, title),
        element("style", None, _STYLE),
    )
    inside = (
        element("h1", None, title),
        element("p", None, facts(record)),
        talk_html(record, open=True, sounds=sounds),
    )
    page = element("html", {"lang": "en"}, head, element("body", None, *inside))
    with writing(path) as file:
        file.write(f"<!doctype html>\n{page}\n".encode())
