"""The builder of SVG: what is text stays text, numbers are short."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from rtwidgets.figures.svg import Markup, element, number, picture, text


@pytest.mark.parametrize(
    ("value", "short"),
    [
        (0.5, ".5"),
        (-0.25, "-.25"),
        (3, "3"),
        (10.0, "10"),
        (-0.001, "0"),
        (1.005, "1"),
        (100, "100"),
    ],
)
def test_numbers_are_short(value: float, short: str) -> None:
    assert number(value) == short


def test_what_is_no_markup_is_text() -> None:
    evil = '<script>alert("1")</script>'
    shown = element("text", {"title": evil, "x": 1.5, "y": None}, evil, element("b", None, "&"))
    assert "<script" not in shown and 'x="1.5"' in shown and " y=" not in shown
    tree = ET.fromstring(shown)
    assert tree.text == evil and tree.get("title") == evil and tree[0].text == "&"


def test_joined_markup_is_text_again() -> None:
    # Only what was made here is trusted: a sum of markup and words is words.
    assert element("p", None, Markup("<b>") + "<i>") == "<p>&lt;b&gt;&lt;i&gt;</p>"


def test_what_xml_cannot_hold_is_replaced() -> None:
    tree = ET.fromstring(element("p", None, "a\x00b\x1f\ud800￿c\u202e שלום"))
    assert tree.text == "a�b���c\u202e שלום"
    text("\ud800").encode()


def test_a_picture_has_a_name_and_its_size() -> None:
    shown = picture(100, 20.5, element("path", {"d": "M0 0"}), title='one "two"')
    tree = ET.fromstring(shown)
    assert tree.get("aria-label") == 'one "two"' and tree.get("viewBox") == "0 0 100 20.5"
    assert tree.get("role") == "img"


def test_elements_without_an_end() -> None:
    assert element("br") == "<br>" and element("p") == "<p></p>"
