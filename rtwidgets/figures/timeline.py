"""A stretch of a session on one clock as a picture: waves, spans, events, and who waited for what.

``Window`` is what there is to see, counted in columns, so it is as large as the picture and not
as the talk; a panel draws it in a page, ``timeline`` as SVG for papers and saved notebooks.
``waterfall`` is the latency of one turn alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .svg import Markup, element, number, picture
from .wave import Box, outline

__all__ = [
    "MODEL",
    "STEP_COLORS",
    "USER",
    "Span",
    "Tick",
    "Window",
    "clock_text",
    "plain_colors",
    "steps_of",
    "timeline",
    "waterfall",
]

Pairs = NDArray[np.int8]
Attrs = dict[str, str | float | None]
_Place = Callable[[float], float]
"""Puts a time in ms on the x axis."""

#: Colour of each step of an answer, in the order of ``session.latency.STEPS``.
STEP_COLORS = (
    "var(--md-purple-300,#9575cd)",
    "var(--jp-border-color1,#bdbdbd)",
    "var(--jp-warn-color1,#f57c00)",
    "var(--jp-brand-color1,#1976d2)",
    "var(--jp-info-color0,#00838f)",
    "var(--jp-success-color1,#388e3c)",
)
#: What each of them is, in a word or two.
STEP_NAMES = ("end noticed", "committed", "created", "first token", "first sound", "played")
USER = "var(--jp-brand-color1,#1976d2)"
MODEL = "var(--jp-info-color0,#00838f)"
GREY = "var(--jp-layout-color4,#9e9e9e)"
TOOL = "var(--jp-warn-color1,#f57c00)"
CUT = "var(--jp-error-color1,#d32f2f)"
GOOD = STEP_COLORS[-1]
TEXT = "var(--jp-ui-font-color1,#212121)"
FAINT = "var(--jp-border-color2,#e0e0e0)"
FONT = "font:11px system-ui,sans-serif"

#: Left of the lanes, for their names; and their heights.
NAMES = 74
LANES = (
    ("You", 44),
    ("Speech", 8),
    ("Model", 44),
    ("Responses", 12),
    ("Tools", 12),
    ("Events", 16),
    ("Latency", 12),
)
GAP = 6
AXIS = 20
#: Lines of the axis are at least so far apart.
APART = 80
#: A letter of the small words takes about so much.
LETTER = 5.6


@dataclass(frozen=True, kw_only=True)
class Span:
    """From ``start`` to ``end`` (ms on the session's clock), and what that was in words."""

    start: float
    end: float
    text: str
    kind: int = 0
    """For a step of an answer: which one; for a tool and a break: 1 where it went wrong."""


@dataclass(frozen=True, kw_only=True)
class Tick:
    """Events that share a place: when the first was, what they are, and how many."""

    at: float
    text: str
    count: int = 1
    sent: bool = False
    sound: bool = False
    """Nothing but sound."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """What is to be seen between ``start`` and ``end``, both in ms."""

    start: float
    end: float
    user: Pairs
    """The microphone: a pair for each column, as are ``heard`` and ``rest``."""
    heard: Pairs
    """The model's sound that was played, where it was played."""
    rest: Pairs
    """What of it was never played, or was not yet, where it would have been."""
    speeches: Sequence[Span] = field(default_factory=tuple)
    responses: Sequence[Span] = field(default_factory=tuple)
    tools: Sequence[Span] = field(default_factory=tuple)
    waits: Sequence[Span] = field(default_factory=tuple)
    """The steps of each answer."""
    ticks: Sequence[Tick] = field(default_factory=tuple)
    cuts: Sequence[float] = field(default_factory=tuple)
    """Where a reply was interrupted."""
    breaks: Sequence[Span] = field(default_factory=tuple)
    """Where nobody was connected, or the talk went on over another connection."""


def clock_text(ms: float, step_ms: float = 1000.0) -> str:
    """A time of the session: ``2:05``, and ``0.25 s`` where steps are short."""
    if step_ms < 1000:
        return f"{ms / 1000:.{1 if step_ms >= 100 else 2 if step_ms >= 10 else 3}f} s"
    minutes, seconds = divmod(round(ms / 1000), 60)
    return f"{minutes}:{seconds:02d}"


def steps_of(span_ms: float, width: float) -> float:
    """How far apart lines of an axis are, in ms: 1, 2 or 5 of a ten, then halves of minutes."""
    least = max(span_ms, 1e-6) * APART / max(width, 1.0)
    for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 3e4, 6e4, 12e4, 3e5, 6e5):
        if step >= least:
            return float(step)
    return 1.8e6


