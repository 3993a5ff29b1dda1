"""Small tables that show themselves: as text in a terminal, as a table in a page.

A page's table has no colours of its own, so it takes those of the notebook's theme; all text
in it is escaped, because words of servers and models stand in the cells; a ``Markup`` was made
here and goes in as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ...figures.svg import Markup

__all__ = ["html_table", "text_table"]

Rows = Sequence[Sequence[str]]


def text_table(head: Sequence[str], rows: Rows, *, words: int) -> str:
    """Columns of text; the first ``words`` columns stand left, the others are numbers."""
    table = [head, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(head))]
    lines = (
        "  ".join(
            cell.ljust(width) if i < words else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    )
    return "\n".join(lines)


def html_table(head: Mapping[str, str], rows: Rows, foot: Sequence[str] | None = None) -> str:
    """The same for a page; ``head`` gives each column's name and the text behind it."""
    titles = "".join(
        f'<th title="{escape(title)}">{_inside(name)}</th>' for name, title in head.items()
    )
    body = "".join(f"<tr>{_cells(row, 'td')}</tr>" for row in rows)
    end = "" if foot is None else f"<tfoot><tr>{_cells(foot, 'th')}</tr></tfoot>"
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody>{end}</table>"


def _cells(row: Sequence[str], tag: str) -> str:
    return "".join(f"<{tag}>{_inside(cell)}</{tag}>" for cell in row)


def _inside(cell: str) -> str:
    return cell if isinstance(cell, Markup) else escape(cell)
