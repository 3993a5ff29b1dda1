"""Looking into a session and changing it by hand: the event log and the session's panel."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

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
    expect(status).to_have_text(re.compile(r"in \d rows$"))
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
