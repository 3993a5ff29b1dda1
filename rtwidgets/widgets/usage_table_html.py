"""The usage table as a piece of a saved page: no script, no kernel, every word escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..figures.chart import stacked
from ..figures.svg import Markup, as_image, element
from .usage_table_counts import columns

__all__ = ["usage_html"]

#: A row of the table, as ``usage_table_counts.UsageCounts`` has it.
Row = Mapping[str, Any]

#: Colours of the chart; an image does not see the page's, so these stand on light and dark.
FRESH, CACHED = "#1976d2", "#90b4d8"
GROUPS = {
    "text": "Text",
    "audio": "Audio",
    "image": "Image",
    "untold": "Kind not told",
}

_QUIET = "color:var(--jp-ui-font-color2,#757575)"
_ALL = (
    "font-size:var(--jp-ui-font-size1,13px);line-height:1.5;margin:.3em 0;"
    "color:var(--jp-ui-font-color1,inherit)"
)
_CELL = "text-align:right;padding:.15em .6em;font-variant-numeric:tabular-nums"
_FIRST = "text-align:left;padding:.15em .6em;font-weight:400"
_SUM = _CELL + ";border-top:1px solid var(--jp-border-color1,#bdbdbd);font-weight:600"


def usage_html(
    rows: Sequence[Row],
    total: Row,
    *,
    caption: str,
    older: int,
    older_total: Row,
    transcription: Mapping[str, str],
    facts: str,
    forecast: str,
    budget: Mapping[str, Any],
    limits: Mapping[str, Any],
) -> str:
    """What the panel shows; formulas stand behind the money, and below in a fold."""
    head = element("div", {"style": _QUIET}, caption)
    parts: list[Markup | None] = [head]
    if budget:
        words = f"Budget: {budget['spent']} of {budget['limit']}, {budget['share']:.0%}"
        parts.append(element("div", None, words))
    if rows:
        parts.append(_table(rows, total, older, older_total, transcription))
        parts.append(element("div", {"style": _QUIET}, f"{facts} {forecast}".strip()))
        parts.append(_formulas(rows, total, transcription))
        parts.append(_growth(rows))
    if limits:
        parts.append(element("div", {"style": _QUIET}, _limits(limits)))
    return element("div", {"style": _ALL}, *parts)


def _growth(rows: Sequence[Row]) -> Markup:
    """What each response read, as a chart with its legend."""
    old = [_cached(row) for row in rows]
    new = [r["text_in"] + r["audio_in"] + r["image_in"] - n for r, n in zip(rows, old, strict=True)]
    reads = [a + b for a, b in zip(old, new, strict=True)]
    title = f"Input tokens by response, at most {max(reads):,}"
    layers = [("cached", CACHED, old), ("fresh", FRESH, new)]
    names = [f"response {row['number']}" for row in rows]
    chart = stacked(layers, title=title, names=names, height=56, legend=False)
    words = f"{title}; {reads[-1]:,} in the last, {old[-1]:,} of them cached"
    legend = [
        element("span", None, element("span", {"style": f"color:{color}"}, " ■ "), name)
        for name, color, _ in layers
    ]
    head = element("div", {"style": _QUIET}, title, *legend)
    return element("div", None, head, as_image(chart, words, "max-width:100%"))


def _cached(row: Row) -> int:
    kinds = ("text_cached", "audio_cached", "image_cached", "untold_cached")
    return sum(row[kind] for kind in kinds)


def _table(
    rows: Sequence[Row],
    total: Row,
    older: int,
    older_total: Row,
    transcription: Mapping[str, str],
) -> Markup:
    keys = columns(total)
    body = [
        _row(f"{row['number']}" + ("" if row["status"] == "completed" else f" {row['status']}"),
             row, keys)
        for row in rows
    ]  # fmt: skip
    if older:
        body.insert(0, _row(f"1–{older}", older_total, keys))
    foot = []
    if transcription:
        used: dict[str, str | float | None] = {"style": _CELL, "colspan": len(keys)}
        foot.append(
            element(
                "tr",
                None,
                element("th", {"style": _FIRST}, "Transcription"),
                element("td", used, transcription["used"]),
                element("td", {"style": _CELL}, transcription["money"]),
            )
        )
    foot.append(_row("Total", total, keys, _SUM))
    inside = (element("thead", None, *_head(keys)), element("tbody", None, *body))
    table = element("table", None, *inside, element("tfoot", None, *foot))
    return element("div", {"style": "overflow-x:auto"}, table)


def _head(keys: Sequence[str]) -> list[Markup]:
    spans: dict[str, int] = {}
    for key in keys[:-1]:
        group = key.split("_")[0]
        spans[group] = spans.get(group, 0) + 1
    center = _CELL.replace("right", "center")
    tall: dict[str, str | float | None] = {"style": _CELL, "rowspan": 2}
    groups = [element("th", {"style": center, "colspan": n}, GROUPS[g]) for g, n in spans.items()]
    names = [element("th", {"style": _CELL}, key.split("_")[1]) for key in keys[:-1]]
    first = element("th", {**tall, "style": _FIRST}, "Response")
    ends = (element("th", tall, "Total"), element("th", tall, "Money"))
    return [element("tr", None, first, *groups, *ends), element("tr", None, *names)]


def _row(
    name: str, row: Row, keys: Sequence[str],
    style: str = _CELL,
) -> Markup:  # fmt: skip
    cells = [element("td", {"style": style}, f"{row[key]:,}") for key in keys]
    first = _FIRST if style == _CELL else style.replace("right", "left")
    money = element("td", {"style": style, "title": row["formula"]}, row["money"])
    return element("tr", None, element("th", {"style": first}, name), *cells, money)


def _formulas(rows: Sequence[Row], total: Row, transcription: Mapping[str, str]) -> Markup | None:
    """How the money was worked out, where there is something to work out."""
    if not any(row["prices"] for row in rows):
        return None
    lines = [f"{row['number']}: {row['formula']}" for row in rows]
    if transcription:
        lines.append(f"transcription: {transcription['formula']}")
    lines.append(f"total: {total['formula']}")
    summary = element("summary", {"style": "cursor:pointer"}, "How the money was worked out")
    code = "font-family:var(--jp-code-font-family,monospace);font-size:92%"
    return element("details", None, summary, *(element("div", {"style": code}, x) for x in lines))


def _limits(limits: Mapping[str, Any]) -> str:
    told = ", ".join(
        f"{one['remaining']:,} of {one['limit']:,} {one['name']} left"
        + (f", full again in {one['reset_seconds']:g} s" if one["reset_seconds"] else "")
        for one in limits["rows"]
    )
    return f"Rate limits, as the server told them at {limits['at']}: {told}"
