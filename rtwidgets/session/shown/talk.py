"""A talk as a piece of a page that needs nothing else: no script, no network, no kernel.

Words, waves, latency, usage and money, as they stay in a saved notebook and in an exported page.
The colours are the notebook's own, with one beside each for pages that have none; styles stand
in the elements, because what cleans HTML takes style sheets out; waves are images, because it
takes SVG out. All words go through ``figures.svg``, which escapes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ...audio import Pcm
from ...figures.stairs import stairs, step_swatch
from ...figures.svg import Markup, element
from ..records.record import Clip, Exchange, Line, Record
from ..turns.latency import STEPS
from .sound import QUIET, answer_html, player, wave_image
from .tables import html_table

__all__ = ["clip_image", "facts", "fewer", "plain", "talk_html", "time_words"]

#: Characters of one line that are shown; longer ones say how much is missing.
MOST_CHARS = 4_000
#: Lines that are shown; of longer talks the last ones, and how many are not.
MOST_LINES = 400
#: Pairs of a wave in a picture: so many a second, and no more than fit.
PAIRS_PER_S = 10
MOST_PAIRS = 240
#: A turn that took more than so many times the usual is cut in its waterfall.
OUTLIER = 4.0

_QUIET = QUIET
_TIME = f"{_QUIET};flex:none;width:3.2em;font-variant-numeric:tabular-nums"
_WHO = "flex:none;width:4.6em;font-weight:600"
_ROW = "display:flex;gap:.5em;padding:.2em 0;align-items:baseline"
_WORDS = "flex:1;min-width:0;overflow-wrap:anywhere"
_CODE = "font-family:var(--jp-code-font-family,monospace);font-size:92%"
_ERROR = "color:var(--jp-error-color1,#d32f2f)"
_ALL = (
    "font-size:var(--jp-ui-font-size1,13px);line-height:1.5;margin:.3em 0;"
    "color:var(--jp-ui-font-color1,inherit)"
)

_NAMES = {
    "user": "you",
    "assistant": "model",
    "system": "system",
    "call": "calls",
    "result": "result",
    "error": "error",
}

#: The steps of a turn, in order, by the names of ``Exchange``.
_STEPS = {
    "end_of_speech": ("end noticed", "the server reported that the speech was over"),
    "committed": ("committed", "the speech became an item"),
    "first_event": ("response", "the response began"),
    "first_text": ("first words", "the first words of the answer"),
    "first_audio": ("first sound", "the first sound of the answer arrived"),
    "first_played": ("first heard", "its first sample was played"),
    "done": ("done", "the response was complete"),
}

Sounds = Mapping[str, Pcm]
Pairs = NDArray[np.int8]


def talk_html(
    record: Record,
    *,
    open: bool = False,
    sounds: Sounds | None = None,
    waves: bool = True,
    note: str = "",
) -> Markup:
    """The record as ``<details>``; ``sounds`` are players by item id, ``note`` is said at the end.

    A record of which nothing was said yet is its first line.
    """
    lines = record.lines[-MOST_LINES:]
    left_out = len(record.lines) - len(lines)
    body: list[Markup | None] = []
    if left_out:
        older = f"{left_out:,} older lines are not shown here; session.save() keeps all"
        body.append(element("div", {"style": _QUIET}, older))
    known = {line.item_id for line in lines}
    for line in lines:
        body.append(_line(line, (sounds or {}).get(line.item_id), waves))
        body += [_break(at, why) for i, at, why in record.breaks if i == line.item_id]
    # An item may be deleted, or too old to be shown.
    body += [_break(at, why) for i, at, why in record.breaks if i not in known and not left_out]
    if record.exchanges:
        body.append(_part("Latency", latency_table(record.exchanges, pictures=waves)))
    if record.usage.rows or record.usage.transcriptions:
        body.append(_part("Usage", Markup(record.usage._repr_html_())))
    if record.ended is not None:
        body.append(element("div", {"style": _QUIET}, f"The session is over: {record.ended}"))
    if note:
        body.append(element("div", {"style": _QUIET}, note))
    summary = element("summary", {"style": "cursor:pointer"}, *_summary(record))
    attrs = {"style": _ALL, "open": "" if open else None}
    return element("details", attrs, summary, *body)


def facts(record: Record) -> str:
    """How much there is, in a few words."""
    if not record.lines:
        return "nothing was said yet"
    count = len(record.exchanges)
    parts = [f"{count} turn{'' if count == 1 else 's'}", time_words(record.duration_ms)]
    total = record.usage.total.total_tokens
    if total:
        parts += [f"{total:,} tokens", record.usage.money]
    return " · ".join(parts)


def time_words(ms: float) -> str:
    """``0:07``, ``1:02:03``."""
    seconds = max(0, int(ms / 1000))
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def _summary(record: Record) -> list[Markup]:
    who = record.name
    if record.model and record.model not in who:
        who += f", {record.model}"
    return [
        element("b", {"style": "font-weight:600"}, "Record of the talk"),
        element("span", {"style": _QUIET}, f" · {who} · {facts(record)}"),
    ]


def _part(title: str, inside: Markup) -> Markup:
    head = {"style": "font-weight:600;margin:.6em 0 .2em"}
    return element("div", {"style": "overflow-x:auto"}, element("div", head, title), inside)


def _line(line: Line, sound: Pcm | None, waves: bool) -> Markup:
    who = _WHO + (";" + _ERROR if line.role == "error" else "")
    words = _words(line)
    if words is not None and line.deleted:
        words = element("s", {"style": f"{_QUIET};display:block", "title": line.note}, words)
    inside: list[Markup | None] = [words]
    if line.note:
        inside.append(element("div", {"style": f"{_QUIET};font-size:92%"}, line.note))
    if waves and line.clip is not None and len(line.clip.pairs):
        inside.append(element("div", None, clip_image(line.clip)))
    if sound is not None:
        inside.append(player(sound))
    return element(
        "div",
        {"style": _ROW},
        element("span", {"style": _TIME}, time_words(line.at_ms)),
        element("span", {"style": who}, _NAMES[line.role]),
        element("div", {"style": _WORDS}, *inside),
    )


def _break(at_ms: float, words: str) -> Markup:
    """The talk goes on over another connection."""
    time = element("span", {"style": _TIME}, time_words(at_ms))
    return element("div", {"style": f"{_ROW};{_QUIET}"}, time, element("span", None, words))


def _words(line: Line) -> Markup | None:
    if line.role in ("call", "result"):
        said = f"{line.name}({line.text})" if line.role == "call" else f"{line.name}: {line.text}"
        return element("div", {"style": _CODE, "dir": "auto"}, _short(said))
    heard = _short(line.text)
    if line.unheard:
        return element("div", None, answer_html(f"{heard} {_short(line.unheard)}", heard))
    style = "white-space:pre-wrap"
    return element("div", {"dir": "auto", "style": style}, heard) if heard else None


def _short(words: str) -> str:
    if len(words) <= MOST_CHARS:
        return words
    return f"{words[:MOST_CHARS]} … ({len(words) - MOST_CHARS:,} more characters)"


def clip_image(clip: Clip) -> Markup:
    """The wave of one line: what was heard solid, the rest grey."""
    count = int(np.clip(clip.duration_ms / 1000 * PAIRS_PER_S, 8, MOST_PAIRS))
    pairs = fewer(clip.pairs, count)
    words = f"{clip.duration_ms / 1000:.1f} s of sound"
    if not clip.whole:
        words += f", {clip.heard_ms / 1000:.1f} s of it heard"
    return wave_image(pairs, 1.0 if clip.whole else clip.share, words)


def fewer(pairs: Pairs, count: int) -> Pairs:
    """At most ``count`` pairs: neighbours are joined."""
    n = len(pairs)
    if n <= count:
        return pairs
    starts = np.arange(count) * n // count
    low = np.minimum.reduceat(pairs[:, 0], starts)
    high = np.maximum.reduceat(pairs[:, 1], starts)
    return np.stack([low, high], 1)


def latency_table(exchanges: Sequence[Exchange], *, pictures: bool = True) -> Markup:
    """A row a turn: seconds after the end of the user's speech, and a small waterfall."""
    exchanges = exchanges[-MOST_LINES:]
    known = [name for name in _STEPS if any(getattr(e, name) is not None for e in exchanges)]
    steps = list(_STEPS)[: len(STEPS)]
    lasted = [max([0.0, *filter(None, (getattr(e, n) for n in steps))]) for e in exchanges]
    # One turn that waited for minutes leaves the others to be seen.
    longest = min(max(lasted), OUTLIER * (float(np.median(lasted)) or 1.0))
    drawn = pictures and longest > 0
    head = {"turn": "counted from 1"}
    if drawn:
        head["waterfall"] = f"from the moment when you were done; its width is {longest:.2f} s"
    for name in known:
        swatch = step_swatch(steps.index(name)) if drawn and name in steps else Markup("")
        words = Markup(f"{swatch}&nbsp;{_STEPS[name][0]}") if swatch else _STEPS[name][0]
        head[words] = _STEPS[name][1] + ", in s after you were done"
    rows = []
    for exchange in exchanges:
        moments = [getattr(exchange, name) for name in steps]
        said = ", ".join(
            f"{_STEPS[name][0]} {at:.2f} s"
            for name, at in zip(steps, moments, strict=True)
            if at is not None
        )
        picture = [stairs(moments, longest, said)] if drawn else []
        numbers = [_seconds(getattr(exchange, name)) for name in known]
        rows.append([str(exchange.number), *picture, *numbers])
    return Markup(html_table(head, rows))


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def plain(record: Record, say: Callable[[str], None]) -> None:
    """The transcript as lines of text, for a terminal."""
    for line in record.lines:
        words = line.text
        if line.role == "call":
            words = f"{line.name}({line.text})"
        elif line.role == "result":
            words = f"{line.name}: {line.text}"
        if line.unheard:
            words = f"{words} [not heard: {line.unheard}]".strip()
        note = f"  ({line.note})" if line.note else ""
        say(f"{time_words(line.at_ms):>7}  {_NAMES[line.role]:<7} {' '.join(words.split())}{note}")
