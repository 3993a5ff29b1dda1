"""Stacked bars: as many as there are numbers, and as tall as they say."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from rtwidgets.figures.chart import BOTTOM, LEAST_BARS, TOP, stacked

SVG = "{http://www.w3.org/2000/svg}"


def test_a_bar_is_its_layers_one_upon_the_other() -> None:
    layers = [("cached", "blue", [0, 64]), ("fresh", "red", [50, 136])]
    svg = ET.fromstring(stacked(layers, title="growth", names=["first", "second"], height=130))
    first, second = svg.findall(f"{SVG}g")
    assert [title.text for title in (first[0], second[0])] == [
        "first: 0 cached, 50 fresh",
        "second: 64 cached, 136 fresh",
    ]
    assert len(first) == 2, "nothing is drawn for nothing"
    tall = 130 - TOP - BOTTOM
    low, high = (rect.attrib for rect in second[1:])
    assert float(low["height"]) == tall * 64 / 200
    assert float(high["y"]) == TOP
    assert float(first[1].attrib["height"]) == tall / 4


def test_few_bars_are_as_narrow_as_many() -> None:
    one = ET.fromstring(stacked([("a", "red", [1])], title="x", width=240))
    rect = one.find(f"{SVG}g/{SVG}rect")
    assert rect is not None
    assert float(rect.attrib["width"]) == 240 / LEAST_BARS * 0.8


def test_nothing_is_no_picture() -> None:
    assert stacked([("a", "red", [])], title="x") == ""


def test_bars_of_zeros_are_a_line() -> None:
    assert "rect" in stacked([("a", "red", [0, 0])], title="x")


def test_words_are_escaped() -> None:
    svg = stacked([("<b>", "red", [1])], title='<i>"', names=["<u>"])
    assert "<b>" not in svg and "<u>" not in svg and "<i>" not in svg


def test_an_image_has_no_words_in_colours_that_its_page_does_not_know() -> None:
    svg = stacked([("cached", "blue", [1])], title="growth", legend=False)
    assert "<text" not in svg and "<rect" in svg
