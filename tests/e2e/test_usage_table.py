"""The usage table in a page: formulas by keyboard, a copy that is exact, and no kernel at all."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import violations
from tests.e2e.conftest import OpenNotebook

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

TALK = """
import rtwidgets as rt
session = rt.connect(engine="simulated", quiet=True, keep_in_notebook=False)
for n in range(3, 6):
    session.say(f"Tell me {n} sentences.").wait()
"""
TABLE = "table = rt.UsageTable(session, prices_of='gpt-realtime')\ntable"


def test_money_is_worked_out_and_copied(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("usage.ipynb", [TALK, TABLE])
    notebook.run_all()
    page = notebook.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel = page.locator(".rtw-usage_table")
    formula = panel.locator(".rtw-usage_table-formula")
    expect(formula).to_have_text("Select a number to see how its money was worked out.")
    # One stop of the tab key, at the last response's money; from there the arrows go.
    panel.locator('[data-place="3/money"]').click()
    expect(formula).to_have_text(
        "Response 3, gpt-realtime: " + notebook.ask("table.rows[2]['formula']")
    )
    page.keyboard.press("ArrowUp")
    expect(formula).to_contain_text("Response 2, gpt-realtime: (")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    out = notebook.ask("table.rows[1]['audio_out']")
    expect(formula).to_contain_text(f"audio out: {out:,} × $64.00 / 1e6 = $0.0")
    # A new response leaves the place where it was.
    notebook.run("session.say('Count from 1 to 9.').wait()")
    expect(panel.locator("tbody tr")).to_have_count(4)
    expect(panel.locator(':focus[data-place="2/audio_out"]')).to_have_count(1)

    panel.get_by_role("button", name="Copy as TSV").click()
    expect(panel.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == notebook.ask("table.to_tsv()")

    # Responses that have become one row are copied one by one as well.
    notebook.run("import importlib")
    notebook.run("importlib.import_module('rtwidgets.widgets.usage_table').WINDOW = 2")
    notebook.run("table.prices_of = 'gpt-realtime-mini'")
    expect(panel.locator("tbody tr")).to_have_count(3)
    panel.get_by_role("button", name="Copy as TSV").click()
    expect(panel.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == notebook.ask("table.to_tsv()") and copied.startswith("response\tstatus")
    assert copied.count("\n") == 6
    notebook.run("importlib.import_module('rtwidgets.widgets.usage_table').WINDOW = 100")
    notebook.run("table.prices_of = 'gpt-realtime'")
    expect(panel.locator("tbody tr")).to_have_count(4)

    panel.locator("summary").click()
    expect(panel.locator("figure svg g")).to_have_count(4)
    expect(panel.locator("details")).to_contain_text("The next turn, as an estimate: ")
    expect(panel.locator("details")).to_contain_text("Rate limits, as the server told them at 0:0")
    assert violations(page, ".rtw-usage_table") == []

    assert notebook.errors == []

    # What a number cost is known in the page: no kernel is asked.
    page.context.set_offline(True)
    panel.locator('[data-place="total/money"]').click()
    expect(formula).to_contain_text("Total, gpt-realtime: (")
    page.context.set_offline(False)
