"""Takes the pictures of the voice's states for ``panels.md``: ``python docs/sound_states.py``.

The states are those of the browser test, in real JupyterLab and Chromium; the pictures of one
theme stand in one file, put together by the same browser.
"""

from __future__ import annotations

import base64
import html
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.e2e.lab import Lab, Notebook, launch_chromium  # noqa: E402  (after the path is set)
from tests.e2e.sound_states import CELLS, states  # noqa: E402

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
#: Of the page, in px; the panels get 560 of them.
WIDTH = 700
COLUMNS = 2
#: Few enough for a small file, and red is still red.
COLOURS = 96
SHEET = """<!doctype html><style>
  body {{ margin: 12px; background: {back}; color: {text}; font: 14px sans-serif; }}
  main {{ columns: {columns}; column-gap: 12px; }}
  figure {{ break-inside: avoid; margin: 0 0 14px; }}
  img {{ display: block; max-width: 100%; }}
</style><main>{figures}</main>"""
PAPER = {"light": ("#fff", "#333"), "dark": ("#111", "#ddd")}


def main() -> None:
    """One sheet for each theme."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        lab = Lab(home, {"OPENAI_API_KEY": ""})
        chromium = launch_chromium(playwright, home / "microphone.wav")
        try:
            for theme, name in THEMES.items():
                lab.theme(name)
                notebook = Notebook(lab, chromium, f"sound_{theme}.ipynb", CELLS)
                notebook.page.set_viewport_size({"width": WIDTH, "height": 1000})
                notebook.run_all()
                figures = ""
                for state in states(notebook, home / "microphone.wav"):
                    figures += figure(notebook.page, state.name)
                put_together(chromium, theme, figures)
                notebook.close()
        finally:
            chromium.close()
            lab.stop()


def figure(page: Page, name: str) -> str:
    """Both panels as they are now."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    top, bottom = (
        page.locator(f".rtw-{word}").first.bounding_box() for word in ("microphone", "speaker")
    )
    assert top is not None
    assert bottom is not None
    clip = {
        "x": top["x"],
        "y": top["y"],
        "width": top["width"],
        "height": bottom["y"] + bottom["height"] - top["y"],
    }
    data = base64.b64encode(page.screenshot(clip=clip)).decode()  # type: ignore[arg-type]
    return (
        f"<figure><figcaption>{html.escape(name)}</figcaption>"
        f'<img src="data:image/png;base64,{data}"></figure>'
    )


def put_together(browser: Browser, theme: str, figures: str) -> None:
    """The sheet of one theme."""
    back, text = PAPER[theme]
    page = browser.new_page(viewport={"width": 1100, "height": 400})
    page.set_content(SHEET.format(back=back, text=text, columns=COLUMNS, figures=figures))
    sheet = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    small = sheet.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(ROOT / "docs" / "images" / f"states-{theme}.png", optimize=True)
    page.close()


if __name__ == "__main__":
    main()
