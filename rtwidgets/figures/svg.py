"""A tiny builder of SVG and HTML: text is escaped always, numbers are short.

``element("text", {"x": 1.50}, "a < b")`` is ``<text x="1.5">a &lt; b</text>``. What it gives
is a ``Markup``, and only a ``Markup`` goes into another element as it is: any other child is
text. So words of a model, a tool or a user cannot become elements, whoever forgets what.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from urllib.parse import quote

__all__ = ["Markup", "as_image", "element", "number", "picture", "text"]

Value = str | float | None

#: What may not stand in XML, not even escaped; half of a pair of surrogates cannot be written.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

#: Elements of HTML that have no end.
_VOID = frozenset({"br", "hr", "img", "meta", "source"})


class Markup(str):
    """Text that is markup already, because it was made here."""

    __slots__ = ()


def text(words: object) -> Markup:
    """``words`` as they are to be read: escaped, and without what XML cannot hold."""
    return Markup(escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", str(words))))


def number(value: float, places: int = 2) -> str:
    """``value`` with at most so many places and nothing needless: ``0.50`` is ``.5``."""
    short = f"{value:.{places}f}"
    if "." in short:
        short = short.rstrip("0").rstrip(".")
    if short in ("-0", ""):
        return "0"
    return short.replace("0.", ".", 1) if short.startswith(("0.", "-0.")) else short


def element(name: str, attrs: Mapping[str, Value] | None = None, *children: object) -> Markup:
    """One element; an attribute that is ``None`` is left out, and so is a child that is ``None``.

    A child that is a ``Markup`` goes in as it is, anything else as text.
    """
    given = "".join(
        f' {key}="{number(value) if isinstance(value, (int, float)) else text(value)}"'
        for key, value in (attrs or {}).items()
        if value is not None
    )
    inside = "".join(
        child if isinstance(child, Markup) else text(child)
        for child in children
        if child is not None
    )
    if not inside and name in _VOID:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{inside}</{name}>")


def picture(
    width: float,
    height: float,
    *children: object,
    title: str,
    attrs: Mapping[str, Value] | None = None,
) -> Markup:
    """A whole SVG of ``width`` by ``height`` units; ``title`` is what a screen reader says.

    It takes at most its own size and shrinks with the page. ``attrs`` are added, and win.
    """
    given: dict[str, Value] = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {number(width)} {number(height)}",
        "width": width,
        "height": height,
        "role": "img",
        "aria-label": title,
        "style": "max-width:100%;height:auto",
    }
    return element("svg", {**given, **(attrs or {})}, *children)


def as_image(svg: Markup, words: str, style: str | None = None) -> Markup:
    """``svg`` as an ``<img>``, with ``words`` for those who do not see it.

    Pages that clean HTML (a notebook that nobody trusts yet) take SVG out and leave images in.
    The price: the picture does not see the page's colours, only those that stand beside them.
    """
    # What may stand in an address stays readable, and short.
    data = quote(svg.replace('"', "'"), safe=" '=:/,.-;()!*")
    image = element("img", {"src": "", "alt": words, "style": style})
    # None of it has a meaning in an attribute, so it need not be escaped, which takes room.
    return Markup(image.replace('src=""', f'src="data:image/svg+xml,{data}"', 1))
