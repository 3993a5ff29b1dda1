"""Waveforms as paths: their geometry in plain numbers."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np

from rtwidgets.figures.wave import Box, outline, wave

BOX = Box(10, 0, 100, 20)


def points(path: str) -> list[tuple[float, float]]:
    """The absolute points of a path of ours."""
    start, steps = path[1:].rstrip("z").split("l")
    x, y = map(float, start.split())
    found = [(x, y)]
    numbers = [float(n) for n in re.findall(r"-?[\d.]+", steps)]
    for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + dx, y + dy
        found.append((round(x, 1), round(y, 1)))
    return found


def paths(shown: str) -> list[ET.Element]:
    return list(ET.fromstring(shown))


def test_an_outline_goes_along_the_top_and_back() -> None:
    pairs = np.array([[-128, 127], [-64, 0]], np.int8)
    found = points(outline(pairs, BOX))
    assert found == [
        *((10.0, 0.1), (35.0, 0.1), (85.0, 9.7), (110.0, 9.7)),
        *((110.0, 15.0), (85.0, 15.0), (35.0, 20.0), (10.0, 20.0)),
    ]


def test_rounding_does_not_add_up() -> None:
    pairs = np.tile(np.array([[-1, 1]], np.int8), (700, 1))
    found = points(outline(pairs, BOX))
    assert max(x for x, _ in found) == 110.0 and found[-1][0] == 10.0


def test_silence_is_a_hairline_and_nothing_is_nothing() -> None:
    found = points(outline(np.zeros((3, 2), np.int8), BOX))
    assert {y for _, y in found} == {9.7, 10.3}
    assert outline(np.zeros((0, 2), np.int8), BOX) == ""
    assert paths(wave(np.zeros((0, 2), np.int8), BOX)) == []


def test_what_was_heard_is_solid_and_the_rest_grey() -> None:
    pairs = np.tile(np.array([[-50, 50]], np.int8), (10, 1))
    solid, grey, mark = paths(wave(pairs, BOX, heard=0.3, marks=[(0.3, "cut <here>")]))
    assert "brand" in solid.get("style", "") and "layout" in grey.get("style", "")
    assert max(x for x, _ in points(solid.get("d", ""))) == 40.0
    assert min(x for x, _ in points(grey.get("d", ""))) == 40.0
    assert mark.get("d") == "M40 0v20" and mark[0].text == "cut <here>"
    assert len(paths(wave(pairs, BOX))) == 1 and len(paths(wave(pairs, BOX, heard=0))) == 1


def test_a_pair_takes_few_bytes() -> None:
    noise = np.random.default_rng(1).integers(-128, 127, (300, 1), np.int8)
    pairs = np.sort(np.concatenate([noise, noise[::-1]], 1), 1)
    assert len(outline(pairs, Box(0, 0, 600, 40))) / 300 < 14
