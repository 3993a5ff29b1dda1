"""A waveform as one path: what was heard is solid, the rest of it is grey.

Peaks are pairs of the lowest and the highest sample of a bucket, as ``rtwidgets.audio.peaks``
makes them. A bucket is a step to the right, so a path is the line along the highest samples
and back along the lowest ones; its numbers are relative and whole tenths, which takes six bytes
a pair.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .svg import Markup, element, number

__all__ = ["GREY", "SOLID", "Box", "outline", "wave"]

#: The notebook's own colours, with one beside each for a page that has none.
SOLID = "var(--jp-brand-color1,#1976d2)"
GREY = "var(--jp-layout-color4,#9e9e9e)"
MARK = "var(--jp-error-color1,#d32f2f)"


@dataclass(frozen=True)
class Box:
    """Where in a picture something is drawn, in its units."""

    x: float
    y: float
    width: float
    height: float


def outline(pairs: NDArray[np.int8], box: Box) -> str:
    """The ``d`` of a path around ``pairs`` (shape ``(n, 2)``), the whole ``box`` being full scale.

    Silence is a hairline, so that one sees that there was sound. No pairs are no path.
    """
    n = len(pairs)
    if not n:
        return ""
    middle, half = box.y + box.height / 2, box.height / 2
    x = np.round((box.x + box.width * (np.arange(n) + 0.5) / n) * 10)
    wide = pairs.astype(np.float64) / 128 * half
    top = np.round((middle - np.maximum(wide[:, 1], 0.3)) * 10)
    bottom = np.round((middle - np.minimum(wide[:, 0], -0.3)) * 10)
    ends = np.round(np.array([box.x, box.x + box.width]) * 10)
    xs = np.concatenate(([ends[0]], x, [ends[1], ends[1]], x[::-1], [ends[0]]))
    ys = np.concatenate((top[:1], top, top[-1:], bottom[-1:], bottom[::-1], bottom[:1]))
    steps = np.stack([np.diff(xs), np.diff(ys)], 1) / 10
    start = f"M{number(xs[0] / 10, 1)} {number(ys[0] / 10, 1)}l"
    return start + " ".join(f"{number(dx, 1)} {number(dy, 1)}" for dx, dy in steps) + "z"


def wave(
    pairs: NDArray[np.int8],
    box: Box,
    *,
    heard: float = 1.0,
    marks: Iterable[tuple[float, str]] = (),
    solid: str = SOLID,
    grey: str = GREY,
) -> Markup:
    """``pairs`` in ``box``: the share ``heard`` (0..1) solid, the rest grey.

    ``marks`` are vertical lines, each at a share of the width and with the words that are shown
    when one points at it.
    """
    n = len(pairs)
    cut = round(n * min(max(heard, 0.0), 1.0))
    edge = box.x + (box.width * cut / n if n else 0.0)
    parts: list[Markup] = []
    if cut:
        left = Box(box.x, box.y, edge - box.x, box.height)
        parts.append(element("path", {"d": outline(pairs[:cut], left), "style": f"fill:{solid}"}))
    if cut < n:
        right = Box(edge, box.y, box.x + box.width - edge, box.height)
        parts.append(element("path", {"d": outline(pairs[cut:], right), "style": f"fill:{grey}"}))
    for share, words in marks:
        x = number(box.x + box.width * share, 1)
        path = f"M{x} {number(box.y, 1)}v{number(box.height, 1)}"
        style = f"stroke:{MARK};stroke-width:1.5"
        parts.append(element("path", {"d": path, "style": style}, element("title", None, words)))
    return element("g", None, *parts)
