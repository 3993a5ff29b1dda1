"""Every statement has a test or a reason, and the page in the documentation is of this state."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.conformance.statements import OPEN, REASONS, SECTIONS, STATEMENTS
from tests.conformance.table import PAGE, number_of, render

FILES = sorted(Path(__file__).parent.glob("test_*.py"))


def numbers() -> set[int]:
    return {
        number
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and (number := number_of(node.name)) is not None
    }


def test_there_are_84_statements() -> None:
    assert list(STATEMENTS) == list(range(1, 85))
    assert {statement.section for statement in STATEMENTS.values()} == set(SECTIONS)


def test_each_statement_has_a_test_or_a_reason() -> None:
    excused = {number for number, dialect in REASONS if dialect is None}
    assert not excused & numbers()
    assert excused | numbers() == set(STATEMENTS)


def test_the_page_is_of_this_state() -> None:
    outcomes = {
        (number, dialect): "pass"
        for number, statement in STATEMENTS.items()
        for dialect in statement.dialects
    }
    page = PAGE.read_text("utf-8")
    for place in OPEN:
        outcomes[place] = "open"
    how = "pytest tests/conformance --conformance-table docs/conformance.md"
    assert page == render(outcomes), how