def timeline(window: Window, *, title: str, width: float = 900) -> Markup:
    """The whole picture; ``title`` is what a screen reader says."""
    across = width - NAMES
    span = max(window.end - window.start, 1e-6)

    def x(ms: float) -> float:
        return NAMES + min(max((ms - window.start) / span, 0.0), 1.0) * across

    parts: list[object] = []
    height = AXIS + sum(tall + GAP for _, tall in LANES)
    parts += [part for one in window.breaks for part in _break(one, x, height)]
    parts += _axis(window, x, across, height)
    y = float(AXIS)
    for name, tall in LANES:
        label: Attrs = {
            "x": 0,
            "y": y + tall / 2 + 4,
            "style": f"fill:{TEXT};{FONT}",
        }
        parts.append(element("text", label, name))
        box = Box(NAMES, y, across, tall)
        if name == "You":
            parts.append(_path(window.user, box, USER))
        elif name == "Model":
            parts += [_path(window.rest, box, GREY), _path(window.heard, box, MODEL)]
            for cut in window.cuts:
                path = {"d": f"M{number(x(cut), 1)} {number(y)}v{number(tall)}"}
                style = f"stroke:{CUT};stroke-width:1.5"
                parts.append(element("path", {**path, "style": style}, _words("interrupted")))
        elif name == "Events":
            parts += [_tick(tick, x, box) for tick in window.ticks]
        elif name == "Latency":
            parts += [_bar(s, x, box, STEP_COLORS[s.kind % len(STEP_COLORS)]) for s in window.waits]
        elif name == "Tools":
            parts += [_bar(s, x, box, CUT if s.kind else TOOL) for s in window.tools]
        else:
            spans, color = {
                "Speech": (window.speeches, USER),
                "Responses": (window.responses, MODEL),
            }[name]
            parts += [_bar(s, x, box, color) for s in spans]
        y += tall + GAP
    shown = _legend(window, y + 12)
    return picture(width, height + (18 if shown else 0), *parts, *shown, title=title)


def _legend(window: Window, y: float) -> list[Markup]:
    """What the colours mean that no lane's name says."""
    words = {span.kind: STEP_NAMES[span.kind] for span in window.waits}
    named = [(STEP_COLORS[kind], words[kind]) for kind in sorted(words)]
    if window.rest.any():
        named.insert(0, (GREY, "not heard"))
    parts, x = [], float(NAMES)
    for color, name in named:
        box: Attrs = {"x": x, "y": y - 9, "width": 9, "height": 9, "style": f"fill:{color}"}
        at: Attrs = {"x": x + 13, "y": y, "style": f"fill:{TEXT};{FONT};opacity:.7"}
        parts += [element("rect", box), element("text", at, name)]
        x += 13 + LETTER * len(name) + 14
    return parts


