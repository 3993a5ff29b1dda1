"""The transcript in a real page: a barge-in, tools, an error, a person's word, the end."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import OpenNotebook
from tests.e2e.lab import Lab, Notebook
from tests.e2e.listener import LISTENER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MAKE = """\
import time, rtwidgets as rt
session = rt.connect(engine='simulated', quiet=True, speed=1.5)
@session.tool
def weather(city: str) -> dict:
    'The weather in a city.'
    if city == 'Atlantis':
        raise ValueError('<b>no such town</b>')
    return {'celsius': 12}
speaker = rt.Speaker(session)
display(speaker)
rt.Transcript(session, height='500px')"""
TALK = """\
import base64, struct, zlib
def png(width, height):
    rows = (b'\\0' + b'\\xff\\x80\\0' * width) * height
    parts = ((b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)),
             (b'IDAT', zlib.compress(rows)), (b'IEND', b''))
    return b'\\x89PNG\\r\\n\\x1a\\n' + b''.join(
        struct.pack('>I', len(d)) + k + d + struct.pack('>I', zlib.crc32(k + d)) for k, d in parts)
session.say('what is the weather in Bern?').wait(20)
session.say('what is the weather in Atlantis?').wait(20)
session.say('look', image=png(300, 200)).wait(20)
session.say('repeat <img src=x onerror="window.evil = 1"> שלום ' + 'w' * 200).wait(20)
session.send_event({'type': 'conversation.item.delete', 'item_id': 'nothing'})"""
ASK = """\
session.tools.remove('weather')
@session.tool(approve=True)
def weather(city: str) -> dict:
    'The weather in a city.'
    return {'celsius': 12}"""


def row(panel: Page | Locator, text: str) -> Locator:
    return panel.locator(".rtw-transcript-row", has_text=text)


def cut_short(notebook: Notebook) -> None:
    """An answer that is stopped while it sounds."""
    # A page that is slow to come has all the answers before it still to play.
    heard = "speaker.played_samples + speaker.dropped_samples"
    notebook.wait_for(f"not speaker.playing and speaker.received_samples == {heard}", 60)
    say = "session.say('count from 1 to 40')"
    notebook.ask(f"globals().update(turn={say}, at=speaker.played_samples)")
    notebook.wait_for("speaker.played_samples > at + 24_000 and turn.status == 'completed'", 60)
    notebook.ask("session.interrupt()")
    notebook.wait_for("turn.interrupted", 20)


def test_everything_that_happened_is_read_and_worked_with(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("transcript.ipynb", [MAKE, TALK])
    notebook.page.evaluate(LISTENER)
    notebook.run_all(60)
    cut_short(notebook)
    page = notebook.page
    panel = page.locator(".rtw-transcript").first
    # A call and its result in one line, which unfolds.
    call = row(panel, 'weather(city="Bern") → {"celsius": 12}')
    expect(call).to_have_count(1)
    expect(call.locator("pre").first).to_be_hidden()
    call.locator("summary").click()
    expect(call.locator("pre").first).to_have_text(re.compile(r'"city": "Bern"'))
    # One that failed says why without a click, as text.
    failed = row(panel, "ValueError: <b>no such town</b>")
    expect(failed.locator(".rtw-transcript-failure")).to_be_visible()
    expect(row(panel, "Error deleting item")).to_have_attribute("data-role", "error")
    # What is said is text.
    said = row(panel, "repeat <img src=x onerror=").first
    expect(said).to_contain_text("שלום")
    assert panel.locator(".rtw-transcript-text :is(img, b)").count() == 0
    assert page.evaluate("window.evil") is None
    log = panel.locator(".rtw-transcript-log")
    assert log.evaluate("e => e.scrollWidth <= e.clientWidth"), "a long word is broken"
    # The picture, and the picture large.
    picture = panel.locator(".rtw-transcript-picture")
    small = picture.locator("img").bounding_box()
    picture.click()
    large = picture.locator("img").bounding_box()
    assert small is not None and large is not None
    assert small["height"] == 64 and large["height"] > 150
    # What was cut: what was heard and what was not.
    cut = panel.locator(".rtw-transcript-row[data-state=interrupted]")
    expect(cut.locator(".rtw-transcript-text")).to_have_text(re.compile(r"^1, 2,"))
    struck = cut.locator("s")
    expect(struck).to_contain_text("40.")
    assert "line-through" in struck.evaluate("e => getComputedStyle(e).textDecorationLine")
    expect(cut).to_contain_text(re.compile(r"interrupted after \d\.\d s of \d\d\.\d s"))
    expect(cut.locator("time")).to_have_attribute("title", re.compile("20\\d\\d"))
    cut.hover()
    # Again, and stop.
    cut.get_by_role("button", name="Play again").click()
    expect(cut.get_by_role("button", name="Stop")).to_be_visible()
    cut.get_by_role("button", name="Stop").click()
    expect(cut.get_by_role("button", name="Play again")).to_be_visible()
    # Delete, at the second press, for the server as well.
    count = notebook.ask("len(session.conversation.items)")
    cut.get_by_role("button", name="Delete").click()
    cut.get_by_role("button", name="Press again to delete").click()
    expect(cut).to_have_count(0)
    assert notebook.ask("len(session.conversation.items)") == count - 1


def test_a_person_decides_in_one_of_two_tabs(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("approve.ipynb", [MAKE, ASK])
    notebook.run_all(60)
    notebook.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    other = notebook.page.context.new_page()
    other.goto(notebook.page.url.replace("?reset", ""), wait_until="domcontentloaded")
    other.locator(".rtw-transcript").first.wait_for(timeout=60_000)
    ask = "globals().update(turn=session.say('what is the weather in {}?'))"
    panels = [page.locator(".rtw-transcript").first for page in (notebook.page, other)]

    notebook.ask(ask.format("Bern"))
    for panel in panels:
        asked = row(panel, "waits for approval")
        expect(asked.locator("pre").first).to_contain_text('"city": "Bern"')
        expect(asked).to_contain_text(re.compile(r"refused in 1[012]\d s"))
    other.get_by_role("button", name="Approve").click()
    for panel in panels:
        expect(row(panel, 'weather(city="Bern") → {"celsius": 12}')).to_contain_text("Approved.")
        expect(panel.get_by_role("button", name="Deny")).to_have_count(0)
    notebook.wait_for("turn.done", 20)

    notebook.ask(ask.format("Paris"))
    panels[0].get_by_role("button", name="Deny").click()
    for panel in panels:
        expect(row(panel, 'weather(city="Paris") not run')).to_contain_text("Denied.")
    notebook.wait_for("turn.done", 20)
    assert notebook.ask("turn.tool_calls[0].status") == "denied"

    notebook.ask("setattr(session._link.tools.approvals, 'wait_s', 2.0)")
    notebook.ask(ask.format("Rome"))
    for panel in panels:
        expect(row(panel, 'weather(city="Rome") not run')).to_contain_text("Nobody answered")


@pytest.fixture
def widgets_saved(lab: Lab) -> Iterator[None]:
    """JupyterLab saves widgets with their notebooks, as ``rtwidgets lab`` tells it to."""
    folder = lab.settings.parents[1] / "@jupyter-widgets" / "jupyterlab-manager"
    folder.mkdir(parents=True, exist_ok=True)
    setting = folder / "plugin.jupyterlab-settings"
    setting.write_text('{"saveState": true}', "utf-8")
    yield
    setting.unlink()


PLACE = "import ipywidgets\nplace = ipywidgets.VBox()\nplace"
REPLAY = """\
session.save('talk.jsonl'); session.close()
again = rt.replay('talk.jsonl', quiet=True)
place.children = (rt.Transcript(again, height='500px'),)"""


@pytest.mark.usefixtures("widgets_saved")
def test_a_talk_that_is_over_reads_the_same(
    open_notebook: OpenNotebook, lab: Lab, browser: Browser
) -> None:
    notebook = open_notebook("over.ipynb", [MAKE, TALK, PLACE])
    notebook.page.evaluate(LISTENER)
    notebook.run_all(60)
    cut_short(notebook)
    notebook.run(REPLAY)
    live, again = (notebook.page.locator(".rtw-transcript").nth(place) for place in (0, 1))
    looked_at(live)
    looked_at(again)
    words = ".rtw-transcript-text, .rtw-transcript-unheard, .rtw-transcript-brief"
    assert again.locator(words).all_inner_texts() == live.locator(words).all_inner_texts()
    saved(notebook)
    # Under another name it gets another kernel, which knows nothing of these panels.
    shutil.copy(lab.root / "over.ipynb", lab.root / "over-again.ipynb")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{lab.url}/doc/tree/over-again.ipynb?reset")
    panel = page.locator(".rtw-transcript").first
    panel.wait_for(timeout=90_000)
    looked_at(panel)
    context.close()


def looked_at(panel: Locator) -> None:
    """What a reader finds after the end: everything, but no button that does nothing."""
    expect(row(panel, 'weather(city="Bern") → {"celsius": 12}')).to_have_count(1)
    expect(row(panel, "ValueError: <b>no such town</b>")).to_have_count(1)
    expect(row(panel, "Error deleting item")).to_have_count(1)
    cut = panel.locator(".rtw-transcript-row[data-state=interrupted]")
    expect(cut.locator("s")).to_contain_text("40.")
    cut.hover()
    expect(cut.get_by_role("button", name="Copy")).to_be_visible()
    expect(cut.get_by_role("button", name="Delete")).to_have_count(0)


def saved(notebook: Notebook) -> None:
    notebook.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    notebook.wait_for("'widget-state' in open('over.ipynb', encoding='utf-8').read()")
