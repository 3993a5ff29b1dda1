"""What ends a recording from outside: a computer that sleeps, a permission that is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from rtwidgets.audio import read_sound
from tests.e2e.conftest import OpenNotebook
from tests.e2e.lab import Lab, microphone_wav
from tests.e2e.test_microphone import (
    CELLS,
    COUNT_TRACKS,
    LIVE_TRACKS,
    QUESTION,
    panel_of,
    press,
    says,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


#: What a page finds when its computer wakes up: its clock is an hour on, that of the sound is not.
WAKE = """() => {
  const now = Date.now.bind(Date);
  Date.now = () => now() + 3_600_000;
}"""


def test_after_a_sleep_and_without_permission_nothing_records(
    open_notebook: OpenNotebook, browser: Browser, lab: Lab, microphone: Path
) -> None:
    microphone_wav(microphone, read_sound(QUESTION))
    notebook = open_notebook("permission.ipynb", CELLS)
    notebook.run_all()
    page = notebook.page
    page.evaluate(COUNT_TRACKS)

    alert = panel_of(page).get_by_role("alert").first

    press(page, "Record")
    notebook.wait_for("mic.recording and mic.frames_received > 50")  # the watchdog has a base
    page.evaluate(WAKE)
    says(page, "Interrupted")
    expect(alert).to_contain_text("the computer slept")
    assert page.evaluate(LIVE_TRACKS) == 0
    notebook.wait_for("not mic.recording and 'slept' in mic.notice", 20)

    before = notebook.ask("mic.frames_received")
    press(page, "Record")
    notebook.wait_for(f"mic.recording and mic.frames_received > {before + 10}")
    session = browser.new_browser_cdp_session()
    target = page.context.new_cdp_session(page).send("Target.getTargetInfo")["targetInfo"]
    session.send(
        "Browser.setPermission",
        {
            "permission": {"name": "microphone"},
            "setting": "denied",
            "origin": lab.url,
            "browserContextId": target["browserContextId"],
        },
    )
    session.detach()
    says(page, "No microphone")
    expect(alert).to_contain_text("permission for the microphone was withdrawn")
    assert page.evaluate(LIVE_TRACKS) == 0
    notebook.wait_for("not mic.recording and 'withdrawn' in mic.notice", 20)
    assert notebook.ask("mic.frames_lost") == 0
    assert notebook.errors == []


#: As in "Clear Outputs of All Cells".
CLEAR = "() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')"


def test_a_panel_that_is_shown_no_more_listens_and_speaks_no_more(
    open_notebook: OpenNotebook, microphone: Path
) -> None:
    microphone_wav(microphone, read_sound(QUESTION))
    notebook = open_notebook("unseen.ipynb", [*CELLS, "speaker = rt.Speaker(session)\nspeaker"])
    notebook.run_all()
    page = notebook.page
    page.evaluate(COUNT_TRACKS)
    press(page, "Record")
    notebook.ask("session.say('count from 1 to 100') and None")
    notebook.wait_for("mic.frames_received > 10 and speaker.played_samples > 0")

    page.evaluate(CLEAR)
    notebook.wait_for("not mic.recording and not speaker.owner and not speaker.playing", 10)
    assert page.evaluate(LIVE_TRACKS) == 0

    # The same widgets, shown again, work again.
    notebook.run_all()
    press(page, "Record")
    notebook.wait_for("mic.recording and bool(speaker.owner)")
    assert page.evaluate(LIVE_TRACKS) == 1
    assert notebook.errors == []
