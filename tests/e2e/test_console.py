"""The console in JupyterLab: tabs by keyboard, an arrangement that is remembered, what it costs
that a tab is not open, two consoles of one session, and a recording."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import OpenNotebook
from tests.e2e.lab import READY

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TALK = "import rtwidgets as rt\nsession = rt.connect(engine='simulated', voice='verse')"
ASK = "session.say('Tell me 3 sentences.').wait() and None"
#: How often a page asked the kernel for rows of the log, counted in the kernel.
COUNT = """
asked = {}
def counted(panel):
    take = panel.on_message
    def on_message(message, buffers):
        asked[panel.word] = asked.get(panel.word, 0) + 1
        take(message, buffers)
    panel.on_message = on_message
for panel in console.panels:
    counted(panel)
"""


def tab(console: Locator, name: str) -> Locator:
    return console.get_by_role("tab", name=name)


def theme(page: Page, name: str) -> None:
    command = "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})"
    page.evaluate(command, name)
    page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)


def outside(console: Locator) -> list[str]:
    """Elements that stick out of the console at the right."""
    return list(
        console.evaluate(
            """root => [...root.querySelectorAll('*')]
            .filter(one => one.checkVisibility() && !one.closest('.rtw-spoken'))
            .filter(one => one.getBoundingClientRect().right
                           > root.getBoundingClientRect().right + 1)
            .filter(one => !one.closest('[class*=scroll], [class*=box-list]'))
            .map(one => one.className)"""
        )
    )


def place(locator: Locator) -> Any:
    return locator.bounding_box()


def test_tabs_are_operated_by_keyboard_and_read_by_everybody(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("console.ipynb", [TALK, "console = rt.Console(session)\nconsole"])
    notebook.run_all()
    page = notebook.page
    console = page.locator(".rtw-console").first
    expect(console.locator(".rtw-timeline")).to_be_visible()
    notebook.run(ASK)
    expect(console.get_by_text("· 1 response")).to_be_visible()

    tab(console, "Timeline").focus()
    height = place(console)["height"]
    found: dict[str, list[str]] = {}
    words = (("Events", "event_log"), ("Usage", "usage_table"), ("Settings", "session_panel"))
    for name, word in words:
        page.keyboard.press("ArrowRight")
        expect(tab(console, name)).to_have_attribute("aria-selected", "true")
        expect(tab(console, name)).to_be_focused()
        expect(console.locator(f".rtw-{word}")).to_be_visible()
        assert place(console)["height"] == height
        for colors in ("JupyterLab Light", "JupyterLab Dark"):
            theme(page, colors)
            found[f"{name}, {colors}"] = violations(page, ".rtw-console")
    assert {where: lines for where, lines in found.items() if lines} == {}
    page.keyboard.press("Home")
    expect(console.locator(".rtw-timeline")).to_be_visible()
    expect(console.locator(".rtw-event_log")).to_be_hidden()

    console.evaluate("root => { root.style.width = '320px' }")
    for name in ("Timeline", "Events", "Usage", "Settings"):
        tab(console, name).click()
        assert outside(console) == []
    assert notebook.errors == []


def test_the_arrangement_is_there_after_a_reload(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        "console_memory.ipynb", [TALK, "console = rt.Console(session)\nconsole"]
    )
    notebook.run_all()
    page = notebook.page
    console = page.locator(".rtw-console").first
    tab(console, "Usage").click()
    console.get_by_role("button", name="Show the panels beside the talk").click()
    words, table = console.locator(".rtw-transcript"), console.locator(".rtw-usage_table")
    expect(table).to_be_visible()
    assert place(table)["x"] > place(words)["x"] + place(words)["width"] - 1

    panes, talk = console.locator(".rtw-console-panes"), console.locator(".rtw-console-talk")
    bottom = [place(one)["y"] + place(one)["height"] for one in (panes, talk)]
    assert abs(bottom[0] - bottom[1]) < 2

    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.reload(wait_until="domcontentloaded")
    page.wait_for_function(READY, timeout=60_000)
    notebook.run_all()
    expect(console.locator(".rtw-usage_table")).to_be_visible()
    assert place(table)["x"] > place(words)["x"] + place(words)["width"] - 1
    console.get_by_role("button", name="Fold the panels").click()
    expect(console.locator(".rtw-usage_table")).to_be_hidden()


def test_a_tab_that_is_not_open_asks_the_kernel_for_nothing(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        "console_hidden.ipynb", [TALK, "console = rt.Console(session)\nconsole"]
    )
    notebook.run_all()
    console = notebook.page.locator(".rtw-console").first
    for name in ("Events", "Timeline", "Usage"):
        tab(console, name).click()
    expect(console.locator(".rtw-usage_table")).to_be_visible()
    notebook.page.wait_for_timeout(1500)  # what was asked before is answered
    notebook.run(COUNT)
    notebook.run(ASK)
    expect(console.get_by_text("· 1 response")).to_be_visible()
    assert not {"timeline", "event_log"} & set(notebook.ask("asked"))
    tab(console, "Events").click()
    expect(console.get_by_role("gridcell", name="response.done")).to_be_visible()
    tab(console, "Timeline").click()
    notebook.wait_for("asked.get('timeline')")


def test_two_consoles_of_one_session_speak_with_one_voice(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        "console_two.ipynb",
        [TALK, "first = rt.Console(session)\nfirst", "second = rt.Console(session)\nsecond"],
    )
    notebook.run_all()
    page = notebook.page
    line = page.get_by_label("Your turn, as text")
    line.first.fill("Tell me 2 sentences.")
    page.keyboard.press("Enter")
    for console in page.locator(".rtw-console").all():
        expect(console.locator(".rtw-transcript").get_by_text("Sentence 1").first).to_be_visible()
    notebook.wait_for("first.speaker.played_samples > 0 and not first.speaker.playing", 60)
    assert notebook.ask("first.speaker is second.speaker")
    assert notebook.ask("first.speaker.played_samples == first.speaker.received_samples")
    assert notebook.errors == []


def test_a_recording_is_read_and_not_talked_to(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        "console_recording.ipynb",
        [
            TALK,
            ASK + "\nsession.close()\nsession.save('talk.jsonl')",
            "console = rt.Console(rt.replay('talk.jsonl'))\nconsole",
        ],
    )
    notebook.run_all()
    console = notebook.page.locator(".rtw-console").first
    expect(console.get_by_text("This is a recording")).to_be_visible()
    expect(console.get_by_label("Your turn, as text")).to_be_hidden()
    expect(console.get_by_role("button", name="Record")).to_have_count(0)
    expect(console.locator(".rtw-transcript").get_by_text("Sentence 3")).to_be_visible()
    tab(console, "Events").click()
    expect(console.get_by_role("gridcell", name="response.done")).to_be_visible()
    assert violations(notebook.page, ".rtw-console") == []
    assert notebook.errors == []


def test_beside_the_talk_all_that_counts_is_seen(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        "console_split.ipynb", [TALK, "console = rt.Console(session)\nconsole"]
    )
    page = notebook.page
    page.set_viewport_size({"width": 1200, "height": 1000})
    notebook.run_all()
    notebook.run("for n in range(3, 9):\n    session.say(f'Tell me {n} sentences.').wait()")
    console = page.locator(".rtw-console").first
    tab(console, "Usage").click()
    console.get_by_role("button", name="Show the panels beside the talk").click()
    expect(console.get_by_role("columnheader", name="Money")).to_be_visible()
    frame = console.locator(".rtw-usage_table-scroll")
    assert frame.evaluate("one => one.scrollWidth - one.clientWidth") <= 0
    # The buttons of a row lie over no words, and go on with the pointer when one was pressed.
    rows = console.locator(".rtw-transcript-row")
    for row in (rows.first, rows.last):
        row.locator(".rtw-transcript-who").hover()
        words, buttons = (place(row.locator(f".rtw-transcript-{one}")) for one in ("what", "tools"))
        assert buttons["x"] >= words["x"] + words["width"]
        row.get_by_role("button", name="Copy").click()
    # An open microphone is the same word in the head and in the picture.
    notebook.run("session.interrupt()")
    tab(console, "Settings").click()
    expect(console.locator(".rtw-session_panel")).to_have_attribute("data-activity", "idle")
    console.get_by_role("button", name="Record").click()
    expect(console.locator(".rtw-console-activity")).to_have_text("Listening")
    expect(console.locator(".rtw-session_panel")).to_have_attribute("data-activity", "listening")
