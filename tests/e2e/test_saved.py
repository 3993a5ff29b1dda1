"""Panels that were saved with their notebook, and then opened where there is no kernel.

They show how things stood and say that nobody is behind them; nothing that needs a kernel can be
pressed, by mouse or by keyboard. (What stays where widgets are not saved: ``test_record``.)
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbconvert
import nbformat
import pytest
from nbformat.sign import NotebookNotary
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import OpenNotebook
from tests.e2e.lab import Lab
from tests.e2e.scripted_talk import HOSTILE, LONG_WORD, PANELS, SETUP, TALK, UNEXECUTED
from tests.e2e.test_panels import COLORS, STRUCK

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: What the page says of devices that somebody opened, in ``window.opened``.
COUNT_OPENED = """() => {
  window.opened = 0;
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (wishes) => { window.opened += 1; return open(wishes); };
}"""
#: Whether the panels were saved with the last long word that was said.
SAVED = """(lambda book: "Donaudampf" in str(book["metadata"].get("widgets", "")))(
    __import__("json").load(open("saved.ipynb", encoding="utf-8")))"""
#: The names of what has the focus, inside the panels.
FOCUSED = """() => {
  const element = document.activeElement;
  if (!element?.closest('.rtw')) return '';
  return element.getAttribute('aria-label') || element.textContent.trim();
}"""
#: Of no use without a kernel.
NEEDS_KERNEL = re.compile(
    "Record|Mute|Push to talk|Volume|Stop|Send|Apply|Revert|Search in the events|Pause|"
    "Spectrogram|Older|Delete|Play"
)


def of_another_machine(lab: Lab, path: Path) -> Path:
    """The notebook as somebody has it who trusts it, and has no kernel for it."""
    book = nbformat.read(path, as_version=4)
    book.metadata.kernelspec = {"name": "gone", "display_name": "Gone", "language": "gone"}
    book.metadata.language_info = {"name": "gone"}
    gone = path.with_name(f"gone-{path.name}")
    nbformat.write(book, gone)
    NotebookNotary(data_dir=str(lab.runtime.parent / "data")).sign(book)
    return gone


@pytest.mark.usefixtures("widgets_saved")
def test_panels_without_a_kernel_show_and_take_nothing(
    open_notebook: OpenNotebook, lab: Lab, browser: Browser
) -> None:
    notebook = open_notebook("saved.ipynb", [SETUP, PANELS, TALK])
    notebook.run_all()
    notebook.wait_for("over", 90)
    assert notebook.ask("trouble") == ""
    notebook.page.locator(".rtw-event_log").last.get_by_text(LONG_WORD[:40]).first.wait_for()
    tokens = notebook.ask("session.usage.total.total_tokens")
    # A kernel that is there was never taken for none.
    assert notebook.page.locator("[data-readonly]").count() == 0
    # A table that is out of sight follows a second later, and the page a moment after the kernel.
    expect(notebook.page.locator(".rtw-usage_table").last).to_contain_text(f"{tokens:,}")
    notebook.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    # The word is in a cell as well, which calls for it: what was saved of the panels has it too.
    notebook.wait_for(SAVED)
    # Another name has another kernel, which knows nothing of these panels.
    shutil.copy(lab.root / "saved.ipynb", lab.root / "reopened.ipynb")
    context = browser.new_context(viewport={"width": 1100, "height": 1000})
    page = context.new_page()
    page.goto(f"{lab.url}/doc/tree/reopened.ipynb?reset", wait_until="domcontentloaded")
    page.locator(".rtw-waveform[data-side=user]").wait_for(timeout=60_000)
    page.evaluate(COUNT_OPENED)
    expect(page.get_by_text("model not found")).to_have_count(0)
    assert_shown(page, tokens)
    assert_nothing_can_be_pressed(page)
    assert page.evaluate(UNEXECUTED)
    context.close()

    # No kernel at all: JupyterLab waits for one to show a widget, and shows the record.
    gone = of_another_machine(lab, lab.root / "saved.ipynb")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{lab.url}/doc/tree/{gone.name}?reset", wait_until="domcontentloaded")
    page.locator(".jp-Dialog").get_by_role("button", name="No Kernel").click(timeout=60_000)
    assert_recorded(page, tokens)
    expect(page.get_by_text("model not found")).to_have_count(0)
    expect(page.locator(".jupyter-widgets-error-widget")).to_have_count(0)
    context.close()

    # As a page of its own.
    book = nbformat.read(lab.root / "saved.ipynb", as_version=4)
    html, _ = nbconvert.HTMLExporter().from_notebook_node(book)
    context = browser.new_context()
    page = context.new_page()
    page.set_content(html, wait_until="commit")
    assert_recorded(page, tokens)
    context.close()


def assert_recorded(page: Page, tokens: int) -> None:
    """What runs no widget shows the record."""
    record = page.locator("details", has_text="Record of the talk").first
    record.locator("summary").first.click(timeout=60_000)
    for words in (HOSTILE, LONG_WORD, "<i>sunny</i> in Rome", f"{tokens:,}", "free (offline)"):
        expect(record).to_contain_text(words)
    expect(record.locator("s").first).to_be_visible()
    sizes = record.locator("img").evaluate_all("all => all.map(i => i.complete && i.naturalWidth)")
    assert len(sizes) >= 3 and all(size > 10 for size in sizes), sizes
    assert page.evaluate("window.evil") is None


def assert_shown(page: Page, tokens: int) -> None:
    transcript = page.locator(".rtw-transcript").first
    for words in (HOSTILE, LONG_WORD, "<i>sunny</i> in Rome"):
        expect(transcript).to_contain_text(words)
    assert " ".join(transcript.evaluate(STRUCK)).endswith("40.")
    log = page.locator(".rtw-event_log").last
    expect(log.get_by_role("grid")).to_contain_text("response.done")
    expect(page.locator(".rtw-usage_table").last).to_contain_text(f"{tokens:,}")
    for canvas in (".rtw-timeline", ".rtw-waveform[data-side=model]", ".rtw-waveform"):
        found = page.locator(f"{canvas} canvas").last.evaluate(COLORS)
        assert found >= 2, f"{canvas} is empty"
    settings = page.locator(".rtw-session_panel").last
    expect(settings).to_contain_text("offline engine (simulated)")
    outer = page.locator(".jp-OutputArea-output .rtw:not(.rtw .rtw)")
    says = page.locator(".rtw:not(.rtw .rtw) > .rtw-saved")
    assert says.count() == outer.count() == 6
    for line in says.all():
        expect(line).to_have_text(re.compile("^Saved; no kernel"))
        expect(line).to_be_visible()


def assert_nothing_can_be_pressed(page: Page) -> None:
    record = page.get_by_role("button", name="Record", include_hidden=True).first
    box = record.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    reached = set()
    page.locator(".rtw-console").click(position={"x": 3, "y": 3})
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(FOCUSED))
    assert {"Conversation", "Events on the wire"} <= reached, reached
    assert [name for name in reached if NEEDS_KERNEL.match(name)] == []
    expect(record).to_have_text("Record")
    assert page.evaluate("window.opened") == 0
