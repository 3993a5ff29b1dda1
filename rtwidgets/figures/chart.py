"""A small chart of stacked bars: how something grows from one response to the next."""

from __future__ import annotations

from collections.abc import Sequence

from .svg import Markup, element, number, picture

__all__ = ["Layer", "stacked"]

#: One part of every bar: what it is, its colour, its numbers.
Layer = tuple[str, str, Sequence[float]]

TEXT = "var(--jp-ui-font-color1,#212121)"
LINE = "var(--jp-border-color1,#bdbdbd)"
FONT = "font:11px system-ui,sans-serif"
#: A chart of few bars has the bars of one with so many, not broad ones.
LEAST_BARS = 24
TOP = 14
BOTTOM = 16


def stacked(
    layers: Sequence[Layer],
    *,
    title: str,
    names: Sequence[str] = (),
    width: float = 460,
    height: float = 80,
    legend: bool = True,
) -> Markup:
    """A bar for each place, its layers one upon the other from below; "" without any bar.

    ``names`` are said where one points at a bar. The ``legend`` is the layers' names below and
    the tallest bar's number above; an image leaves it to its page, whose colours it cannot see.
    """
    count = max((len(values) for _, _, values in layers), default=0)
    if not count:
        return Markup("")
    sums = [sum(values[n] for _, _, values in layers) for n in range(count)]
    most = max(sums) or 1
    top, bottom = (TOP, BOTTOM) if legend else (0, 1)
    across, tall = width / max(count, LEAST_BARS), height - top - bottom
    parts: list[object] = []
    for n in range(count):
        x, y, words = n * across, height - bottom, []
        bars: list[Markup] = []
        for name, color, values in layers:
            size = values[n] / most * tall
            y -= size
            words.append(f"{values[n]:,.0f} {name}")
            attrs = {"x": number(x, 1), "y": number(y, 1), "width": number(max(across * 0.8, 0.8))}
            style = {"height": number(size, 1), "style": f"fill:{color}"}
            if size:
                bars.append(element("rect", {**attrs, **style}))
        said = f"{names[n]}: " if n < len(names) else ""
        parts.append(element("g", None, element("title", None, said + ", ".join(words)), *bars))
    base = {"d": f"M0 {number(height - bottom)}H{number(width)}", "style": f"stroke:{LINE}"}
    parts.append(element("path", base))
    if legend:
        parts += _legend(layers, most, height)
    return picture(width, height, *parts, title=title)


def _legend(layers: Sequence[Layer], most: float, height: float) -> list[Markup]:
    text = f"fill:{TEXT};{FONT}"
    parts = [element("text", {"x": 0, "y": 10, "style": text}, f"{most:,.0f}")]
    place = 0.0
    for name, color, _ in layers:
        box = {"x": place, "y": height - 10, "width": 9, "height": 9}
        parts.append(element("rect", {**box, "style": f"fill:{color}"}))
        parts.append(element("text", {"x": place + 13, "y": height - 2, "style": text}, name))
        place += 13 + 6 * len(name) + 14
    return parts
