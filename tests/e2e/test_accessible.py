"""Every panel before axe: names, roles and contrast, in both themes, at rest and at work."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtwidgets.audio import read_sound
from tests.e2e.axe import violations
from tests.e2e.conftest import OpenNotebook
from tests.e2e.lab import microphone_wav

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

QUESTION = Path(__file__).parents[2] / "notebooks" / "sounds" / "question.wav"
THEMES = ("JupyterLab Light", "JupyterLab Dark")


def test_a_conversation_can_be_read_and_operated_by_everybody(
    open_notebook: OpenNotebook, microphone: Path
) -> None:
    notebook = open_notebook(
        "accessible.ipynb",
        [
            "import rtwidgets as rt\nsession = rt.connect(engine='simulated')",
            "console = rt.Console(session)\nconsole",
        ],
    )
    notebook.run_all()
    page = notebook.page
    console = page.locator(".rtw-console").first
    console.locator("summary").first.wait_for()
    for summary in console.locator("summary").all():
        summary.click()

    found: dict[str, list[str]] = {}
    for theme in THEMES:
        page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
            theme,
        )
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
        found[f"{theme}, idle"] = violations(page, ".rtw-console")
        microphone_wav(microphone, read_sound(QUESTION))
        console.get_by_role("button", name="Record").click()
        notebook.wait_for("console.speaker.playing", 60)
        found[f"{theme}, talking"] = violations(page, ".rtw-console")
        console.get_by_role("button", name="Stop", exact=True).first.click()
        notebook.wait_for("not console.microphone.recording and not console.speaker.playing", 60)
    assert {where: lines for where, lines in found.items() if lines} == {}
