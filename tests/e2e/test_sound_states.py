"""The panels of sound in every state: nothing jumps, nothing is cut off, everybody can read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.axe import violations
from tests.e2e.conftest import OpenNotebook
from tests.e2e.sound_states import CELLS, states

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PANELS = ".rtw-microphone, .rtw-speaker"
HEIGHTS = f"""() => [...document.querySelectorAll('{PANELS}')].map(
  (panel) => Math.round(panel.getBoundingClientRect().height))"""
#: JupyterLab hands a new size down after a while, and keeps some for its margins.
LAID_OUT = f"""(page) => [...document.querySelectorAll('{PANELS}')].every((panel) => {{
  const {{ width }} = panel.getBoundingClientRect();
  return width < page && width > 0.7 * page;
}})"""
#: What is seen and reaches out of its panel, or is cut off (the name of a file may be).
OUTSIDE = f"""() => [...document.querySelectorAll('{PANELS}')].flatMap((panel) => {{
  const edge = panel.getBoundingClientRect().right;
  return [...panel.querySelectorAll('*')].filter((element) => {{
    const {{ right, width }} = element.getBoundingClientRect();
    // The meter cuts off what moves in it.
    if (element.closest('.rtw-meter')) return false;
    const cut = getComputedStyle(element).textOverflow === 'ellipsis'
      && element.scrollWidth > element.clientWidth && !element.textContent.includes('.wav');
    return width > 1 && (right > edge + 1 || cut);
  }}).map((element) => `${{element.className}}: ${{element.textContent}}`);
}})"""
#: A phone, a notebook beside something else, and a usual one, in px.
WIDTHS = (390, 700, 1100)
THEMES = ("JupyterLab Dark", "JupyterLab Light")
#: What test_accessible.py never sees.
FOR_AXE = ("frames lost", "refused", "VS Code", "second tab", "session over")


def in_theme(page: Page, theme: str) -> None:
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
    )
    page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)


def test_every_state_fits_and_moves_nothing(open_notebook: OpenNotebook, microphone: Path) -> None:
    notebook = open_notebook("states.ipynb", CELLS)
    page = notebook.page
    notebook.run_all()
    heights: dict[str, list[int]] = {}
    found: dict[str, list[str]] = {}
    for state in states(notebook, microphone):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 1000})
            page.wait_for_function(LAID_OUT, arg=width)
            mic, speaker = page.evaluate(HEIGHTS)
            # A sentence that says what is wrong needs its room; nothing else does. Room that is
            # always kept would be nine lines on a phone, and the waveform has three; most come as
            # the answer to a press of the button above them.
            heights[f"{width} {state.name}"] = [speaker] if state.sentence else [speaker, mic]
            found[f"{width} {state.name}"] = page.evaluate(OUTSIDE)
        for theme in THEMES if state.name in FOR_AXE else ():
            in_theme(page, theme)
            found[f"{theme} {state.name}"] = violations(page, PANELS)
    assert {where: lines for where, lines in found.items() if lines} == {}
    for width in WIDTHS:
        steady = heights[f"{width} idle"]
        here = {name: sizes for name, sizes in heights.items() if name.startswith(f"{width} ")}
        assert {n: sizes for n, sizes in here.items() if sizes != steady[: len(sizes)]} == {}
    assert notebook.errors == []
