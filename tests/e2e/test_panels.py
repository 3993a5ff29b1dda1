"""A whole talk, seen in every panel at once, in JupyterLab and in Notebook 7.

What is asserted is what stands in the page. The talk is the one of ``scripted_talk``: cut off by
the user's voice, with a tool, hostile words, an error and five thousand events.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import OpenNotebook
from tests.e2e.scripted_talk import (
    HOSTILE,
    LONG_WORD,
    PANELS,
    RIGHT_TO_LEFT,
    SETUP,
    TALK,
    UNEXECUTED,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: What of an element is struck through, as one sees it.
STRUCK = """panel => [...panel.querySelectorAll('*')]
  .filter(e => getComputedStyle(e).textDecorationLine.includes('line-through'))
  .map(e => e.textContent.trim()).filter(text => text)"""
#: Colours that a canvas has, the empty one not counted.
COLORS = """canvas => {
  const { width, height } = canvas;
  if (!width || !height) return 0;
  const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const found = new Set();
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3]) found.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
  }
  return found.size;
}"""
#: Panels that are wider than the page gave them.
TOO_WIDE = """() => [...document.querySelectorAll('.rtw')]
  .filter(panel => panel.clientWidth && panel.scrollWidth > panel.clientWidth + 1)
  .map(panel => `${panel.className} ${panel.scrollWidth} > ${panel.clientWidth}`)"""


@pytest.mark.parametrize("place", ["doc/tree", "notebooks"], ids=["jupyterlab", "notebook_7"])
def test_a_talk_is_seen_in_every_panel(open_notebook: OpenNotebook, place: str) -> None:
    notebook = open_notebook("everything.ipynb", [SETUP, PANELS, TALK], place=place)
    notebook.run_all()
    notebook.wait_for("over", 90)
    assert notebook.ask("trouble") == ""
    page = notebook.page

    read_transcript(page.locator(".rtw-transcript").first)
    read_events(page, notebook.ask("len(session.events_log)"))
    read_usage(
        page.locator(".rtw-usage_table").last, notebook.ask("session.usage.total.total_tokens")
    )
    look_at_timeline(page)
    for side in ("model", "user"):
        wave = page.locator(f".rtw-waveform[data-side={side}]").first
        assert wave.locator("canvas").evaluate(COLORS) >= 2, f"the {side}'s wave is empty"
        expect(wave).to_contain_text(re.compile(r"\d\.\d s"))
    notebook.ask("session.interrupt()")  # the last answer is still being read aloud
    settings = page.locator(".rtw-session_panel").last
    expect(settings.get_by_label("Speed")).to_have_value("1.2")
    expect(settings.locator("svg [data-active=true]")).to_have_text("idle")

    assert page.evaluate(UNEXECUTED)
    assert page.evaluate(TOO_WIDE) == []
    assert notebook.ask("[panel.problem for panel in panels if panel.problem]") == []
    assert notebook.errors == []


def read_transcript(transcript: Locator) -> None:
    # Counted aloud, and talked over: what was heard is whole, the rest is struck through.
    struck = " ".join(transcript.evaluate(STRUCK))
    assert struck.endswith("40."), struck
    assert not re.search(r"\b1, 2,", struck), "the beginning was heard"
    expect(transcript).to_contain_text("weather")
    expect(transcript).to_contain_text("<i>sunny</i> in Rome")
    for words in (HOSTILE, LONG_WORD, RIGHT_TO_LEFT):
        expect(transcript).to_contain_text(words)
    line = transcript.get_by_text(RIGHT_TO_LEFT, exact=True).last
    assert line.evaluate("e => getComputedStyle(e).direction") == "rtl"
    # A row of its own says what was refused; HOSTILE has the word "error" in it as well.
    refused = transcript.get_by_role("group", name=re.compile("^Error"))
    expect(refused).to_have_count(1)
    expect(refused).to_contain_text("response_cancel_not_active")


def read_events(page: Page, count: int) -> None:
    assert count > 5000
    panel = page.locator(".rtw-event_log").last
    status, grid = panel.locator(".rtw-event_log-status"), panel.get_by_role("grid")
    expect(status).to_contain_text(f"{count:,} events in ")
    expect(grid).to_contain_text(re.compile(r"input_audio_buffer\.append × 5,000"))
    panel.get_by_text("Fold deltas").click()
    expect(status).to_have_text(f"{count:,} events")
    # One type, both ways and one of them.
    panel.locator("summary", has_text="All types").click()
    panel.get_by_role("button", name="None").click()
    panel.get_by_role("checkbox", name="error", exact=True).check()
    expect(status).to_have_text(f"{count:,} events in 1 row")
    # Also in a pause. (The list of types closes when something else is pressed.)
    panel.get_by_role("button", name="Pause").click()
    panel.locator("summary", has_text="1 of ").click()
    panel.get_by_role("checkbox", name="session.updated", exact=True).check()
    expect(grid).to_contain_text("session.updated")
    panel.get_by_role("checkbox", name="session.updated", exact=True).uncheck()
    expect(grid).not_to_contain_text("session.updated")
    panel.get_by_role("button", name="Resume").click()
    panel.locator("summary", has_text="1 of ").click()
    expect(status).to_have_text(f"{count:,} events in 1 row")
    expect(grid).to_contain_text("response_cancel_not_active")
    panel.get_by_role("button", name="All", exact=True).click()
    page.keyboard.press("Escape")
    panel.get_by_label("Direction").select_option("sent")
    expect(grid.locator("[data-index]").last).to_contain_text("session.update")
    expect(grid).not_to_contain_text("↓")
    panel.get_by_label("Direction").select_option("")
    expect(status).to_have_text(f"{count:,} events")
    # The long way back to the first one.
    grid.focus()
    page.keyboard.press("Home")
    expect(grid).to_contain_text("session.created")
    page.keyboard.press("End")
    expect(grid.locator("[data-index]").last).to_contain_text("session.updated")


def read_usage(table: Locator, tokens: int) -> None:
    assert tokens > 0
    expect(table).to_contain_text(f"{tokens:,}")
    expect(table).to_contain_text("free (offline)")
    assert table.get_by_role("rowheader").count() >= 6, "a row for each response, and the total"


def look_at_timeline(page: Page) -> None:
    timeline = page.locator(".rtw-timeline").last
    timeline.get_by_role("button", name="All").click()
    canvas = timeline.locator(".rtw-timeline-canvas")
    expect(timeline.locator(".rtw-timeline-range")).to_contain_text("0:00")
    page.wait_for_function(f"canvas => ({COLORS})(canvas) > 4", arg=canvas.element_handle())
    canvas.focus()
    said = set()
    for _ in range(40):
        page.keyboard.press(".")
        said.add(timeline.locator(".rtw-timeline-says").text_content() or "")
    words = "\n".join(sorted(said))
    for what in ("speech detected", "Response 1", "Interrupted"):
        assert what in words, f"{what} is not among\n{words}"
