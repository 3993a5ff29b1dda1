"""Looking into a session and changing it by hand: the event log and the session's panel."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import OpenNotebook

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TALK = """
import rtwidgets as rt
session = rt.connect(engine="simulated", turn_detection=None)
session.say("What is a <b>transformer</b>?").wait()
session.send_event({"type": "response.cancel"})
_ = session.update(speed=1.1)  # behind the refusal, so that nothing comes between the appends
for _ in range(5000):
    session.append_audio(bytes(96))
_ = session.update(speed=1.2)
"""
COUNT = "len(session.events_log)"


def test_every_event_is_listed_found_opened_and_one_is_sent(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("events.ipynb", [TALK, "log = rt.EventLog(session)\nlog"])
    notebook.run_all()
    page = notebook.page
    panel = page.locator(".rtw-event_log")
    status, grid = panel.locator(".rtw-event_log-status"), panel.get_by_role("grid")
    count = notebook.ask(COUNT)
    assert count > 5000
    expect(status).to_contain_text(f"{count:,} events in ")
    # The end first, with thousands of appends in one row.
    expect(grid).to_contain_text("session.updated")
    expect(grid).to_contain_text("input_audio_buffer.append × 5,000")
    panel.get_by_text("Fold deltas").click()
    expect(status).to_have_text(f"{count:,} events")
    grid.focus()
    page.keyboard.press("Home")
    expect(grid.get_by_role("row").nth(1)).to_contain_text("session.created")
    assert panel.locator("[data-index]").count() < 60
    # A word that was said.
    panel.get_by_role("searchbox").fill("<b>transformer")
    expect(status).to_have_text(re.compile(r"in \d rows?$"))
    expect(grid).to_contain_text("conversation.item.create")
    assert panel.locator("[data-index] b").count() == 0
    # What went wrong, in words.
    panel.get_by_role("searchbox").fill("response_cancel_not_active")
    row = panel.locator("[data-index]", has_text="error")
    row.click()
    opened = panel.locator(".rtw-event_log-detail")
    expect(opened).to_contain_text("Something was refused or went wrong.")
    expect(opened).to_contain_text('code: "response_cancel_not_active"')
    # One event by hand: refused here, then sent.
    panel.get_by_text("Send an event by hand").click()
    panel.get_by_label("Type of the event").fill("session.update")
    said = panel.locator(".rtw-event_log-said")
    expect(said).to_have_text("Valid.")
    json_ = panel.get_by_label("The event as JSON")
    json_.fill('{"type": "session.update", "session": {"type": "realtime", "speed": 1}}')
    expect(said).to_contain_text("Unknown parameter: 'session.speed'")
    json_.fill('{"type": "session.update", "session": {"type": "realtime", "instructions": "Hm"}}')
    json_.press("Control+Enter")
    expect(said).to_have_text("Sent.")
    notebook.wait_for("session.conversation.session.instructions == 'Hm'")
    assert notebook.ask("log.problem") == ""
    assert notebook.errors == []


#: Chinese has no spaces; its end is looked for.
NARROW = """
import json
import rtwidgets as rt
session = rt.connect(engine="simulated", turn_detection=None)
kinds = ("completed", "delta", "failed", "segment")
for kind in kinds:
    event = {"type": "conversation.item.input_audio_transcription." + kind, "item_id": "item_1"}
    session.events_log.received(json.dumps(event).encode())
