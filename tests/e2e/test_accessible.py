"""Every panel before axe: names, roles and contrast, in both themes, at rest and at work."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from rtwidgets.audio import read_sound
from tests.e2e.axe import violations
from tests.e2e.conftest import OpenNotebook
from tests.e2e.lab import microphone_wav

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

QUESTION = Path(__file__).parents[2] / "notebooks" / "sounds" / "question.wav"
THEMES = ("JupyterLab Light", "JupyterLab Dark")
#: All panels: the console has most of them inside.
PANELS = [
    """\
import rtwidgets as rt
session = rt.connect(engine='simulated')
@session.tool(approve=True)
def weather(city: str) -> dict:
    'The weather in a city.'
    return {'celsius': 12}""",
    "console = rt.Console(session)\nconsole",
    "rt.Approvals(session)",
    "rt.doctor()",
]
#: Controls without a name, or without a tooltip that says more than their words; hidden ones too.
LACKING = """() => [...document.querySelectorAll(
  '.rtw :is(button, select, input, textarea, summary)')].flatMap((control) => {
  const panel = control.closest('section.rtw');
  const words = control.textContent.trim();
  const label = control.labels?.[0]?.textContent ?? '';
  const named = control.localName === 'select' ? '' : words || control.querySelector('img')?.alt;
  const name = control.getAttribute('aria-label') || label.trim() || named;
  const holder = control.closest('[title]');
  const title = panel.contains(holder) && holder !== panel ? holder.title.trim() : '';
  const lacks = [
    ...(name ? [] : ['a name']),
    ...(title && title !== words ? [] : ['a tooltip of its own']),
  ];
  return lacks.length ? [`${panel.className}: ${lacks}: ${control.outerHTML.slice(0, 160)}`] : [];
})"""
#: Controls that show no ring when a key brought the focus there.
UNSEEN = """() => [...document.querySelectorAll(
  '.rtw :is(button, select, input, textarea, summary, a[href], [tabindex="0"])')]
  .filter((control) => {
    if (control.disabled || !control.checkVisibility({ visibilityProperty: true })) return false;
    control.focus({ preventScroll: true });
    const { outlineStyle, outlineWidth } = getComputedStyle(control);
    return document.activeElement !== control || outlineStyle === 'none'
      || parseFloat(outlineWidth) < 1;
  }).map((control) => control.outerHTML.slice(0, 160))"""


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


def test_every_control_has_a_name_a_tooltip_and_a_visible_focus(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook("controls.ipynb", PANELS)
    page = notebook.page
    page.set_viewport_size({"width": 1100, "height": 4000})
    notebook.run_all()
    notebook.ask("globals().update(turn=session.say('what is the weather in Bern?'))")
    page.locator(".rtw-approvals").get_by_role("button", name="Deny").wait_for()
    console = page.locator(".rtw-console").first
    for tab in console.get_by_role("tab").all():
        tab.click()
    console.locator(".rtw-session_panel fieldset").first.wait_for()
    console.get_by_role("tab", name="Events").click()
    console.get_by_role("gridcell", name="response.done").last.click()
    console.locator(".rtw-transcript-row").first.hover()
    page.locator(".rtw").evaluate_all(
        "panels => panels.forEach((panel) => panel.querySelectorAll('details').forEach("
        "(fold) => { fold.open = true; }))"
    )
    expect(console.locator(".rtw-json-fold").first).to_be_visible()
    count = page.evaluate("() => document.querySelectorAll('.rtw button').length")
    assert count > 30, "the panels are not all there"
    assert page.evaluate(LACKING) == []
    console.get_by_role("tab", name="Events").focus()
    page.keyboard.press("Tab")
    assert page.evaluate(UNSEEN) == []
