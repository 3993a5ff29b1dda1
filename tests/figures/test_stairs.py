"""The small waterfall of a table: a step below the other, and nothing outside of it."""

from __future__ import annotations

import re
from urllib.parse import unquote

from rtwidgets.figures.stairs import LEAST, ROW, stairs, step_swatch
from rtwidgets.figures.timeline import STEP_COLORS


def bars(image: str) -> list[tuple[float, float, float]]:
    """Left, top and width of each."""
    found = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v", unquote(image))
    return [(float(x), float(y), float(wide)) for x, y, wide in found]


def test_each_step_begins_where_the_one_before_it_ended() -> None:
    image = stairs([0.5, None, 1.0, 1.0, 1.5, 2.0], 2.0, "so long", width=200)
    assert bars(image) == [
        (0, 0, 50),
        (50, 2 * ROW, 50),
        (100, 3 * ROW, LEAST),
        (100, 4 * ROW, 50),
        (150, 5 * ROW, 50),
    ]
    assert 'alt="so long"' in image and image.startswith('<img src="data:image/svg+xml,%3Csvg')


def test_what_is_longer_is_cut_off_and_steps_may_come_out_of_order() -> None:
    image = stairs([3.0, 1.0, None, None, None, 9.0], 2.0, "", width=200)
    assert bars(image) == [(0, 0, 200), (100, ROW, LEAST), (198.5, 5 * ROW, LEAST)]


def test_without_any_step_there_is_no_picture() -> None:
    assert stairs([None] * 6, 2.0, "") == ""


def test_an_image_and_its_legend_have_the_same_colours_whatever_the_theme() -> None:
    image = unquote(stairs([1.0] * len(STEP_COLORS), 2.0, ""))
    for kind in range(len(STEP_COLORS)):
        color = re.search(r"color:(#\w+)", step_swatch(kind))
        assert color is not None and f"fill='{color[1]}'" in image
