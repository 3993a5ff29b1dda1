"""What a docstring says about a function and its parameters, in the three usual styles.

::

    Google                     numpy                  Sphinx

    Args:                      Parameters             :param city: A town.
        city (str): A town.    ----------             :param int days: How
                               city : str                 many.
                                   A town.

What stands before the first section describes the function. A parser of a hundred lines is
enough here: what it does not understand is left out, and nothing depends on it but words.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field

__all__ = ["Doc", "read"]

_PARAMETERS = frozenset(
    ("args", "arguments", "parameters", "params", "keyword args", "keyword arguments",
     "other parameters")
)  # fmt: skip
_SECTIONS = _PARAMETERS | frozenset(
    ("returns", "return", "yields", "yield", "raises", "raise", "warns", "warnings", "warning",
     "examples", "example", "note", "notes", "see also", "references", "attributes", "todo")
)  # fmt: skip

_SPHINX = re.compile(
    r":(?:param|parameter|arg|argument|key|keyword)\s+(?:[^:]*\s)?\*{0,2}(\w+)\s*:\s*(.*)"
)
_FIELD = re.compile(r":\w+[^:\n]*:(?:\s|$)")
_GOOGLE = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*(?:\([^)]*\)[^)]*)*\))?\s*:\s*(.*)")
_NUMPY = re.compile(r"(\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?::.*)?$")


@dataclass(frozen=True)
class Doc:
    """A description, and one for each parameter that has one."""

    summary: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


def read(text: str | None) -> Doc:
    """The parts of a docstring."""
    lines = inspect.cleandoc(text or "").splitlines()
    summary: list[str] = []
    found: dict[str, str] = {}
    at, first = 0, True
    while at < len(lines):
        title, skip = _header(lines, at)
        if title:
            end = at + skip
            while end < len(lines) and not _header(lines, end)[0]:
                end += 1
            if title in _PARAMETERS:
                body = lines[at + skip : end]
                found.update(_entries(body, numpy=skip == 2))
            at, first = end, False
        elif _FIELD.match(lines[at]):
            at, first = _sphinx(lines, at, found), False
        else:
            if first:
                summary.append(lines[at].rstrip())
            at += 1
    return Doc("\n".join(summary).strip(), {name: words for name, words in found.items() if words})


def _header(lines: list[str], at: int) -> tuple[str, int]:
    """The section that begins at a line, in lower case, and how many lines its title has."""
    line = lines[at].rstrip()
    name = line.rstrip(":").lower()
    if name not in _SECTIONS:
        return "", 0
    below = lines[at + 1].strip() if at + 1 < len(lines) else ""
    if re.fullmatch(r"-{3,}", below):
        return name, 2
    return (name, 1) if line.endswith(":") else ("", 0)


def _entries(body: list[str], *, numpy: bool) -> dict[str, str]:
    """The parameters of a section: an entry begins at the section's own indentation."""
    margin = min((_indent(line) for line in body if line.strip()), default=0)
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in body:
        if line.strip() and _indent(line) == margin:
            match = (_NUMPY if numpy else _GOOGLE).match(line.strip())
            names = re.findall(r"\w+", match[1]) if match else []
            for name in names:
                found[name] = [match[2]] if match and not numpy else []
        else:
            for name in names:
                found[name].append(line.strip())
    return {name: " ".join(filter(None, words)) for name, words in found.items()}


def _sphinx(lines: list[str], at: int, found: dict[str, str]) -> int:
    """A field with the lines that continue it; where the next thing begins."""
    match = _SPHINX.match(lines[at])
    words = [match[2]] if match else []
    at += 1
    while at < len(lines) and lines[at].startswith((" ", "\t")):
        words.append(lines[at].strip())
        at += 1
    if match:
        found[match[1]] = " ".join(filter(None, words))
    return at


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