def _axis(window: Window, x: _Place, across: float, height: float) -> Iterable[Markup]:
    step = steps_of(window.end - window.start, across)
    at = -(-window.start // step) * step
    while at <= window.end:
        place = x(at)
        line = {"d": f"M{number(place, 1)} 14V{number(height)}", "style": f"stroke:{FAINT}"}
        yield element("path", line)
        if place < NAMES + across - 20:
            text: Attrs = {"x": place + 2, "y": 11, "style": f"fill:{TEXT};{FONT};opacity:.7"}
            yield element("text", text, clock_text(at, step))
        at += step


def _break(span: Span, x: _Place, height: float) -> Iterable[Markup]:
    """A gap through all lanes, red where it began if nobody wanted it, and its words."""
    left, right = x(span.start), x(span.end)
    tall, wide = height - AXIS, right - left
    band: Attrs = {"x": number(left, 1), "y": AXIS, "width": number(wide, 1), "height": tall}
    attrs: Attrs = {**band, "style": f"fill:{FAINT};opacity:.6"}
    yield element("rect", attrs, _words(span.text))
    edges = [(left, CUT if span.kind else GREY), (right, GOOD)]
    for place, color in edges if span.end > span.start else edges[:1]:
        line = {"d": f"M{number(place, 1)} {AXIS}v{number(tall)}", "style": f"stroke:{color}"}
        yield element("path", line, _words(span.text))
    whole = span.text.partition(": ")[0]
    fitting = [w for w in (whole, whole.partition(",")[0]) if wide > LETTER * len(w) + 8]
    for label in fitting[:1]:
        style = f"fill:{TEXT};{FONT};opacity:.7"
        yield element("text", {"x": left + 4, "y": AXIS + 12, "style": style}, label)


def _words(text: str) -> Markup:
    return element("title", None, text)


def _path(pairs: Pairs, box: Box, color: str) -> Markup | None:
    """The parts of a wave that are not silent, each a path of its own."""
    loud = np.flatnonzero(pairs.any(axis=1))
    if not loud.size:
        return None
    breaks = np.flatnonzero(np.diff(loud) > 2)
    firsts, lasts = loud[np.append(0, breaks + 1)], loud[np.append(breaks, loud.size - 1)] + 1
    one = box.width / len(pairs)
    d = "".join(
        outline(pairs[a:b], Box(box.x + a * one, box.y, (b - a) * one, box.height))
        for a, b in zip(firsts.tolist(), lasts.tolist(), strict=True)
    )
    return element("path", {"d": d, "style": f"fill:{color}"})


def _bar(span: Span, x: _Place, box: Box, color: str) -> Markup:
    left = x(span.start)
    wide = number(max(x(span.end) - left, 1), 1)
    attrs: Attrs = {"x": number(left, 1), "y": box.y, "width": wide}
    attrs |= {"height": box.height, "style": f"fill:{color}"}
    return element("rect", attrs, _words(span.text))


def _tick(tick: Tick, x: _Place, box: Box) -> Markup:
    half = box.height / 2
    top = box.y if tick.sent else box.y + half
    size = half * (0.4 if tick.sound else 0.9)
    y = top + (half - size if tick.sent else 0)
    style = f"fill:{USER if tick.sent else MODEL}" + (";opacity:.5" if tick.sound else "")
    attrs: Attrs = {"x": number(x(tick.at), 1), "y": y, "width": 1, "height": size, "style": style}
    return element("rect", attrs, _words(tick.text))


def plain_colors(svg: str) -> Markup:
    """The same without variables of a page's theme, for programs that know none."""
    return Markup(re.sub(r"var\(--[\w-]+,\s*([^()]*)\)", r"\1", svg))


def waterfall(
    steps: Sequence[tuple[str, float, float]], *, note: str = "", width: float = 460
) -> Markup:
    """The steps of one answer, ``(what, from, to)`` in s, one below the other; "" without any."""
    if not steps:
        return Markup("")
    left, right, row = 170.0, 64.0, 18.0
    longest = max([1e-6, *(to for _, _, to in steps)])
    scale = (width - left - right) / longest
    parts: list[object] = []
    # A typed turn lacks the first steps; the others keep their colours.
    colors = STEP_COLORS[-len(steps) :]
    for n, (what, start, end) in enumerate(steps):
        y = n * row
        style = f"fill:{TEXT};{FONT}"
        parts.append(element("text", {"x": 0, "y": y + 13, "style": style}, what))
        bar = {"x": left + start * scale, "y": y + 3, "width": max((end - start) * scale, 1.5)}
        color = f"fill:{colors[n % len(colors)]}"
        parts.append(element("rect", {**bar, "height": row - 6, "style": color}))
        at: Attrs = {"x": left + max(end * scale, 1.5) + 5, "y": y + 13, "style": style}
        parts.append(element("text", at, f"{end:.2f} s"))
    height = len(steps) * row
    if note:
        style = f"fill:{TEXT};{FONT};opacity:.7"
        parts.append(element("text", {"x": left, "y": height + 13, "style": style}, note))
        height += row
    said = ", ".join(f"{what} {end:.2f} s" for what, _, end in steps)
    return picture(width, height, *parts, title=f"Latency: {said}")
