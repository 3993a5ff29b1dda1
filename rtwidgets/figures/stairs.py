"""The latency of one turn as a small picture without words: a step below the other.

For a table with a row a turn, where the words stand in the head and the numbers in the cells.
It is an image there, which does not see the page's colours, so it has its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from .svg import Markup, as_image, element, number, picture
from .timeline import STEP_COLORS, plain_colors

__all__ = ["stairs", "step_swatch"]

#: Each step is so tall, and at least so wide, in units.
ROW, LEAST = 4, 1.5


def stairs(moments: Sequence[float | None], longest: float, words: str, width: int = 160) -> Markup:
    """The ends of the steps (s; in the order of ``STEP_COLORS``) on a width of ``longest`` s.

    Each step begins where the one before it ended; what goes beyond the width is cut off.
    """
    scale, at, parts = width / max(longest, 1e-6), 0.0, []
    for n, (moment, color) in enumerate(zip(moments, STEP_COLORS, strict=True)):
        if moment is None:
            continue
        left, right = (min(max(s, 0.0) * scale, width) for s in (min(at, moment), moment))
        left = min(left, width - LEAST)
        wide = number(max(right - left, LEAST), 1)
        path = f"M{number(left, 1)} {n * ROW}h{wide}v{ROW - 1}h-{wide}z"
        parts.append(element("path", {"d": path, "fill": plain_colors(color)}))
        at = max(at, moment)
    if not parts:
        return Markup("")
    height = ROW * len(STEP_COLORS) - 1
    bare = {"role": None, "aria-label": None, "style": None}
    style = f"width:{width}px;min-width:{width}px;height:{height}px;vertical-align:middle"
    return as_image(picture(width, height, *parts, title="", attrs=bare), words, style)


def step_swatch(kind: int) -> Markup:
    """A small square in the colour of one step."""
    style = f"color:{plain_colors(STEP_COLORS[kind])}"
    return element("span", {"style": style, "aria-hidden": "true"}, "■")
