"""A talk that stays: in a saved notebook without its kernel, and as a page of its own."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import OpenNotebook
from tests.e2e.lab import Lab

pytestmark = pytest.mark.browser

FIRST = """\
import time, rtwidgets as rt
session = rt.connect(engine='simulated', quiet=True, static_audio=True)
@session.tool
def weather(city: str) -> str:
    'The weather in a city.'
    return '12 degrees'
rt.UsageTable(session)"""
TALK = """\
session.say('count from 1 to 5').wait(20)
turn = session.say('count from 1 to 30').wait(20)
time.sleep(1.0)
session.interrupt()
session.say('what is the weather in Bern?').wait(20)
session.say('repeat <img src=x onerror="window.evil = 1"> שלום').wait(20)"""
PANELS = """\
import rtwidgets as rt
session = rt.connect(engine='simulated', quiet=True)
display(rt.Transcript(session), rt.UsageTable(session))"""
EXPORT = """\
import rtwidgets as rt
session = rt.connect(engine='simulated', quiet=True, keep_in_notebook=False)
session.say('count from 1 to 5').wait(20)
session.to_html('talk.html')"""


def looked_at(page: Page) -> None:
    """Everything that a reader without a kernel should find."""
    record = page.locator("details", has_text="Record of the talk")
    record.locator("summary").click()
    for words in ("count from 1 to 5", "1, 2, 3, 4, 5.", "12 degrees", "weather", "שלום"):
        assert record.get_by_text(words).first.is_visible(), words
    struck = record.locator("s").first
    assert struck.is_visible() and "30." in struck.inner_text()
    assert "line-through" in struck.evaluate("e => getComputedStyle(e).textDecorationLine")
    assert record.get_by_text("Latency").is_visible() and record.locator("table").count() == 2
    assert record.get_by_text("free (offline)").first.is_visible()
    waves = record.locator("img")
    assert waves.count() >= 4
    sizes = waves.evaluate_all("all => all.map(i => i.complete && i.naturalWidth)")
    assert all(size > 10 for size in sizes), sizes
    assert page.evaluate("window.evil") is None


def playable_s(page: Page) -> float:
    """How long the browser thinks that the first kept sound is."""
    seconds: float = page.locator("details audio").first.evaluate(
        """audio => new Promise((done, failed) => {
            audio.onloadedmetadata = () => done(audio.duration);
            audio.onerror = () => failed(new Error(audio.error.message));
            audio.preload = "auto";
            audio.load();
        })"""
    )
    return seconds


def saved(lab: Lab, name: str) -> Any:
    return json.loads((lab.root / name).read_text("utf-8"))


def test_a_talk_stays_in_the_notebook(
    open_notebook: OpenNotebook, lab: Lab, browser: Browser
) -> None:
    notebook = open_notebook("record.ipynb", [FIRST, TALK])
    notebook.run_all()
    details = notebook.page.locator("details", has_text="Record of the talk")
    details.get_by_text("4 turns").wait_for()
    assert details.get_attribute("open") is None, "folded, while the panel above it is alive"
    looked_at(notebook.page)
    assert playable_s(notebook.page) == pytest.approx(1.9, abs=0.2)
    notebook.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    notebook.wait_for("'Record of the talk' in open('record.ipynb', encoding='utf-8').read()")

    # Another page, and no kernel that knows the widgets.
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{lab.url}/doc/tree/record.ipynb?reset")
    page.locator("details", has_text="Record of the talk").wait_for(timeout=60_000)
    looked_at(page)
    assert playable_s(page) == pytest.approx(1.9, abs=0.2)
    context.close()

    # Changed by somebody else: nobody trusts it, so the page cleans what it shows.
    book = saved(lab, "record.ipynb")
    book["cells"].insert(0, {"cell_type": "markdown", "id": "x", "metadata": {}, "source": "Hi"})
    for output in (o for cell in book["cells"] for o in cell.get("outputs", ())):
        if "text/html" in output.get("data", {}):
            output["data"]["text/html"] = "".join(output["data"]["text/html"]) + "<p>more</p>"
    (lab.root / "strange.ipynb").write_text(json.dumps(book), "utf-8")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{lab.url}/doc/tree/strange.ipynb?reset")
    page.locator("details", has_text="Record of the talk").wait_for(timeout=60_000)
    looked_at(page)
    context.close()

    # As a page of its own, which has no notebook's colours.
    import nbconvert
    import nbformat

    node = nbformat.read(lab.root / "record.ipynb", as_version=4)
    html, _ = nbconvert.HTMLExporter().from_notebook_node(node)
    context = browser.new_context()
    page = context.new_page()
    page.set_content(html, wait_until="commit")
    page.locator("details", has_text="Record of the talk").wait_for(timeout=60_000)
    looked_at(page)
    context.close()


@pytest.mark.usefixtures("widgets_saved")
def test_panels_can_stay_as_well(open_notebook: OpenNotebook, lab: Lab, browser: Browser) -> None:
    notebook = open_notebook("panels.ipynb", [PANELS, "session.say('count from 1 to 5').wait(20)"])
    notebook.run_all()
    words = ".rtw-transcript-row:has-text('1, 2, 3, 4, 5.')"
    notebook.page.locator(words).wait_for()
    notebook.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    notebook.wait_for("'widget-state' in open('panels.ipynb', encoding='utf-8').read()")
    # Under another name it gets another kernel, which knows nothing of these panels.
    shutil.copy(lab.root / "panels.ipynb", lab.root / "reopened.ipynb")

    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{lab.url}/doc/tree/reopened.ipynb?reset")
    page.locator(words).wait_for(timeout=90_000)
    page.locator(".rtw-usage_table").get_by_text("Total").first.wait_for()
    assert page.get_by_text("model not found").count() == 0
    context.close()


def test_the_exported_page_plays(open_notebook: OpenNotebook, lab: Lab, browser: Browser) -> None:
    notebook = open_notebook("exported.ipynb", [EXPORT])
    notebook.run_all()
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((lab.root / "talk.html").as_uri())
    assert page.get_by_text("1, 2, 3, 4, 5.").is_visible()
    assert playable_s(page) == pytest.approx(1.9, abs=0.2)
    assert all(url.startswith(("file:", "data:")) for url in asked), "it needs no network"
    context.close()