session.say("repeat " + "今天天气很好" * 100 + "散步").wait()
console = rt.Console(session)
console
"""
#: What is outside of the panel, or of the part of the console that it is in.
CUT = """(panel) => {
  const frame = panel.closest('.rtw-console').getBoundingClientRect();
  return [...panel.querySelectorAll('.rtw-event_log-menu, .rtw-event_log-menu label > span')]
    .filter(e => {
      const box = e.getBoundingClientRect();
      const outside = box.right > frame.right || box.left < frame.left;
      return outside || e.scrollWidth > e.clientWidth + 1;
    })
    .map(e => e.textContent);
}"""
#: Cells of the rows in sight that say something and are not seen.
UNSEEN = """(panel) => [...panel.querySelectorAll('[data-index] > [role=gridcell]')]
  .filter(e => e.textContent && e.clientWidth < 8).map(e => `${e.className} ${e.textContent}`)"""
#: Where the end of a type stands, and where its cell ends.
END = """(cell) => {
  const range = document.createRange();
  const text = cell.querySelector('bdi').firstChild;
  range.setStart(text, text.length - 10);
  range.setEnd(text, text.length);
  return [range.getBoundingClientRect().left, range.getBoundingClientRect().right,
    cell.getBoundingClientRect().left, cell.getBoundingClientRect().right];
}"""


def test_a_narrow_log_leaves_nothing_out(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("narrow.ipynb", [NARROW])
    page = notebook.page
    notebook.run_all()
    page.get_by_role("tab", name="Events").click()
    panel = page.locator(".rtw-event_log")
    panel.get_by_label("Direction").select_option("received")
    expect(panel.locator(".rtw-event_log-status")).to_contain_text(re.compile(r"in \d\d rows"))
    kinds = notebook.ask("list(kinds)")
    for width in (480, 700, 1200):
        page.set_viewport_size({"width": width, "height": 1000})
        if width == 1200:
            page.get_by_role("button", name="Show the panels beside the talk").click()
        whole(page, panel, kinds)
    # Words without a space are found and shown.
    panel.get_by_role("searchbox").fill("好散步")
    row = panel.locator("[data-index]", has_text="conversation.item.done").last
    row.click()
    opened = panel.locator(".rtw-event_log-detail")
    opened.locator("details:not([open]) > summary").first.click()
    expect(opened).to_contain_text("今天天气很好散步")
    assert notebook.errors == []


def whole(page: Page, panel: Locator, kinds: list[str]) -> None:
    """Nothing that the log says is cut at this width."""
    grid = panel.get_by_role("grid")
    grid.focus()
    page.keyboard.press("Home")
    for kind in kinds:
        type_ = f"conversation.item.input_audio_transcription.{kind}"
        cell = grid.get_by_title(type_, exact=True).first
        expect(cell).to_be_visible()
        left, right, from_, to = cell.evaluate(END)
        assert from_ <= left < right <= to + 1, f"the end of {type_} is cut"
    assert panel.evaluate(UNSEEN) == []
    for name in ("Time", "Gap", "Size", "Type", "What it says"):
        expect(grid.get_by_role("columnheader", name=name, exact=True)).to_be_visible()
    panel.locator("summary", has_text="All types").click()
    for kind in kinds:
        expect(panel.get_by_role("checkbox", name=f"transcription.{kind}")).to_be_visible()
    assert panel.evaluate(CUT) == []
    page.keyboard.press("Escape")


def test_settings_are_changed_by_the_form(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("settings.ipynb", [TALK, "panel = rt.SessionPanel(session)\npanel"])
    notebook.run_all()
    panel = notebook.page.locator(".rtw-session_panel")
    expect(panel.locator("svg [data-active=true]")).to_have_text("idle")
    expect(panel.get_by_label("Temperature")).to_have_count(0)
    expect(panel.get_by_label("Threshold")).to_be_hidden()
    panel.get_by_label("Instructions").fill("Be brief.")
    panel.locator("[data-name=turn_detection] select").select_option("semantic_vad")
    panel.get_by_label("Eagerness").select_option("low")
    before = notebook.ask(COUNT)
    panel.get_by_role("button", name="Apply").click()
    expect(panel.locator("[data-name=eagerness]")).to_contain_text("as asked")
    expect(panel.get_by_role("button", name="Apply")).to_be_disabled()
    sent = f"[e.json()['session'] for e in session.events_log[{before}:] if e.sent]"
    (update,) = notebook.ask(sent)
    assert update == {
        "type": "realtime",
        "instructions": "Be brief.",
        "audio": {"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "low"}}},
    }
    # The model has spoken: its voice is fixed, and the field says so.
    panel.get_by_label("Voice").fill("verse")
    panel.get_by_role("button", name="Apply").click()
    voice = panel.locator("[data-name=voice]")
    expect(voice).to_contain_text("assistant audio is present")
    expect(panel).to_contain_text("Not applied: see Voice.")
    assert notebook.ask("panel.problem") == ""
    assert notebook.errors == []
