"""A talk that stays: in a saved notebook without its kernel, and as a page of its own."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import OpenNotebook
from tests.e2e.lab import Lab, Notebook

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
AGAIN = [
    "import rtwidgets as rt; session = rt.connect(engine='simulated', quiet=True)",
    "rt.Transcript(session)",
    "rt.UsageTable(session)",
]
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
    falls = record.locator("td img[alt*='first heard']")
    assert falls.count() == 4, "a waterfall a turn"
    assert all(falls.evaluate_all("all => all.map(i => i.getBoundingClientRect().width >= 150)"))
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


def run_again(notebook: Notebook, cell: int) -> None:
    """Run one cell, as Ctrl+Enter in it does."""
    page = notebook.page
    prompt = page.locator(f".jp-Notebook-cell >> nth={cell} >> .jp-InputPrompt")
    before = prompt.inner_text()
    prompt.click()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        """([cell, before]) => {
            const prompts = document.querySelectorAll('.jp-Notebook-cell .jp-InputPrompt');
            const words = prompts[cell].textContent;
            return /\\d/.test(words) && words !== before;
        }""",
        arg=[cell, before],
    )


def test_a_cell_that_is_run_again_has_the_record_again(
    open_notebook: OpenNotebook, lab: Lab
) -> None:
    notebook = open_notebook("again.ipynb", AGAIN)
    page = notebook.page
    records = page.locator("details", has_text="Record of the talk")
    below = [page.locator(f".jp-Notebook-cell >> nth={cell}").locator(records) for cell in range(3)]
    left = page.get_by_text("is below the panel that was shown last")

    notebook.run_all()
    below[2].wait_for()
    assert records.count() == 1 and left.count() == 1, "where a panel was shown last"
    notebook.run("session.say('count from 1 to 5').wait(20)")
    below[2].get_by_text("1, 2, 3, 4, 5.").wait_for(state="attached")

    for _ in range(2):
        run_again(notebook, 1)
        below[1].get_by_text("1, 2, 3, 4, 5.").wait_for(state="attached")
        assert records.count() == 1, "one record, however often a cell is run"
        assert left.count() == 1, "and one line, in the cell where it stood"
    notebook.run("session.say('count from 6 to 9').wait(20)")
    below[1].get_by_text("6, 7, 8, 9.").wait_for(state="attached")
    assert records.count() == 1

    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    notebook.wait_for("'6, 7, 8, 9.' in open('again.ipynb', encoding='utf-8').read()")
    kept = [json.dumps(cell["outputs"]) for cell in saved(lab, "again.ipynb")["cells"]]
    assert ["<details" in cell for cell in kept] == [False, True, False]


@pytest.mark.usefixtures("widgets_saved")
def test_panels_can_stay_as_well(open_notebook: OpenNotebook, lab: Lab, browser: Browser) -> None:
    notebook = open_notebook("panels.ipynb", [PANELS, "session.say('count from 1 to 5').wait(20)"])
    notebook.run_all()
    words = ".rtw-transcript-row:has-text('1, 2, 3, 4, 5.')"
    notebook.page.locator(words).wait_for()
    # Panels show themselves one after the other: what is saved before is a table without rows.
    notebook.page.locator(".rtw-usage_table").get_by_text("Total").first.wait_for()
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
